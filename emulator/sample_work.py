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
    """Neurons that reach the threshold after max_spikes spikes, summed over ticks; ticks with one of them and no spike; ticks in which it is the
    last neuron that reaches the threshold."""

    neurons: int = 0
    silent_ticks: int = 0
    last: int = 0


NONE_HELD = Held()


@dataclass(frozen=True)
class LayerWork:
    """Of one layer. grades: of its inputs, (inputs,), None where all are 0. saturations: of A and B."""

    inputs: SpikeList
    spikes: SpikeList
    grades: Int64 | None
    held: Held
    saturations: int
    coasting: Coasting


@dataclass(frozen=True)
class LearningWork:
    """What learning adds. virtual: spikes of silent outputs. The saturations are those of E and D."""

    erring_outputs: int = 0
    virtual: SpikeList = field(default=NO_SPIKES)
    eligibility_saturations: int = 0
    update_saturations: int = 0


NOTHING_LEARNED = LearningWork()


@dataclass(frozen=True)
class SampleWork:
    """Of one sample. output_potentials: B - A of the outputs, up to a constant, (ticks, outputs)."""

    mode: Mode
    labelled: bool
    layers: tuple[LayerWork, ...]
    output_potentials: States
    learning: LearningWork


def _held(layer_pass: LayerPass, max_spikes: int, stepped: int) -> Held:
    """In the first `stepped` ticks."""
    if int(layer_pass.counts.max()) < max_spikes:
        return NONE_HELD
    reached, spiking = layer_pass.membrane.reached()[:stepped], layer_pass.membrane.spiking[:stepped]
    ticks, neurons = reached.nonzero()
    is_last = np.append(ticks[1:] != ticks[:-1], True)[: ticks.size]
    held: NDArray[np.bool_] = ~spiking[ticks, neurons]
    silent_ticks = np.count_nonzero(reached.any(axis=1)) - np.count_nonzero(spiking.any(axis=1))
    return Held(int(held.sum()), int(silent_ticks), int((held & is_last).sum()))


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
            coasts[index],
        )
        for index, layer_pass in enumerate(passes)
    )
    return SampleWork(mode, labelled, layers, passes[-1].membrane.raised_potentials(), learning)
