"""What the run of a sample leaves to be counted: references to what it made, and copies of what is gone with the next sample.

Nothing is counted here that can be counted later: `sample_counts` does it for many samples at once, which takes a tenth of the time.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.membrane import States
from sfdfa_codegen.emulator.spike_list import SpikeList

Mode = Literal["predict", "observe", "learn"]
"""A sample that is only predicted; one that could be learned but has no label; one that is learned. Each has an own way through the code."""

NO_SPIKES = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class UpdateWork:
    """Of the weights of one layer, replay. sizes: of D, (ticks, neurons) int16. unit: D of a weight unit; one that is smaller can change a weight by 1 alone.
    changed: weights that such D change, odd_changed: those of neurons with an odd number."""

    sizes: NDArray[np.int16]
    unit: int
    changed: int
    odd_changed: int


@dataclass(frozen=True)
class LayerWork:
    """Of one layer. raised_states: A + c and B after the reset of each tick, (ticks, 2, neurons). grades: of its inputs, (inputs,), None where all are 0.
    saturations: of A and B. updates: None where nothing is learned by replay."""

    inputs: SpikeList
    spikes: SpikeList
    raised_states: States
    grades: Int64 | None
    saturations: int
    updates: UpdateWork | None


@dataclass(frozen=True)
class LearningWork:
    """What learning adds. virtual: spikes of silent outputs. The saturations are those of s, E and D. updates: of each layer, or none."""

    erring_outputs: int = 0
    virtual: SpikeList = field(default=NO_SPIKES)
    s_saturations: int = 0
    eligibility_saturations: int = 0
    update_saturations: int = 0
    updates: tuple[UpdateWork, ...] = ()


NOTHING_LEARNED = LearningWork()


@dataclass(frozen=True)
class SampleWork:
    """Of one sample."""

    mode: Mode
    labelled: bool
    layers: tuple[LayerWork, ...]
    learning: LearningWork


@lru_cache(maxsize=64)
def _odd_mask(neurons: int) -> NDArray[np.int16]:
    """All ones for neurons with an odd number, else 0: (neurons,)."""
    return -(np.arange(neurons, dtype=np.int16) & 1)


def update_work(
    updates: NDArray[np.int16], inputs: SpikeList, changes: NDArray[np.int16], dither_bits: int
) -> UpdateWork:
    """updates: D, (ticks, neurons); changes: of the weight of each input and neuron, before it is clamped, (inputs, neurons). The changes are counted here:
    kept, they would take more room than all the rest."""
    sizes, unit = np.abs(updates), 1 << dither_bits
    if sizes.max() >= unit:
        changes = np.where(sizes.take(inputs.rows, axis=0) >= unit, np.int16(0), changes)
    odd_changes = changes & _odd_mask(changes.shape[1])
    return UpdateWork(sizes, unit, int(np.count_nonzero(changes)), int(np.count_nonzero(odd_changes)))


def work_of(
    passes: list[LayerPass], mode: Mode, labelled: bool, grades: list[Int64 | None] | None, learning: LearningWork
) -> SampleWork:
    """What `passes`, one per layer, have just run. grades: of each layer's inputs, None where they were not computed."""
    layers = tuple(
        LayerWork(
            layer_pass.inputs,
            layer_pass.spikes,
            layer_pass.membrane.raised_states(),
            None if grades is None else grades[index],
            layer_pass.membrane.saturations,
            learning.updates[index] if learning.updates else None,
        )
        for index, layer_pass in enumerate(passes)
    )
    return SampleWork(mode, labelled, layers, learning)
