"""What one core learns of a sample: sections 5a to 9 of docs/ARITHMETIC.md for its own neurons."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.error_step import Steps, hidden_steps, projected_steps
from sfdfa_codegen.emulator.fixed_point import Int64, clamp_counted, rshift
from sfdfa_codegen.emulator.integrator_learner import ERROR_FRACTION_BITS, NO_VIRTUAL_SPIKES
from sfdfa_codegen.emulator.mesh.core_layer import CoreLayer
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.notes.lessons import Forgotten, Walks, note_changed, note_forgotten, note_inputs
from sfdfa_codegen.emulator.mesh.port import Port
from sfdfa_codegen.emulator.randomness import (
    Draws,
    directions,
    event_draws,
    event_indices,
    feedback_dither,
    neuron_draws,
    weight_dither,
)
from sfdfa_codegen.emulator.replay import UPDATE_HIGH, UPDATE_LOW, Replay, ReplayUpdates
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes
from sfdfa_codegen.emulator.weight_learner import TRACE_TICK
from sfdfa_codegen.emulator.weight_update import add_to_rows
from sfdfa_codegen.emulator.working_state import WorkingState


class Lesson(NamedTuple):
    """All that a core learns from. layers: of this core; inputs, remembered: per spiking layer; kappa: of the own inputs of outputs that integrate.

    errors: e of all outputs; d: of all outputs, with outputs that integrate R. turn: the hidden layer whose feedback moves, None for all.
    """

    key: int
    layers: list[CoreLayer]
    inputs: list[SpikeList]
    remembered: list[RememberedSpikes]
    forgotten: list[Forgotten]
    kappa: Int64
    errors: Int64
    d: Int64
    turn: int | None
    ticks_run: int


class CoreLearner:
    """Changes the state of one core."""

    def __init__(self, part: CorePart, port: Port) -> None:
        """port: told what takes time."""
        self._part, self._whole, self._port = part, part.whole, port
        self._replay = Replay(part.network, part.table) if part.neurons else None

    def learn(self, state: WorkingState, lesson: Lesson, saturations: SaturationCounts) -> None:
        """Sections 6 to 9, all but the count of samples."""
        words = neuron_draws(lesson.key, self._part.draws)
        output_words = neuron_draws(lesson.key, self._part.output_draws)
        if self._part.neurons:
            steps = self._steps(state, lesson)
            saturations.update += steps.saturations
            if self._whole.rule == "sfdfa":
                self._learn_feedback(state, lesson, words, output_words)
            self._learn_weights(state, lesson, words, steps.steps, saturations)
        if self._whole.integrates:
            self._learn_outputs(state, lesson, output_words)

    def _own_errors(self, lesson: Lesson) -> Int64:
        """e of the own outputs."""
        return lesson.errors[self._part.parts[-1]]

    def _steps(self, state: WorkingState, lesson: Lesson) -> Steps:
        network, table = self._part.network, self._part.table
        counts = np.concatenate([layer.counts for layer in lesson.layers])
        projected = self._projected(state, lesson)
        if self._whole.integrates:
            projected = rshift(network.error_gain * projected, 8)
            return hidden_steps(network, table, state, counts, projected)
        return projected_steps(network, table, state, counts, projected, self._own_errors(lesson))

    def _projected(self, state: WorkingState, lesson: Lesson) -> Int64:
        if self._whole.rule != "weights":
            return state.feedback @ lesson.errors
        sums = state.weights[-1].astype(np.int64) @ lesson.errors
        return rshift(sums, self._whole.layers[-1].weight_fraction_bits - ERROR_FRACTION_BITS)

    def _learn_feedback(self, state: WorkingState, lesson: Lesson, words: Draws, output_words: Draws) -> None:
        """Sections 7 and 7a: of own hidden neurons that spiked."""
        shift, hidden = self._whole.feedback_shift, len(self._whole.hidden_layers)
        counts = [layer.counts * (lesson.turn in (None, index)) for index, layer in enumerate(lesson.layers[:hidden])]
        active = np.concatenate([np.empty(0, dtype=np.int64), *counts]).nonzero()[0]
        self._note_feedback(lesson, counts)
        old = state.feedback.take(active, axis=0)
        draws = np.concatenate((words, output_words))
        change = feedback_dither(draws, active, slice(words.size, None), shift)
        change += directions(words[active])[:, None] * lesson.d
        if not self._whole.integrates:
            change -= old
        state.feedback[active] = (old + (change >> shift)).clip(-128, 127)

    def _note_feedback(self, lesson: Lesson, counts: list[Int64]) -> None:
        """counts: spikes of the own neurons whose feedback moves with them, by hidden layer."""
        for index, own in enumerate(counts):
            way = self._way(lesson, index)
            self._port.note(f"moved feedback {index}{way}", np.count_nonzero(own))
            self._port.note(f"last feedback moves {index}{way}", own.size > 0 and own[-1] > 0)

    def _way(self, lesson: Lesson, index: int) -> str:
        """Neurons of a layer learn one by one where not all is listed that a kernel wants of them."""
        if self._whole.eligibility == "trace":
            return ""
        one_by_one = lesson.inputs[index].size > self._part.listed or lesson.forgotten[index].are_looked_for
        return ", one by one" if one_by_one else ""

    def _learn_weights(
        self, state: WorkingState, lesson: Lesson, words: Draws, steps: Int64, saturations: SaturationCounts
    ) -> None:
        if self._whole.eligibility == "trace":
            self._learn_by_traces(state, lesson, words, steps, saturations)
        elif self._replay is not None:
            self._learn_by_replay(self._replay, state, lesson, words, steps, saturations)

    def _silent(self, lesson: Lesson) -> Int64:
        """Own outputs that remember a virtual spike."""
        outputs = lesson.layers[-1]
        return np.flatnonzero((outputs.counts == 0) & (self._own_errors(lesson) > 0))

    def _virtual(self, lesson: Lesson) -> RememberedSpikes:
        if self._whole.integrates:
            return NO_VIRTUAL_SPIKES
        silent, outputs = self._silent(lesson), lesson.layers[-1]
        return RememberedSpikes(SpikeList(outputs.record_tick[silent], silent), outputs.virtual_rho(silent), 0)

    def _learn_by_replay(
        self,
        replay: Replay,
        state: WorkingState,
        lesson: Lesson,
        words: Draws,
        steps: Int64,
        saturations: SaturationCounts,
    ) -> None:
        replay.remember([*lesson.remembered, self._virtual(lesson)])
        limited = replay.run()
        saturations.eligibility += limited
        self._port.note("limited slopes", limited)
        found = replay.updates(steps, lesson.inputs)
        saturations.eligibility += found.eligibility_saturations
        saturations.update += found.update_saturations
        for index, inputs in enumerate(lesson.inputs):
            events = event_draws(lesson.key, event_indices(index, inputs.rows, inputs.neurons))
            here = self._part.table.slices[index]
            self._note_layer(lesson, index, found, replay.clamps)
            updates = found.updates[:, here].take(inputs.rows, axis=0).astype(np.int64)
            self._update(state, index, inputs.neurons, events, words[here], updates, inputs)

    def _note_layer(self, lesson: Lesson, index: int, found: ReplayUpdates, clamps: NDArray[np.bool_]) -> None:
        """clamps: of s, (ticks, neurons of all layers)."""
        inputs = lesson.inputs[index]
        counts, layer = lesson.layers[index].counts, self._whole.layers[index]
        self._note_spiking(lesson, index)
        if counts.size and index:
            note_inputs(self._port, index, layer, inputs, lesson.ticks_run, self._part.listed)
        walks = Walks(self._port, index, layer, inputs, lesson.ticks_run, self._part.listed)
        here = self._part.table.slices[index]
        walks.note(lesson.remembered[index], found.updates[:, here], clamps[:, here])
        if index == len(self._whole.layers) - 1:
            walks.note(self._virtual(lesson), found.updates[:, here], clamps[:, here], are_virtual=True)
        if not index:
            self._port.note("limited eligibilities", found.eligibility_saturations)
            self._port.note("limited updates", found.update_saturations)
        note_forgotten(self._port, lesson.remembered[index], lesson.forgotten[index])

    def _note_spiking(self, lesson: Lesson, index: int) -> None:
        """Of outputs also those that were silent, and were to spike."""
        counts, way = lesson.layers[index].counts, self._way(lesson, index)
        self._port.note(f"learned layer {index}{way}", counts.size > 0)
        self._port.note(f"spiking neurons {index}{way}", np.count_nonzero(counts))
        self._port.note(f"last neuron spikes {index}{way}", counts.size > 0 and counts[-1] > 0)
        if index == len(self._whole.layers) - 1:
            silent = self._silent(lesson)
            self._port.note("virtual spikes", silent.size)
            self._port.note("last neuron spikes virtually", silent.size > 0 and silent[-1] == counts.size - 1)

    def _note_stepping(self, index: int, steps: Int64) -> None:
        """Weights of neurons whose step is not 0 change by traces. steps: of those that learn, else 0, (neurons,)."""
        self._port.note(f"stepping neurons {index}", np.count_nonzero(steps))
        self._port.note(f"last neuron steps {index}", steps.size > 0 and steps[-1] != 0)

    def _learn_by_traces(
        self, state: WorkingState, lesson: Lesson, words: Draws, steps: Int64, saturations: SaturationCounts
    ) -> None:
        learns = [layer.counts > 0 for layer in lesson.layers]
        if not self._whole.integrates:
            learns[-1][self._silent(lesson)] = True
        for index, layer in enumerate(lesson.layers):
            assert layer.traces is not None
            here = self._part.table.slices[index]
            self._note_spiking(lesson, index)
            self._note_stepping(index, steps[here] * learns[index])
            eligibility = layer.traces.eligibility * learns[index][:, None]
            inputs = np.flatnonzero(np.any(eligibility, axis=0))
            products = rshift(steps[here] * -eligibility[:, inputs].T, self._whole.eligibility_fraction_bits + 2)
            updates, clamped = clamp_counted(products, UPDATE_LOW, UPDATE_HIGH)
            self._port.note("limited updates", clamped)
            saturations.update += clamped
            self._update_once(state, lesson, index, inputs, inputs, words[here], updates)

    def _learn_outputs(self, state: WorkingState, lesson: Lesson, output_words: Draws) -> None:
        """The weights from own inputs to outputs that integrate, section 5a."""
        own = lesson.kappa.nonzero()[0]
        self._port.note("inputs of learned outputs", own.size)
        self._port.note("last input of learned outputs", own.size > 0 and own[-1] == lesson.kappa.size - 1)
        rate = rshift(np.array(self._whole.output_rate * state.rate_scale), 12)
        updates = rshift(rate * lesson.errors * lesson.kappa[own, None], 10).clip(UPDATE_LOW, UPDATE_HIGH)
        index = len(self._whole.layers) - 1
        numbers = own + self._part.parts[-1].start
        self._update_once(state, lesson, index, own, numbers, output_words, updates)

    def _update_once(
        self,
        state: WorkingState,
        lesson: Lesson,
        index: int,
        rows: Int64,
        numbers: Int64,
        words: Draws,
        updates: Int64,
    ) -> None:
        """rows: of the weights of a layer; numbers: of these inputs in the layer, (inputs,)."""
        events = event_draws(lesson.key, event_indices(index, TRACE_TICK, numbers))
        self._update(state, index, rows, events, words, updates)

    def _update(
        self,
        state: WorkingState,
        index: int,
        rows: Int64,
        events: Draws,
        words: Draws,
        updates: Int64,
        walked: SpikeList | None = None,
    ) -> None:
        """walked: the inputs of a walk."""
        if not updates.size:
            return
        bits = self._whole.layers[index].dither_bits
        changes = (updates + weight_dither(events, words, bits)) >> bits
        if walked is not None and walked.size <= self._part.listed:
            by_dither = (changes != 0) & (np.abs(updates) >> bits == 0)
            note_changed(self._port, walked, by_dither, in_pairs=self._whole.weight_bits == 4)
        add_to_rows(state.weights[index], rows, changes.astype(np.int16), self._whole.weight_bits)
