"""How `run` takes several seeds."""

import os
from typing import Any, Final

import click
from click.core import ParameterSource
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.command_line import words_given
from sfdfa_codegen.host.report import Report, per_cent, progress_bar
from sfdfa_codegen.host.runs.many_seeds import run_seeds, seeds_of
from sfdfa_codegen.host.summaries.seeds import SeedsSummary

seeds_option = click.option(
    "--seeds",
    metavar="A:B",
    help="The same with each seed from A to B, or with a list such as 1,5,9: a row each, their mean and spread.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --seeds: runs at once; left out, one for each processor.",
)

OWN: Final = ("seeds", "jobs", "json_file")
"""Parameters that are not those of a single run."""
OF_ONE: Final = {
    "seed": "--seed",
    "port": "--port",
    "plot": "--plot",
    "page": "--report",
    "state_out": "--state-out",
    "checkpoint": "--checkpoint",
    "resume": "--resume",
    "persist": "--persist",
}
"""What only one run can have."""


def run_each_seed(context: click.Context, report: Report, seeds: str, jobs: int | None) -> None:
    """Run the command that `context` is of with each seed, and report. Raises ConfigError for options that only one run can have."""
    chosen = seeds_of(seeds)
    for name, option in OF_ONE.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise ConfigError(f"{option} is for one run: leave it out, or --seeds")
    words = list(words_given(context, without=OWN))
    with progress_bar() as bar:
        task = bar.add_task(f"{len(chosen)} seeds", total=len(chosen), note="")

        def show(seed: int, done: int, run: dict[str, Any]) -> None:
            bar.update(task, completed=done, note=f"seed {seed}: {per_cent(run['test_accuracy'])}")

        runs = run_seeds(words, chosen, min(len(chosen), jobs or os.cpu_count() or 1), show)
    summary = SeedsSummary(chosen, runs)
    report.tell(summary.lines())
    report.finish(summary.json())
