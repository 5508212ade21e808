"""The neurons of one layer that one core has, a tick at a time: section 5 of docs/ARITHMETIC.md."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, decayed, rshift, sat
from sfdfa_codegen.emulator.grades import DIRECTION_UNIT
from sfdfa_codegen.emulator.mesh.receive_store import Arrivals
from sfdfa_codegen.emulator.mesh.trace_layer import TraceLayer
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import VIRTUAL_RHO_MAX, spike_rho
from sfdfa_codegen.emulator.working_state import WeightArray


class Fired(NamedTuple):
    """Own neurons that spiked in a tick, in order, the grade of each, and whether it was its first spike: (spikes,).

    held: those that reached the threshold, but have had all their spikes. silent: outputs that have had none; nearer: of them, those that are nearer to the threshold than before.
    """

    neurons: Int64
    grades: Int64
    first: NDArray[np.bool_]
    held: Int64
    silent: int
    nearer: int


class CoreLayer:
    """State of one sample. Neurons are numbered from 0 within the core.

    first: number of the first of them in the layer. counts, a, b: (neurons,). sums: d of own outputs, (neurons,).
    """

    def __init__(self, network: IntegerNetwork, index: int, neurons: int, learn: bool, directions: Int64) -> None:
        """network: the whole one. directions: v of the own neurons."""
        self.network, self.layer = network, network.layers[index]
        self._is_output = index == len(network.layers) - 1
        self._grades = network.rule == "sfdfa" and learn and not network.integrates
        self._sums_grades = self._grades and index > 0
        self._directions = directions
        self.learn = learn
        self.a, self.b, self.counts, self._s, self.sums = (np.zeros(neurons, dtype=np.int64) for _ in range(5))
        self._ticks: list[Int64] = []
        self._neurons: list[Int64] = []
        self._rho: list[Int64] = []
        self.record = np.zeros(neurons, dtype=np.int64)
        self.record_tick = np.full(neurons, -1, dtype=np.int64)
        self.record_j = np.ones(neurons, dtype=np.int64)
        traced = learn and network.eligibility == "trace"
        self.traces = TraceLayer(network, self.layer, neurons) if traced else None

    def run_tick(self, tick: int, weights: WeightArray, arrived: Arrivals, saturations: SaturationCounts) -> Fired:
        """weights: of all inputs to the own neurons."""
        layer = self.layer
        chosen = weights.take(arrived.inputs, axis=0).astype(np.int64)
        x = rshift(chosen.sum(axis=0), layer.input_shift)
        self.a, clamped_a = sat(decayed(self.a, layer.decay_s) + x, layer.state_limit)
        self.b, clamped_b = sat(decayed(self.b, layer.decay) + x, layer.state_limit)
        saturations.state += clamped_a + clamped_b
        if self._sums_grades and arrived.grades.any():
            added = rshift(chosen * arrived.grades[:, None], layer.weight_fraction_bits).sum(axis=0)
            self._s, clamped = sat(self._s + added, WORD_LIMIT)
            saturations.grades += clamped
        if self.traces is not None:
            self.traces.run_tick(arrived.inputs)
        return self._fire(tick, saturations)

    def _fire(self, tick: int, saturations: SaturationCounts) -> Fired:
        reaches = self.b - self.a >= self.layer.threshold
        may_fire = self.counts < self.network.max_spikes
        fired, held = (reaches & may_fire).nonzero()[0], (reaches & ~may_fire).nonzero()[0]
        rho = spike_rho(self.network, self.layer, self.a[fired])
        zero = self.layer.reset == "zero"
        self.b[fired] = self.a[fired] if zero else self.b[fired] - self.layer.reset_step
        grades = self._sent_grades(fired, saturations)
        self.counts[fired] += 1
        nearer = self._remember(tick, fired, rho, saturations) if self.learn else 0
        silent = int(np.count_nonzero(self.counts == 0)) if self.learn and self._is_output else 0
        return Fired(fired, grades, self.counts[fired] == 1, held, silent, nearer)

    def _sent_grades(self, fired: Int64, saturations: SaturationCounts) -> Int64:
        if not self._grades:
            return np.zeros_like(fired)
        sent = self._s[fired]
        if not self._is_output:
            sent = sent + DIRECTION_UNIT * self._directions[fired] * (self.counts[fired] == 0)
        grades, clamped = sat(sent, WORD_LIMIT)
        self._s[fired] = 0
        saturations.grades += clamped
        if self._is_output:
            self.sums[fired], clamped = sat(self.sums[fired] + grades, WORD_LIMIT)
            saturations.grades += clamped
        return grades

    def _remember(self, tick: int, fired: Int64, rho: Int64, saturations: SaturationCounts) -> int:
        """Returns how many records changed."""
        self._ticks.append(np.full(fired.size, tick))
        self._neurons.append(fired)
        self._rho.append(rho)
        if self.traces is not None:
            saturations.eligibility += self.traces.spike(fired, rho, self.counts[fired] == 1)
        return self._record_silent(tick, saturations) if self._is_output else 0

    def _record_silent(self, tick: int, saturations: SaturationCounts) -> int:
        potentials = self.b - self.a
        changes = (self.counts == 0) & ((self.record_tick < 0) | (potentials > self.record))
        silent = changes.nonzero()[0]
        self.record[silent], self.record_tick[silent] = potentials[silent], tick
        self.record_j[silent] = np.maximum(self.a[silent], self.layer.threshold)
        if self.traces is not None:
            saturations.eligibility += self.traces.record(silent, self.virtual_rho(silent))
        return int(silent.size)

    def virtual_rho(self, silent: Int64) -> Int64:
        """rho of the virtual spikes of silent outputs, from their records: (n,)."""
        j = self.record_j[silent]
        rho: Int64 = np.minimum((256 * self.layer.threshold + (j >> 1)) // j, VIRTUAL_RHO_MAX)
        return rho

    def spikes(self) -> tuple[SpikeList, Int64]:
        """The own spikes of the sample so far, and the rho of each: (spikes,)."""
        nobody = np.empty(0, dtype=np.int64)
        ticks, neurons, rho = (np.concatenate([nobody, *arrays]) for arrays in (self._ticks, self._neurons, self._rho))
        return SpikeList(ticks, neurons), rho
