"""Grades that travel on the spikes, docs/ARITHMETIC.md section 5."""

from dataclasses import dataclass

import numpy as np

from sfdfa_codegen.codegen.integer_network import IntegerLayer

from .fixed_point import WORD_LIMIT, Int64, rshift, sat
from .input_currents import add_by_row
from .layer_pass import LayerPass
from .spike_list import previous_of_same
from .working_state import WeightArray

DIRECTION_UNIT = 64
"""A hidden neuron's first spike adds this, times its direction."""


@dataclass(frozen=True)
class Grades:
    """The grade of each spike of a layer, in the order of its spikes: (spikes,), and how often a clamp changed something."""

    sent: Int64
    saturations: int


@dataclass(frozen=True)
class OutputGrades:
    """d of each output: (outputs,)."""

    sums: Int64
    saturations: int


def _added(layer: IntegerLayer, weights: WeightArray, layer_pass: LayerPass, grades: Int64) -> Int64:
    """What the input spikes of each tick add to S: (ticks, neurons)."""
    carriers = grades.nonzero()[0]
    products = weights[layer_pass.inputs.neurons[carriers]] * grades[carriers, None]
    sums = np.empty_like(layer_pass.membrane.currents)
    add_by_row(rshift(products, layer.weight_fraction_bits), layer_pass.inputs.rows[carriers], sums)
    return sums


def _first_grades(layer_pass: LayerPass, directions: Int64 | None) -> Int64:
    """64 v at each neuron's first spike, else 0: (spikes,). Output neurons have no directions."""
    spikes = layer_pass.spikes
    if directions is None:
        return np.zeros(spikes.size, dtype=np.int64)
    first_ticks = layer_pass.membrane.spiking.argmax(axis=0)
    first = spikes.rows == first_ticks[spikes.neurons]
    return first * directions[spikes.neurons] * DIRECTION_UNIT


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


def sent_grades(layer_pass: LayerPass, weights: WeightArray, grades: Int64 | None, directions: Int64 | None) -> Grades:
    """Grades of the spikes of a layer.

    grades: those of its input spikes, (inputs,), None for the first layer, whose S is always 0. directions: v of its neurons, (neurons,),
    None for the outputs.
    """
    first = _first_grades(layer_pass, directions)
    if grades is None or layer_pass.spikes.size == 0 and layer_pass.inputs.size == 0:
        return Grades(first, 0)
    added = _added(layer_pass.layer, weights, layer_pass, grades)
    if np.abs(added).sum(axis=0).max() + DIRECTION_UNIT <= WORD_LIMIT:
        return Grades(_sent_freely(layer_pass, added, first), 0)
    return _sent_clamped(layer_pass, added, first)


def output_grades(layer_pass: LayerPass, grades: Int64) -> OutputGrades:
    """d of each output, summed in the order of its spikes with a clamp each."""
    sums, saturations = [0] * layer_pass.layer.neurons, 0
    for neuron, grade in zip(layer_pass.spikes.neurons.tolist(), grades.tolist(), strict=True):
        total = sums[neuron] + grade
        sums[neuron] = max(-WORD_LIMIT, min(WORD_LIMIT, total))
        saturations += sums[neuron] != total
    return OutputGrades(np.array(sums, dtype=np.int64), saturations)
