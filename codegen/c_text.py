"""Pieces of generated C: constants and tables, as the templates print them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VALUES_PER_LINE = 24


@dataclass(frozen=True)
class Constant:
    """A macro or a field initialiser."""

    name: str
    text: str
    comment: str = ""


@dataclass(frozen=True)
class ConstantGroup:
    title: str
    constants: tuple[Constant, ...]


@dataclass(frozen=True)
class TablePart:
    comment: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A constant array. size: what stands in its brackets; of two dimensions, with `][` between them."""

    type: str
    name: str
    size: str
    parts: tuple[TablePart, ...]


def flag(name: str, value: bool) -> Constant:
    """0 or 1."""
    return Constant(name, str(int(value)))


def number(name: str, value: int, comment: str = "") -> Constant:
    """A decimal."""
    return Constant(name, str(value), comment)


def cell_lines(cells: NDArray[np.generic]) -> tuple[str, ...]:
    """The cells in their order, some to a line."""
    values = [str(cell) for cell in cells.ravel().tolist()]
    return tuple(
        ", ".join(values[start : start + VALUES_PER_LINE]) + "," for start in range(0, len(values), VALUES_PER_LINE)
    )


def string_literal(text: str) -> str:
    """A C string of the text in UTF-8; whatever is not plain becomes three octal digits."""
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return '"' + "".join(plain) + '"'


def comment_text(text: str) -> str:
    """The text as it can stand in a comment: ASCII, and without what would end it."""
    return text.encode("ascii", "backslashreplace").decode().replace("*/", "* /").replace("\n", " ")
