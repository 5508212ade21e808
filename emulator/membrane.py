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
    spiking: (ticks, width) bool; fired_ticks, fired: tick and neuron of each spike, in this order; counts: spikes of each neuron, (width,). saturations: clamps of A and B in the last run.
    """

    def __init__(self, layer: IntegerLayer, ticks: int, max_spikes: int, width: int, strongest_current: int) -> None:
        """strongest_current: a bound of the sum of |X| over a sample, in the unit of the weights."""
        self.layer = layer
        self.max_spikes = max_spikes
        self.currents = np.zeros((ticks, width), dtype=np.int64)
        self.states = np.zeros((ticks, 2, width), dtype=np.int64)
        self.potentials = np.zeros((ticks, width), dtype=np.int64)
        self.spiking: NDArray[np.bool_] = np.zeros((ticks, width), dtype=np.bool_)
        self.fired_ticks = self.fired = np.zeros(0, dtype=np.int64)
        self.counts = np.zeros(width, dtype=np.int64)
        self.saturations = 0
        self._never_saturates = not self._may_saturate(strongest_current)
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
        self._collect_spikes()
        if self.counts.max() > self.max_spikes:
            self._run_ticks(first_tick, may_saturate, limited=True)
            self._collect_spikes()

    def _collect_spikes(self) -> None:
        width = self.counts.size
        self.fired_ticks, self.fired = np.divmod(self.spiking.ravel().nonzero()[0], width)
        self.counts = np.bincount(self.fired, minlength=width)

    def _prepare_drive(self) -> bool:
        """Bring the currents to the unit of the states, in 2^-12; returns whether some state could saturate."""
        shift = self.layer.input_shift
        scaled = rshift(self.currents, shift) if shift > 0 else self.currents
        np.left_shift(scaled, DECAY_BITS - min(shift, 0), self._drive[:, 0])
        self._drive[:, 0] += DECAY_ROUNDING
        self._drive[:, 1] = self._drive[:, 0]
        return not self._never_saturates and self._may_saturate(np.abs(self.currents).sum(axis=0).max())

    def _may_saturate(self, current: int) -> bool:
        """Whether states could reach the limit in a sample whose |X| sum to `current`: decays and rounding never enlarge a state."""
        reach = current << max(-self.layer.input_shift, 0)
        return bool(reach + self.max_spikes * self.layer.threshold > self.layer.state_limit)

    def _rest_before(self, first_tick: int) -> None:
        self.states[:first_tick] = 0
        self.potentials[:first_tick] = 0
        self.spiking[:first_tick] = False

    def _run_ticks(self, first_tick: int, may_saturate: bool, limited: bool) -> None:
        self.saturations = 0
        counts = np.zeros_like(self.counts)
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
                spiking &= counts < self.max_spikes
                counts += spiking
            fired = spiking.nonzero()[0]
            if fired.size:
                b[fired] -= threshold
            before = state

    def _saturate(self, state: Int64) -> None:
        state[:], clamped = sat(state, self.layer.state_limit)
        self.saturations += clamped
