"""Long recordings of movements, currents or vibrations as samples of one length, with whole subjects on one side of the split."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.frontend import VECTOR
from sfdfa_codegen.host.data.clock import GAP_STEPS, rate_of, seconds_of, usual_step
from sfdfa_codegen.host.data.csv_table import Table, read_table
from sfdfa_codegen.host.data.encoding import check_offsets
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NUMBERS, NumpyArchive
from sfdfa_codegen.host.data.raw import RawData, Recordings
from sfdfa_codegen.host.data.tables import class_numbers, columns_of, feature_columns, split_off
from sfdfa_codegen.host.network.spec import DataSpec

KEYS: Final = frozenset({"x", "offsets", "y"})
WINDOW_S: Final = 2.0
MOST_PIECES: Final = 8
"""That the only recording of a class is divided into, so that some can test."""
UNEVEN: Final = 0.5
"""Of the usual step, by which others may differ."""
MOST_UNEVEN: Final = 0.05
"""Share of the steps that may differ by more, and nothing is said."""
FULL_SAMPLE: Final = 16384
"""The largest sample of an axis in the training set, so that a later one may be twice as large."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Tracks:
    """Recordings of any length. values: (samples, axes); offsets: (recordings + 1,); labels, groups: (recordings,)."""

    origin: str
    values: NDArray[Any]
    offsets: Indices
    labels: Indices
    groups: Indices
    rate_hz: float
    axes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_npz_tracks(archive: NumpyArchive, data: DataSpec, seed: int, vectors: bool = False) -> RawData[Recordings]:
    """`x` (samples, axes), `offsets` (recordings + 1,), `y` (recordings,), and where `[data] group` names one, its array (recordings,)."""
    values, labels = archive.read("x", NUMBERS, (1, 2)), archive.read("y", INTEGERS).astype(np.int64)
    offsets = archive.read("offsets", INTEGERS).astype(np.int64)
    check_offsets(offsets, len(labels), len(values), str(archive.path))
    groups = np.arange(len(labels)) if data.group is None else archive.read_groups(data.group, len(labels))
    values = values.reshape(len(values), -1)
    tracks = Tracks(str(archive.path), values, offsets, labels, groups, _rate(data, str(archive.path)))
    return cut(tracks, data, seed, vectors)


def load_csv_tracks(path: Path, data: DataSpec, seed: int, vectors: bool = False) -> RawData[Recordings]:
    """A table with a sample in each row, cut into windows."""
    named = {name for name in (data.label, data.group) if name is not None}
    return cut(tracks_of(read_table(path, frozenset(named)), data), data, seed, vectors)


def tracks_of(table: Table, data: DataSpec) -> Tracks:
    """Rows of one class and subject that follow each other are a recording, as long as their time rises."""
    path = table.path
    if data.part is not None:
        raise ConfigError(
            "[data] part is for tables with a sample a row; recordings are split by group, or by themselves"
        )
    label, axes = columns_of(table, data)
    row_labels, classes = class_numbers(table, label)
    values = feature_columns(table, axes)
    holes = np.argwhere(np.isnan(values))
    if holes.size:
        row, column = holes[0]
        raise DataError(
            f'{path}, line {table.line(int(row))}, column "{axes[column]}": a sample is missing; fill it in'
        )
    row_groups = np.zeros(len(values), np.int64)
    if data.group is not None:
        row_groups = np.unique(table.words(data.group), return_inverse=True)[1].astype(np.int64)
    times = None if data.time is None else seconds_of(table, data.time)
    begins = (np.diff(row_labels, prepend=-1) != 0) | (np.diff(row_groups, prepend=-1) != 0)
    notes: tuple[str, ...] = ()
    if times is not None:
        again, gap, notes = _breaks(times, begins)
        begins |= again | gap
    starts = np.flatnonzero(begins)
    groups = row_groups[starts] if data.group is not None else np.arange(len(starts))
    offsets = np.append(starts, len(values)).astype(np.int64)
    rate_hz = _rate(data, str(path)) if data.time is None else _rate_of(times, data, str(path))
    return Tracks(str(path), values, offsets, row_labels[starts], groups, rate_hz, tuple(axes), classes, notes)


def _breaks(times: Floats, begins: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], tuple[str, ...]]:
    """(rows,): whether time begins again, and whether samples are missing before a row; what is to be said. begins: rows at which a recording begins anyway.

    Rows of the same time, or of one a step earlier, are samples that a coarse or trembling clock cannot put in order.
    """
    steps, usual = np.diff(times, prepend=times[0]), usual_step(times)
    again = steps < -usual
    gap = steps > GAP_STEPS * usual
    inside = steps[~(begins | again | gap)]
    uneven = float(np.mean(np.abs(inside - usual) > UNEVEN * usual)) if inside.size and usual > 0 else 0.0
    cut_off = int((gap & ~begins).sum())
    notes = (
        *(
            (f"{cut_off} times samples are missing, for more than {GAP_STEPS} steps of time: a recording ends there",)
            if cut_off
            else ()
        ),
        *(
            (
                f"{100 * uneven:.0f} % of the steps of time differ from the usual {usual:.3g} s by more than a half; samples are taken as even, so resample them",
            )
            if uneven > MOST_UNEVEN
            else ()
        ),
    )
    return again, gap, notes


