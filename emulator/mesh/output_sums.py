"""What the own inputs of outputs that integrate add up to: sections 5a and 7a of docs/ARITHMETIC.md."""

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64, rshift
from sfdfa_codegen.emulator.working_state import WeightArray


def are_sums_wide(network: IntegerNetwork) -> bool:
    """Whether the activity of an output can leave 32 bits, so that it is reported in two words: section 6 of docs/MESH.md."""
    spikes = min(network.ticks, network.max_spikes) if network.hidden_layers else network.ticks
    largest_kappa = sum(network.ticks - tick for tick in range(spikes))
    return network.layers[-1].inputs * largest_kappa << (network.weight_bits - 1) >= 1 << 31


def grade_sums(network: IntegerNetwork, index: int, weights: WeightArray, senders: Int64, grades: Int64) -> Int64:
    """What grades of some inputs of layer `index`, (n,), add up to at its neurons that have these weights: (neurons,)."""
    products = weights.take(senders, axis=0).astype(np.int64) * grades[:, None]
    passed = 0 if index == len(network.layers) - 1 else network.pass_shift
    sums: Int64 = rshift(products, network.layers[index].weight_fraction_bits + passed).sum(axis=0)
    return sums


class OutputSums:
    """kappa: of the own inputs, (inputs,)."""

    def __init__(self, network: IntegerNetwork, own: slice) -> None:
        self._ticks, self._own = network.ticks, own
        self.kappa = np.zeros(own.stop - own.start, dtype=np.int64)

    def spikes(self, tick: int, neurons: Int64) -> None:
        """Own neurons that spiked, numbered within the core."""
        self.kappa[neurons] += self._ticks - tick

    def events(self, tick: int, channels: Int64) -> int:
        """Events where there is no hidden layer. Returns how many are of own channels."""
        own = channels[(channels >= self._own.start) & (channels < self._own.stop)] - self._own.start
        self.spikes(tick, own)
        return int(own.size)

    def sums(self, weights: WeightArray) -> list[int]:
        """Of each output, exact."""
        found: list[int] = (self.kappa @ weights.astype(np.int64)).tolist()
        return found
