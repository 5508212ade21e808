"""The page of a comparison: whether all targets came to the same bits, and how they learned."""

from markupsafe import Markup
from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.plots import COLOURS, figure_element
from sfdfa_codegen.host.pages.template import page
from sfdfa_codegen.host.report import Rows
from sfdfa_codegen.host.runs.learning_curve import Curve
from sfdfa_codegen.host.summaries.compare import CompareSummary


def compare_page(summary: CompareSummary, command: str) -> str:
    """Needs matplotlib."""
    said = list(summary.lines(None))
    figure = _learning(summary)
    return page(
        "compare.html.j2",
        summary=summary,
        tables=[table for table in said if isinstance(table, Rows)],
        lines=[line for line in said if isinstance(line, str)],
        figure=None if figure is None else Markup(figure_element(figure)),
        command=command,
    )


def _learning(summary: CompareSummary) -> Figure | None:
    """One line for all that have the same curve."""
    names: dict[Curve, list[str]] = {}
    for name, curve in summary.curves.items():
        if curve:
            names.setdefault(curve, []).append(name)
    colours = [name for name in COLOURS if name != "grey"]
    series = [
        Series(
            sharing[0] if len(sharing) == 1 else f"{sharing[0]} and {len(sharing) - 1} more",
            [point.samples for point in curve],
            [100 * point.accuracy for point in curve],
            colour=colours[place % len(colours)],
            dashed="float" in sharing,
        )
        for place, (curve, sharing) in enumerate(names.items())
    ]
    panel = Panel("Right so far", "samples learned", "accuracy, per cent", series, y_range=(0, 100))
    return Figure("curves", "", [panel], (7.0, 3.2), 1) if series else None
