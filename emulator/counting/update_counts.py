"""Counts of what learning by replay did to the weights, of all layers and many samples at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_work import SampleWork
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64


@dataclass(frozen=True)
class UpdateCounts:
    """Of the weights of one layer, 0 for samples that were not learned by replay. by_one: neurons in each tick whose D is not 0 and smaller than the unit of a weight, which can
    change it by 1 alone; by_more: whose D is not, which changes it for certain; both (samples, ticks). changed: weights that the former change, odd_changed: those of
    neurons with an odd number; both (samples,)."""

    by_one: Int64
    by_more: Int64
    changed: Int64
    odd_changed: Int64


class _Neurons:
    """Of all layers in one row. units: D that changes a weight by 1 for certain, (neurons,)."""

    def __init__(self, network: IntegerNetwork) -> None:
        layers, self._layers = network.spiking_layers, len(network.spiking_layers)
        sizes = [layer.neurons for layer in layers]
        self.units = np.repeat(np.array([1 << layer.dither_bits for layer in layers], dtype=np.int16), sizes)
        is_odd = np.concatenate([np.arange(size) & 1 for size in sizes])
        of_layer = np.arange(len(layers)).repeat(sizes)[:, None] == np.arange(len(layers))
        self._chosen = np.hstack((of_layer, of_layer & (is_odd[:, None] == 1))).astype(np.float32)

    def counted(self, marks: NDArray[np.bool_]) -> Int64:
        """Marks (samples, ticks, neurons) of each layer, and once more of its neurons with an odd number: (2, layers, samples, ticks)."""
        samples, ticks, _ = marks.shape
        counts: Int64 = (marks.astype(np.float32) @ self._chosen).astype(np.int64)
        return np.ascontiguousarray(np.moveaxis(counts, 2, 0)).reshape(2, self._layers, samples, ticks)


def update_counts(
    network: IntegerNetwork, works: Sequence[SampleWork], inputs: Sequence[SpikeBatch]
) -> list[UpdateCounts]:
    """Of each layer. inputs: of each layer."""
    neurons = _Neurons(network)
    shape = (network.ticks, neurons.units.size)
    nothing = np.zeros(shape, dtype=np.int16)
    updates = [nothing if work.learning.updates is None else work.learning.updates for work in works]
    sizes = np.abs(np.array(updates, dtype=np.int16).reshape(-1, *shape))
    not_zero, larger = neurons.counted(sizes != 0), neurons.counted(sizes >= neurons.units)
    found = []
    for index, of_layer in enumerate(inputs):
        layers = [work.layers[index] for work in works]
        changed = np.array([(layer.changed, layer.odd_changed) for layer in layers], dtype=np.int64).reshape(-1, 2).T
        for_certain = np.einsum("ost,st->os", larger[:, index], of_layer.by_tick)
        by_more = larger[0, index]
        found.append(UpdateCounts(not_zero[0, index] - by_more, by_more, *(changed - for_certain)))
    return found
