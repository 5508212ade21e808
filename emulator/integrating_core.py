"""One sample through a network whose outputs integrate: forwards until it is decided, and what is learned of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_work import ReadoutWork, SampleWork, work_of_integrator
from sfdfa_codegen.emulator.counting_core import records_of
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.integrator_learner import IntegratorLearner
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import WeightDither
from sfdfa_codegen.emulator.readout import (
    Readout,
    margin,
    read_out,
    shown_probabilities,
    target_errors,
    ticks_until_decided,
)
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.weight_learner import Observation
from sfdfa_codegen.emulator.working_state import WorkingState


class IntegratingCore:
    """Scratch memory for one sample of a network with the readout "integrator"."""

    def __init__(self, network: IntegerNetwork, dither: WeightDither) -> None:
        self.network = network
        self._passes = [LayerPass(network, index) for index in range(len(network.hidden_layers))]
        self._learner = IntegratorLearner(network, NeuronTable(network), self._passes, dither)
        self.readout: Readout | None = None
        """Of the last sample."""

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
        """Sections 5, 5a and 6 to 9; arguments as in `Emulator.run_sample`."""
        self.readout = readout = self.forward(state, saturations, events)
        observed = self._learner.observe(state, saturations) if learn else None
        learned, turn = False, state.samples % max(1, len(self._passes))
        if observed is not None and label is not None:
            learned = self._learner.learn(state, observed, readout, label, saturations)
        return EmulatedSample(
            prediction=int(readout.y.argmax()),
            counts=shown_probabilities(readout.probabilities).astype(np.int32),
            squared_error=None if label is None else self._squared_error(readout, label),
            learned=learned,
            ticks_run=readout.ticks_run,
            asks=False,
            work=self._work(observed, events, label, readout, turn) if count else None,
            records=records_of(self._passes, readout.ticks_run) if record else (),
        )

    def run_inference(
        self, state: WorkingState, saturations: SaturationCounts, samples: Sequence[SpikeList]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Samples one by one, as each may end in a tick of its own; returns what `Emulator.run_samples_inference` does."""
        winners = np.empty(len(samples), dtype=np.int32)
        found = np.empty((len(samples), self.network.outputs), dtype=np.int32)
        for number, events in enumerate(samples):
            readout = self.forward(state, saturations, events)
            winners[number], found[number] = readout.y.argmax(), readout.probabilities
        return winners, found

    def margin(self) -> int:
        """How far the best output of the last sample was above the second best, as section 8a measures it."""
        assert self.readout is not None
        return margin(self.network, self.readout.y)

    def _work(
        self, observed: Observation | None, events: SpikeList, label: int | None, readout: Readout, turn: int
    ) -> SampleWork:
        reached, last_reached = int(np.count_nonzero(readout.kappa)), bool(readout.kappa[-1])
        before, ignored = events.split(readout.ticks_run)
        work = ReadoutWork(before, ignored, readout.ticks_run, reached, last_reached, turn)
        return work_of_integrator(self._passes, observed, label, work)

    def _squared_error(self, readout: Readout, label: int) -> int:
        errors = target_errors(self.network, readout.probabilities[None], np.array([label]))
        return int(np.square(errors).sum())

    def forward(self, state: WorkingState, saturations: SaturationCounts, events: SpikeList) -> Readout:
        """A sample that is decided early is run again without the rest, as what comes later in it must not be counted."""
        weights, ticks = state.weights[-1], self.network.ticks
        spikes = self._run_layers(state, events, ticks)
        ticks_run = ticks_until_decided(self.network, weights, spikes)
        if ticks_run < ticks:
            spikes = self._run_layers(state, events.before(ticks_run), ticks_run)
        saturations.state += sum(layer_pass.membrane.saturations for layer_pass in self._passes)
        return read_out(self.network, weights, spikes, ticks_run)

    def _run_layers(self, state: WorkingState, events: SpikeList, ticks: int) -> SpikeList:
        spikes = events
        for layer_pass, weights in zip(self._passes, state.weights, strict=False):  # the last weights are the outputs'
            spikes = layer_pass.run(weights, spikes, ticks)
        return spikes
