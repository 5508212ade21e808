"""`sfdfa-codegen build`."""

from pathlib import Path

import click
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.mesh.spinnaker import check_spinnaker_tools
from sfdfa_codegen.host.build.builders import CORE_BYTES, LibraryForm
from sfdfa_codegen.host.build.folder import build
from sfdfa_codegen.host.build.kinds import BUILD_TARGETS, LIBRARY_TARGET, SPINNAKER_TARGET
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    RenamedOption,
    board_option,
    brown_out_option,
    check_mesh_size,
    choose_target,
    cores_option,
    network_argument,
    persist_option,
    seed_option,
    state_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.cycles.figures import sample_figures
from sfdfa_codegen.host.cycles.measured_file import MeasuredFile, load_measured, measured_board
from sfdfa_codegen.host.devices.mesh_kinds import MeshSize
from sfdfa_codegen.host.devices.targets import check_board
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.summaries.build import BuildSummary, unfit_json
from sfdfa_codegen.host.summaries.keeping import Keeping


@click.command("build")
@network_argument
@target_option(others=BUILD_TARGETS)
@board_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write; left out, build/NETWORK-TARGET below the current one.",
)
@click.option(
    "--measured",
    "--board-file",
    "measured_file",
    cls=RenamedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What cycles --port has measured on such a board: the cycles of a sample are predicted from it.",
)
@click.option(
    "--prefix",
    default="",
    metavar="P",
    help="library: begin every name and file with P, such as door_, so that two networks fit one program.",
)
@click.option(
    "--compact/--no-compact",
    default=None,
    help="library, source: the C that needs the least RAM, for an Arduino Uno; left out, as the network file says.",
)
@cores_option
@click.option(
    "--core-memory",
    type=click.IntRange(1, 1 << 30),
    default=CORE_BYTES,
    show_default=True,
    metavar="K",
    help="mesh: bytes of data memory of a core. With --cores left out, the fewest cores are taken that fit.",
)
@persist_option
@brown_out_option
@state_option
@weights_option
@seed_option
@json_option
def build_command(
    network: str | None,
    target: str,
    own_board: Path | None,
    out: Path | None,
    measured_file: Path | None,
    prefix: str,
    compact: bool | None,
    cores: int | None,
    core_memory: int,
    persist: int | None,
    brown_out: bool,
    state: Path | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Quantise NETWORK and render its C, and compile it where the target has a compiler.

    NETWORK is a TOML file or the name of a preset; left out, it is the preset digits. Besides the targets that run a network there are
    library, C for a firmware of your own with CMake, Make and Arduino files and an example, and source, the C alone (emu is the same, and the
    default).
    """
    report = Report(json_file)
    check_mesh_size(MeshSize(cores), (target,) if own_board is None else ())
    board = _check_target(target, own_board, persist, brown_out)
    target = target if own_board is None or board is None else board.name
    if prefix and target != LIBRARY_TARGET:
        raise ConfigError(f"--prefix is for --target {LIBRARY_TARGET}, not for {target}")
    measured = None if measured_file is None else _measured_on(board, measured_file)
    prepared = prepare(load_spec(network, seed), weights, state, to_build=True)
    out = out or Path("build") / f"{prepared.spec.name}-{target}"
    model_hash = None
    try:
        integer_network = prepared.integer_network
        if measured_file is not None and measured is not None:
            measured_board(measured_file, measured, integer_network, board)
        model_hash = integer_network.model_hash
        form = LibraryForm(prefix, prepared.spec.compact if compact is None else compact, cores, core_memory)
        outcome = build(integer_network, prepared.data, target, out, board, form)
    except DoesNotFitError:
        report.finish(unfit_json(prepared.spec.name, target, str(out), model_hash))
        raise
    model = None if measured is None else measured.model
    samples = prepared.data.train
    figures = None if board is None or not len(samples) else sample_figures(integer_network, samples, board, model)
    summary = BuildSummary(
        integer_network, target, outcome, len(samples) > 0, figures, Keeping.of(integer_network, board)
    )
    report.tell(summary.lines())
    report.finish(summary.json())
    if target == SPINNAKER_TARGET:
        check_spinnaker_tools(out)


def _check_target(name: str, own_board: Path | None, persist: int | None, brown_out: bool) -> Board | None:
    """The board of a target, if it has one. Raises ConfigError for a name that is none, ToolMissingError for a compiler that is missing."""
    if name in (*BUILD_TARGETS, SPINNAKER_TARGET) and own_board is None and persist is None and not brown_out:
        return None
    target = choose_target(name, own_board, persist=persist, brown_out=brown_out)
    if persist is not None and target.board is None:
        raise ConfigError(
            f"a library for {name} has no memory that outlives the power: leave --persist out, and give it one with sfdfa_store.h"
        )
    if target.board is None:
        target.check()
    else:
        check_board(target.board, with_simulator=False)
    return target.board


def _measured_on(board: Board | None, path: Path) -> MeasuredFile:
    """Raises ConfigError for a file of another board."""
    file = load_measured(path)
    if board is None or file.board != board.name:
        raise ConfigError(f"{path} was measured on {file.board}: take it with --target {file.board}")
    return file
