"""What samples of axes are like that a table has one after the other, and a network file for them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.frontend import VECTOR
from sfdfa_codegen.host.data.csv_table import Table
from sfdfa_codegen.host.data.windows import WINDOW_S, Tracks, cut, tracks_of
from sfdfa_codegen.host.first_look.table import likely_label
from sfdfa_codegen.host.first_look.words import counted, listed, name_of, network_text, quoted
from sfdfa_codegen.host.network.spec import DataSpec, NetworkSpec

TIMES: Final = {
    "time": 1.0,
    "t": 1.0,
    "timestamp": 1.0,
    "time_s": 1.0,
    "seconds": 1.0,
    "time_ms": 1e3,
    "timestamp_ms": 1e3,
    "ms": 1e3,
    "millis": 1e3,
    "time_us": 1e6,
    "timestamp_us": 1e6,
    "micros": 1e6,
}
"""Usual names of a column of times, and how many of its units are a second."""
GROUPS: Final = frozenset(
    {"group", "subject", "person", "user", "participant", "device", "machine", "session", "speaker"}
)
LONGEST_STEP_S: Final = 1.0
"""A column in seconds whose usual step is at least as much is one of milliseconds, or of microseconds from a thousand on."""
EVEN: Final = 0.8
"""Share of the steps of a column of times that are the usual one, within half of it."""
STRETCH: Final = 16
"""Rows that follow each other with one label, in the mean, from which on they are a recording and no samples of a table."""
WINDOWS_OF_TRACK: Final = 4
"""That the shortest half of the recordings should give at least."""
STEADY: Final = 0.3
"""Standard deviation over mean, up to which the lengths of the recordings' mean vectors are those of gravity."""
ALIKE: Final = 0.75
"""Length of the mean direction of a class's recordings from which on the sensor was held alike."""
TURNED: Final = (
    'the sensor was held in other orientations from one recording to the next: the file says axes = "gravity"'
)
_FRONTEND: Final = """\
[frontend]
kind = "bands"      # mean, deviation and 5 bands of each axis, made of samples by the device itself; "stats" where an FFT is too much"""
_GRAVITY: Final = """
axes = "gravity"    # each three axes as two, along gravity and across it, whatever the sensor's orientation; "sensor" takes them as they are"""


@dataclass(frozen=True)
class MotionLook:
    """What was seen. counts: windows of each class, in the order of the class names."""

    name: str
    data: DataSpec
    axes: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    train: int
    recordings: int
    groups: int
    notes: tuple[str, ...]
    is_turned: bool = False
    """Whether the sensor was held differently in recordings of each class."""

    def lines(self) -> Iterator[str]:
        """Windows and classes; axes, time and recordings; the split; what is odd."""
        count = sum(self.counts)
        yield (
            f'{count} windows of {self.data.window_s:g} s, {len(self.classes)} classes in "{self.data.label}": {counted(self.classes, self.counts)}'
        )
        yield (
            f"{self.recordings} recordings of {len(self.axes)} axes ({listed(self.axes)}), {self.data.rate_hz:g} samples a second"
        )
        whole = f'{self.groups} of the column "{self.data.group}"' if self.data.group else "recordings"
        yield f"{self.train} windows train, {count - self.train} test; whole {whole} are on one side"
        yield from (f"note: {note}" for note in self.notes)

    def network_file(self, file: str | None = None) -> str:
        """TOML with comments, which call it `file`, by default as the network."""
        data = [
            'source = "csv"',
            f"path = {quoted(self.data.path or '')}   # relative to this file",
            f"label = {quoted(self.data.label or '')}   # {len(self.classes)} classes: {listed(self.classes)}",
            f"time = {quoted(self.data.time or '')}",
        ]
        if self.data.group:
            data.append(f"group = {quoted(self.data.group)}   # each is on one side of the split")
        data += [
            f"rate_hz = {self.data.rate_hz:g}",
            f"window_s = {self.data.window_s:g}   # of a sample",
            f"hop_s = {self.data.hop_s:g}   # from one to the next",
            f"test = {self.data.test}   # share that is kept for the test",
        ]
        frontend = _FRONTEND + (_GRAVITY if self.is_turned else "")
        return network_text(self.name, file, data, frontend, len(self.classes))

    def json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "samples": sum(self.counts),
            "train_samples": self.train,
            "features": list(self.axes),
            "classes": dict(zip(self.classes, self.counts, strict=True)),
            "rate_hz": self.data.rate_hz,
            "window_s": self.data.window_s,
            "recordings": self.recordings,
            "time": self.data.time,
            "group": self.data.group,
            "axes": "gravity" if self.is_turned else "sensor",
        }


