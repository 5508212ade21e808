"""Learning curves: the accuracy so far against the samples learned, each predicted before it was learned."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from sfdfa_codegen.codegen.errors import ConfigError, ToolMissingError
from sfdfa_codegen.host.demo.pictures import spark
from sfdfa_codegen.host.outputs import check_writable, write_whole
from sfdfa_codegen.host.report import per_cent

WIDEST_TEXT: Final = 48
"""Characters of a curve on the screen."""
POINTS: Final = 24
"""Of a curve, at most one more."""
PLOT_SUFFIXES: Final = (".png", ".svg")
PER_MILLE: Final = 1000


@dataclass(frozen=True)
class CurvePoint:
    """accuracy: fraction of the first `samples` samples that were predicted rightly."""

    samples: int
    accuracy: float


Curve = tuple[CurvePoint, ...]


def is_point(samples: int, total: int) -> bool:
    """Whether a curve over `total` samples has a point after `samples`."""
    return samples % max(1, -(-total // POINTS)) == 0 or samples == total


def curve_of(right: Sequence[bool]) -> Curve:
    """The curve of predictions that were right or wrong, in order."""
    so_far = np.cumsum(np.array(right, dtype=np.int64)).tolist()
    return tuple(
        CurvePoint(samples, count / samples) for samples, count in enumerate(so_far, 1) if is_point(samples, len(right))
    )


def curve_json(curve: Curve) -> list[dict[str, object]]:
    return [{"samples": point.samples, "accuracy": point.accuracy} for point in curve]


def curve_text(console: Console, curve: Curve) -> str:
    """A curve in a few characters, and where it ends."""
    if not curve:
        return ""
    shown = curve[:: -(-len(curve) // WIDEST_TEXT)]
    heights = np.array([round(PER_MILLE * point.accuracy) for point in shown])
    return f"{spark(console, heights)} {per_cent(curve[-1].accuracy)}"


def check_plot(path: Path) -> None:
    """Before any work is done: raise ConfigError for a file that cannot be a plot, ToolMissingError without matplotlib."""
    if path.suffix.lower() not in PLOT_SUFFIXES:
        raise ConfigError(f"cannot plot to {path}: its name must end in {' or '.join(PLOT_SUFFIXES)}")
    check_writable(path)
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError as error:
        raise ToolMissingError("matplotlib is not installed; run: pip install 'sfdfa-codegen[plots]'") from error


def plot_curves(path: Path, title: str, curves: Mapping[str, Curve]) -> None:
    """Draw curves by name into one figure. Call `check_plot` first. Raises OutputError if it cannot be written."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    names: dict[Curve, list[str]] = {}
    for name, curve in curves.items():
        names.setdefault(curve, []).append(name)
    for curve, (name, *others) in names.items():
        label = f"{name}, the same on {len(others)} more" if others else name
        style = "--" if name == "float" else "-"
        axes.plot([p.samples for p in curve], [100 * p.accuracy for p in curve], style, marker=".", label=label)
    axes.set(title=title, xlabel="samples learned", ylabel="right so far (%)", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."), dpi=150)
    write_whole(path, drawn.getvalue())
