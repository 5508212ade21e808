"""Source "npz": features or events in a numpy archive. Layouts are told apart by their keys.

Features: `x_train`, `y_train`, `x_test`, `y_test`; x is (samples, ...) uint8, or floats that `[data] low` and `high`
map to 0 and 255. Optional: `stream_x`, `stream_y` and `stream_segment`, (samples,) names or numbers, each in one run.

Events: `{train,test}_t` times in ticks, or in units of `[data] unit_us`; `_i` channels, below `[data] channels`;
`_offsets` (samples + 1,); `_y` labels. Two files of others are read as they are: FSDD-spikes (`fsdd`) and small
N-MNIST (`aer`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data import aer, fsdd, windows
from sfdfa_codegen.host.data.encoding import FULL_LEVEL
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NUMBERS, NumpyArchive
from sfdfa_codegen.host.data.raw import Events, Features, RawData, Recordings
from sfdfa_codegen.host.data.tables import are_levels, column_limits, split_off
from sfdfa_codegen.host.network.spec import DataSpec

FEATURE_KEYS = frozenset({"x_train", "y_train", "x_test", "y_test"})
EVENT_KEYS = frozenset(f"{part}_{field}" for part in ("train", "test") for field in ("t", "i", "offsets", "y"))
WHOLE_KEYS = frozenset({"X", "y"})
_STREAM_KEYS = frozenset({"stream_x", "stream_y", "stream_segment"})


def load_npz(
    path: Path, data: DataSpec, seed: int = 1, vectors: bool = False
) -> RawData[Features] | RawData[Events] | RawData[Recordings]:
    """The file at `path`. vectors: each three axes of recordings have one unit. Raises DataError (what is wrong with it) or ConfigError (a key of `[data]` that it needs)."""
    archive = NumpyArchive(path)
    if archive.keys & FEATURE_KEYS:
        return load_features(archive, data)
    if archive.keys - {data.group} == WHOLE_KEYS:
        return load_whole(archive, data, seed)
    if archive.keys >= fsdd.AUDIO_KEYS:
        return fsdd.load_fsdd_audio(archive)
    if archive.keys >= windows.KEYS:
        return windows.load_npz_tracks(archive, data, seed, vectors)
    if archive.keys >= fsdd.KEYS:
        return fsdd.load_fsdd(archive, data)
    if archive.keys >= aer.KEYS:
        return aer.load_aer(archive)
    if archive.keys & EVENT_KEYS:
        return _load_events(archive, data)
    raise DataError(
        f"{path}: no layout that is known; features need the arrays {', '.join(sorted(FEATURE_KEYS))}, events "
        f"{', '.join(sorted(EVENT_KEYS))}; there are: {', '.join(sorted(archive.keys)) or 'none'}"
    )


def load_features(archive: NumpyArchive, data: DataSpec) -> RawData[Features]:
    """The static layout."""
    train = _features(archive, "x_train", "y_train", data)
    test = _features(archive, "x_test", "y_test", data)
    segments = _segments(archive, data) if archive.keys & _STREAM_KEYS else ()
    for name, part in (("x_test", test), *(("stream_x", part) for _, part in segments[:1])):
        if part.values.shape[1] != train.values.shape[1]:
            raise DataError(
                f"{archive.path}: {name} has {part.values.shape[1]} features a sample, x_train {train.values.shape[1]}"
            )
    return _with_limits(RawData(str(archive.path), train, test, segments), data)


def load_whole(archive: NumpyArchive, data: DataSpec, seed: int) -> RawData[Features]:
    """`X` and `y`: samples that are not split yet; and where `[data] group` names one, its array (samples,)."""
    values, (labels, names) = archive.read("X", NUMBERS, (0,)), _classes(archive, "y")
    whole = _samples(archive.path, values, labels, ("X", "y"), data)
    groups = None if data.group is None else archive.read_groups(data.group, len(labels))
    parts = split_off(labels, np.arange(len(labels)) if groups is None else groups, data.test, seed)
    raw = RawData(
        str(archive.path),
        whole.take(parts.train),
        whole.take(parts.test),
        class_names=names,
        train_groups=None if groups is None else groups[parts.train],
    )
    return _with_limits(raw, data)


def _classes(archive: NumpyArchive, key: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels as numbers of classes, and the names of these; none where they are such numbers already."""
    labels = archive.read(key, "uifU")
    if labels.dtype.kind == "f":
        fractions = np.flatnonzero(labels != np.rint(labels))
        if fractions.size:
            place = int(fractions[0])
            raise DataError(
                f"{archive.path}: array {key} holds the fraction {labels[place]} at index [{place}]; classes are names or whole numbers, a measurement is none"
            )
        labels = labels.astype(np.int64)
    found, numbers = np.unique(labels, return_inverse=True)
    if len(found) == 1:
        raise DataError(f"{archive.path}: array {key} has one class, {found[0]}; two are needed at least")
    plain = labels.dtype.kind != "U" and found.tolist() == list(range(len(found)))
    return numbers.astype(np.int64), () if plain else tuple(str(name) for name in found)


