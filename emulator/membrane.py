"""The neurons of one layer through all ticks of a sample, docs/ARITHMETIC.md section 5.

One tick of all neurons is a handful of array operations. Many samples run side by side as more neurons of the same layer
(`width = samples * neurons`).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sfdfa_codegen.codegen.integer_network import IntegerLayer

from .fixed_point import DECAY_BITS, DECAY_ROUNDING, Int64, keep_factor, rshift, sat

_DECAY_SHIFT: Final = np.array(DECAY_BITS)


class Membrane:
    """State of `width` neurons in each tick. Arrays are reused by the next run.

    states: (ticks, 2, width), A and B after the reset. potentials: (ticks, width), B - A before the reset.
    spiking: (ticks, width) bool. saturations: clamps of A and B in the last run.
    """

    def __init__(self, layer: IntegerLayer, ticks: int, max_spikes: int, width: int) -> None:
        self.layer = layer
        self.max_spikes = max_spikes
        self.currents = np.zeros((ticks, width), dtype=np.int64)
        self.states = np.zeros((ticks, 2, width), dtype=np.int64)
        self.potentials = np.zeros((ticks, width), dtype=np.int64)
        self.spiking: NDArray[np.bool_] = np.zeros((ticks, width), dtype=np.bool_)
        self.counts = np.zeros(width, dtype=np.int64)
        self.saturations = 0
        self._drive = np.zeros((ticks, 2, width), dtype=np.int64)
        self._product = np.zeros((2, width), dtype=np.int64)
        decays = np.array([[layer.decay_s], [layer.decay]])
        self._keep = np.repeat(keep_factor(decays), width, axis=1)
        self._threshold = np.array(layer.threshold)
        self._ticks = list(
            zip(self._drive, self.states, self.states[:, 0], self.states[:, 1], self.potentials, self.spiking, strict=True)
        )

    def run(self, first_tick: int) -> None:
        """Run all ticks from `self.currents`, in the unit of the weights; there is no input before `first_tick`."""
        may_saturate = self._prepare_drive()
        self._rest_before(first_tick)
        self._run_ticks(first_tick, may_saturate, limited=False)
        if self.counts.max() > self.max_spikes:
            self._run_ticks(first_tick, may_saturate, limited=True)

    def _prepare_drive(self) -> bool:
        """Bring the currents to the unit of the states, in 2^-12; returns whether some state could saturate."""
        scaled = rshift(self.currents, self.layer.input_shift)
        reach = np.abs(scaled).sum(axis=0).max() + self.max_spikes * self.layer.threshold
        scaled <<= DECAY_BITS
        scaled += DECAY_ROUNDING
        self._drive[:] = scaled[:, None]
        return bool(reach > self.layer.state_limit)

    def _rest_before(self, first_tick: int) -> None:
        self.states[:first_tick] = 0
        self.potentials[:first_tick] = 0
        self.spiking[:first_tick] = False

    def _run_ticks(self, first_tick: int, may_saturate: bool, limited: bool) -> None:
        self.saturations = 0
        self.counts.fill(0)
        threshold, keep, product = self._threshold, self._keep, self._product
        before = np.zeros_like(product)
        for drive, state, a, b, potential, spiking in self._ticks[first_tick:]:
            np.multiply(before, keep, product)
            np.add(product, drive, product)
            np.right_shift(product, _DECAY_SHIFT, state)
            if may_saturate:
                self._saturate(state)
            np.subtract(b, a, potential)
            np.greater_equal(potential, threshold, spiking)
            if limited:
                spiking &= self.counts < self.max_spikes
            fired = spiking.nonzero()[0]
            if fired.size:
                b[fired] -= threshold
                self.counts[fired] += 1
            before = state

    def _saturate(self, state: Int64) -> None:
        state[:], clamped = sat(state, self.layer.state_limit)
        self.saturations += clamped
