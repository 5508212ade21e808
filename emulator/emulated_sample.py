"""What a run of one sample returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LayerRecord:
    """One layer in every tick: A and B after the reset, in 2^-F_a, (ticks, neurons) int32, and the spikes, (ticks, neurons) bool."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    spikes: NDArray[np.bool_]


@dataclass(frozen=True)
class EventCounts:
    """How much there was to do; one entry per layer where it says so.

    input_ticks: ticks with at least one input, per layer. spikes: per layer. spiking_neurons: neurons with at least one spike, per layer. remembered_spikes:
    per layer, without the virtual ones; 0 when not learning. virtual_spikes: of silent outputs.
    """

    input_events: int
    input_ticks: tuple[int, ...]
    spikes: tuple[int, ...]
    spiking_neurons: tuple[int, ...]
    remembered_spikes: tuple[int, ...]
    virtual_spikes: int


@dataclass(frozen=True)
class EmulatedSample:
    """counts: spikes of each output, (outputs,) int32. squared_error: None without a label. learned: whether the state changed.

    records: one per layer if they were asked for, else empty.
    """

    prediction: int
    counts: NDArray[np.int32]
    squared_error: int | None
    learned: bool
    events: EventCounts
    records: tuple[LayerRecord, ...]
