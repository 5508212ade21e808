"""Which output wins, docs/ARITHMETIC.md section 5."""

from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass


def predictions(output_pass: LayerPass) -> Int64:
    """The winner of each sample: (samples,). Most spikes, then the largest B - A after the last tick, then the lowest index."""
    membrane = output_pass.membrane
    scores = (membrane.counts << 32) + membrane.last_potentials()  # B - A is far smaller than 2^31
    winners: Int64 = scores.reshape(output_pass.samples, -1).argmax(axis=1)
    return winners
