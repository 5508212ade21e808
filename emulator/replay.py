"""Eligibility by replaying the sample backwards, docs/ARITHMETIC.md section 8: all layers at once, they do not depend on each other."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import DECAY_BITS, DECAY_ROUNDING, WORD_LIMIT, Int64, keep_factor, rshift
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes

UPDATE_LOW: Final = -28672
UPDATE_HIGH: Final = 28671
_DECAY_SHIFT: Final = np.array(DECAY_BITS)
_RHO_SHIFT: Final = np.array(8)
_RHO_ROUNDING: Final = 128


@dataclass(frozen=True)
class ReplayUpdates:
    """D of each neuron in each tick, in 2^-14: (ticks, neurons of all layers) int16; and how often a clamp changed E and D."""

    updates: NDArray[np.int16]
    eligibility_saturations: int
    update_saturations: int


class Replay:
    """Scratch memory for one network: the sums u, v, s of all neurons in each tick.

    v and s follow the same recurrence but for the clamp of s. So s is left out at first, and the walk is repeated with it if v shows
    that the clamp changes something.
    """

    def __init__(self, network: IntegerNetwork, table: NeuronTable) -> None:
        self.network = network
        self.table = table
        shape = (network.ticks, table.neurons)
        self._rho = np.zeros(shape, dtype=np.int64)
        self._spike_gamma = np.zeros(shape, dtype=np.int64)
        """Of a spike, 256 times what gamma takes from rho alone; and everywhere the rounding of the product that joins it."""
        self._spike_ticks: set[int] = set()
        self._sums = np.zeros((network.ticks, 3, table.neurons), dtype=np.int64)
        self._keep = keep_factor(np.stack((table.decay_s, table.decay, table.decay)))

        self._backwards = {width: self._ticks_backwards(width) for width in (2, 3)}

    def _ticks_backwards(self, width: int) -> list[tuple[int, Int64, Int64, Int64, Int64]]:
        """The tick, its first sums, the last of them, its rho and what joins gamma, of each tick from the last."""
        sums = self._sums[:, :width]
        ticks = zip(range(self.network.ticks), sums, sums[:, -1], self._rho, self._spike_gamma, strict=True)
        return list(ticks)[::-1]

    def start(self) -> None:
        """Forget the spikes of the last sample."""
        self._rho.fill(0)
        self._spike_gamma.fill(_RHO_ROUNDING)
        self._spike_ticks.clear()

    def remember(self, layer: int, remembered: RememberedSpikes) -> None:
        """Enter spikes of a layer."""
        offset = self.table.slices[layer].start
        where = (remembered.spikes.rows, remembered.spikes.neurons + offset)
        self._rho[where] = remembered.rho
        own = rshift(remembered.rho, 8 - self.network.eligibility_fraction_bits)
        self._spike_gamma[where] = (own << 8) + _RHO_ROUNDING
        self._spike_ticks.update(remembered.spikes.rows.tolist())

    def run(self) -> int:
        """Walk from the last tick to the first; u and v stay in memory. Returns how often s was clamped."""
        self._walk(2)
        if self._sums[:, 1].max() <= WORD_LIMIT:
            return 0
        self._walk(3)
        return self._count_saturations()

    def _walk(self, width: int) -> None:
        """Sums u and v (width 2), or u, v and a clamped s (3); the last of them makes gamma."""
        keep, product = self._keep[:width], np.empty_like(self._sums[0, :width])
        rounding, gamma = np.full_like(product, DECAY_ROUNDING), np.empty_like(product[0])
        multiply, add, right_shift = np.multiply, np.add, np.right_shift
        before = np.zeros_like(product)
        for tick, sums, last, rho, spike_gamma in self._backwards[width]:
            multiply(before, keep, product)
            add(product, rounding, product)
            right_shift(product, _DECAY_SHIFT, sums)
            if tick in self._spike_ticks:
                multiply(rho, last, gamma)
                add(gamma, spike_gamma, gamma)
                right_shift(gamma, _RHO_SHIFT, gamma)
                for total in sums:
                    add(total, gamma, total)
                if width == 3:
                    last.clip(None, WORD_LIMIT, out=last)
            before = sums

    def _count_saturations(self) -> int:
        """How often s was clamped. It is never negative, so this compares it with what it was before a clamp."""
        later = np.zeros_like(self._rho)
        later[:-1] = (self._sums[1:, 2] * self._keep[2] + DECAY_ROUNDING) >> DECAY_BITS
        unclamped = later + ((self._rho * later + self._spike_gamma) >> 8)
        return int(np.count_nonzero(unclamped > WORD_LIMIT))

    def updates(self, steps: Int64, inputs: list[SpikeList]) -> ReplayUpdates:
        """D after `run`; steps (neurons of all layers,); inputs: of each layer, clamps count in the ticks that have some."""
        eligibility = self._sums[:, 1] - self._sums[:, 0]
        clamped_e = self._clamp(eligibility, -WORD_LIMIT, WORD_LIMIT, inputs)
        eligibility *= steps
        products = rshift(eligibility, self.network.eligibility_fraction_bits + 2)
        clamped_d = self._clamp(products, UPDATE_LOW, UPDATE_HIGH, inputs)
        return ReplayUpdates(products.astype(np.int16), clamped_e, clamped_d)

    def _clamp(self, values: Int64, low: int, high: int, inputs: list[SpikeList]) -> int:
        """Clamp values (ticks, neurons of all layers) in place; returns how many changed in ticks where their layer had input."""
        if values.max() <= high and values.min() >= low:
            return 0
        outside = (values < low) | (values > high)
        values.clip(low, high, out=values)
        ticks = [layer.rows[layer.starts] for layer in inputs]
        return sum(int(outside[t, s].sum()) for t, s in zip(ticks, self.table.slices, strict=True))