def time_column(table: Table, label: str | None) -> str | None:
    """The column of times of a table whose rows are samples of recordings; None where they are samples of a classifier."""
    for name in table.names:
        if name.lower() in TIMES and name in table.numbers and name != label and _is_clock(table, name):
            others = [other for other in table.names if other != name and other.lower() not in GROUPS]
            words = table.words(likely_label(table, others) if label is None else label) if others or label else []
            changes = 1 + sum(one != other for one, other in pairwise(words))
            return name if len(words) >= STRETCH * changes else None
    return None


def _is_clock(table: Table, name: str) -> bool:
    steps = np.diff(table.numbers[name])
    usual = _usual_step(steps)
    return usual > 0 and bool(np.mean(np.abs(steps - usual) < usual / 2) >= EVEN)


def _usual_step(steps: Any) -> float:
    rising = steps[steps > 0]
    return float(np.median(rising)) if rising.size else 0.0


def look_at_motion(table: Table, label: str | None, time: str, group: str | None) -> MotionLook:
    """Raises DataError (what is wrong with the table) or ConfigError (a column that it does not have)."""
    for key, name in (("time", time), ("label", label), ("group", group)):
        if name is not None and name not in table.names:
            raise ConfigError(f"--{key} {name}: {table.path} has no such column; it has {', '.join(table.names)}")
    if group is None:
        group = next((name for name in table.names if name.lower() in GROUPS and name not in (time, label)), None)
    others = [name for name in table.names if name not in (time, group)]
    found = likely_label(table, others or [*table.names]) if label is None else label
    if group is not None and len(set(table.words(group))) < 2:
        raise ConfigError(
            f'{table.path}: the column "{group}" has one value, so that no other {group} can test; leave it out of the table'
        )
    data = DataSpec("csv", str(table.path), label=found, time=time, group=group)
    data = replace(data, rate_hz=_rate_hz(table, time))
    tracks = tracks_of(table, data)
    window_s = _window_s(np.diff(tracks.offsets) / tracks.rate_hz)
    data = replace(data, window_s=window_s, hop_s=window_s / 2)
    raw = cut(tracks, data, NetworkSpec.seed)
    labels = np.concatenate((raw.train.labels, raw.test.labels))
    turned = is_turned(tracks)
    return MotionLook(
        name=name_of(table.path),
        data=data,
        axes=tracks.axes,
        classes=tracks.classes,
        counts=tuple(np.bincount(labels, minlength=len(tracks.classes)).tolist()),
        train=len(raw.train),
        recordings=len(tracks.labels),
        groups=len(np.unique(tracks.groups)),
        notes=(*raw.notes, *((TURNED,) if turned else ())),
        is_turned=turned,
    )


def is_turned(tracks: Tracks) -> bool:
    """Whether the first three axes feel gravity, and each class has recordings in which it points elsewhere. Where a class has one orientation, that tells it from others."""
    if len(tracks.axes) % VECTOR or len(tracks.labels) <= len(tracks.classes):
        return False
    starts, counts = tracks.offsets[:-1], np.diff(tracks.offsets)[:, None]
    means = np.add.reduceat(tracks.values[:, :VECTOR].astype(np.float64), starts) / counts
    lengths = np.linalg.norm(means, axis=1)
    if lengths.min() == 0 or lengths.std() > STEADY * lengths.mean():
        return False
    directions = means / lengths[:, None]
    classes = range(len(tracks.classes))
    return all(np.linalg.norm(directions[tracks.labels == label].mean(axis=0)) < ALIKE for label in classes)


def _rate_hz(table: Table, time: str) -> float:
    """Of a column of seconds, milliseconds or microseconds, to three digits."""
    step = _usual_step(np.diff(table.numbers[time])) if time in table.numbers else 0.0
    if step <= 0:
        raise ConfigError(f'{table.path}: the column "{time}" is no time: it never rises')
    units = TIMES.get(time.lower(), 1.0)
    if units == 1.0 and step >= LONGEST_STEP_S:
        units = 1e3 if step < 1e3 * LONGEST_STEP_S else 1e6
    return float(f"{units / step:.3g}")


def _window_s(seconds: Any) -> float:
    """The usual length; of short recordings less, so that most give several windows."""
    return float(f"{min(WINDOW_S, 2 * float(np.median(seconds)) / (WINDOWS_OF_TRACK + 1)):.2g}")
