"""`sfdfa-codegen import`."""

import re
from pathlib import Path
from typing import Literal, get_args

import click
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import step_option
from sfdfa_codegen.host.floats.float_network import save_float_network
from sfdfa_codegen.host.nir.chain import read_chain
from sfdfa_codegen.host.nir.importing import NirReset, import_chain
from sfdfa_codegen.host.outputs import check_writable, write_whole
from sfdfa_codegen.host.report import Report

BITS: dict[str, Literal[4, 8, 16]] = {"4": 4, "8": 8, "16": 16}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--reset",
    type=click.Choice(get_args(NirReset)),
    required=True,
    help="What a spike does to its neuron, which the file does not say. snnTorch: subtract-delayed, or zero; norse: zero; sinabs: subtract.",
)
@step_option("Length of a step. snnTorch exports with 1e-4; norse steps by 1e-3.")
@click.option(
    "--ticks",
    type=click.IntRange(1, 254),
    default=100,
    show_default=True,
    metavar="N",
    help="Steps of a sample in the framework.",
)
@click.option("--weight-bits", type=click.Choice(list(BITS)), default="8", show_default=True, help="Bits of a weight.")
@click.option("--learn", is_flag=True, help="Let it go on learning; refused where its neurons do not allow it.")
@click.option("--name", metavar="NAME", help="Of the network; left out, the file's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="NET.toml",
    help="Network file to write.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="W.npz",
    help="Weights to write.",
)
@json_option
def import_command(
    file: Path,
    reset: NirReset,
    dt_s: float,
    ticks: int,
    weight_bits: str,
    learn: bool,
    name: str | None,
    out: Path,
    weights: Path,
    json_file: str | None,
) -> None:
    """Make a network file and weights of FILE, a network of another framework in NIR: Linear or Affine nodes and LIF, CubaLIF, IF or LI neurons."""
    report = Report(json_file)
    for path in (out, weights):
        check_writable(path)
    if out.resolve() == weights.resolve():
        raise ConfigError("--out and --weights name the same file")
    chain = read_chain(file)
    imported = import_chain(file, chain, name or _name_of(file), reset, dt_s, ticks, BITS[weight_bits], learn)
    written = report.output(lambda: save_float_network(weights, imported.network))
    written = report.output(lambda: write_whole(out, imported.text.encode())) and written
    sizes = [chain[0].weights.shape[0], *imported.spec.layer_sizes]
    report.line(f"{file}: {'-'.join(map(str, sizes))}, {', '.join(layer.kind for layer in chain)}")
    for note in imported.notes:
        report.line(f"- {note}")
    if written:
        report.line(f"network in {out}, weights in {weights}; next: sfdfa-codegen run {out} --weights {weights}")
    report.finish(
        {
            "network": imported.spec.name,
            "sizes": sizes,
            "nodes": [layer.kind for layer in chain],
            "reset": reset,
            "dt": dt_s,
            "ticks": imported.spec.encoding.ticks,
            "rule": imported.spec.learning.rule,
            "notes": list(imported.notes),
            "out": str(out),
            "weights": str(weights),
        }
    )


def _name_of(file: Path) -> str:
    """The file's name as that of a network."""
    name = re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("._-")[:64]
    return name if name and name[0].isalnum() else "imported"
