"""The clock-driven form over a batch of samples: what a microcontroller runs, in float32 or float64.

Each tick, and in every layer in order, so that a hidden spike reaches the next layer in the same tick (section 1):

    A <- alpha_s A + X;  B <- alpha B + X;  if B - A >= c and fewer than max_spikes so far: spike, B <- B - c

Nothing flows backwards, so a layer runs through all ticks before the next one starts, and its input currents X are
one matrix product. The dtype is that of the weights.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray


@dataclass(frozen=True)
class SpikeBlock:
    """Spikes of many samples, kept only for the ticks and channels that have any.

    ticks: (active ticks,) int64, ascending. channels: (active channels,) int64, ascending, or None for all of them.
    spikes: (active ticks, batch, active channels), 0 or 1, of the network's dtype.
    """

    ticks: IntArray
    channels: IntArray | None
    spikes: FloatArray

    @property
    def batch(self) -> int:
        """Samples in the block."""
        return int(self.spikes.shape[1])

    def rows(self) -> FloatArray:
        """(active ticks * batch, active channels): the left factor of the products with weights."""
        ticks, batch, channels = self.spikes.shape
        return self.spikes.reshape(ticks * batch, channels)

    def select(self, weights: FloatArray) -> FloatArray:
        """The rows of `weights` (channels, neurons) that belong to the active channels."""
        return weights if self.channels is None else weights[self.channels]


@dataclass(frozen=True)
class BatchSpikes:
    """The spikes of one layer and block in order of their ticks.

    positions: (spikes,) int64, ascending: flat indices into (ticks, batch, neurons). factors: (spikes,), g of each in
    seconds per weight unit. shape: (ticks, batch, neurons).
    """

    positions: IntArray
    factors: FloatArray
    shape: tuple[int, int, int]

    @cached_property
    def cells(self) -> IntArray:
        """(spikes,) int64: flat indices into (batch, neurons)."""
        return self.positions % (self.shape[1] * self.shape[2])

    @cached_property
    def ticks(self) -> IntArray:
        """(spikes,) int64: the tick of each spike."""
        return self.positions // (self.shape[1] * self.shape[2])

    @cached_property
    def by_cell(self) -> IntArray:
        """(spikes,) int64: the order that groups the spikes of a neuron and sample, in time order within each group."""
        return np.argsort(self.cells, kind="stable")

    def dense(self, values: FloatArray) -> FloatArray:
        """(ticks, batch, neurons) with `values` (spikes,) at the spikes and 0 elsewhere."""
        array = np.zeros(self.shape, self.factors.dtype)
        array.reshape(-1)[self.positions] = values
        return array


@dataclass(frozen=True)
class BatchRecord:
    """What one layer did.

    counts: (batch, neurons) int64. synaptic_currents, potentials: A, and B - A before a reset, after the input of each
    tick, (ticks, batch, neurons). final_potentials: B - A at the end, (batch, neurons).
    """

    spikes: BatchSpikes
    counts: IntArray
    synaptic_currents: FloatArray
    potentials: FloatArray
    final_potentials: FloatArray

    @cached_property
    def as_input(self) -> SpikeBlock:
        """The layer's spikes as the input of the next layer."""
        spikes = self.spikes.dense(np.ones_like(self.spikes.factors))
        return SpikeBlock(np.arange(len(spikes)), None, spikes)


@dataclass(frozen=True)
class NetworkRecord:
    """What a network did with one block of samples."""

    inputs: SpikeBlock
    layers: tuple[BatchRecord, ...]

    @property
    def output(self) -> BatchRecord:
        """The output layer."""
        return self.layers[-1]

    def layer_inputs(self) -> tuple[SpikeBlock, ...]:
        """What each layer was fed."""
        return (self.inputs, *(layer.as_input for layer in self.layers[:-1]))

    def predictions(self) -> IntArray:
        """(batch,) int64: the largest count, ties broken by the larger B - A at the end, then by the lower class."""
        counts = self.output.counts
        tied = counts == counts.max(axis=1, keepdims=True)
        best: IntArray = np.where(tied, self.output.final_potentials, -np.inf).argmax(axis=1)
        return best


def pack_samples(dataset: SpikeDataset, dtype: DTypeLike) -> SpikeBlock:
    """All samples of `dataset` as one block."""
    samples = np.repeat(np.arange(len(dataset)), dataset.events_per_sample)
    return _pack(dataset.ticks, dataset.channels, samples, len(dataset), dtype)


def pack_sample(sample: SpikeSample, dtype: DTypeLike) -> SpikeBlock:
    """A block of one sample."""
    return _pack(sample.ticks, sample.channels, np.zeros(len(sample.ticks), np.int64), 1, dtype)


