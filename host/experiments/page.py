"""The run folder: table.json, table.csv, table.md, figures, and one page that needs nothing else."""

import json
from functools import partial
from pathlib import Path

from markupsafe import Markup
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.experiments.plots import write_figure
from sfdfa_codegen.host.outputs import Outputs, write_whole
from sfdfa_codegen.host.pages.template import page
from sfdfa_codegen.host.summaries.experiment import StudySummary

PAGE = "report.html"
TABLE_JSON = "table.json"
TABLE_CSV = "table.csv"
TABLE_MARKDOWN = "table.md"
FIGURES = "figures"


def write_run_folder(run: StudySummary, folder: Path) -> None:
    """Everything but the cells. Raises ConfigError if it cannot be written."""
    figures = folder / FIGURES
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {figures}: {error.strerror}; say where with --out") from error
    drawn = [(figure, write_figure(figure, figures)) for figure in run.findings.figures]
    texts = {
        TABLE_JSON: json.dumps(run.json(), indent=2, allow_nan=False) + "\n",
        TABLE_CSV: run.findings.table.csv(),
        TABLE_MARKDOWN: run.findings.table.markdown(),
        PAGE: _page(run, [(figure.caption, Markup(svg)) for figure, svg in drawn]),
    }
    outputs = Outputs()
    for name, text in texts.items():
        outputs.attempt(partial(write_whole, folder / name, text.encode()))
    outputs.finish()


def _page(run: StudySummary, figures: list[tuple[str, Markup]]) -> str:
    return page(
        "study.html.j2",
        run=run,
        findings=run.findings,
        figures=figures,
        columns=run.findings.table.heads,
        rows=run.findings.table.texts(),
        seconds=round(run.seconds),
    )
