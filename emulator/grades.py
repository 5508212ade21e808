"""Grades that travel on the spikes, docs/ARITHMETIC.md section 5."""

from dataclasses import dataclass

import numpy as np
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, rshift, sat
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.spike_list import SpikeList, previous_of_same
from sfdfa_codegen.emulator.working_state import WeightArray

DIRECTION_UNIT = 64
"""A hidden neuron's first spike adds this, times its direction."""


@dataclass(frozen=True)
class Grades:
    """The grade of each spike of a layer, in the order of its spikes, (spikes,), or d of each output, (outputs,); and how often a clamp changed something."""

    values: Int64
    saturations: int


@dataclass(frozen=True)
class _Additions:
    """What the input spikes that carry a grade add to S: spikes (n,) by tick, values (n, neurons)."""

    spikes: SpikeList
    values: Int64

    def never_clamped(self) -> bool:
        return bool(np.abs(self.values).sum(axis=0).max() + DIRECTION_UNIT <= WORD_LIMIT)

    def by_tick(self, ticks: int) -> Int64:
        """Sums of the values of each tick: (ticks, neurons)."""
        sums = np.zeros((ticks, self.values.shape[1]), dtype=np.int64)
        if self.spikes.size:
            sums[self.spikes.rows[self.spikes.starts]] = np.add.reduceat(self.values, self.spikes.starts, axis=0)
        return sums


def _additions(weights: WeightArray, layer_pass: LayerPass, grades: Int64) -> _Additions:
    carriers = grades.nonzero()[0]
    spikes = SpikeList(layer_pass.inputs.rows[carriers], layer_pass.inputs.neurons[carriers])
    products = weights.take(spikes.neurons, axis=0) * grades[carriers, None]
    return _Additions(spikes, rshift(products, layer_pass.layer.weight_fraction_bits))


def _first_grades(layer_pass: LayerPass, directions: Int64) -> Int64:
    """64 v at each neuron's first spike, else 0: (spikes,)."""
    spikes = layer_pass.spikes
    first = np.zeros(layer_pass.layer.neurons, dtype=np.int64)
    first[spikes.neurons[::-1]] = np.arange(spikes.size)[::-1]  # the last one written is the first spike
    grades = np.zeros(spikes.size, dtype=np.int64)
    spiked = layer_pass.counts > 0
    grades[first[spiked]] = DIRECTION_UNIT * directions[spiked]
    return grades


def _sent_freely(layer_pass: LayerPass, added: Int64, first: Int64) -> Int64:
    """Grades of all spikes where no clamp can change anything: S is what was added since the neuron's last spike."""
    spikes = layer_pass.spikes
    totals = added.cumsum(axis=0)[spikes.rows, spikes.neurons]
    before = previous_of_same(spikes.neurons)
    return totals - np.where(before >= 0, totals[before], 0) + first


def _sent_clamped(layer_pass: LayerPass, added: Int64, first: Int64) -> Grades:
    """The same tick by tick, with its clamps."""
    spikes = layer_pass.spikes
    sums, sent, saturations = np.zeros_like(added[0]), np.empty_like(first), 0
    for tick, add in enumerate(added):
        sums, clamped = sat(sums + add, WORD_LIMIT)
        here = slice(*np.searchsorted(spikes.rows, (tick, tick + 1)))
        fired = spikes.neurons[here]
        sent[here], clamped_sent = sat(sums[fired] + first[here], WORD_LIMIT)
        sums[fired] = 0
        saturations += clamped + clamped_sent
    return Grades(sent, saturations)


def hidden_grades(layer_pass: LayerPass, weights: WeightArray, inputs: Grades | None, directions: Int64) -> Grades:
    """Grades of the spikes of a hidden layer.

    inputs: those of its input spikes, None for the first layer, whose S is always 0. directions: v of its neurons, (neurons,).
    """
    first = _first_grades(layer_pass, directions)
    if inputs is None:
        return Grades(first, 0)
    additions = _additions(weights, layer_pass, inputs.values)
    added = additions.by_tick(len(layer_pass.membrane.spiking))
    if additions.never_clamped():
        return Grades(_sent_freely(layer_pass, added, first), 0)
    return _sent_clamped(layer_pass, added, first)


def _summed_clamped(layer_pass: LayerPass, sent: Grades) -> Grades:
    """Sum the grades of each output in the order of its spikes, with a clamp each."""
    sums, saturations = [0] * layer_pass.layer.neurons, sent.saturations
    for neuron, grade in zip(layer_pass.spikes.neurons.tolist(), sent.values.tolist(), strict=True):
        total = sums[neuron] + grade
        sums[neuron] = max(-WORD_LIMIT, min(WORD_LIMIT, total))
        saturations += sums[neuron] != total
    return Grades(np.array(sums, dtype=np.int64), saturations)


def output_grades(layer_pass: LayerPass, weights: WeightArray, inputs: Grades | None) -> Grades:
    """d of each output: (outputs,). Where no clamp can change anything that is all that was added up to its last spike."""
    spikes, outputs = layer_pass.spikes, layer_pass.layer.neurons
    if inputs is None:
        return Grades(np.zeros(outputs, dtype=np.int64), 0)
    additions = _additions(weights, layer_pass, inputs.values)
    if not additions.never_clamped():
        added = additions.by_tick(len(layer_pass.membrane.spiking))
        return _summed_clamped(layer_pass, _sent_clamped(layer_pass, added, np.zeros_like(spikes.rows)))
    last = np.full(outputs, -1)
    last[spikes.neurons] = spikes.rows  # the last one written is the last spike
    counted = additions.spikes.rows[:, None] <= last
    return Grades((additions.values * counted).sum(axis=0), 0)
