"""`sfdfa-codegen tune`."""

import shlex
from dataclasses import asdict
from pathlib import Path

import click
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.host.commands.completion import completed
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import network_argument
from sfdfa_codegen.host.devices.targets import TARGETS
from sfdfa_codegen.host.experiments.findings import Findings
from sfdfa_codegen.host.experiments.page import PAGE
from sfdfa_codegen.host.experiments.plots import check_plots
from sfdfa_codegen.host.network.file import network_text
from sfdfa_codegen.host.outputs import check_writable, write_whole
from sfdfa_codegen.host.report import Report, per_cent, progress_bar, progress_console
from sfdfa_codegen.host.tuning.budget import Budget, parse_budget
from sfdfa_codegen.host.tuning.page import best_text, findings, lines, ranked, reasons, write_page
from sfdfa_codegen.host.tuning.search import STORAGE, Tried, board_of, check_tools, search
from sfdfa_codegen.host.tuning.trial import Task, counts_cycles

NOTHING_FITS = 1
DEFAULT_BOARD = "unicorn-cortex-m4"


@click.command("tune")
@network_argument
@click.option(
    "--budget",
    "budget_text",
    metavar="ram=16k,cycles=200k",
    help="What the network may take: bytes of RAM, k for 1024; cycles of a learned sample, k for 1000. Left out, anything.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    metavar="N",
    help="How many in all, with those that the folder has from earlier times.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Processes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="BEST.toml",
    help="Where to write the best network file; left out, best.toml in the folder.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where trials, tables and report.html go; left out, runs/tune-NAME.",
)
@click.option(
    "--target",
    metavar="BOARD",
    shell_complete=completed(lambda: TARGETS),
    help=f"Whose cycles count: a board or a simulator; left out, {DEFAULT_BOARD}, if its tools are there.",
)
@click.option("--epochs", type=click.IntRange(min=1), metavar="E", help="Passes of each trial; left out, the file's.")
@json_option
def tune_command(
    network: str | None,
    budget_text: str | None,
    trials: int,
    jobs: int,
    out: Path | None,
    folder: Path | None,
    target: str | None,
    epochs: int | None,
    json_file: str | None,
) -> None:
    """Search rate, sizes, encoding, ticks, window, thresholds and bits of NETWORK on a validation split of its training set.

    The first trial is the file as it stands. A network that does not fit the budget is not learned, and one that is below the median of the others
    after a pass is ended. After an interruption the same command goes on; with more --trials it goes further.
    """
    report = Report(json_file)
    check_tools()
    check_plots()
    budget = parse_budget(budget_text)
    text, origin, place = network_text(network)
    board, note = _board(target, budget)
    task = Task(text, origin, place, budget, epochs, board)
    folder = folder or Path("runs") / f"tune-{task.spec.name}"
    target_file = out or folder / "best.toml"
    if out is not None:
        check_writable(out)
    found = _search(task, folder, trials, jobs)
    if note is not None:
        report.line(note)
    if not ranked(found):
        for line in reasons(found):
            report.line(line)
        last = next(one.reason for one in reversed(found))
        report.line(
            f"no trial came to its end, the last because of this: {last}; raise --budget or begin with a smaller network"
        )
        report.finish({"network": task.spec.name, "best": None, "trials": [asdict(one) for one in found]})
        click.get_current_context().exit(NOTHING_FITS)
    shown = findings(task, found)
    command = _command(network, budget_text, trials, epochs, target)
    best = ranked(found)[0]
    report.output(lambda: write_page(task, found, shown, command, folder))
    report.output(lambda: write_whole(target_file, best_text(task, best, target_file.parent).encode()))
    _tell(report, shown, found, target_file, folder)
    report.finish(
        {
            "network": task.spec.name,
            "best": asdict(best),
            "file": str(target_file),
            "budget": asdict(budget),
            "board": None if board is None else board.name,
            "command": command,
            "trials": [asdict(one) for one in found],
        }
    )


def _board(target: str | None, budget: Budget) -> tuple[Board | None, str | None]:
    """Whose cycles are counted, and what to say of it. Raises ToolMissingError where they have to be and cannot."""
    board = board_of(target or DEFAULT_BOARD)
    problem = counts_cycles(board)
    if problem is None:
        return board, None
    if target is not None or budget.cycles is not None:
        raise ToolMissingError(f"the cycles of {board.name} cannot be counted here: {problem}")
    return None, f"cycles are not counted: {problem}"


def _search(task: Task, folder: Path, trials: int, jobs: int) -> list[Tried]:
    done = 0
    try:
        with progress_bar() as bar:
            line = bar.add_task(f"tuning {task.spec.name}", total=trials, note="")

            def show(finished: int, best: float | None) -> None:
                nonlocal done
                done = finished
                note = "" if best is None else f"best {per_cent(best)} on the validation split"
                bar.update(line, completed=min(finished, trials), note=note)

            return search(task, folder, trials, jobs, show)
    except KeyboardInterrupt:
        progress_console.print(
            f"{done} of {trials} trials are kept in {folder / STORAGE}; the same command goes on from there",
            markup=False,
            soft_wrap=True,
        )
        raise


def _command(network: str | None, budget: str | None, trials: int, epochs: int | None, target: str | None) -> str:
    words = ["sfdfa-codegen", "tune", *([] if network is None else [network])]
    words += [] if budget is None else ["--budget", budget]
    words += ["--trials", str(trials), *([] if epochs is None else ["--epochs", str(epochs)])]
    words += [] if target is None else ["--target", target]
    return shlex.join(words)


def _tell(report: Report, shown: Findings, found: list[Tried], file: Path, folder: Path) -> None:
    report.tell(lines(shown, found))
    report.line(f"file: {file}    page: {folder / PAGE}")
    report.line(f"to test it: sfdfa-codegen run {file} --target native")
