"""What one sample teaches the network: sections 5 (what learning observes) to 9 of docs/ARITHMETIC.md, in order."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.error_step import neuron_steps, output_errors
from sfdfa_codegen.emulator.feedback import learn_feedback
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.grades import Grades, hidden_grades, output_grades
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import (
    Draws,
    NeuronDraws,
    WeightDither,
    draws_of_sample,
    event_draws,
    event_indices,
    sample_key,
)
from sfdfa_codegen.emulator.replay import Replay, ReplayUpdates
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes, record_changes, remembered_spikes, virtual_spikes
from sfdfa_codegen.emulator.traces import Eligibilities, add_virtual, eligibilities, trace_updates
from sfdfa_codegen.emulator.weight_update import add_to_rows
from sfdfa_codegen.emulator.working_state import WorkingState

TRACE_TICK = 255
"""The tick in the event draws of section 9."""


@dataclass
class Observation:
    """What the forward pass leaves to learning. remembered, input_grades (None where all are 0), traces: per layer; grade_sums: d of each output; lesson: filled in by `learn`."""

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


class Learner:
    """Learns from the last run of `passes`, one per layer."""

    def __init__(
        self, network: IntegerNetwork, table: NeuronTable, passes: list[LayerPass], dither: WeightDither
    ) -> None:
        self.network = network
        self._dither = dither
        self.table = table
        self.passes = passes
        self._replay = Replay(network, table)

    def observe(self, state: WorkingState, saturations: SaturationCounts) -> Observation:
        """What section 5 does only while learning, and with traces the part of section 9 that runs with the sample."""
        key = sample_key(self.network.seed, state.samples)
        draws = draws_of_sample(key, self.table.draw_indices)
        remembered = [remembered_spikes(self.network, layer_pass) for layer_pass in self.passes]
        saturations.spikes += sum(layer.forgotten for layer in remembered)
        grade_sums, input_grades = self._grades(state, draws, saturations)
        observation = Observation(key, draws, grade_sums, remembered, input_grades)
        if self.network.eligibility == "trace":
            observation.traces = self._traces(remembered, saturations)
        return observation

    def _grades(
        self, state: WorkingState, draws: NeuronDraws, saturations: SaturationCounts
    ) -> tuple[Int64, list[Int64 | None]]:
        """d of each output, (outputs,), and the grades of each layer's inputs."""
        found: list[Int64 | None] = [None]
        if self.network.rule != "sfdfa":
            return np.zeros(self.network.outputs, dtype=np.int64), found * len(self.passes)
        grades: Grades | None = None
        for index, layer_pass in enumerate(self.passes[:-1]):
            v = draws.directions[self.table.slices[index]]
            grades = hidden_grades(layer_pass, state.weights[index], grades, v)
            found.append(grades.values)
            saturations.grades += grades.saturations
        sums = output_grades(self.passes[-1], state.weights[-1], grades)
        saturations.grades += sums.saturations
        return sums.values, found

    def _traces(self, remembered: list[RememberedSpikes], saturations: SaturationCounts) -> list[Eligibilities]:
        found = []
        for layer_pass, spikes in zip(self.passes, remembered, strict=True):
            output = layer_pass is self.passes[-1]
            changes = record_changes(layer_pass).sum(axis=1) if output else np.zeros(self.network.ticks, dtype=np.int64)
            found.append(eligibilities(self.network, layer_pass, spikes, changes))
            saturations.eligibility += found[-1].saturations
        return found

    def learn(self, state: WorkingState, observed: Observation, label: int, saturations: SaturationCounts) -> None:
        """Sections 6 to 9: change `state`."""
        network, table = self.network, self.table
        errors = output_errors(network, self.passes[-1].counts, label)
        counts = np.concatenate([layer_pass.counts for layer_pass in self.passes])
        steps = neuron_steps(network, table, state, counts, errors)
        saturations.update += steps.saturations
        if network.rule == "sfdfa":
            learn_feedback(network, table, state, observed.draws, counts[table.hidden], observed.grade_sums)
        silent = ((self.passes[-1].counts == 0) & (errors > 0)).nonzero()[0]
        virtual = virtual_spikes(self.passes[-1], silent)
        observed.lesson = Lesson(int(np.count_nonzero(errors)), virtual)
        if network.eligibility == "replay":
            self._learn_by_replay(state, observed, observed.lesson, steps.steps, saturations)
        else:
            self._learn_by_traces(state, observed, virtual, steps.steps, saturations)
        state.samples = (state.samples + 1) & 0xFFFFFFFF

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
        add_virtual(observed.traces[-1], virtual)
        for index, found in enumerate(observed.traces):
            updates = trace_updates(self.network, found, steps[self.table.slices[index]])
            saturations.update += updates.saturations
            events = event_draws(observed.key, event_indices(index, TRACE_TICK, updates.inputs))
            self._update_weights(state, observed, index, events, updates.inputs, updates.updates.astype(np.int16))

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
