"""What a table of somebody's own is like, and a network file for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.csv_table import Table, shown
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.tables import are_truths, first_fraction, from_table, is_number, plain_number
from sfdfa_codegen.host.first_look.words import counted, listed, name_of, network_text, quoted
from sfdfa_codegen.host.network.spec import DataSpec, NetworkSpec

SKEWED: Final = 2.0
"""Third moment of a column, in standard deviations, from which on it is called skewed."""
PART: Final = "part"
FOLLOWING: Final = (
    "note: rows of a class follow each other as samples of a sensor do, and each is a sample of its own here; if they are movements, name their column of times with --time "
    "(seconds, milliseconds or ISO 8601), or write one"
)
_ENCODING: Final = "# No [encoding]: a run tries a few on folds of the training set, takes the best and says so."


@dataclass(frozen=True)
class TableLook:
    """What was seen. counts: samples of each class, in the order of the class names."""

    name: str
    data: DataSpec
    label: str
    samples: int
    train: int
    features: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    constant: tuple[str, ...]
    skewed: tuple[str, ...]
    counting: tuple[str, ...]
    """Columns that only number the rows."""
    wordy: tuple[str, ...]
    """Columns of words that are no label."""
    written: tuple[str, ...]
    """What to do with those of them that are numbers as people write them."""
    missing: int
    sorted_by_class: bool
    like_recordings: bool = False
    """Whether rows follow each other as samples of a sensor do."""

    def lines(self) -> tuple[str, ...]:
        """Samples and classes; columns; order; what the rows may be instead."""
        balance = counted(self.classes, self.counts)
        order = (
            "sorted by class: a run mixes the training set, a device would have to be given mixed samples too"
            if self.sorted_by_class
            else "not sorted by class"
        )
        split = 'by the column "part"' if self.data.part else "as the same share of each class"
        columns = f"{_some(self.constant, 'constant and left out')}; {_some(self.skewed, 'skewed')}"
        if self.counting:
            columns += f"; left out, as they only count the rows: {listed(self.counting)}"
        if self.wordy:
            columns += f"; left out, as they are words: {listed(self.wordy)}{''.join(self.written)}"
        return (
            f'{self.samples} samples of {len(self.features)} columns, {len(self.classes)} classes in "{self.label}": {balance}',
            f"columns: {columns}; {self.missing or 'no'} values missing",
            f"order: {order}; {self.train} samples train, {self.samples - self.train} test, chosen {split}",
            *((FOLLOWING,) if self.like_recordings else ()),
        )

    def network_file(self, file: str | None = None) -> str:
        """TOML with comments, which call it `file`, by default as the network."""
        keys = [f"label = {quoted(self.label)}            # {len(self.classes)} classes: {listed(self.classes)}"]
        if self.data.part:
            keys.append(f"part = {quoted(self.data.part)}              # cells are train or test")
        else:
            keys.append(f"test = {self.data.test}                # share that is kept for the test")
        if self.data.leave_out:
            names = ", ".join(quoted(name) for name in self.data.leave_out)
            keys.append(f"leave_out = [{names}]   # columns that are no features")
        if self.missing:
            keys.append('missing = "mean"           # of the column in the training set')
        data = ['source = "csv"', f"path = {quoted(self.data.path or '')}   # relative to this file", *keys]
        return network_text(self.name, file, data, _ENCODING, len(self.classes))

    def json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "samples": self.samples,
            "train_samples": self.train,
            "features": list(self.features),
            "classes": dict(zip(self.classes, self.counts, strict=True)),
            "constant": list(self.constant),
            "skewed": list(self.skewed),
            "counting": list(self.counting),
            "wordy": list(self.wordy),
            "missing": self.missing,
            "sorted_by_class": self.sorted_by_class,
        }


def look_at_table(table: Table, label: str | None) -> TableLook:
    """Samples of features. Raises DataError, or ConfigError for a label that is no column, as a run would."""
    path = table.path
    part = part_of(table, label)
    others = [name for name in table.names if name != part] or [*table.names]
    found = likely_label(table, others) if label is None else label
    features = [name for name in table.names if name not in (found, part)]
    wordy = tuple(name for name in features if name in table.texts and _are_words(table.texts[name]))
    counting = tuple(name for name in features if name in table.numbers and _counts_rows(table.numbers[name]))
    if len(wordy) + len(counting) == len(features):
        wordy = counting = ()  # the message of a run tells more than an empty table
    columns = {name: cells for name, cells in table.numbers.items() if name in features and name not in counting}
    data = DataSpec("csv", str(path), label=found, part=part, leave_out=(*counting, *wordy))
    raw = from_table(table, replace(data, missing="mean"), NetworkSpec.seed)
    labels = np.concatenate((raw.train.labels, raw.test.labels))
    return TableLook(
        name=name_of(path),
        data=data,
        label=found,
        samples=len(labels),
        train=len(raw.train.labels),
        features=raw.feature_names,
        classes=raw.class_names,
        counts=tuple(np.bincount(labels, minlength=len(raw.class_names)).tolist()),
        constant=tuple(name for name in columns if name not in raw.feature_names),
        skewed=_skewed(raw),
        counting=counting,
        wordy=wordy,
        written=tuple(hint for name in wordy for hint in _hints(name, table.texts[name])),
        missing=sum(int(np.isnan(cells).sum()) for cells in columns.values()),
        sorted_by_class=_is_sorted(table.words(found)),
    )


def likely_label(table: Table, columns: list[str]) -> str:
    """The last column; where that holds measurements, the only one of words, if there is one."""
    words = [name for name in columns if name in table.texts]
    last = columns[-1]
    return (
        words[0]
        if len(words) == 1 and last in table.numbers and first_fraction(table.words(last)) is not None
        else last
    )


def _counts_rows(column: NDArray[np.float64]) -> bool:
    """Whether a column says nothing but which row it is."""
    return bool((np.diff(column) == 1).all())


def _are_words(cells: list[str]) -> bool:
    """Whether a column is meant as words: hardly a cell is a number, which would be one that somebody mistyped."""
    return sum(is_number(cell) for cell in cells) * 2 < len(cells) and not are_truths(cells)


def _hints(name: str, cells: list[str]) -> Iterator[str]:
    """Of a column whose cells are mostly numbers that no program reads."""
    found = [(cell, plain) for cell in cells if (plain := plain_number(cell)) is not None]
    if len(found) * 2 > len(cells):
        cell, plain = found[0]
        yield f' (write {plain} for "{shown(cell)}" and so on, and {name} is a column of readings)'


def part_of(table: Table, label: str | None) -> str | None:
    """The column that says what trains and what tests, if there is one."""
    return PART if set(table.texts.get(PART, ())) == {"train", "test"} and label != PART else None


def _is_sorted(labels: list[str]) -> bool:
    """Whether each class is one stretch."""
    stretches = 1 + sum(one != other for one, other in pairwise(labels))
    return stretches == len(set(labels)) < len(labels)


def _skewed(raw: RawData[Features]) -> tuple[str, ...]:
    values = raw.train.values.astype(np.float64)
    distance = values - values.mean(axis=0)
    moment = (distance**3).mean(axis=0) / values.std(axis=0) ** 3
    return tuple(raw.feature_names[place] for place in np.flatnonzero(np.abs(moment) > SKEWED))


def _some(names: tuple[str, ...], what: str) -> str:
    return f"{len(names)} {what} ({listed(names)})" if names else f"none {what}"
