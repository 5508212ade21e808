"""Figures as data; `plots` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Numbers: TypeAlias = Sequence[float | None]
"""None leaves a gap."""


@dataclass(frozen=True)
class Series:
    """One line, set of points or set of bars.

    error: standard errors, drawn as a band or as whiskers. marks: a label for each point. colour: of `plots.COLOURS`.
    """

    label: str
    x: Numbers
    y: Numbers
    error: Numbers | None = None
    colour: str = "blue"
    dashed: bool = False
    marks: Sequence[str] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes. x_names: names at x = 0, 1, ... in the place of numbers."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    kind: Literal["lines", "points", "bars", "spikes"] = "lines"
    log_x: bool = False
    log_y: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    x_names: Sequence[str] = ()


@dataclass(frozen=True)
class Figure:
    """Panels side by side, at most `columns` in a row. name: of its files. panel_inches: width and height of each panel."""

    name: str
    caption: str
    panels: Sequence[Panel]
    panel_inches: tuple[float, float] = (4.6, 3.3)
    columns: int = 3
