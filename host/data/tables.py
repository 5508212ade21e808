"""A table of samples to training set, test set and stream: labels, split, missing values and the range of each column."""

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.csv_table import Progress, Table, distinct, read_table, shown
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.network.spec import DataSpec

MOST_CLASSES: Final = 4096
MOST_SEGMENTS: Final = 64
SEGMENTS_OF_TIME: Final = 8
"""A stream whose times are no names of segments is cut into as many; the first one is the training set."""
ROBUST_RANGE: Final = (0.5, 99.5)
"""Per cent of the training set between which a column's range lies, with a margin of its own width on both sides for `signed-ttfs`."""

_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:([,.' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
"""A number whose thousands are set apart."""
LEAST_LEVELS: Final = 32
"""Bytes that are all below it are no intensities from 0 to 255 but counts, codes, or 0 and 1."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class _Parts:
    train: Indices
    test: Indices
    segments: tuple[tuple[str, Indices], ...] = ()
    train_groups: Indices | None = None
    """Of each training row, where a column names subjects or devices."""


def load_csv(path: Path, data: DataSpec, seed: int, progress: Progress | None = None) -> RawData[Features]:
    """The table at `path`. Raises DataError (what is wrong with it) or ConfigError (a key of `[data]` that does not fit it)."""
    named = {name for name in (data.label, data.part, data.group) if name is not None}
    return from_table(read_table(path, frozenset(named), progress), data, seed)


def from_table(table: Table, data: DataSpec, seed: int) -> RawData[Features]:
    """The samples of a table. Raises as `load_csv`."""
    label, features = columns_of(table, data)
    labels, classes = class_numbers(table, label)
    values = feature_columns(table, features)
    parts = _parts(table, labels, data, seed)
    values = _without_missing(table, values, parts.train, data, features)
    return split_features(str(table.path), values, labels, parts, data, tuple(features), classes)


def columns_of(table: Table, data: DataSpec) -> tuple[str, list[str]]:
    """The column of the label, and those of features. Raises ConfigError for a name that `[data]` gives and the table does not have, or for a label that is left out; DataError where there are no features."""
    named = {"label": data.label, "part": data.part, "group": data.group, "time": data.time}
    for key, name in (*named.items(), *(("leave_out", name) for name in data.leave_out)):
        if name is not None and name not in table.names:
            raise ConfigError(
                f'[data] {key} = "{name}": {table.path} has no such column; it has {", ".join(table.names)}'
            )
    label = data.label or next((name for name in reversed(table.names) if name not in data.leave_out), table.names[-1])
    if label in data.leave_out:
        raise ConfigError(f'[data] leave_out: "{label}" is the label; without it there is nothing to learn')
    others = {label, data.part, data.group, data.time, *data.leave_out}
    features = [name for name in table.names if name not in others]
    if not features:
        raise DataError(
            f"{table.path}: there is no column of readings beside the label, of {', '.join(table.names)}; cells are parted by a comma, a semicolon, a tab or |"
        )
    return label, features


def _check_size(origin: str, values: Floats, names: tuple[str, ...]) -> None:
    """Raise DataError for a number that is infinite as a feature is kept, in 32 bits."""
    too_large = np.argwhere(np.abs(values) > np.finfo(np.float32).max)
    if too_large.size:
        row, column = too_large[0]
        raise DataError(
            f'{origin}: column "{names[column]}" has {values[row, column]:g} in its row {row + 1} of values; the most is 3.4e38: scale the column'
        )


def split_features(
    origin: str,
    values: Floats,
    labels: Indices,
    parts: _Parts,
    data: DataSpec,
    names: tuple[str, ...],
    classes: tuple[str, ...],
) -> RawData[Features]:
    """The parts of a table, with constant columns left out and the limits of each column."""
    _check_size(origin, values, names)
    train = values[parts.train]
    varying = np.flatnonzero(train.max(axis=0) > train.min(axis=0))
    if not varying.size:
        raise DataError(f"{origin}: every column is constant in the training set; there is nothing to learn from")
    notes = tuple(f'column "{names[k]}" is constant and left out' for k in range(len(names)) if k not in varying)

    def part(rows: Indices) -> Features:
        return Features(values[rows][:, varying].astype(np.float32), labels[rows])

    return RawData(
        origin,
        part(parts.train),
        part(parts.test),
        tuple((name, part(rows)) for name, rows in parts.segments),
        limits=column_limits(train[:, varying], data),
        feature_names=tuple(names[k] for k in varying),
        class_names=classes,
        notes=notes,
        train_groups=parts.train_groups,
    )


def are_levels(train: NDArray[Any]) -> bool:
    """Whether the values of a training set are intensities as they are."""
    return train.dtype == np.uint8 and not 0 < int(train.max(initial=0)) < LEAST_LEVELS


def column_limits(train: Floats, data: DataSpec) -> tuple[Floats, Floats]:
    """What is encoded as the least and as the most of each column, from the training set."""
    if data.low is not None and data.high is not None:
        return np.full(train.shape[1], data.low), np.full(train.shape[1], data.high)
    low, high = np.percentile(train, ROBUST_RANGE, axis=0)
    flat = high <= low
    low, high = np.where(flat, train.min(axis=0), low), np.where(flat, train.max(axis=0), high)
    if data.scale == "range":
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
    return low, high


def class_numbers(table: Table, label: str) -> tuple[Indices, tuple[str, ...]]:
    """Class numbers, in the order of the class names."""
    words = table.words(label)
    for row, word in enumerate(words):
        if word.lower() in ("", "nan"):
            raise DataError(
                f'{table.path}, line {table.line(row)}: the label column "{label}" is empty; fill it in, or leave the row out'
            )
    fraction = first_fraction(words)
    if fraction is not None:
        raise DataError(
            f'{table.path}, line {table.line(fraction)}: the label column "{label}" holds fractions, here {words[fraction]}; classes are names or whole numbers. '
            "If it is a measurement, name another column: [data] label, or init --label"
        )
    names = tuple(distinct(words))
    if len(names) < 2:
        raise DataError(
            f'{table.path}: the label column "{label}" has one class, "{names[0]}"; two are needed at least'
        )
    if len(names) > MOST_CLASSES or len(names) == len(words) > 2:
        raise DataError(
            f'{table.path}: the label column "{label}" has {len(names)} classes in {len(words)} rows, so that it is no label; name another column: [data] label, or init --label'
        )
    number = {name: index for index, name in enumerate(names)}
    return np.array([number[word] for word in words], dtype=np.int64), names


def first_fraction(words: list[str]) -> int | None:
    """The first that is not whole where all are numbers, however they were read; None where there is none."""
    try:
        whole = [float(word.replace(",", ".")).is_integer() for word in words]
    except ValueError:
        return None
    return None if all(whole) else whole.index(False)


def feature_columns(table: Table, features: list[str]) -> Floats:
    """(rows, features). Raises DataError for a column that is none of numbers, or of true and false, which are 1 and 0."""
    return np.column_stack([_numbers(table, name) for name in features])


def _numbers(table: Table, name: str) -> Floats:
    if name in table.numbers:
        return table.numbers[name]
    cells = table.texts[name]
    if are_truths(cells):
        return np.array([float(cell.lower() == "true") for cell in cells])
    row, cell = next((r, c) for r, c in enumerate(cells) if not is_number(c))
    raise DataError(f'{table.path}, line {table.line(row)}, column "{name}": "{shown(cell)}" {_cure(name, cell)}')


def _cure(name: str, cell: str) -> str:
    """What is wrong with a cell that has no finite value, and what to do."""
    leave_out = f'write leave_out = ["{name}"] in [data]'
    try:
        float(cell)  # infinite
    except ValueError:
        plain = plain_number(cell)
        if plain is not None:
            return f"is no number as it is written; write {plain}, or {leave_out}"
        return f"is no number. W{leave_out[1:]}, or name the column in label, part, group or time"
    return f'is no number that a sensor gives; write the value, or empty the cell and write missing = "mean" in [data], or {leave_out}'


def are_truths(cells: list[str]) -> bool:
    """Whether a column is of true and false alone."""
    return {cell.lower() for cell in set(cells)} == {"true", "false"}


def plain_number(cell: str) -> str | None:
    """A number that is written for people, with thousands set apart or a sign of per cent, as a table has to have it; None for anything else."""
    bare = cell.strip().removesuffix("%").strip()
    if is_number(bare):
        return None if bare == cell else bare
    grouped = _GROUPED.fullmatch(bare)
    return None if grouped is None else bare.replace(grouped[1], "").replace(",", ".")


def is_number(cell: str) -> bool:
    """Whether a cell has a finite value."""
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _without_missing(table: Table, values: Floats, train: Indices, data: DataSpec, names: list[str]) -> Floats:
    """With what is missing filled in."""
    holes = np.isnan(values)
    if not holes.any():
        return values
    if data.missing != "mean":
        row, column = (int(places[0]) for places in np.nonzero(holes))
        raise DataError(
            f'{table.path}, line {table.line(row)}, column "{names[column]}": the value is missing; '
            'fill it in, or write missing = "mean" in [data]'
        )
    known = np.where(holes, 0.0, values)[train].sum(axis=0)
    count = (~holes)[train].sum(axis=0)
    if not count.all():
        column = int(np.flatnonzero(count == 0)[0])
        raise DataError(
            f'{table.path}: column "{names[column]}" has no value at all in the training set; write leave_out = ["{names[column]}"] in [data]'
        )
    return np.where(holes, known / count, values)


def _parts(table: Table, labels: Indices, data: DataSpec, seed: int) -> _Parts:
    groups = np.arange(len(labels)) if data.group is None else _numbered(table.words(data.group))
    if data.time is not None:
        parts = _by_time(table, data.time)
    elif data.part is not None:
        parts = _by_part(table, data.part)
    else:
        parts = split_off(labels, groups, data.test, seed)
    return parts if data.group is None else replace(parts, train_groups=groups[parts.train])


def _numbered(words: list[str]) -> Indices:
    number = {word: index for index, word in enumerate(distinct(words))}
    return np.array([number[word] for word in words], dtype=np.int64)


def _by_part(table: Table, column: str) -> _Parts:
    words = [word.lower() for word in table.words(column)]
    rows = {name: np.flatnonzero([word == name for word in words]) for name in ("train", "test")}
    for row, word in enumerate(words):
        if word not in rows:
            raise DataError(f'{table.path}, line {table.line(row)}, column "{column}": "{word}"; must be train or test')
    for name, found in rows.items():
        if not found.size:
            raise DataError(f'{table.path}: no row of column "{column}" is "{name}"')
    return _Parts(rows["train"], rows["test"])


def _by_time(table: Table, column: str) -> _Parts:
    """Few values are names of segments, in their order; many are times, and are cut into stretches of as many rows."""
    words = table.words(column)
    names = list(distinct(words))
    if len(names) < 2:
        raise DataError(f'{table.path}: the column "{column}" has one value; a stream needs two at least')
    if len(names) <= MOST_SEGMENTS:
        kept = np.array(words)
        stretches = [(name, np.flatnonzero(kept == name)) for name in names]
    else:
        if column not in table.numbers:
            raise DataError(f'{table.path}: the column "{column}" has {len(names)} words; times must be numbers')
        order = np.argsort(table.numbers[column], kind="stable")
        stretches = [(f"part {k + 1}", rows) for k, rows in enumerate(np.array_split(order, SEGMENTS_OF_TIME))]
    first = stretches[0][1]
    return _Parts(first, first, tuple(stretches[1:]))


def split_off(labels: Indices, groups: Indices, share: float, seed: int) -> _Parts:
    """Train and test: whole groups, seeded; where each group, which may be a single row, has one class, the same share of the groups of each."""
    names, first, group = np.unique(groups, return_index=True, return_inverse=True)
    of_one_class = bool((labels == labels[first][group]).all())
    classes = [names[labels[first] == label] for label in np.unique(labels)] if of_one_class else [names]
    test = np.flatnonzero(np.isin(groups, np.concatenate([_chosen(alike, share, seed) for alike in classes])))
    train = np.setdiff1d(np.arange(len(labels)), test)
    if not test.size and len(names) < len(labels):
        raise DataError(
            "each class is of one group only, so that no other group of it can test; leave group out, or record each class from two at least"
        )
    if not train.size or not test.size:
        raise DataError(f"{len(labels)} rows are too few to keep {share:g} of them for the test")
    return _Parts(train, test)


def _chosen(items: Indices, share: float, seed: int) -> Indices:
    """A seeded share of them: one at least where there are two, and never all."""
    order = np.argsort(np.random.PCG64(seed).random_raw(len(items)), kind="stable")
    count = min(max(round(share * len(items)), 1), len(items) - 1)
    return items[order[:count]]
