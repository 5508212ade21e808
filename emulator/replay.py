"""Eligibility by replaying the sample backwards, docs/ARITHMETIC.md section 8: all layers at once, they do not depend on each other."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sfdfa_codegen.codegen.integer_network import IntegerNetwork

from .fixed_point import DECAY_BITS, DECAY_ROUNDING, WORD_LIMIT, Int64, clamp_counted, keep_factor, rshift, sat
from .neuron_table import NeuronTable
from .spike_slopes import RememberedSpikes

UPDATE_LOW: Final = -28672
UPDATE_HIGH: Final = 28671
_DECAY_SHIFT: Final = np.array(DECAY_BITS)
_RHO_SHIFT: Final = np.array(8)
_S_LIMIT: Final = np.array(WORD_LIMIT)


@dataclass(frozen=True)
class LayerUpdates:
    """D of each neuron in each tick, in 2^-14: (ticks, neurons) int16; and how often a clamp changed E and D."""

    updates: NDArray[np.int16]
    eligibility_saturations: int
    update_saturations: int


class Replay:
    """Scratch memory for one network: the sums u, v, s of all neurons in each tick."""

    def __init__(self, network: IntegerNetwork, table: NeuronTable) -> None:
        self.network = network
        self.table = table
        shape = (network.ticks, table.neurons)
        self.rho = np.zeros(shape, dtype=np.int64)
        """rho of a remembered spike, else 0."""
        self.saturations = 0
        """Clamps of s in the last run."""
        self._spike_gamma = np.zeros(shape, dtype=np.int64)
        self._sums = np.zeros((network.ticks, 3, table.neurons), dtype=np.int64)
        self._product = np.zeros((3, table.neurons), dtype=np.int64)
        self._gamma = np.zeros(table.neurons, dtype=np.int64)
        self._keep = keep_factor(np.stack((table.decay_s, table.decay, table.decay)))
        self._rounding = np.full_like(self._product, DECAY_ROUNDING)
        ticks = zip(self.rho, self._spike_gamma, self._sums, self._sums[:, 2], strict=True)
        self._backwards = list(ticks)[::-1]

    def start(self) -> None:
        """Forget the spikes of the last sample."""
        self.rho.fill(0)

    def remember(self, layer: int, remembered: RememberedSpikes) -> None:
        """Enter spikes of a layer."""
        offset = self.table.slices[layer].start
        self.rho[remembered.spikes.rows, remembered.spikes.neurons + offset] = remembered.rho

    def run(self) -> None:
        """Walk from the last tick to the first; u, v and s stay in memory."""
        bits = 8 - self.network.eligibility_fraction_bits
        np.add(rshift(self.rho, bits) << 8, 128, self._spike_gamma)  # with the rounding of the product that joins it
        keep, rounding, product, gamma = self._keep, self._rounding, self._product, self._gamma
        spikes_at = self.rho.any(axis=1)[::-1].tolist()
        before = np.zeros_like(product)
        for (rho, spike_gamma, sums, s), spikes in zip(self._backwards, spikes_at, strict=True):
            np.multiply(before, keep, product)
            np.add(product, rounding, product)
            np.right_shift(product, _DECAY_SHIFT, sums)
            if spikes:
                np.multiply(rho, s, gamma)
                np.add(gamma, spike_gamma, gamma)
                np.right_shift(gamma, _RHO_SHIFT, gamma)
                np.add(sums, gamma, sums)
                np.minimum(s, _S_LIMIT, out=s)
            before = sums
        self.saturations = self._count_saturations()

    def _count_saturations(self) -> int:
        """How often s was clamped: s is never negative, so a clamp leaves exactly the limit."""
        s = self._sums[:, 2]
        if s.max() < WORD_LIMIT:
            return 0
        later = np.zeros_like(s)
        later[:-1] = (s[1:] * self._keep[2] + DECAY_ROUNDING) >> DECAY_BITS
        unclamped = later + ((self.rho * later + self._spike_gamma) >> 8)
        return int(np.count_nonzero(unclamped > WORD_LIMIT))

    def updates(self, layer: int, steps: Int64, input_ticks: Int64) -> LayerUpdates:
        """D of a layer; steps (neurons of all layers,); only the ticks with input (n,) are filled in and counted."""
        neurons = self.table.slices[layer]
        sums = self._sums[input_ticks, :, neurons]
        eligibility, clamped_e = sat(sums[:, 1] - sums[:, 0], WORD_LIMIT)
        products = rshift(steps[neurons] * eligibility, self.network.eligibility_fraction_bits + 2)
        updates, clamped_d = clamp_counted(products, UPDATE_LOW, UPDATE_HIGH)
        filled = np.zeros((self.network.ticks, updates.shape[1]), dtype=np.int16)
        filled[input_ticks] = updates
        return LayerUpdates(filled, clamped_e, clamped_d)
