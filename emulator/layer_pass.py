"""One layer, forwards through a whole sample or a batch of samples."""

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.input_currents import input_currents
from sfdfa_codegen.emulator.membrane import Membrane
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WeightArray


class LayerPass:
    """What happened in one layer; valid until the next run.

    inputs: what reached the layer. spikes: what it sent. Rows of both are `tick * samples + sample`, with one sample the tick.
    """

    def __init__(self, network: IntegerNetwork, index: int, samples: int = 1) -> None:
        self.layer = network.layers[index]
        self.samples = samples
        self.membrane = Membrane(self.layer, network.ticks, network.max_spikes, samples)
        self.inputs = self.spikes = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._weight_reach = 1 << (network.weight_bits - 1)
        resets = network.max_spikes * self.layer.threshold
        self._current_limit = (self.layer.state_limit - resets) >> max(-self.layer.input_shift, 0)

    @property
    def counts(self) -> Int64:
        """Spikes of each neuron: (neurons,), or (samples * neurons,)."""
        return self.membrane.counts

    def run(self, weights: WeightArray, inputs: SpikeList) -> SpikeList:
        """Run all ticks; returns the spikes."""
        self.inputs = inputs
        currents = input_currents(weights, inputs)
        rows = inputs.rows[inputs.starts]
        ticks, samples = (rows, 0) if self.samples == 1 else np.divmod(rows, self.samples)
        self.membrane.run(ticks, samples, currents, self._may_saturate(currents, samples))
        self.spikes = self._sent()
        return self.spikes

    def _may_saturate(self, currents: Int64, samples: Int64 | int) -> bool:
        """Whether some state could reach its limit: decays and rounding never enlarge a state, so not while the |X| of a sample sum to little."""
        if self.inputs.size * self._weight_reach <= self._current_limit:
            return False
        largest = np.abs(currents).max(axis=1, initial=0)
        sums = np.bincount(np.broadcast_to(samples, largest.shape), weights=largest)
        return bool(sums.max(initial=0) > self._current_limit)

    def _sent(self) -> SpikeList:
        if self.samples == 1:
            return SpikeList(self.membrane.fired_ticks, self.membrane.fired)
        samples, neurons = np.divmod(self.membrane.fired, self.layer.neurons)
        return SpikeList(self.membrane.fired_ticks * self.samples + samples, neurons)

    def states_at(self, spikes: SpikeList) -> Int64:
        """A of each of the spikes' neurons at its tick, for a single sample: (spikes,)."""
        states: Int64 = self.membrane.states[spikes.rows, 0, spikes.neurons]
        return states
