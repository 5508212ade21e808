"""Figures drawn with matplotlib, which is imported here and nowhere else."""

import importlib
import io
import math
import re
from pathlib import Path
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.host.experiments.figures import Figure, Numbers, Panel
from sfdfa_codegen.host.outputs import write_whole

COLOURS: Final = {
    "blue": "#1f6fb2",
    "orange": "#d9792b",
    "green": "#3f8f5b",
    "red": "#b8403f",
    "purple": "#7b5ba6",
    "grey": "#8a8f98",
    "black": "#23272e",
}
PNG_DPI: Final = 160
MOST_INSIDE: Final = 6
"""Lines that a legend among them has room for."""

_STYLE: Final[dict[Any, Any]] = {
    "font.size": 9.5,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa0a8",
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e8eb",
    "xtick.color": "#4a5058",
    "ytick.color": "#4a5058",
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "lines.linewidth": 1.9,
    "svg.fonttype": "none",
    "svg.hashsalt": "sfdfa",
}


def check_plots() -> None:
    """Raises ToolMissingError without matplotlib."""
    try:
        importlib.import_module("matplotlib")
    except ImportError as error:
        raise ToolMissingError(f"the figures need matplotlib: pip install 'sfdfa-codegen[plots]' ({error})") from error


def write_figure(figure: Figure, folder: Path) -> str:
    """Write NAME.png and NAME.svg; returns the SVG element, to stand in a page."""
    png, svg = _drawn(figure)
    write_whole(folder / f"{figure.name}.png", png)
    write_whole(folder / f"{figure.name}.svg", svg)
    return svg_element(svg.decode(), figure.name)


def figure_element(figure: Figure) -> str:
    """The SVG element of a figure, to stand in a page."""
    return svg_element(_drawn(figure)[1].decode(), figure.name)


def _drawn(figure: Figure) -> tuple[bytes, bytes]:
    """A figure as PNG and as SVG."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    columns = min(len(figure.panels), figure.columns)
    rows = math.ceil(len(figure.panels) / columns)
    with matplotlib.rc_context(_STYLE):
        width, height = figure.panel_inches
        canvas = Canvas(figsize=(width * columns, height * rows), layout="constrained")
        axes = canvas.subplots(rows, columns, squeeze=False).flat
        labels: list[str] = []
        for panel, axis in zip(figure.panels, axes, strict=False):
            _draw(panel, axis)
            if labels != (labels := [one.label for one in panel.series]) and len(labels) > 1:
                _add_legend(panel, axis)
        for axis in axes[len(figure.panels) :]:
            axis.set_axis_off()
        png, svg = io.BytesIO(), io.BytesIO()
        canvas.savefig(png, format="png", dpi=PNG_DPI)
        canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return png.getvalue(), svg.getvalue()


def svg_element(text: str, name: str) -> str:
    """The <svg> of a file, without what comes before it, its metadata, and its size; its ids made the page's own."""
    element = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    element = re.sub(r' (width|height)="[\d.]+pt"', "", element, count=2)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", element)


def _draw(panel: Panel, axis: Any) -> None:
    {"lines": _draw_lines, "points": _draw_points, "bars": _draw_bars, "spikes": _draw_spikes}[panel.kind](panel, axis)
    axis.set_title(panel.title)
    axis.set_xlabel(panel.x_label)
    axis.set_ylabel(panel.y_label)
    if panel.log_x:
        axis.set_xscale("log", subs=[1, 2, 5])
        for plain in (axis.xaxis.set_major_formatter, axis.xaxis.set_minor_formatter):
            plain("{x:g}")
    if panel.log_y:
        axis.set_yscale("log")
    if panel.x_range is not None:
        axis.set_xlim(*panel.x_range)
    if panel.y_range is not None:
        axis.set_ylim(*panel.y_range)
    if panel.log_x:
        _tick_within_a_decade(axis)
    if panel.x_names:
        axis.set_xticks(range(len(panel.x_names)), panel.x_names)


def _tick_within_a_decade(axis: Any) -> None:
    """Of ticks at 1, 2 and 5 there may be one alone, or none."""
    from matplotlib.ticker import MaxNLocator, NullLocator

    first, last = axis.get_xlim()
    if last < 10 * first:
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.xaxis.set_minor_locator(NullLocator())


def _add_legend(panel: Panel, axis: Any) -> None:
    place: dict[str, Any] = {}
    if panel.kind == "bars":
        place = {"ncols": len(panel.series), "loc": "upper center"}
    elif len(panel.series) > MOST_INSIDE:
        place = {"ncols": 2, "loc": "upper center", "bbox_to_anchor": (0.5, -0.16)}
    axis.legend(fontsize=8.5, **place)


def _draw_lines(panel: Panel, axis: Any) -> None:
    axis.locator_params(axis="x", integer=True)
    for series in panel.series:
        colour, y = COLOURS[series.colour], _floats(series.y)
        style, marker = "--" if series.dashed else "-", "o" if len(y) <= 12 else None
        axis.plot(_floats(series.x), y, style, color=colour, label=series.label, marker=marker, markersize=3.5)
        if series.error is not None:
            spread = _floats(series.error)
            low, high = ([a + sign * b for a, b in zip(y, spread, strict=True)] for sign in (-1, 1))
            axis.fill_between(_floats(series.x), low, high, color=colour, alpha=0.18, linewidth=0)


def _draw_points(panel: Panel, axis: Any) -> None:
    axis.step(*_front(panel), where="post", color=COLOURS["grey"], linewidth=1.0, linestyle=":")
    for series in panel.series:
        error = None if series.error is None else _floats(series.error)
        axis.errorbar(
            _floats(series.x),
            _floats(series.y),
            yerr=error,
            fmt="s" if series.dashed else "o",
            color=COLOURS[series.colour],
            markersize=5.5,
            elinewidth=1.0,
            label=series.label,
        )
        for x, y, mark in zip(_floats(series.x), _floats(series.y), series.marks, strict=False):
            axis.annotate(mark, (x, y), xytext=(5, -3), textcoords="offset points", fontsize=7, color="#4a5058")


def _front(panel: Panel) -> tuple[list[float], list[float]]:
    """Points that nothing to their left is above."""
    pairs = sorted(pair for one in panel.series for pair in zip(_floats(one.x), _floats(one.y), strict=True))
    front = [(x, y) for place, (x, y) in enumerate(pairs) if all(y > before for _, before in pairs[:place])]
    return [x for x, _ in front], [y for _, y in front]


def _draw_bars(panel: Panel, axis: Any) -> None:
    width = 0.8 / len(panel.series)
    for place, series in enumerate(panel.series):
        offset = (place - (len(panel.series) - 1) / 2) * width
        axis.bar(
            [x + offset for x in _floats(series.x)],
            _floats(series.y),
            width * 0.92,
            yerr=None if series.error is None else _floats(series.error),
            color=COLOURS[series.colour],
            error_kw={"elinewidth": 1.0, "ecolor": COLOURS["black"]},
            label=series.label,
        )


def _draw_spikes(panel: Panel, axis: Any) -> None:
    """A mark for each spike: x is its tick, y its neuron."""
    axis.grid(visible=False)
    axis.locator_params(integer=True)
    for series in panel.series:
        axis.plot(_floats(series.x), _floats(series.y), "|", color=COLOURS[series.colour], markersize=4)


def _floats(numbers: Numbers) -> list[float]:
    return [math.nan if number is None else float(number) for number in numbers]