def _with_limits(raw: RawData[Features], data: DataSpec) -> RawData[Features]:
    """With the range of each column, where values are no levels."""
    if not raw.train.values.size or are_levels(raw.train.values):
        return raw
    numbers = replace(
        raw,
        train=_as_floats(raw.train),
        test=_as_floats(raw.test),
        segments=tuple((name, _as_floats(part)) for name, part in raw.segments),
    )
    return replace(numbers, limits=column_limits(numbers.train.values.astype(np.float64), data))


def _as_floats(part: Features) -> Features:
    return Features(part.values.astype(np.float32), part.labels)


def _features(archive: NumpyArchive, x_key: str, y_key: str, data: DataSpec) -> Features:
    """One part. Every array is (samples, ...); what follows the first dimension is made one."""
    values = archive.read(x_key, NUMBERS, (0,))
    labels = archive.read(y_key, INTEGERS)
    return _samples(archive.path, values, labels, (x_key, y_key), data)


def _samples(path: Path, values: NDArray[Any], labels: NDArray[Any], keys: tuple[str, str], data: DataSpec) -> Features:
    """keys: what messages call the two."""
    if len(values) != len(labels):
        raise DataError(f"{path}: {keys[0]} has {len(values)} samples, {keys[1]} {len(labels)}")
    flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
    return Features(_levels(flat, data), labels)


def _levels(values: NDArray[Any], data: DataSpec) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Intensities from 0 to 255, where floats outside `low` to `high` are clipped; values as they are where there is no such range."""
    if values.dtype == np.uint8:
        return values
    if data.low is None or data.high is None:
        return values.astype(np.float32)
    share = np.clip((values.astype(np.float64) - data.low) / (data.high - data.low), 0.0, 1.0)
    return np.rint(share * FULL_LEVEL).astype(np.uint8)


def _segments(archive: NumpyArchive, data: DataSpec) -> tuple[tuple[str, Features], ...]:
    """The stream, cut where `stream_segment` changes. A name that comes back later would not be one stretch of time."""
    stream = _features(archive, "stream_x", "stream_y", data)
    marks = archive.read("stream_segment", "uiU")
    if len(marks) != len(stream.labels):
        raise DataError(f"{archive.path}: stream_segment has {len(marks)} entries for {len(stream.labels)} samples")
    starts = [0, *(np.flatnonzero(marks[1:] != marks[:-1]) + 1).tolist()] if len(marks) else []
    names = [str(marks[start]) for start in starts]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{archive.path}: stream_segment {name} comes in more than one run; sort the stream by it")
    indices = np.split(np.arange(len(marks)), starts[1:])
    return tuple((name, stream.take(index)) for name, index in zip(names, indices, strict=False))


def _load_events(archive: NumpyArchive, data: DataSpec) -> RawData[Events]:
    """The layout of events."""
    if data.channels is None:
        raise ConfigError(f"{archive.path} holds events: give the number of input channels, channels in [data]")
    train, test = (_events(archive, part, data.channels, data.unit_us) for part in ("train", "test"))
    return RawData(str(archive.path), train, test)


def _events(archive: NumpyArchive, part: str, channels: int, unit_us: float | None) -> Events:
    times = archive.read(f"{part}_t", INTEGERS if unit_us is None else "uif")
    offsets = archive.read(f"{part}_offsets", INTEGERS).astype(np.int64)
    return Events(
        times,
        archive.read(f"{part}_i", INTEGERS),
        offsets,
        archive.read(f"{part}_y", INTEGERS),
        channels,
        unit_us,
    )
