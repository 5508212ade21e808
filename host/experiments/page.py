"""The run folder: table.json, table.csv, table.md, figures, and one page that needs nothing else."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.experiments.plots import write_figure
from sfdfa_codegen.host.experiments.study import Findings, Outcome, Study
from sfdfa_codegen.host.experiments.tables import rows_csv, rows_json, rows_markdown, value_text
from sfdfa_codegen.host.outputs import Outputs, write_whole

PAGE = "report.html"
TABLE_JSON = "table.json"
TABLE_CSV = "table.csv"
TABLE_MARKDOWN = "table.md"
FIGURES = "figures"


@dataclass(frozen=True)
class StudyRun:
    """One run of a study, finished. command: what runs it again."""

    study: Study
    quick: bool
    seeds: tuple[int, ...]
    command: str
    outcomes: list[Outcome]
    findings: Findings


def run_json(run: StudyRun) -> dict[str, Any]:
    """Everything that was measured and what it shows."""
    return {
        "experiment": run.study.name,
        "question": run.study.question,
        "answer": run.findings.answer,
        "quick": run.quick,
        "seeds": list(run.seeds),
        "command": run.command,
        "version": tool_version(),
        "rows": rows_json(run.findings),
        "notes": list(run.findings.notes),
        "cells": [
            {
                "settings": dict(outcome.cell.settings),
                "seed": outcome.cell.seed,
                "seconds": outcome.seconds,
                "result": outcome.result,
            }
            for outcome in run.outcomes
        ],
        "seconds": sum(outcome.seconds for outcome in run.outcomes),
    }


def write_run_folder(run: StudyRun, folder: Path) -> None:
    """Everything but the cells. Raises ConfigError if it cannot be written."""
    figures = folder / FIGURES
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {figures}: {error.strerror}; say where with --out") from error
    drawn = [(figure, write_figure(figure, figures)) for figure in run.findings.figures]
    texts = {
        TABLE_JSON: json.dumps(run_json(run), indent=2, allow_nan=False) + "\n",
        TABLE_CSV: rows_csv(run.findings),
        TABLE_MARKDOWN: rows_markdown(run.findings),
        PAGE: _page(run, [(figure.caption, Markup(svg)) for figure, svg in drawn]),
    }
    outputs = Outputs()
    for name, text in texts.items():
        outputs.attempt(partial(write_whole, folder / name, text.encode()))
    outputs.finish()


def _page(run: StudyRun, figures: list[tuple[str, Markup]]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sfdfa_codegen.host", "experiments"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    columns = run.findings.columns
    rows = [[value_text(row.get(column.key), column) for column in columns] for row in run.findings.rows]
    return environment.get_template("report.html.j2").render(
        run=run,
        findings=run.findings,
        figures=figures,
        columns=columns,
        rows=rows,
        seconds=round(sum(outcome.seconds for outcome in run.outcomes)),
        version=tool_version(),
    )
