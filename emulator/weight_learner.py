"""From the steps of neurons to their weights, by replay or by traces: sections 8 and 9 of docs/ARITHMETIC.md, whatever the readout."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import Draws, NeuronDraws, WeightDither, event_draws, event_indices
from sfdfa_codegen.emulator.replay import Replay, ReplayUpdates
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes, record_changes
from sfdfa_codegen.emulator.traces import Eligibilities, add_virtual, eligibilities, trace_updates
from sfdfa_codegen.emulator.weight_update import add_to_rows
from sfdfa_codegen.emulator.working_state import WorkingState

TRACE_TICK: Final = 255
"""The tick in the event draws of section 9 and of the output weights of section 5a."""


@dataclass
class Observation:
    """What the forward pass leaves to learning. remembered, input_grades (None where all are 0), traces: per spiking layer; grade_sums: d of each output; lesson: filled in by `learn`."""

    key: int
    draws: NeuronDraws
    grade_sums: Int64
    remembered: list[RememberedSpikes]
    input_grades: list[Int64 | None]
    traces: list[Eligibilities] = field(default_factory=list)
    lesson: "Lesson | None" = None


@dataclass
class Lesson:
    """What learning met. errors: outputs with one. virtual: spikes of silent outputs. With replay besides: s_saturations; updates, with the saturations of E
    and D; changes: of the weights of each layer, before they are clamped, (inputs, neurons)."""

    errors: int
    virtual: RememberedSpikes
    s_saturations: int = 0
    updates: ReplayUpdates | None = None
    changes: list[NDArray[np.int16]] = field(default_factory=list)


def _parts(joined: Draws, sizes: list[int]) -> list[Draws]:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return [joined[end - size : end] for end, size in zip(ends, sizes, strict=True)]


class WeightLearner:
    """Changes the weights of the spiking layers from the last run of `passes`, one per spiking layer."""

    def __init__(
        self, network: IntegerNetwork, table: NeuronTable, passes: Sequence[LayerPass], dither: WeightDither
    ) -> None:
        self.network, self.table, self.passes = network, table, passes
        self._dither = dither
        self._replay = Replay(network, table)

    def traces(self, remembered: list[RememberedSpikes], saturations: SaturationCounts) -> list[Eligibilities]:
        """The part of section 9 that runs with the sample; nothing with replay."""
        found: list[Eligibilities] = []
        if self.network.eligibility != "trace":
            return found
        for index, (layer_pass, spikes) in enumerate(zip(self.passes, remembered, strict=True)):
            output = index == len(self.network.layers) - 1
            changes = record_changes(layer_pass).sum(axis=1) if output else np.zeros(self.network.ticks, dtype=np.int64)
            found.append(eligibilities(self.network, layer_pass, spikes, changes))
            saturations.eligibility += found[-1].saturations
        return found

    def learn(
        self, state: WorkingState, observed: Observation, lesson: Lesson, steps: Int64, saturations: SaturationCounts
    ) -> None:
        """Section 8 or 9. steps: of the spiking neurons of all layers."""
        if self.network.eligibility == "replay":
            self._learn_by_replay(state, observed, lesson, steps, saturations)
        else:
            self._learn_by_traces(state, observed, lesson.virtual, steps, saturations)

    def _learn_by_replay(
        self,
        state: WorkingState,
        observed: Observation,
        lesson: Lesson,
        steps: Int64,
        saturations: SaturationCounts,
    ) -> None:
        self._replay.remember([*observed.remembered, lesson.virtual])
        lesson.s_saturations = self._replay.run()
        saturations.eligibility += lesson.s_saturations
        inputs = [layer_pass.inputs for layer_pass in self.passes]
        lesson.updates = found = self._replay.updates(steps, inputs)
        saturations.eligibility += found.eligibility_saturations
        saturations.update += found.update_saturations
        indices = [event_indices(index, spikes.rows, spikes.neurons) for index, spikes in enumerate(inputs)]
        draws = _parts(event_draws(observed.key, np.concatenate(indices)), [spikes.size for spikes in inputs])
        for index, (spikes, events) in enumerate(zip(inputs, draws, strict=True)):
            updates = found.updates[:, self.table.slices[index]].take(spikes.rows, axis=0)
            lesson.changes.append(self._update_weights(state, observed, index, events, spikes.neurons, updates))

    def _learn_by_traces(
        self,
        state: WorkingState,
        observed: Observation,
        virtual: RememberedSpikes,
        steps: Int64,
        saturations: SaturationCounts,
    ) -> None:
        if virtual.spikes.size:
            add_virtual(observed.traces[-1], virtual)
        for index, found in enumerate(observed.traces):
            updates = trace_updates(self.network, found, steps[self.table.slices[index]])
            saturations.update += updates.saturations
            self.update_once(state, observed, index, updates.inputs, updates.updates)

    def update_once(
        self, state: WorkingState, observed: Observation, index: int, inputs: Int64, updates: Int64
    ) -> NDArray[np.int16]:
        """One update a synapse: D (inputs, neurons) of some inputs (inputs,) of a layer. Returns what `_update_weights` does."""
        events = event_draws(observed.key, event_indices(index, TRACE_TICK, inputs))
        return self._update_weights(state, observed, index, events, inputs, updates.astype(np.int16))

    def _update_weights(
        self,
        state: WorkingState,
        observed: Observation,
        index: int,
        events: Draws,
        inputs: Int64,
        updates: NDArray[np.int16],
    ) -> NDArray[np.int16]:
        """Dither updates (inputs, neurons) with the draws of the inputs and add them to the weights of a layer. Returns what they changed, before the clamp.

        D lies within -28672 .. 28671 and the dither below 2^12, so their sum fits int16.
        """
        bits = self.network.layers[index].dither_bits
        changes = self._dither(events, observed.draws.words[self.table.slices[index]], bits)
        changes += updates
        changes >>= bits
        add_to_rows(state.weights[index], inputs, changes, self.network.weight_bits)
        return changes
