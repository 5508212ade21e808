"""One sample through a network whose outputs spike: forwards, and what is learned of it."""

from collections.abc import Sequence

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_work import work_of
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample, LayerRecord
from sfdfa_codegen.emulator.error_step import squared_error
from sfdfa_codegen.emulator.layer_pass import LayerPass, predictions
from sfdfa_codegen.emulator.learner import Learner
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import WeightDither
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState


def records_of(passes: Sequence[LayerPass], ticks: int) -> tuple[LayerRecord, ...]:
    """What happened in the first `ticks` ticks of each layer."""
    return tuple(_record(layer_pass, ticks) for layer_pass in passes)


def _record(layer_pass: LayerPass, ticks: int) -> LayerRecord:
    membrane = layer_pass.membrane
    a, b = membrane.a[:ticks].astype(np.int32), membrane.b[:ticks].astype(np.int32)
    return LayerRecord(a, b, membrane.spiking[:ticks].copy())


class CountingCore:
    """Scratch memory for one sample of a network with the readout "counts"."""

    def __init__(self, network: IntegerNetwork, dither: WeightDither) -> None:
        self.network = network
        self._passes = [LayerPass(network, index) for index in range(len(network.layers))]
        self._learner = Learner(network, NeuronTable(network), self._passes, dither)

    def run(
        self,
        state: WorkingState,
        saturations: SaturationCounts,
        events: SpikeList,
        label: int | None,
        learn: bool,
        record: bool,
        count: bool,
    ) -> EmulatedSample:
        """Sections 5 to 9; arguments as in `Emulator.run_sample`."""
        self._forward(state, saturations, events)
        observed = self._learner.observe(state, saturations) if learn else None
        if observed is not None and label is not None:
            self._learner.learn(state, observed, label, saturations)
        counts = self._passes[-1].counts
        return EmulatedSample(
            prediction=int(predictions(self._passes[-1])[0]),
            counts=counts.astype(np.int32),
            squared_error=None if label is None else squared_error(self.network, counts, label),
            learned=observed is not None and label is not None,
            ticks_run=self.network.ticks,
            asks=False,
            work=work_of(self._passes, observed, label) if count else None,
            records=records_of(self._passes, self.network.ticks) if record else (),
        )

    def margin(self) -> int:
        """Spike counts have no margin to ask by."""
        raise NotImplementedError("only outputs that integrate ask for labels")

    def _forward(self, state: WorkingState, saturations: SaturationCounts, events: SpikeList) -> None:
        spikes = events
        for layer_pass, weights in zip(self._passes, state.weights, strict=True):
            spikes = layer_pass.run(weights, spikes)
            saturations.state += layer_pass.membrane.saturations
