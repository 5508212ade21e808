"""What one sample teaches a network whose outputs spike: sections 5 (what learning observes) to 9 of docs/ARITHMETIC.md, in order."""

import numpy as np
from sfdfa_codegen.emulator.error_step import neuron_steps, output_errors
from sfdfa_codegen.emulator.feedback import learn_feedback
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.grades import Grades, hidden_grades, output_grades
from sfdfa_codegen.emulator.randomness import NeuronDraws
from sfdfa_codegen.emulator.sample_learner import SampleLearner
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_slopes import virtual_spikes
from sfdfa_codegen.emulator.weight_learner import Lesson, Observation
from sfdfa_codegen.emulator.working_state import WorkingState


class Learner(SampleLearner):
    """Learns from the last run of `passes`, one per layer."""

    def _grades(
        self, state: WorkingState, draws: NeuronDraws, saturations: SaturationCounts
    ) -> tuple[Int64, list[Int64 | None]]:
        """d of each output, (outputs,), and the grades of each layer's inputs."""
        if self.network.rule != "sfdfa":
            return super()._grades(state, draws, saturations)
        found: list[Int64 | None] = [None]
        grades: Grades | None = None
        for index, layer_pass in enumerate(self.passes[:-1]):
            v = draws.directions[self.table.slices[index]]
            grades = hidden_grades(layer_pass, state.weights[index], grades, v)
            found.append(grades.values)
            saturations.grades += grades.saturations
        sums = output_grades(self.passes[-1], state.weights[-1], grades)
        saturations.grades += sums.saturations
        return sums.values, found

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
        self._weights.learn(state, observed, observed.lesson, steps.steps, saturations)
        state.samples = (state.samples + 1) & 0xFFFFFFFF
