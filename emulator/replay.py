"""Eligibility by replaying the sample backwards, docs/ARITHMETIC.md section 8: all layers at once, they do not depend on each other."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import DECAY_BITS, DECAY_ROUNDING, WORD_LIMIT, Int64, keep_factor, rshift
from sfdfa_codegen.emulator.membrane import States, Word
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes

UPDATE_LOW: Final = -28672
UPDATE_HIGH: Final = 28671
_RHO_ROUNDING: Final = 128


@dataclass(frozen=True)
class ReplayUpdates:
    """D of each neuron in each tick, in 2^-14: (ticks, neurons of all layers) int16; and how often a clamp changed E and D."""

    updates: NDArray[np.int16]
    eligibility_saturations: int
    update_saturations: int


class _Walk:
    """Sums that decay from the last tick to the first, in words of one type: u and v (width 2), or u, v and s (3)."""

    def __init__(self, network: IntegerNetwork, table: NeuronTable, width: int, dtype: type[Word]) -> None:
        shape = (network.ticks, table.neurons)
        self.sums = np.zeros((network.ticks, width, table.neurons), dtype=dtype)
        self.rho = np.zeros(shape, dtype=dtype)
        """rho of a remembered spike, else 0."""
        self.own_gamma = np.zeros(shape, dtype=dtype)
        """Of a spike, 256 times what gamma takes from rho alone; everywhere, the rounding of the product that joins it."""
        self.keep = keep_factor(np.stack((table.decay_s, table.decay, table.decay)[:width])).astype(dtype)
        ticks = range(network.ticks)
        self._backwards = list(zip(ticks, self.sums, self.sums[:, -1], self.rho, self.own_gamma, strict=True))[::-1]

    def remember(self, spikes: SpikeList, rho: Int64, eligibility_fraction_bits: int) -> None:
        """Enter the spikes of a sample, of all layers, and forget those before."""
        self.rho.fill(0)
        self.own_gamma.fill(_RHO_ROUNDING)
        self.rho[spikes.rows, spikes.neurons] = rho
        own = rshift(rho, 8 - eligibility_fraction_bits)
        self.own_gamma[spikes.rows, spikes.neurons] = (own << 8) + _RHO_ROUNDING

    def run(self, spike_ticks: set[int]) -> None:
        """Fill in the sums of every tick; the last sum makes gamma, and is clamped if it is s."""
        keep, product, rounding = self.keep, np.empty_like(self.keep), np.full_like(self.keep, DECAY_ROUNDING)
        gamma, clamped = np.empty_like(product[0]), len(keep) == 3
        decay_shift, rho_shift = np.array(DECAY_BITS, keep.dtype), np.array(8, keep.dtype)
        multiply, add, right_shift = np.multiply, np.add, np.right_shift
        before = np.zeros_like(keep)
        for tick, sums, last, rho, own_gamma in self._backwards:
            multiply(before, keep, product)
            add(product, rounding, product)
            right_shift(product, decay_shift, sums)
            if tick in spike_ticks:
                multiply(rho, last, gamma)
                add(gamma, own_gamma, gamma)
                right_shift(gamma, rho_shift, gamma)
                for total in sums:
                    add(total, gamma, total)
                if clamped:
                    last.clip(None, WORD_LIMIT, out=last)
            before = sums

    def clamps_of_last(self) -> NDArray[np.bool_]:
        """Where s was clamped, (ticks, neurons). It is never negative, so this compares it with what it was before a clamp."""
        later = np.zeros_like(self.rho)
        later[:-1] = (self.sums[1:, -1] * self.keep[-1] + DECAY_ROUNDING) >> DECAY_BITS
        unclamped = later + ((self.rho * later + self.own_gamma) >> 8)
        found: NDArray[np.bool_] = unclamped > WORD_LIMIT
        return found


class Replay:
    """Scratch memory for one network.

    v and s follow the same recurrence but for the clamp of s. So s is left out at first, in words of 32 bits: these hold everything up to the
    first tick in which v leaves the range of s, as u is no larger than v where it decays no slower. After that the walk is repeated with s.
    """

    def __init__(self, network: IntegerNetwork, table: NeuronTable) -> None:
        self.network = network
        self.table = table
        narrow = all(layer.decay_s >= layer.decay for layer in network.spiking_layers)
        self._quick = self._walk = _Walk(network, table, 2, np.int32 if narrow else np.int64)
        self._full: _Walk | None = None
        self._spikes = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._rho = np.empty(0, dtype=np.int64)
        self._no_clamps = np.zeros((network.ticks, table.neurons), dtype=np.bool_)
        self.clamps = self._no_clamps
        """Where s was clamped in the last run, (ticks, neurons of all layers)."""

    def remember(self, remembered: list[RememberedSpikes]) -> None:
        """Enter the spikes of each spiking layer, then virtual spikes of the outputs."""
        offsets = [part.start for part in (*self.table.spiking_slices, self.table.outputs)]
        rows = np.concatenate([layer.spikes.rows for layer in remembered])
        neurons = np.concatenate([layer.spikes.neurons + n for layer, n in zip(remembered, offsets, strict=True)])
        self._spikes = SpikeList(rows, neurons)
        self._rho = np.concatenate([layer.rho for layer in remembered])

    def run(self) -> int:
        """Walk through the sample; u and v stay in memory. Returns how often s was clamped."""
        self._run(self._quick)
        self.clamps = self._no_clamps
        if self._quick.sums[:, 1].max() <= WORD_LIMIT:
            return 0
        self._full = self._full or _Walk(self.network, self.table, 3, np.int64)
        self._run(self._full)
        self.clamps = self._full.clamps_of_last()
        return int(np.count_nonzero(self.clamps))

    def _run(self, walk: _Walk) -> None:
        self._walk = walk
        walk.remember(self._spikes, self._rho, self.network.eligibility_fraction_bits)
        walk.run(set(self._spikes.rows.tolist()))

    def updates(self, steps: Int64, inputs: list[SpikeList]) -> ReplayUpdates:
        """D after `run`; steps (neurons of all layers,); inputs: of each layer, clamps count in the ticks that have some."""
        eligibility = self._walk.sums[:, 1] - self._walk.sums[:, 0]
        clamped_e = self._clamp(eligibility, -WORD_LIMIT, WORD_LIMIT, inputs)
        eligibility *= steps.astype(eligibility.dtype)  # both within 16 bits and a sign
        shift = self.network.eligibility_fraction_bits + 2
        eligibility += 1 << (shift - 1)
        eligibility >>= shift
        clamped_d = self._clamp(eligibility, UPDATE_LOW, UPDATE_HIGH, inputs)
        return ReplayUpdates(eligibility.astype(np.int16), clamped_e, clamped_d)

    def _clamp(self, values: States, low: int, high: int, inputs: list[SpikeList]) -> int:
        """Clamp values (ticks, neurons of all layers) in place; returns how many changed in ticks where their layer had input."""
        if values.max() <= high and values.min() >= low:
            return 0
        outside = (values < low) | (values > high)
        values.clip(low, high, out=values)
        ticks = [layer.rows[layer.starts] for layer in inputs]
        return sum(int(outside[t, s].sum()) for t, s in zip(ticks, self.table.spiking_slices, strict=True))
