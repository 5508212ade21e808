"""`sfdfa-codegen experiment`."""

import os
import shlex
from dataclasses import replace
from pathlib import Path

import click
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.completion import completed
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.experiments.cells import CellStore
from sfdfa_codegen.host.experiments.cluster import on_cluster
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome, by_settings
from sfdfa_codegen.host.experiments.page import PAGE, write_run_folder
from sfdfa_codegen.host.experiments.plots import check_plots
from sfdfa_codegen.host.experiments.runner import Run, chosen_cells, on_this_machine, run_study, study_cells
from sfdfa_codegen.host.experiments.studies import STUDIES
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.report import Report, progress_bar, progress_console
from sfdfa_codegen.host.summaries.experiment import StudyList, StudySummary

SEEDS = 3
QUICK_SEEDS = 2


@click.command("experiment")
@click.argument("name", required=False, shell_complete=completed(lambda: STUDIES))
@click.option("--list", "only_list", is_flag=True, help="List the experiments, as without a name.")
@click.option("--quick", is_flag=True, help="A check in under two minutes: fewer samples, settings and seeds.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"How many seeds; left out, {SEEDS}, or {QUICK_SEEDS} with --quick.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, metavar="N", help="The first.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes; left out, one for each core.",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Run cells on the workers of the dask scheduler there, such as tcp://HOST:8786, in place of processes here; they need this package and the data.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Run folder; left out, runs/NAME, or runs/NAME-quick.",
)
@click.option(
    "--only",
    "wanted",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only the cells whose setting KEY is VALUE, such as set=wine. Given again, cells with any of the values of a KEY, and of each KEY.",
)
@click.option("--only-done", is_flag=True, help="Run nothing: draw what the finished cells of the run folder show.")
@json_option
def experiment_command(
    name: str | None,
    only_list: bool,
    quick: bool,
    seeds: int | None,
    seed: int,
    jobs: int | None,
    dask: str | None,
    out: Path | None,
    wanted: tuple[str, ...],
    only_done: bool,
    json_file: str | None,
) -> None:
    """Run a study: its table, figures and page go to a run folder.

    Every finished cell (one setting with one seed) is kept there. After an interruption the same command goes on, and without one it
    only draws again.
    """
    if json_file not in (None, "-"):
        check_writable(Path(json_file or ""))
    report = Report(json_file)
    if name is None or only_list:
        known = StudyList(tuple(STUDIES.values()))
        report.tell(known.lines())
        report.finish(known.json())
        return
    study = find_study(name)
    check_plots()
    numbers = tuple(range(seed, seed + (seeds or (QUICK_SEEDS if quick else SEEDS))))
    folder = out or Path("runs") / f"{study.name}{'-quick' if quick else ''}"
    cells = study_cells(study, quick, numbers)
    whole = len(cells)
    if wanted:
        cells = chosen_cells(cells, wanted)
    outcomes = _finished(study, cells, folder) if only_done else _run(study, cells, folder, _runner(jobs, dask))
    findings = study.findings(by_settings(outcomes))
    if len(outcomes) < whole:
        missing = f"{len(outcomes)} of {whole} cells of this study have been run; the rest is not in here."
        findings = replace(findings, notes=(*findings.notes, missing))
    command = _command(study, quick, numbers, wanted)
    summary = StudySummary(study, quick, numbers, command, tuple(outcomes), findings, folder / PAGE)
    report.output(lambda: write_run_folder(summary, folder))
    report.tell(summary.lines())
    report.finish(summary.json())


def find_study(name: str) -> Study:
    """Raises ConfigError for a name that is none."""
    if name not in STUDIES:
        raise ConfigError(f"there is no experiment '{name}'; the experiments are {', '.join(STUDIES)}")
    return STUDIES[name]


def _runner(jobs: int | None, dask: str | None) -> Run:
    """Raises ConfigError for both, ToolMissingError where dask is wanted and is not there."""
    if dask is None:
        return on_this_machine(jobs or os.cpu_count() or 1)
    if jobs is not None:
        raise ConfigError("--jobs is for processes here, and --dask for workers elsewhere: leave one of them out")
    return on_cluster(dask)


def _run(study: Study, cells: list[Cell], folder: Path, run: Run) -> list[Outcome]:
    store, finished = CellStore(study.name, folder), 0
    try:
        with progress_bar() as bar:
            task = bar.add_task(study.name, total=len(cells), note="")

            def show(done: int, total: int, last: str) -> None:
                nonlocal finished
                finished = done
                bar.update(task, completed=done, total=total, note=last)

            return run_study(study, cells, store, run, show)
    except KeyboardInterrupt:
        progress_console.print(
            f"{finished} of {len(cells)} cells are done and kept in {folder}; the same command goes on from there",
            markup=False,
            soft_wrap=True,
        )
        raise


def _finished(study: Study, cells: list[Cell], folder: Path) -> list[Outcome]:
    """What is there already. Raises ConfigError if nothing is."""
    store = CellStore(study.name, folder)
    outcomes = [outcome for cell in cells if (outcome := store.load(cell)) is not None]
    if not outcomes:
        raise ConfigError(f"no cell of {study.name} is done in {folder}; run the study, or say with --out where it was")
    return outcomes


def _command(study: Study, quick: bool, seeds: tuple[int, ...], wanted: tuple[str, ...]) -> str:
    words = ["sfdfa-codegen", "experiment", study.name, *(["--quick"] if quick else [])]
    words += ["--seeds", str(len(seeds)), *(["--seed", str(seeds[0])] if seeds[0] != 1 else [])]
    words += [word for condition in wanted for word in ("--only", condition)]
    return shlex.join(words)
