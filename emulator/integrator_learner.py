"""What one sample teaches a network whose outputs integrate: sections 5a to 9 of docs/ARITHMETIC.md, in order."""

from typing import Final

import numpy as np
from sfdfa_codegen.emulator.error_step import hidden_steps
from sfdfa_codegen.emulator.fixed_point import Int64, rshift
from sfdfa_codegen.emulator.readout import Readout, target_errors
from sfdfa_codegen.emulator.replay import UPDATE_HIGH, UPDATE_LOW
from sfdfa_codegen.emulator.residual_feedback import learn_residual_feedback
from sfdfa_codegen.emulator.sample_learner import SampleLearner
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes
from sfdfa_codegen.emulator.weight_learner import Lesson, Observation
from sfdfa_codegen.emulator.working_state import WorkingState

ERROR_FRACTION_BITS: Final = 6
"""What the rule "weights" projects is in 1/64, as feedback is."""
_NOBODY: Final = np.empty(0, dtype=np.int64)
NO_VIRTUAL_SPIKES: Final = RememberedSpikes(SpikeList(_NOBODY, _NOBODY), _NOBODY, 0)


class IntegratorLearner(SampleLearner):
    """Learns from the last run of `passes`, one per hidden layer."""

    def learn(
        self, state: WorkingState, observed: Observation, readout: Readout, label: int, saturations: SaturationCounts
    ) -> bool:
        """Change `state`; returns whether the sample was learned, which it is not where its label is known well enough."""
        known = readout.probabilities[label] >= self.network.learn_below
        if not known:
            errors = target_errors(self.network, readout.probabilities[None], np.array([label]))[0]
            observed.lesson = Lesson(int(np.count_nonzero(errors)), NO_VIRTUAL_SPIKES)
            if self.passes:
                self._learn_hidden(state, observed, observed.lesson, errors, saturations)
            self._learn_outputs(state, observed, observed.lesson, readout.kappa, errors)
        state.samples = (state.samples + 1) & 0xFFFFFFFF
        return not known

    def _learn_hidden(
        self, state: WorkingState, observed: Observation, lesson: Lesson, errors: Int64, saturations: SaturationCounts
    ) -> None:
        network, table = self.network, self.table
        counts = np.concatenate([layer_pass.counts for layer_pass in self.passes])
        projected = rshift(network.error_gain * self._projected(state, errors), 8)
        steps = hidden_steps(network, table, state, counts, projected)
        saturations.update += steps.saturations
        if network.rule == "sfdfa":
            saturations.grades += learn_residual_feedback(network, table, state, self.passes, observed.draws)
        self._weights.learn(state, observed, lesson, steps.steps, saturations)

    def _projected(self, state: WorkingState, errors: Int64) -> Int64:
        """P of each hidden neuron: (hidden neurons of all layers,)."""
        if self.network.rule != "weights":
            return state.feedback @ errors
        sums = state.weights[-1].astype(np.int64) @ errors
        return rshift(sums, self.network.layers[-1].weight_fraction_bits - ERROR_FRACTION_BITS)

    def _learn_outputs(
        self, state: WorkingState, observed: Observation, lesson: Lesson, kappa: Int64, errors: Int64
    ) -> None:
        """Each output weight once, from an input that reached it."""
        inputs = kappa.nonzero()[0]
        rate = rshift(np.array(self.network.output_rate * state.rate_scale), 12)
        updates = rshift(rate * errors * kappa[inputs, None], 10).clip(UPDATE_LOW, UPDATE_HIGH)
        index = len(self.network.layers) - 1
        lesson.changes.append(self._weights.update_once(state, observed, index, inputs, updates))
