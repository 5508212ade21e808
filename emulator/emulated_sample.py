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
    """counts: spikes of each output, (outputs,) int32. squared_error: None without a label. learned: whether the state changed.

    work: what there was to do, if it was asked for. records: one per layer if they were asked for, else empty.
    """

    prediction: int
    counts: NDArray[np.int32]
    squared_error: int | None
    learned: bool
    work: SampleWork | None
    records: tuple[LayerRecord, ...]
