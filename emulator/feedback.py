"""Learned feedback, docs/ARITHMETIC.md section 7."""

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import NeuronDraws, feedback_dither
from sfdfa_codegen.emulator.working_state import WorkingState


def learn_feedback(
    network: IntegerNetwork,
    table: NeuronTable,
    state: WorkingState,
    draws: NeuronDraws,
    hidden_counts: Int64,
    sums: Int64,
) -> None:
    """Move the feedback of every hidden neuron that spiked towards `v d`.

    draws: of all neurons; hidden_counts: spikes of the hidden neurons of all layers; sums: d of each output.
    """
    active = hidden_counts.nonzero()[0]  # hidden neurons come first among all
    old = state.feedback.take(active, axis=0)
    change = feedback_dither(draws.words, active, table.outputs, network.feedback_shift)
    change += draws.directions[active, None] * sums
    change -= old
    change >>= network.feedback_shift
    change += old
    state.feedback[active] = change.clip(-128, 127, out=change)
