"""Constants of the neurons of all layers in one row, so that one array operation serves the whole network."""

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.randomness import Draws, neuron_indices


class NeuronTable:
    """Arrays of shape (neurons of all layers,), layer by layer; `slices[l]` picks the neurons of layer l, `hidden` all but the outputs."""

    def __init__(self, network: IntegerNetwork) -> None:
        sizes = [layer.neurons for layer in network.layers]
        ends = np.cumsum(sizes).tolist()
        self.neurons = int(ends[-1])
        self.slices = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
        self.hidden = slice(0, self.neurons - network.outputs)
        self.outputs = self.slices[-1]
        self.decay_s: Int64 = np.repeat([layer.decay_s for layer in network.layers], sizes)
        self.decay: Int64 = np.repeat([layer.decay for layer in network.layers], sizes)
        self.rate: Int64 = np.repeat([layer.rate for layer in network.layers], sizes)
        self.draw_indices: Draws = np.concatenate([neuron_indices(l, size) for l, size in enumerate(sizes)])
