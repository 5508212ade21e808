"""Learned feedback, docs/ARITHMETIC.md section 7."""

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import Draws, directions, feedback_dither
from sfdfa_codegen.emulator.working_state import WorkingState


def learn_feedback(
    network: IntegerNetwork,
    table: NeuronTable,
    state: WorkingState,
    draws: Draws,
    v: Int64,
    hidden_counts: Int64,
    sums: Int64,
) -> None:
    """Move the feedback of every hidden neuron that spiked towards `v d`.

    draws: of all neurons; hidden_counts: spikes of the hidden neurons of all layers; sums: d of each output.
    """
    active = hidden_counts.nonzero()[0]
    hidden_draws, output_draws = draws[table.hidden][active], draws[table.outputs]
    old = state.feedback.take(active, axis=0)
    change = feedback_dither(hidden_draws, output_draws, network.feedback_shift)
    change += directions(hidden_draws)[:, None] * sums
    change -= old
    change >>= network.feedback_shift
    change += old
    state.feedback[active] = change.clip(-128, 127, out=change)
