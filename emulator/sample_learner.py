"""What learners of both readouts have in common: what they observe of a sample, sections 5 and 9 of docs/ARITHMETIC.md."""

from collections.abc import Sequence

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import NeuronDraws, WeightDither, draws_of_sample, sample_key
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_slopes import remembered_spikes
from sfdfa_codegen.emulator.weight_learner import Observation, WeightLearner
from sfdfa_codegen.emulator.working_state import WorkingState


class SampleLearner:
    """Learns from the last run of `passes`, one for each layer that spikes."""

    def __init__(
        self, network: IntegerNetwork, table: NeuronTable, passes: Sequence[LayerPass], dither: WeightDither
    ) -> None:
        self.network, self.table, self.passes = network, table, passes
        self._weights = WeightLearner(network, table, passes, dither)

    def observe(self, state: WorkingState, saturations: SaturationCounts) -> Observation:
        """What section 5 does only while learning, and with traces the part of section 9 that runs with the sample."""
        key = sample_key(self.network.seed, state.samples)
        draws = draws_of_sample(key, self.table.draw_indices)
        remembered = [remembered_spikes(self.network, layer_pass) for layer_pass in self.passes]
        saturations.spikes += sum(layer.forgotten for layer in remembered)
        grade_sums, input_grades = self._grades(state, draws, saturations)
        traces = self._weights.traces(remembered, saturations)
        return Observation(key, draws, grade_sums, remembered, input_grades, traces)

    def _grades(
        self, state: WorkingState, draws: NeuronDraws, saturations: SaturationCounts
    ) -> tuple[Int64, list[Int64 | None]]:
        """d of each output, (outputs,), and the grades of each layer's inputs; none where spikes carry no grades."""
        return np.zeros(self.network.outputs, dtype=np.int64), [None] * len(self.passes)
