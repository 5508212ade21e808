"""Source "csv": a table with a header, one sample a row. Comma, semicolon or tab; decimal commas where semicolons part the cells; UTF-8 with or without a BOM; also below a line "sep=;" as Excel knows it."""

import csv
import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.regular_file import check_regular

DELIMITERS: Final = ";\t,|"
MOST_COLUMNS: Final = 65_536
MOST_CELL: Final = 10_000
"""Characters of a cell; a longer one is no table of numbers."""
MOST_CELLS: Final = 1 << 28
"""Of a table: 2 GB as float64."""
ROWS_BETWEEN: Final = 1 << 14
"""Calls of `progress`."""
LINES_OF_A_ROW: Final = 3
"""A row of the wrong length that takes more of them has a quote that nobody closed."""
MOST_SHOWN: Final = 40
"""Characters of a cell in a message."""
MARKS: Final = {
    b"PK\x03\x04": "a workbook, as of Excel",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"\x1f\x8b": "packed",
}
"""First bytes of what is no text in UTF-8."""
MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})


Progress = Callable[[int, int], None]
"""Called with the bytes read and in all."""


@dataclass(frozen=True)
class Table:
    """names: of the columns; numbers: those whose every cell is a number or missing, float64 with NaN for missing, by name; texts: all others, by name.

    lines: of the file, from 1, in which each row ends.
    """

    path: Path
    names: tuple[str, ...]
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, list[str]]
    lines: "array[int]"

    @property
    def rows(self) -> int:
        return len(next(iter(self.numbers.values()), ())) or len(next(iter(self.texts.values()), ()))

    def line(self, row: int) -> int:
        """The line of the file that a row ends in."""
        return self.lines[row]

    def words(self, name: str) -> list[str]:
        """The cells of a column as text; whole numbers without a point."""
        if name in self.texts:
            return self.texts[name]
        return [word_of(value) for value in self.numbers[name].tolist()]


def read_table(path: Path, text_columns: frozenset[str] = frozenset(), progress: Progress | None = None) -> Table:
    """The table in a file. text_columns: kept as words even if all their cells are numbers. progress: of a large file.

    Raises DataError, naming line and column, for what is no table.
    """
    try:
        check_regular(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path, text_columns, progress)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: {_what_instead(path, error.start)}; save the table as CSV in UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV table: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _read(file: TextIO, path: Path, text_columns: frozenset[str], progress: Progress | None) -> Table:
    start = file.read(1 << 16)
    if not start.strip():
        raise DataError(f"{path}: the file is empty; the first line must name the columns")
    first = start.splitlines()[0]
    said = _said_delimiter(first)
    delimiter = _delimiter(first) if said is None else said
    file.seek(0)
    csv.field_size_limit(MOST_CELL)
    rows = csv.reader(file, delimiter=delimiter)
    if said is not None:
        next(rows)
    names = _header(next(rows, []), path, rows.line_num)
    columns = [_Column(delimiter == ";", name in text_columns) for name in names]
    lines, header = array("Q"), rows.line_num
    for cells in rows:
        if not any(cell.strip() for cell in cells) or tuple(cell.strip() for cell in cells) == names:
            continue  # an empty line, or the header of another table that was put below
        if len(cells) != len(names):
            raise DataError(_wrong_length(path, names, len(cells), 1 + (lines[-1] if lines else header), rows.line_num))
        lines.append(rows.line_num)
        count = len(lines)
        if count * len(names) > MOST_CELLS:
            raise DataError(f"{path}: more than {MOST_CELLS} cells; give a part of the table")
        for column, cell in zip(columns, cells, strict=True):
            column.add(cell.strip())
        if progress is not None and count % ROWS_BETWEEN == 0:
            progress(file.buffer.tell(), path.stat().st_size)
    if not lines:
        raise DataError(f"{path}: there is a header, but no row")
    return _table(path, names, columns, lines)


def _table(path: Path, names: tuple[str, ...], columns: list["_Column"], lines: "array[int]") -> Table:
    pairs = list(zip(names, columns, strict=True))
    numbers = {name: np.array(column.values) for name, column in pairs if column.words is None}
    texts = {name: column.words for name, column in pairs if column.words is not None}
    return Table(path, names, numbers, texts, lines)


