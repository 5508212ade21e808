"""`sfdfa-codegen flash`."""

from pathlib import Path

import click
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.persistence import plan_store
from sfdfa_codegen.host.build.flash import check_port, flash, plan_flash
from sfdfa_codegen.host.build.folder import build
from sfdfa_codegen.host.commands.completion import completed
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    board_option,
    brown_out_option,
    choose_target,
    network_argument,
    persist_option,
    seed_option,
    state_option,
    weights_option,
)
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.summaries.flash import FlashSummary


@click.command("flash")
@network_argument
@click.option(
    "--target",
    metavar="BOARD",
    shell_complete=completed(lambda: (name for name, board in boards().items() if board.flash_tool is not None)),
    help="A real board; see targets.",
)
@board_option
@click.option("--port", metavar="PORT", help="Serial port, for boards that are flashed through it.")
@click.option("--dry-run", is_flag=True, help="Build the image and show the command that would be run.")
@persist_option
@brown_out_option
@state_option
@weights_option
@seed_option
@json_option
def flash_command(
    network: str | None,
    target: str | None,
    own_board: Path | None,
    port: str | None,
    dry_run: bool,
    persist: int | None,
    brown_out: bool,
    state: Path | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Build NETWORK for a board and put it there."""
    report = Report(json_file)
    chosen = choose_target(target, own_board, persist=persist, brown_out=brown_out)
    board = chosen.board
    if board is None:
        raise ConfigError(f"{chosen.name} is no board: there is nothing to flash")
    if not dry_run:
        check_port(board, port)
    prepared = prepare(load_spec(network, seed), weights, state)
    out = Path("build") / f"{prepared.spec.name}-{board.name}"
    built = build(prepared.integer_network, prepared.data, board.name, out, board).built
    store = plan_store(prepared.integer_network, board) if persist else None
    plan = plan_flash(board, out / str(built.artefact), port, store)
    report.line(plan.text)
    if not dry_run:
        flash(plan)
    summary = FlashSummary(prepared.spec.name, target or board.name, board, plan.text, not dry_run)
    report.tell(summary.lines())
    report.finish(summary.json())
