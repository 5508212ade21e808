"""One layer, forwards through a whole sample or a batch of samples."""

import numpy as np

from sfdfa_codegen.codegen.integer_network import IntegerNetwork

from .fixed_point import Int64
from .input_currents import input_currents
from .membrane import Membrane
from .spike_list import SpikeList
from .working_state import WeightArray


def _strongest_current(network: IntegerNetwork, index: int) -> int:
    """Q * W of section 11: a bound of the sum of |X| over a sample."""
    inputs = network.layers[index].inputs
    of_sample = inputs * network.ticks if index == 0 else inputs * min(network.ticks, network.max_spikes)
    most = min(network.max_events, of_sample) if index == 0 else of_sample
    return most << (network.weight_bits - 1)


class LayerPass:
    """What happened in one layer; valid until the next run.

    inputs: what reached the layer. spikes: what it sent. Rows of both are `tick * samples + sample`, with one sample the tick.
    """

    def __init__(self, network: IntegerNetwork, index: int, samples: int = 1) -> None:
        self.layer = network.layers[index]
        self.samples = samples
        width = samples * self.layer.neurons
        self.membrane = Membrane(self.layer, network.ticks, network.max_spikes, width, _strongest_current(network, index))
        self._currents = self.membrane.currents.reshape(network.ticks * samples, self.layer.neurons)
        self.inputs = self.spikes = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def counts(self) -> Int64:
        """Spikes of each neuron: (neurons,), or (samples * neurons,)."""
        return self.membrane.counts

    def run(self, weights: WeightArray, inputs: SpikeList) -> SpikeList:
        """Run all ticks; returns the spikes."""
        self.inputs = inputs
        input_currents(weights, inputs, self._currents)
        first_tick = int(inputs.rows[0]) // self.samples if inputs.size else self.membrane.spiking.shape[0]
        self.membrane.run(first_tick)
        self.spikes = self._sent()
        return self.spikes

    def _sent(self) -> SpikeList:
        if self.samples == 1:
            return SpikeList(self.membrane.fired_ticks, self.membrane.fired)
        samples, neurons = np.divmod(self.membrane.fired, self.layer.neurons)
        return SpikeList(self.membrane.fired_ticks * self.samples + samples, neurons)

    def states_at(self, spikes: SpikeList) -> Int64:
        """A of each of the spikes' neurons at its tick, for a single sample: (spikes,)."""
        return self.membrane.states[spikes.rows, 0, spikes.neurons]
