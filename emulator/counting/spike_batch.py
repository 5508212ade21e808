"""Events or spikes of one layer in many samples, and what is often asked of them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.spike_list import SpikeList

WORD_BITS: Final = 5
"""A word holds the bits of 2^5 neurons."""


class SpikeBatch:
    """Spikes by sample, then tick, then neuron.

    samples, ticks, neurons: of each spike, (n,). shape: samples, ticks and neurons that there are. Counts have the shape (samples,).
    """

    def __init__(self, samples: Int64, ticks: Int64, neurons: Int64, shape: tuple[int, int, int]) -> None:
        self.samples, self.ticks, self.neurons = samples, ticks, neurons
        self.shape = shape

    @staticmethod
    def joined(lists: Sequence[SpikeList], ticks: int, neurons: int) -> "SpikeBatch":
        """One list per sample."""
        owners = np.arange(len(lists)).repeat([spikes.rows.size for spikes in lists])
        nothing = [np.empty(0, dtype=np.int64)]
        rows = np.concatenate(nothing + [spikes.rows for spikes in lists])
        indices = np.concatenate(nothing + [spikes.neurons for spikes in lists])
        return SpikeBatch(owners, rows, indices, (len(lists), ticks, neurons))

    @staticmethod
    def empty(shape: tuple[int, int, int]) -> "SpikeBatch":
        """No spikes."""
        nothing = np.empty(0, dtype=np.int64)
        return SpikeBatch(nothing, nothing, nothing, shape)

    def chosen(self, mask: NDArray[np.bool_]) -> "SpikeBatch":
        """Those spikes for which `mask`, (n,), holds."""
        return SpikeBatch(self.samples[mask], self.ticks[mask], self.neurons[mask], self.shape)

    @cached_property
    def sizes(self) -> Int64:
        """Spikes of each sample."""
        return np.bincount(self.samples, minlength=self.shape[0])

    def summed(self, values: Int64) -> Int64:
        """Values of the spikes, (n,), summed over each sample."""
        return np.bincount(self.samples, weights=values, minlength=self.shape[0]).astype(np.int64)

    @cached_property
    def rows(self) -> Int64:
        """Sample and tick of each spike in one number: (n,)."""
        return self.samples * self.shape[1] + self.ticks

    def _counted_by_tick(self, rows: Int64) -> Int64:
        samples, ticks, _ = self.shape
        return np.bincount(rows, minlength=samples * ticks).reshape(samples, ticks)

    @cached_property
    def by_tick(self) -> Int64:
        """How many: (samples, ticks)."""
        return self._counted_by_tick(self.rows)

    def summed_by_tick(self, values: Int64) -> Int64:
        """Values of the spikes, (n,), summed over each tick: (samples, ticks)."""
        samples, ticks, _ = self.shape
        sums = np.bincount(self.rows, weights=values, minlength=samples * ticks)
        return sums.astype(np.int64).reshape(samples, ticks)

    def last_in_tick(self, mask: NDArray[np.bool_]) -> Int64:
        """Ticks of each sample for whose last spike `mask`, (n,), holds."""
        is_last = np.append(self.rows[1:] != self.rows[:-1], True)[: self.rows.size]
        return np.bincount(self.samples[is_last & mask], minlength=self.shape[0])

    @cached_property
    def is_first(self) -> NDArray[np.bool_]:
        """Which spikes are the first ones of their neurons: (n,)."""
        first: NDArray[np.bool_] = self.first[self.samples, self.neurons] == self.ticks
        return first

    @cached_property
    def words_by_tick(self) -> Int64:
        """Words of 32 neurons with a spike: (samples, ticks)."""
        words = (self.rows << 16) | (self.neurons >> WORD_BITS)
        begins = np.append(True, words[1:] != words[:-1])[: words.size]
        return self._counted_by_tick(self.rows[begins])

    @cached_property
    def _places(self) -> Int64:
        return self.samples * self.shape[2] + self.neurons

    @cached_property
    def by_neuron(self) -> Int64:
        """How many: (samples, neurons)."""
        samples, _, neurons = self.shape
        return np.bincount(self._places, minlength=samples * neurons).reshape(samples, neurons)

    def _ticks_of_neurons(self, otherwise: int, order: slice) -> Int64:
        """The tick of each neuron's spike that comes last in an order: (samples, neurons)."""
        samples, _, neurons = self.shape
        found = np.full(samples * neurons, otherwise, dtype=np.int64)
        found[self._places[order]] = self.ticks[order]  # flat, so that the last one written stays
        return found.reshape(samples, neurons)

    @cached_property
    def first(self) -> Int64:
        """Tick of each neuron's first spike, else the number of ticks: (samples, neurons)."""
        return self._ticks_of_neurons(self.shape[1], slice(None, None, -1))

    @cached_property
    def last(self) -> Int64:
        """Tick of each neuron's last spike, else -1: (samples, neurons)."""
        return self._ticks_of_neurons(-1, slice(None))

    @cached_property
    def last_tick(self) -> Int64:
        """Tick of each sample's last spike, else -1: (samples,)."""
        if not self.ticks.size:
            return np.full(self.shape[0], -1, dtype=np.int64)
        last: Int64 = np.where(self.sizes > 0, self.ticks[self.sizes.cumsum() - 1], -1)
        return last

    def first_of_sample(self, capacity: int) -> "SpikeBatch":
        """At most so many of each sample, the first ones."""
        if int(self.sizes.max(initial=0)) <= capacity:
            return self
        starts = self.sizes.cumsum() - self.sizes
        return self.chosen(np.arange(self.ticks.size) - starts[self.samples] < capacity)
