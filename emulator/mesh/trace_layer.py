"""Traces of one layer on one core, a tick at a time: section 9 of docs/ARITHMETIC.md."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, decayed, rshift, sat
from sfdfa_codegen.emulator.traces import INPUT_UNIT


class TraceLayer:
    """eligibility: E, (neurons, inputs)."""

    def __init__(self, network: IntegerNetwork, layer: IntegerLayer, neurons: int) -> None:
        self._layer, self._shift = layer, 12 - network.eligibility_fraction_bits
        self._a, self._b, self._p = (np.zeros(layer.inputs, dtype=np.int64) for _ in range(3))
        self._clamped = 0
        self._lambda = np.zeros(neurons, dtype=np.int64)
        self._r = np.zeros((neurons, layer.inputs), dtype=np.int64)
        self.eligibility = np.zeros((neurons, layer.inputs), dtype=np.int64)

    def run_tick(self, inputs: Int64) -> None:
        """The part of a tick before the neurons: inputs that have an event or spike, (n,)."""
        self._a, self._b = decayed(self._a, self._layer.decay_s), decayed(self._b, self._layer.decay)
        self._a[inputs] += INPUT_UNIT
        self._b[inputs] += INPUT_UNIT
        self._p, self._clamped = sat(rshift(self._a - self._b, self._shift), WORD_LIMIT)
        self._lambda = decayed(self._lambda, self._layer.decay)

    def spike(self, neurons: Int64, rho: Int64, first: NDArray[np.bool_]) -> int:
        """Spikes of some neurons, first: whether each is its first one: (n,). Returns how often a clamp changed something."""
        if not neurons.size:
            return 0
        again = ~first[:, None]
        r = rshift(self._r[neurons] * self._lambda[neurons, None], 15) * again
        seen, clamped_seen = sat(self._p + r, WORD_LIMIT)
        x = rshift(rho[:, None] * seen, 8)
        e, clamped_e = sat(self.eligibility[neurons] * again + x, WORD_LIMIT)
        r, clamped_r = sat(r + x, WORD_LIMIT)
        self.eligibility[neurons], self._r[neurons] = e, r
        self._lambda[neurons] = WORD_LIMIT
        return self._clamped * neurons.size + clamped_seen + clamped_e + clamped_r

    def record(self, silent: Int64, rho: Int64) -> int:
        """The records of silent outputs changed; returns as `spike`."""
        self.eligibility[silent] = rshift(rho[:, None] * self._p, 8)
        return self._clamped * silent.size
