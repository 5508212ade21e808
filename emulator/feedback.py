"""Learned feedback, docs/ARITHMETIC.md section 7."""

import numpy as np

from sfdfa_codegen.codegen.integer_network import IntegerNetwork

from .fixed_point import Int64
from .neuron_table import NeuronTable
from .randomness import Draws, directions, feedback_dither
from .working_state import WorkingState


def learn_feedback(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, draws: Draws, hidden_counts: Int64, sums: Int64
) -> None:
    """Move the feedback of every hidden neuron that spiked towards `v d`.

    draws: of all neurons; hidden_counts: spikes of the hidden neurons of all layers; sums: d of each output.
    """
    active = hidden_counts.nonzero()[0]
    hidden_draws, output_draws = draws[table.hidden][active], draws[table.outputs]
    dither = feedback_dither(hidden_draws, output_draws, network.feedback_shift)
    old = state.feedback[active]
    change = directions(hidden_draws)[:, None] * sums - old + dither
    state.feedback[active] = np.clip(old + (change >> network.feedback_shift), -128, 127)