def _rate(data: DataSpec, origin: str) -> float:
    if data.rate_hz is None:
        raise ConfigError(f"{origin} holds recordings: give their samples a second, rate_hz in [data]")
    return data.rate_hz


def _rate_of(times: Floats | None, data: DataSpec, origin: str) -> float:
    """Of a column of times, unless the network file says."""
    found = data.rate_hz if data.rate_hz is not None or times is None else rate_of(times)
    if found is None:
        raise ConfigError(f'{origin}: the column "{data.time}" is no time; give rate_hz in [data]')
    return found


def cut(tracks: Tracks, data: DataSpec, seed: int, vectors: bool = False) -> RawData[Recordings]:
    """Windows of the tracks, every `hop_s`; those of a track are on one side of the split, and so are those of a group. vectors: each three axes have one unit."""
    window_s = WINDOW_S if data.window_s is None else data.window_s
    hop_s = window_s / 2 if data.hop_s is None else data.hop_s
    length, hop = max(1, round(window_s * tracks.rate_hz)), max(1, round(hop_s * tracks.rate_hz))
    tracks, divided = _with_tests(tracks, length)
    lengths = np.diff(tracks.offsets)
    if lengths.max(initial=0) < length:
        raise DataError(
            f"{tracks.origin}: the longest recording has {lengths.max(initial=0) / tracks.rate_hz:.3g} s, a window {window_s:g} s; "
            "lower window_s in [data]"
        )
    counts = np.maximum(lengths - length, -1) // hop + 1
    track = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = tracks.offsets[track] + within * hop
    split = split_off(tracks.labels, tracks.groups, data.test, seed)
    in_test = np.isin(track, split.test)
    units = _units(tracks, np.flatnonzero(~in_test), starts, length, vectors)
    samples = np.clip(np.rint(tracks.values / units), -32768, 32767).astype(np.int16)
    parts = (_windows(samples, starts[rows], length, tracks.labels[track[rows]]) for rows in (~in_test, in_test))
    train, test = parts
    short = int((counts == 0).sum())
    notes = (
        *tracks.notes,
        *(
            (
                f"each class has one recording, which was divided into {divided}: they resemble each other more than recordings of another day",
            )
            if divided
            else ()
        ),
        *_unit_notes(tracks, units),
        *((f"{short} recordings are shorter than a window and left out",) if short else ()),
    )
    return RawData(
        tracks.origin,
        train,
        test,
        class_names=tracks.classes,
        notes=notes,
        rate_hz=tracks.rate_hz,
        axis_names=tracks.axes,
        axis_units=tuple(units.tolist()),
        train_groups=tracks.groups[track[~in_test]],
    )


def _with_tests(tracks: Tracks, length: int) -> tuple[Tracks, int]:
    """The tracks; where each class has but one, and none could be kept for the test, as pieces of a window or more, and how many of each, else 0."""
    lengths = np.diff(tracks.offsets)
    pieces = min(MOST_PIECES, min(lengths.tolist(), default=0) // length)
    if len(np.unique(tracks.labels)) < len(tracks.labels) or len(np.unique(tracks.groups)) < len(tracks.labels):
        return tracks, 0
    if pieces < 2:
        return tracks, 0
    inner = np.arange(pieces) * lengths[:, None] // pieces
    offsets = np.append((tracks.offsets[:-1, None] + inner).ravel(), tracks.offsets[-1])
    labels = np.repeat(tracks.labels, pieces)
    return replace(tracks, offsets=offsets, labels=labels, groups=np.arange(len(labels))), pieces


def _units(tracks: Tracks, train: Indices, starts: Indices, length: int, vectors: bool) -> Floats:
    """What one unit of int16 is on each axis: 1 for int16 itself. vectors: the same for each three axes."""
    if tracks.values.dtype == np.int16:
        return np.ones(tracks.values.shape[1])
    rows = (starts[train][:, None] + np.arange(length)).ravel()
    largest = np.abs(tracks.values[rows].astype(np.float64)).max(axis=0, initial=0)
    if vectors and len(largest) % VECTOR == 0:
        largest = np.repeat(largest.reshape(-1, VECTOR).max(axis=1), VECTOR)
    return np.where(largest > 0, largest, 1.0) / FULL_SAMPLE


def _unit_notes(tracks: Tracks, units: Floats) -> Iterable[str]:
    if tracks.values.dtype == np.int16:
        return ()
    names = tracks.axes or tuple(f"axis {axis + 1}" for axis in range(len(units)))
    listed = ", ".join(f"{name} {unit:.4g}" for name, unit in zip(names, units, strict=True))
    return (f"samples are given to the device as int16, in units of: {listed}",)


def _windows(samples: NDArray[np.int16], starts: Indices, length: int, labels: Indices) -> Recordings:
    rows = (starts[:, None] + np.arange(length)).ravel()
    return Recordings(samples[rows], np.arange(len(starts) + 1, dtype=np.int64) * length, labels)
