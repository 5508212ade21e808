"""`sfdfa-codegen build`."""

from pathlib import Path

import click
from sfdfa_codegen.host.build_folder import build
from sfdfa_codegen.host.commands.options import (
    json_option,
    network_argument,
    seed_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.memory_table import ram_json
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, kilobytes
from sfdfa_codegen.host.targets import find_target


@click.command("build")
@network_argument
@target_option()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write; left out, build/NETWORK-TARGET below the current one.",
)
@weights_option
@seed_option
@json_option
def build_command(
    network: str | None, target: str, out: Path | None, weights: Path | None, seed: int | None, json_file: str | None
) -> None:
    """Quantise NETWORK and render its C, and compile it where the target has a compiler.

    NETWORK is a TOML file or the name of a preset; left out, it is the preset digits.
    """
    report = Report(json_file)
    find_target(target).check()
    prepared = prepare(load_spec(network, seed), weights)
    integer_network = prepared.integer_network
    out = out or Path("build") / f"{integer_network.name}-{target}"
    outcome = build(integer_network, prepared.data, target, out)
    sizes = "-".join(str(size) for size in (integer_network.channels, *prepared.spec.layers))
    report.line(
        f"{integer_network.name}: {sizes}, {integer_network.weight_bits}-bit weights, rule {integer_network.rule}"
    )
    report.line(
        f"{len(outcome.files)} files in {outcome.out}" + (f", library {outcome.artefact}" if outcome.artefact else "")
    )
    if outcome.ram is not None:
        ram = outcome.ram
        report.line(f"RAM {kilobytes(ram.total)}: weights {kilobytes(ram.weights)}, learning {kilobytes(ram.learning)}")
    if target == "emu":
        report.line("self-check of the emulator passed")
    report.line(f"model hash {integer_network.model_hash[:16]}")
    report.finish(
        {
            "network": integer_network.name,
            "target": target,
            "out": str(outcome.out),
            "files": list(outcome.files),
            "artefact": None if outcome.artefact is None else str(outcome.out / outcome.artefact),
            "ram_bytes": ram_json(outcome.ram),
            "flash_bytes": None,
            "fits": True,
            "model_hash": integer_network.model_hash,
        }
    )
