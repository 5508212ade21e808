"""Grades that travel on the spikes, docs/ARITHMETIC.md section 5."""

from dataclasses import dataclass

import numpy as np

from .fixed_point import WORD_LIMIT, Int64, rshift, sat
from .layer_pass import LayerPass
from .spike_list import SpikeList, previous_of_same
from .working_state import WeightArray

DIRECTION_UNIT = 64
"""A hidden neuron's first spike adds this, times its direction."""


@dataclass(frozen=True)
class Grades:
    """The grade of each spike of a layer, in the order of its spikes, (spikes,), or d of each output, (outputs,); and how often a clamp changed something."""

    values: Int64
    saturations: int


def _added(weights: WeightArray, layer_pass: LayerPass, grades: Int64) -> Int64:
    """What the input spikes of each tick add to S: (ticks, neurons)."""
    carriers = grades.nonzero()[0]
    inputs = SpikeList(layer_pass.inputs.rows[carriers], layer_pass.inputs.neurons[carriers])
    sums = np.zeros_like(layer_pass.membrane.currents)
    if inputs.size:
        products = rshift(weights[inputs.neurons] * grades[carriers, None], layer_pass.layer.weight_fraction_bits)
        sums[inputs.rows[inputs.starts]] = np.add.reduceat(products, inputs.starts, axis=0)
    return sums


def _never_clamped(added: Int64) -> bool:
    return bool(np.abs(added).sum(axis=0).max() + DIRECTION_UNIT <= WORD_LIMIT)


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
    added = _added(weights, layer_pass, inputs.values)
    if _never_clamped(added):
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
    added = _added(weights, layer_pass, inputs.values)
    if not _never_clamped(added):
        return _summed_clamped(layer_pass, _sent_clamped(layer_pass, added, np.zeros_like(spikes.rows)))
    last = np.zeros(outputs, dtype=np.int64)
    last[spikes.neurons] = spikes.rows  # the last one written is the last spike
    totals = added.cumsum(axis=0)[last, np.arange(outputs)]
    return Grades(np.where(layer_pass.counts > 0, totals, 0), 0)