def _pack(
    ticks: NDArray[np.uint16], channels: NDArray[np.uint16], samples: IntArray, batch: int, dtype: DTypeLike
) -> SpikeBlock:
    active_ticks, row = _compact(ticks)
    active_channels, column = _compact(channels)
    spikes = np.zeros((len(active_ticks), batch, len(active_channels)), dtype)
    spikes[row, samples, column] = 1.0
    return SpikeBlock(active_ticks, active_channels, spikes)


def _compact(values: NDArray[np.uint16]) -> tuple[IntArray, IntArray]:
    """The distinct values in ascending order, and the position of each value among them."""
    present = np.bincount(values) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[values]


def input_currents(inputs: SpikeBlock, weights: FloatArray) -> FloatArray:
    """X of every active tick, (active ticks, batch, neurons); weights: (channels, neurons)."""
    product: FloatArray = inputs.rows() @ inputs.select(weights)
    return product.reshape(len(inputs.ticks), inputs.batch, weights.shape[1])


def run_layer(active_ticks: IntArray, currents: FloatArray, threshold: float, dynamics: Dynamics) -> BatchRecord:
    """Run one layer through all ticks.

    currents: X at the `active_ticks`, (active ticks, batch, neurons). A and B without resets are linear in X: one
    product each. What the resets take from B decays like B and is kept apart.
    """
    batch, neurons = currents.shape[1:]
    cells = batch * neurons
    synaptic = _decaying_sum(active_ticks, currents, dynamics.synaptic_kernel)
    potentials = _decaying_sum(active_ticks, currents, dynamics.membrane_kernel) - synaptic
    resets = np.zeros(cells, currents.dtype)
    found = [np.zeros(0, np.int64)]
    for tick, potential in enumerate(potentials):
        resets *= dynamics.alpha
        potential -= resets
        (fired,) = (potential >= threshold).nonzero()
        if tick >= dynamics.max_spikes:
            fired = fired[_spike_counts(found, cells)[fired] < dynamics.max_spikes]
        lost = dynamics.loss_at_spike(potential[fired], threshold)
        if fired.size:
            resets[fired] += lost
            found.append(fired + tick * cells)
    final_potentials = potentials[-1].copy()
    final_potentials[fired] -= lost
    positions = np.concatenate(found)
    shape = (dynamics.ticks, batch, neurons)
    return BatchRecord(
        spikes=BatchSpikes(positions, dynamics.spike_factor(synaptic.reshape(-1)[positions], threshold), shape),
        counts=_spike_counts(found, cells).reshape(batch, neurons),
        synaptic_currents=synaptic.reshape(shape),
        potentials=potentials.reshape(shape),
        final_potentials=final_potentials.reshape(batch, neurons),
    )


def _decaying_sum(active_ticks: IntArray, currents: FloatArray, kernel: FloatArray) -> FloatArray:
    """X summed with decay up to every tick, (ticks, batch * neurons)."""
    rows = kernel[active_ticks].T.astype(currents.dtype)
    sums: FloatArray = rows @ currents.reshape(len(active_ticks), currents.shape[1] * currents.shape[2])
    return sums


def _spike_counts(positions: list[IntArray], cells: int) -> IntArray:
    return np.bincount(np.concatenate(positions) % cells, minlength=cells)


def with_bias(
    active_ticks: IntArray, currents: FloatArray, bias: FloatArray, first: int, ticks: int
) -> tuple[IntArray, FloatArray]:
    """X with a bias (neurons,) in every tick from `first` on: the active ticks, and (active ticks, batch, neurons)."""
    dense = np.zeros((ticks, *currents.shape[1:]), currents.dtype)
    dense[active_ticks] = currents
    dense[first:] += bias
    return np.arange(ticks), dense


def run_network(
    weights: list[FloatArray],
    thresholds: tuple[float, ...],
    inputs: SpikeBlock,
    dynamics: Dynamics,
    biases: tuple[FloatArray | None, ...] = (),
) -> NetworkRecord:
    """Run all layers on one block; weights: one (inputs, neurons) array a layer. biases: (neurons,) a layer, from the tick on that has the layer's number."""
    layers: list[BatchRecord] = []
    layer_inputs = inputs
    for index, (layer_weights, threshold) in enumerate(zip(weights, thresholds, strict=True)):
        ticks, currents = layer_inputs.ticks, input_currents(layer_inputs, layer_weights)
        bias = biases[index] if biases else None
        if bias is not None:
            ticks, currents = with_bias(ticks, currents, bias, index, dynamics.ticks)
        layers.append(run_layer(ticks, currents, threshold, dynamics.of_layer(index)))
        layer_inputs = layers[-1].as_input
    return NetworkRecord(inputs, tuple(layers))
