"""Constants of the neurons of all layers in one row, so that one array operation serves the whole network."""

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.randomness import Draws, neuron_indices


class NeuronTable:
    """Arrays of shape (spiking neurons of all layers,), layer by layer; draw_indices is of all neurons.

    `slices[l]` picks the neurons of layer l, `spiking_slices` has those of the spiking layers, `hidden` picks all but the outputs.
    """

    def __init__(self, network: IntegerNetwork) -> None:
        sizes = [layer.neurons for layer in network.layers]
        ends = np.cumsum(sizes).tolist()
        self.slices = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
        self.hidden = slice(0, int(ends[-1]) - network.outputs)
        self.outputs = self.slices[-1]
        spiking = network.spiking_layers
        self.spiking_slices = self.slices[: len(spiking)]
        self.neurons = sum(layer.neurons for layer in spiking)
        counts = sizes[: len(spiking)]
        self.decay_s: Int64 = np.repeat(np.array([layer.decay_s for layer in spiking], dtype=np.int64), counts)
        self.decay: Int64 = np.repeat(np.array([layer.decay for layer in spiking], dtype=np.int64), counts)
        self.rate: Int64 = np.repeat(np.array([layer.rate for layer in spiking], dtype=np.int64), counts)
        self.draw_indices: Draws = np.concatenate([neuron_indices(l, size) for l, size in enumerate(sizes)])