def _what_instead(path: Path, byte: int) -> str:
    """What a file is that is no UTF-8 text."""
    with path.open("rb") as file:
        start = file.read(4)
    known = next((what for mark, what in MARKS.items() if start.startswith(mark)), None)
    return f"not UTF-8 text at byte {byte}" if known is None else f"this is {known}, and no CSV"


def _wrong_length(path: Path, names: tuple[str, ...], cells: int, begins: int, ends: int) -> str:
    """Why a row has another number of cells than the header. begins, ends: its lines."""
    if ends - begins >= LINES_OF_A_ROW:
        return f'{path}, line {begins}: a cell begins with a quote (") that is not closed before line {ends}; close it, or take it away'
    counted = f"{path}, line {ends}: {cells} cells, but the header names {len(names)} column{'s' * (len(names) != 1)}"
    if len(names) == 1:
        return f'{counted}: "{shown(names[0])}"; the first line must name the columns, with nothing before it'
    return f"{counted}; give each row as many"


def shown(cell: str) -> str:
    """What a message shows of a cell, on one line."""
    return cell[:MOST_SHOWN].replace("\r", "\\r").replace("\n", "\\n")


def _said_delimiter(first: str) -> str | None:
    """Of a line "sep=;" before the header, which Excel reads and writes; None for any other line."""
    found = first.strip().strip('"')
    return found[-1] if len(found) == 5 and found[:4].lower() == "sep=" and found[-1] in DELIMITERS else None


def _delimiter(header: str) -> str:
    """The one that the header has most of."""
    return max(DELIMITERS, key=header.count) if any(mark in header for mark in DELIMITERS) else ","


def _header(cells: list[str], path: Path, line: int) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if not names:
        raise DataError(f"{path}, line {line}: there is no header; write a line that names the columns")
    if len(names) > MOST_COLUMNS:
        raise DataError(f"{path}: {len(names)} columns; the most is {MOST_COLUMNS}")
    numbers = [name for name in names if name and _number(name, False) is not None]
    if len(numbers) > len(names) / 2 and (len(numbers) == len(names) or not _are_counted(numbers)):
        raise DataError(
            f'{path}, line {line}: "{numbers[0]}" and {len(numbers) - 1} more of {len(names)} cells are numbers, so there is no header; '
            "write a first line that names the columns"
        )
    for place, name in enumerate(names):
        if not name:
            raise DataError(
                f"{path}, line {line}: column {place + 1} has no name; write one, or leave the column out (an index of pandas: to_csv(index=False))"
            )
        if name in names[:place]:
            raise DataError(f'{path}, line {line}: two columns are called "{name}"; give each a name of its own')
    return names


def _are_counted(numbers: list[str]) -> bool:
    """Whether they are the names that pandas gives to columns without any: whole numbers that go up by one from 0 or 1."""
    return len(numbers) > 1 and numbers in [[str(start + k) for k in range(len(numbers))] for start in (0, 1)]


def _number(text: str, decimal_comma: bool) -> float | None:
    """The value of a cell, NaN where it is missing, None where it is a word."""
    if text.lower() in MISSING:
        return float("nan")
    if decimal_comma and text.count(",") == 1:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if "_" not in text and abs(value) < float("inf") else None


class _Column:
    """Cells of one column: numbers as long as all of them are, else words, of which equal ones are held once."""

    def __init__(self, decimal_comma: bool, wordy: bool) -> None:
        self.values = array("d")
        self.words: list[str] | None = [] if wordy else None
        self._decimal_comma = decimal_comma

    def add(self, cell: str) -> None:
        value = _number(cell, self._decimal_comma) if self.words is None else None
        if value is not None:
            self.values.append(value)
            return
        if self.words is None:
            self.words = [word_of(number) for number in self.values]
        self.words.append(sys.intern(cell))


def word_of(number: float) -> str:
    """A number as a word: whole ones without a point."""
    return f"{number:.0f}" if number.is_integer() else repr(number)


def distinct(words: list[str]) -> Iterator[str]:
    """Each word once: numbers by size, others by the alphabet."""
    every = set(words)
    try:
        yield from sorted(every, key=float)
    except ValueError:
        yield from sorted(every)
