"""The emulator: docs/ARITHMETIC.md in numpy, one sample at a time with learning, or many at once without."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, parameter_crc
from sfdfa_codegen.emulator.batched_inference import BatchedInference
from sfdfa_codegen.emulator.counting.sample_work import work_of
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample, LayerRecord
from sfdfa_codegen.emulator.error_step import squared_error
from sfdfa_codegen.emulator.layer_pass import LayerPass, predictions
from sfdfa_codegen.emulator.learner import Learner
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import WeightDither, weight_dither
from sfdfa_codegen.emulator.sample_events import check_label, checked_events
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts, saturation_report
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import check_rate_scale, learned_state, working_state


class Emulator:
    """One device: a network, what it has learned, and its saturation counts."""

    def __init__(self, network: IntegerNetwork, dither: WeightDither = weight_dither) -> None:
        """dither: of weight updates; any other than the specification's is for studies."""
        self.network = network
        self._table = NeuronTable(network)
        self._passes = [LayerPass(network, index) for index in range(len(network.layers))]
        self._learner = Learner(network, self._table, self._passes, dither)
        self._batches = BatchedInference(network)
        self.reset()

    def reset(self) -> None:
        """Back to the initial state, with all counts 0."""
        self._state = working_state(self.network, initial_state(self.network))
        self._saturations = SaturationCounts()

    @property
    def state(self) -> LearnedState:
        """A copy of what was learned. Setting it copies too, keeps the saturation counts, and raises ValueError for another network's state."""
        return learned_state(self.network, self._state)

    @state.setter
    def state(self, state: LearnedState) -> None:
        self._state = working_state(self.network, state)

    @property
    def saturations(self) -> dict[str, int]:
        """Section 10: state, grades, eligibility, update and spikes since the last reset; weights and feedback as they stand."""
        return saturation_report(self.network, self._state, self._saturations)

    def set_rate_scale(self, scale: int) -> None:
        """Set the factor on all rates, in 1/4096; raises ValueError outside 0 .. 4096."""
        check_rate_scale(scale)
        self._state.rate_scale = scale

    def state_crc(self) -> int:
        """`state_crc` of section 12."""
        return parameter_crc(self.network, self.state)

    def run_sample(
        self,
        ticks: ArrayLike,
        channels: ArrayLike,
        label: int | None,
        learn: bool,
        record: bool = False,
        count: bool = False,
    ) -> EmulatedSample:
        """Run the input events (ticks[n], channels[n]), and learn from the label where there is one and the rule is not "none".

        record: keep every tick. count: tell what there was to do, for `SampleCounter`.
        Raises ValueError for events or a label that the network does not take, with the state untouched.
        """
        events = checked_events(self.network, ticks, channels)
        check_label(self.network, label)
        self._forward(events)
        observed = self._learner.observe(self._state, self._saturations) if learn and self.network.learns else None
        if observed is not None and label is not None:
            self._learner.learn(self._state, observed, label, self._saturations)
        counts = self._passes[-1].counts
        return EmulatedSample(
            prediction=int(predictions(self._passes[-1])[0]),
            counts=counts.astype(np.int32),
            squared_error=None if label is None else squared_error(self.network, counts, label),
            learned=observed is not None and label is not None,
            work=work_of(self._passes, observed, label) if count else None,
            records=tuple(_record(layer_pass) for layer_pass in self._passes) if record else (),
        )

    def run_samples_inference(
        self, ticks: ArrayLike, channels: ArrayLike, offsets: ArrayLike
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Run many samples without learning; the events of sample n are offsets[n] .. offsets[n + 1] - 1.

        Returns predictions (samples,) and counts (samples, outputs). Saturations count as in `run_sample`. Raises ValueError like it, with the number of the sample.
        """
        return self._batches.run(self._state, ticks, channels, offsets, self._saturations)

    def _forward(self, events: SpikeList) -> None:
        spikes = events
        for layer_pass, weights in zip(self._passes, self._state.weights, strict=True):
            spikes = layer_pass.run(weights, spikes)
            self._saturations.state += layer_pass.membrane.saturations


def _record(layer_pass: LayerPass) -> LayerRecord:
    membrane = layer_pass.membrane
    return LayerRecord(membrane.a.astype(np.int32), membrane.b.astype(np.int32), membrane.spiking.copy())
