"""`sfdfa-codegen export`."""

from pathlib import Path

import click
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    learned_option,
    network_argument,
    seed_option,
    step_option,
    weights_option,
)
from sfdfa_codegen.host.nir.chain import nir_package
from sfdfa_codegen.host.nir.exporting import export_network
from sfdfa_codegen.host.outputs import check_writable, write_whole
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report


@click.command("export")
@network_argument
@click.option(
    "--nir",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="NIR file to write.",
)
@learned_option
@step_option("Step of the framework that will load it. snnTorch takes 1e-4, norse 1e-3 unless told otherwise.")
@weights_option
@seed_option
@json_option
def export_command(
    network: str | None,
    out: Path,
    state: Path | None,
    dt_s: float,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Write NETWORK, with what it has learned, as a NIR file for other frameworks."""
    report = Report(json_file)
    nir_package()
    check_writable(out)
    spec = load_spec(network, seed)
    integer_network = prepare(spec, weights, state, to_build=True).integer_network
    data = export_network(integer_network, dt_s, spec.encoding.tick_s)
    written = report.output(lambda: write_whole(out, data))
    sizes = "-".join(map(str, (integer_network.channels, *spec.layer_sizes)))
    report.line(f"{spec.name}: {sizes}, run {integer_network.ticks} steps; a layer here is a tick later than there")
    if integer_network.integrates:
        report.line(
            "the outputs integrate: their threshold is out of reach, and the prediction is the largest membrane after the last step"
        )
    if written:
        report.line(f"NIR file in {out}")
    report.finish(
        {
            "network": spec.name,
            "nir": str(out),
            "ticks": integer_network.ticks,
            "dt": dt_s,
            "model_hash": integer_network.model_hash,
        }
    )
