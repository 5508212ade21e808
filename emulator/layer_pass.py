"""One layer, forwards through a whole sample or a batch of samples."""

import numpy as np

from sfdfa_codegen.codegen.integer_network import IntegerLayer

from .fixed_point import Int64
from .input_currents import input_currents
from .membrane import Membrane
from .spike_list import SpikeList
from .working_state import WeightArray


class LayerPass:
    """What happened in one layer; valid until the next run.

    inputs: what reached the layer. spikes: what it sent. Rows of both are `tick * samples + sample`, with one sample the tick.
    """

    def __init__(self, layer: IntegerLayer, ticks: int, max_spikes: int, samples: int = 1) -> None:
        self.layer = layer
        self.samples = samples
        self.membrane = Membrane(layer, ticks, max_spikes, samples * layer.neurons)
        self._currents = self.membrane.currents.reshape(ticks * samples, layer.neurons)
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
        positions = self.membrane.spiking.ravel().nonzero()[0]
        rows, neurons = np.divmod(positions, self.layer.neurons)
        self.spikes = SpikeList(rows, neurons)
        return self.spikes

    def states_at(self, spikes: SpikeList) -> Int64:
        """A of each of the spikes' neurons at its tick, for a single sample: (spikes,)."""
        return self.membrane.states[spikes.rows, 0, spikes.neurons]
