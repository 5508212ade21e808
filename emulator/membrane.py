"""The neurons of one layer through all ticks of a sample, docs/ARITHMETIC.md section 5.

One tick of all neurons is a handful of array operations. Many samples run side by side as more neurons of the same layer
(`width = samples * neurons`).
"""

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.fixed_point import DECAY_BITS, DECAY_ROUNDING, Int64, keep_factor, rshift, sat

Word = np.int32 | np.int64
States = NDArray[np.signedinteger[Any]]

NARROW_REACH: Final = (1 << (31 - DECAY_BITS)) - 1
"""States up to here, decayed, stay within int32."""

_TickViews: TypeAlias = tuple[States, States, States, States, NDArray[np.bool_]]
"""Of one tick: drive, states, A + c, B, and who spikes."""

_TICK_OPERATIONS: Final = (np.multiply, np.add, np.right_shift, np.greater_equal)


class Membrane:
    """State of `width = samples * neurons` neurons in each tick, in words of one type. Arrays are reused by the next run.

    It holds A + c in place of A, so that one comparison with B finds the spikes: if A decays by `x - rshift(x * k_s, 12)`, A + c does
    so with `c * k_s` in the rounding term.

    spiking: (ticks, width) bool. fired_ticks, fired: tick and neuron of each spike, by tick, then neuron. counts: spikes of each neuron, (width,).
    exhausted: whether some neuron had max_spikes spikes. saturations: clamps of A and B in the last run.
    """

    def __init__(self, layer: IntegerLayer, ticks: int, max_spikes: int, samples: int, dtype: type[Word]) -> None:
        self.layer = layer
        width = samples * layer.neurons
        self.max_spikes = max_spikes
        self.spiking: NDArray[np.bool_] = np.zeros((ticks, width), dtype=np.bool_)
        self.fired_ticks = self.fired = np.zeros(0, dtype=np.int64)
        self.counts = np.zeros(width, dtype=np.int64)
        self.exhausted = False
        self.saturations = 0
        self._states: States = np.zeros((ticks, 2, width), dtype=dtype)
        self._drive = np.zeros((ticks, 2, width), dtype=dtype)
        self._product = np.zeros((2, width), dtype=dtype)
        decays = np.array([[layer.decay_s], [layer.decay]])
        self._keep = np.repeat(keep_factor(decays), width, axis=1).astype(dtype)
        self._rest = np.repeat(np.array([[layer.threshold], [0]], dtype=dtype), width, axis=1)
        self._rounding = (DECAY_ROUNDING + layer.threshold * layer.decay_s, DECAY_ROUNDING)
        self._drive[:] = np.array(self._rounding)[:, None]
        self._driven_ticks: Int64 = np.zeros(0, dtype=np.int64)
        self._driven_samples: Int64 | int = 0
        self._threshold: States = np.array(layer.threshold, dtype=dtype)
        self._reset: States | None = None if layer.reset == "zero" else np.array(layer.reset_step, dtype=dtype)
        self._decay_shift = np.array(DECAY_BITS, dtype=dtype)
        raised_a, b = self._states[:, 0], self._states[:, 1]
        self._ticks = list(zip(self._drive, self._states, raised_a, b, self.spiking, strict=True))

    @property
    def a(self) -> States:
        """A after each tick: (ticks, width)."""
        a: States = self._states[:, 0] - self._threshold
        return a

    @property
    def b(self) -> States:
        """B after the reset of each tick: (ticks, width)."""
        return self._states[:, 1]

    def a_at(self, ticks: Int64, neurons: Int64) -> Int64:
        """A after some ticks of some neurons: (n,)."""
        raised: Int64 = self._states[ticks, 0, neurons].astype(np.int64)
        return raised - self.layer.threshold

    def potentials(self, neurons: Int64) -> Int64:
        """B - A of some neurons, after the reset of each tick: (ticks, n)."""
        states = self._states[:, :, neurons].astype(np.int64)
        return states[:, 1] - states[:, 0] + self.layer.threshold

    def raised_states(self, first_tick: int) -> States:
        """A copy of A + c and B after the reset of each tick from `first_tick` on: (ticks, 2, width)."""
        return self._states[first_tick:].copy()

    def reaching(self) -> NDArray[np.bool_]:
        """Who reaches the threshold in each tick, with a spike or after max_spikes of them: (ticks, width)."""
        reaching: NDArray[np.bool_] = self.spiking | (self._states[:, 1] >= self._states[:, 0])
        return reaching

    def last_potentials(self) -> Int64:
        """B - A of all neurons after the last tick: (width,)."""
        raised_a, b = self._states[-1].astype(np.int64)
        potentials: Int64 = b - raised_a + self.layer.threshold
        return potentials

    def run(self, ticks: Int64, samples: Int64 | int, currents: Int64, may_saturate: bool, last: int) -> None:
        """Run `last` ticks, after which nobody spikes, with X = currents[n] (neurons,), in the unit of the weights, in tick ticks[n] of sample samples[n], and no input elsewhere.

        may_saturate: whether some state could reach its limit.
        """
        first_tick = int(ticks[0]) if ticks.size else last
        self._set_drive(ticks, samples, currents)
        self._rest_before(first_tick)
        self.spiking[last:] = False
        part = self._ticks[first_tick:last]
        self._run_ticks(part, may_saturate, limited=False)
        self._collect_spikes()
        most = self.counts.max()
        self.exhausted = bool(most >= self.max_spikes)
        if most > self.max_spikes:
            self._run_ticks(part, may_saturate, limited=True)
            self._collect_spikes()

    def _collect_spikes(self) -> None:
        width = self.counts.size
        self.fired_ticks, self.fired = np.divmod(self.spiking.ravel().nonzero()[0], width)
        self.counts = np.bincount(self.fired, minlength=width)

    def _set_drive(self, ticks: Int64, samples: Int64 | int, currents: Int64) -> None:
        """Currents in the unit of the states, in 2^-12, with the rounding terms of the decays."""
        by_sample = self._drive.reshape(len(self._ticks), 2, -1, self.layer.neurons)
        for row, rounding in enumerate(self._rounding):
            by_sample[self._driven_ticks, row, self._driven_samples] = rounding
        self._driven_ticks, self._driven_samples = ticks, samples
        shift = self.layer.input_shift
        scaled = rshift(currents, shift) << DECAY_BITS if shift > 0 else currents << (DECAY_BITS - shift)
        for row, rounding in enumerate(self._rounding):
            by_sample[ticks, row, samples] = scaled + rounding

    def _rest_before(self, first_tick: int) -> None:
        self._states[:first_tick] = self._rest
        self.spiking[:first_tick] = False

    def _run_ticks(self, part: list[_TickViews], may_saturate: bool, limited: bool) -> None:
        self.saturations = 0
        counts = np.zeros_like(self.counts)
        reset, keep, product, decay_shift = self._reset, self._keep, self._product, self._decay_shift
        # names of this function: a look-up in a module costs a tenth of the call
        multiply, add, right_shift, greater_equal = _TICK_OPERATIONS
        before = self._rest
        for drive, state, raised_a, b, spiking in part:
            multiply(before, keep, product)
            add(product, drive, product)
            right_shift(product, decay_shift, state)
            if may_saturate:
                self._saturate(state)
            greater_equal(b, raised_a, spiking)
            if limited:
                spiking &= counts < self.max_spikes
                counts += spiking
            fired = spiking.nonzero()[0]
            if fired.size:
                if reset is None:
                    b[fired] = raised_a[fired] - self._threshold
                else:
                    b[fired] -= reset
            before = state

    def _saturate(self, state: States) -> None:
        states = state - self._rest
        clamped, changed = sat(states.astype(np.int64), self.layer.state_limit)
        state[:] = clamped + self._rest
        self.saturations += changed
