"""Learned feedback by the residual, docs/ARITHMETIC.md section 7a."""

from collections.abc import Sequence

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, rshift, sat
from sfdfa_codegen.emulator.grades import DIRECTION_UNIT
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import NeuronDraws, feedback_dither
from sfdfa_codegen.emulator.working_state import WorkingState


def _sums(network: IntegerNetwork, state: WorkingState, index: int, grades: Int64) -> Int64:
    """What the grades (inputs,) that reach layer `index` add up to at each of its neurons: (neurons,)."""
    layer = network.layers[index]
    shift = layer.weight_fraction_bits + (0 if layer is network.layers[-1] else network.pass_shift)
    senders = grades.nonzero()[0]
    products = state.weights[index].take(senders, axis=0).astype(np.int64) * grades[senders, None]
    sums: Int64 = rshift(products, shift).sum(axis=0)
    return sums


def _sums_at_outputs(
    network: IntegerNetwork, state: WorkingState, passes: Sequence[LayerPass], turn: int, grades: Int64
) -> tuple[Int64, int]:
    """d of each output for the grades that layer `turn` sends, and how often a grade was clamped. passes: of the hidden layers."""
    saturations = 0
    for index in range(turn + 1, len(passes)):
        sums = np.where(passes[index].counts > 0, _sums(network, state, index, grades), 0)
        grades, clamped = sat(sums, WORD_LIMIT)
        saturations += clamped
    sums, clamped = sat(_sums(network, state, len(passes), grades), WORD_LIMIT)
    return sums, saturations + clamped


def learn_residual_feedback(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, passes: Sequence[LayerPass], draws: NeuronDraws
) -> int:
    """Move the feedback of the neurons that spiked, in the layer whose turn it is, by what it does not explain of d.

    passes: of the hidden layers. Returns how often a grade was clamped.
    """
    turn = state.samples % len(passes)
    spiked = passes[turn].counts > 0
    directions = draws.directions[table.slices[turn]] * spiked
    d, saturations = _sums_at_outputs(network, state, passes, turn, DIRECTION_UNIT * directions)
    active = spiked.nonzero()[0]
    rows = active + table.slices[turn].start
    old = state.feedback.take(rows, axis=0)
    residual = d - directions[active] @ old
    change = feedback_dither(draws.words, rows, table.outputs, network.feedback_shift)
    change += directions[active, None] * residual
    change >>= network.feedback_shift
    change += old
    state.feedback[rows] = change.clip(-128, 127, out=change)
    return saturations
