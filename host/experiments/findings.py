"""What outcomes show together: a table of which every column says how its values come about, figures, and one sentence."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Self, TypeAlias, TypeVar

from sfdfa_codegen.host.experiments.figures import Figure
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group
from sfdfa_codegen.host.report import Rows, Said, kilobytes

Unit: TypeAlias = Literal["text", "per cent", "bytes", "number", "degrees"]
Value: TypeAlias = str | int | float | Estimate | None
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Head:
    """Of a column. key: in JSON and CSV. detail: left out in a terminal."""

    key: str
    title: str
    unit: Unit = "text"
    detail: bool = False


@dataclass(frozen=True)
class Column(Generic[Subject]):
    """One column of a table. value: of what a row is about."""

    head: Head
    value: Callable[[Subject], Value]


def column(
    key: str, title: str, value: Callable[[Subject], Value], unit: Unit = "text", detail: bool = False
) -> Column[Subject]:
    """Values that are computed; the other columns are of settings and of results."""
    return Column(Head(key, title, unit, detail), value)


def as_set(key: str, title: str, names: Mapping[Any, str] | None = None) -> Column[Group]:
    """A setting, or its name."""
    return column(key, title, lambda group: str(group.settings[key]) if names is None else names[group.settings[key]])


def measured(key: str, title: str, unit: Unit, detail: bool = False) -> Column[Group]:
    """One number of the results, with its error."""
    return column(key, title, lambda group: group.estimate(key), unit, detail)


def whole(key: str, title: str) -> Column[Group]:
    """A large number of the results, in whole."""
    return column(key, title, lambda group: group.whole(key))


@dataclass(frozen=True)
class Table:
    """Rows with a value for every head, by its key."""

    heads: tuple[Head, ...]
    rows: tuple[Mapping[str, Value], ...]

    @classmethod
    def of(cls, columns: Iterable[Column[Subject]], subjects: Iterable[Subject]) -> Self:
        """A row for each subject."""
        columns = tuple(columns)
        rows = tuple({one.head.key: one.value(subject) for one in columns} for subject in subjects)
        return cls(tuple(one.head for one in columns), rows)

    def json(self) -> list[dict[str, object]]:
        """Row by row; an estimate as {mean, standard_error, seeds}."""
        return [{key: _value_json(value) for key, value in row.items()} for row in self.rows]

    def csv(self) -> str:
        """An estimate has two columns."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        estimated = {key for row in self.rows for key, value in row.items() if isinstance(value, Estimate)}
        names = ((h.key, f"{h.key}_standard_error") if h.key in estimated else (h.key,) for h in self.heads)
        writer.writerow([name for pair in names for name in pair])
        for row in self.rows:
            cells: list[object] = []
            for key, value in row.items():
                cells.append(value.mean if isinstance(value, Estimate) else value)
                if key in estimated:
                    cells.append(value.standard_error if isinstance(value, Estimate) else None)
            writer.writerow(cells)
        return text.getvalue()

    def markdown(self) -> str:
        """To be put into a document."""
        lines = [[head.title for head in self.heads], ["---"] * len(self.heads), *self.texts()]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def texts(self, detail: bool = True) -> list[list[str]]:
        """As people read it, with the columns of detail or without."""
        shown = [head for head in self.heads if detail or not head.detail]
        return [[value_text(row[head.key], head.unit) for head in shown] for row in self.rows]


@dataclass(frozen=True)
class Findings:
    """What the outcomes show together. answer: one sentence, computed from them."""

    answer: str
    table: Table
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    def lines(self, title: str) -> Iterator[Said]:
        """For a person, without the columns of detail."""
        heads = tuple(head.title for head in self.table.heads if not head.detail)
        yield Rows(title, heads, tuple(map(tuple, self.table.texts(detail=False))))
        yield from self.notes
        yield self.answer


def _value_json(value: Value) -> object:
    if isinstance(value, Estimate):
        return {"mean": value.mean, "standard_error": value.standard_error, "seeds": value.count}
    return value


def value_text(value: Value, unit: Unit) -> str:
    """As people read it: 96.90 ± 0.04 %; a dash for what is not known."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if not isinstance(value, Estimate):
        return number_text(float(value), unit)
    if value.standard_error is None:
        return number_text(value.mean, unit)
    if unit == "bytes" or value.standard_error == 0.0:
        return number_text(value.mean, unit)
    return _with_error(value.mean, value.standard_error, unit)


def number_text(number: float, unit: Unit) -> str:
    """One number with its unit."""
    if unit == "per cent":
        return f"{100 * number:.2f} %"
    if unit == "bytes":
        return kilobytes(round(number))
    if unit == "degrees":
        return f"{number:.1f}°"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _with_error(mean: float, error: float, unit: Unit) -> str:
    if unit == "per cent":
        return f"{100 * mean:.2f} ± {100 * error:.2f} %"
    if unit == "degrees":
        return f"{mean:.1f} ± {error:.1f}°"
    return f"{number_text(mean, unit)} ± {error:.2g}"
