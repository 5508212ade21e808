"""What the run of a sample leaves to be counted: references to what it made, and what is gone with the next sample.

Nothing is counted here that can be counted later: `sample_counts` does it for many samples at once, which takes a tenth of the time.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.coasting import Coasting, coasting
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.membrane import States
from sfdfa_codegen.emulator.spike_list import SpikeList

Mode = Literal["predict", "observe", "learn"]
"""A sample that is only predicted; one that could be learned but has no label; one that is learned. Each has an own way through the code."""

NO_SPIKES = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Held:
    """by_tick: neurons that reach the threshold after max_spikes spikes, (ticks,). last: ticks in which one of them is the last neuron that reaches the
    threshold."""

    by_tick: Int64
    last: int


@dataclass(frozen=True)
class UpdateWork:
    """Of the weights of one layer, replay. by_one: neurons in each tick whose D is not 0 and smaller than the unit of a weight, which can change it by 1 alone;
    by_more: whose D is not; both (ticks,). changed: weights that the former change, odd_changed: those of neurons with an odd number."""

    by_one: Int64
    by_more: Int64
    changed: int
    odd_changed: int


@dataclass(frozen=True)
class LayerWork:
    """Of one layer. held: None where no neuron is held back. grades: of its inputs, (inputs,), None where all are 0. saturations: of A and B. updates: None where nothing is learned by replay."""

    inputs: SpikeList
    spikes: SpikeList
    grades: Int64 | None
    held: Held | None
    saturations: int
    updates: UpdateWork | None
    coasting: Coasting


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
    """Of one sample. output_potentials: B - A of the outputs, up to a constant, (ticks, outputs)."""

    mode: Mode
    labelled: bool
    layers: tuple[LayerWork, ...]
    output_potentials: States
    learning: LearningWork


def update_work(
    updates: NDArray[np.int16], inputs: SpikeList, changes: NDArray[np.int16], dither_bits: int
) -> UpdateWork:
    """updates: D, (ticks, neurons); changes: of the weight of each input and neuron, before it is clamped, (inputs, neurons)."""
    more = (updates >= 1 << dither_bits) | (updates <= -(1 << dither_bits))
    by_more = np.count_nonzero(more, axis=1)
    if by_more.any():
        changes = np.where(more.take(inputs.rows, axis=0), 0, changes)
    return UpdateWork(
        by_one=np.count_nonzero(updates, axis=1) - by_more,
        by_more=by_more,
        changed=int(np.count_nonzero(changes)),
        odd_changed=int(np.count_nonzero(changes[:, 1::2])),
    )


def _held(layer_pass: LayerPass, max_spikes: int, stepped: int) -> Held | None:
    """In the first `stepped` ticks; None where there are none for sure."""
    if int(layer_pass.counts.max()) < max_spikes:
        return None
    spiking = layer_pass.membrane.spiking
    ticks, neurons = layer_pass.membrane.reached()[:stepped].nonzero()
    is_last = np.append(ticks[1:] != ticks[:-1], True)[: ticks.size]
    held: NDArray[np.bool_] = ~spiking[ticks, neurons]
    return Held(np.bincount(ticks[held], minlength=len(spiking)), int((held & is_last).sum()))


def work_of(
    passes: list[LayerPass], mode: Mode, labelled: bool, grades: list[Int64 | None] | None, learning: LearningWork
) -> SampleWork:
    """What `passes`, one per layer, have just run. grades: of each layer's inputs, None where they were not computed."""
    network = passes[0].network
    coasts = coasting(network, passes)
    layers = tuple(
        LayerWork(
            layer_pass.inputs,
            layer_pass.spikes,
            None if grades is None else grades[index],
            _held(layer_pass, network.max_spikes, network.ticks - coasts[index].rest),
            layer_pass.membrane.saturations,
            learning.updates[index] if learning.updates else None,
            coasts[index],
        )
        for index, layer_pass in enumerate(passes)
    )
    return SampleWork(mode, labelled, layers, passes[-1].membrane.raised_potentials(), learning)
