"""What a run of one sample returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.sample_work import SampleWork


@dataclass(frozen=True)
class LayerRecord:
    """One layer in every tick: A and B after the reset, in 2^-F_a, (ticks, neurons) int32, and the spikes, (ticks, neurons) bool."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    spikes: NDArray[np.bool_]


@dataclass(frozen=True)
class EmulatedSample:
    """counts: spikes of each output, or with outputs that integrate its probability in 1/256, at most 255: (outputs,) int32. squared_error: None without a label.
    learned: whether the weights took a step; a sample that is known does not. ticks_run: ticks before it was decided, or all. asks: whether a label is wanted.

    work: what there was to do, if it was asked for. records: one per spiking layer if they were asked for, else empty.
    """

    prediction: int
    counts: NDArray[np.int32]
    squared_error: int | None
    learned: bool
    ticks_run: int
    asks: bool
    work: SampleWork | None
    records: tuple[LayerRecord, ...]
