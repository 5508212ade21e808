"""What samples of axes are like that a table has one after the other, and a network file for them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.frontend import VECTOR
from sfdfa_codegen.host.data.clock import is_clock_name, rate_of, seconds_of, usual_step
from sfdfa_codegen.host.data.csv_table import Table
from sfdfa_codegen.host.data.windows import WINDOW_S, Tracks, cut, tracks_of
from sfdfa_codegen.host.first_look.orientation import GAIN, shares_right
from sfdfa_codegen.host.first_look.table import likely_label
from sfdfa_codegen.host.first_look.words import counted, listed, name_of, network_text, quoted
from sfdfa_codegen.host.network.spec import DataSpec, NetworkSpec

GROUPS: Final = frozenset(
    {"group", "subject", "person", "user", "participant", "device", "machine", "session", "speaker"}
)
EVEN: Final = 0.8
"""Share of the steps of a column of times that rise as usual."""
SLOWEST_S: Final = 10.0
"""Usual step of a column of times of movements; a longer one is of days, say, and each row a sample of its own."""
STRETCH: Final = 16
"""Rows that follow each other with one label, in the mean, from which on they are a recording and no samples of a table."""
JUMPY: Final = 0.5
"""Mean square of a column's steps, over that of rows without an order, up to which it goes on from row to row."""
WINDOWS_OF_TRACK: Final = 4
"""That the shortest half of the recordings should give at least."""
WHOLE_S: Final = 4.0
"""Recordings half of which are no longer are a movement each, such as a gesture: the beginning and the end of one say little by themselves."""
WHOLE_EACH: Final = 10
"""Such recordings that each class has at least, for them to be samples as they are."""
NEARLY_ALL: Final = 0.9
"""Of them, that hold a window."""
_FRONTEND: Final = """\
[frontend]
kind = "bands"      # mean, deviation and 5 bands of each axis, made of samples by the device itself; "stats" where an FFT is too much"""
_SENSOR: Final = """
# axes = "gravity"   # where a sensor is held in other orientations by other people: values along gravity and across it"""
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
    by_gravity: bool = False
    """Whether axes of gravity tell the classes apart better."""

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
        if self.data.leave_out:
            clocks = ", ".join(map(quoted, self.data.leave_out))
            data.append(f"leave_out = [{clocks}]   # other times")
        if self.data.group:
            data.append(f"group = {quoted(self.data.group)}   # each is on one side of the split")
        sample = "of a sample: a recording is one" if self.data.hop_s == self.data.window_s else "of a sample"
        data += [
            f"rate_hz = {self.data.rate_hz:g}",
            f"window_s = {self.data.window_s:g}   # {sample}",
            f"hop_s = {self.data.hop_s:g}   # from one to the next",
            f"test = {self.data.test}   # share that is kept for the test",
        ]
        vectors = "" if len(self.axes) % VECTOR else _SENSOR
        frontend = _FRONTEND + (_GRAVITY if self.by_gravity else vectors)
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
            "axes": "gravity" if self.by_gravity else "sensor",
        }


def time_column(table: Table, label: str | None) -> str | None:
    """The column of times of a table whose rows are samples of recordings; None where they are samples of a classifier."""
    for name in table.names:
        if is_clock_name(name) and name != label and _is_clock(table, name):
            others = [other for other in table.names if other != name and other.lower() not in GROUPS]
            words = table.words(likely_label(table, others) if label is None else label) if others or label else []
            return name if _in_stretches(words) else None
    return None


def _in_stretches(words: list[str]) -> bool:
    return len(words) >= STRETCH * (1 + sum(one != other for one, other in pairwise(words)))


def is_like_recordings(table: Table, label: str) -> bool:
    """Whether rows of one label follow each other, and most columns of numbers go on from row to row."""
    words = table.words(label)
    columns = [cells for name, cells in table.numbers.items() if name != label and np.ptp(cells) > 0]
    if not columns or not _in_stretches(words):
        return False
    same = np.array([one == other for one, other in pairwise(words)])
    steps = [np.mean(np.diff(cells)[same] ** 2) / (2 * _variance_within(cells, words)) for cells in columns]
    return bool(np.median(steps) < JUMPY)


def _variance_within(cells: Any, words: list[str]) -> float:
    """Of the rows of each label about their mean; not 0."""
    labels = np.unique(words, return_inverse=True)[1]
    means = np.bincount(labels, cells) / np.bincount(labels)
    return float(np.mean((cells - means[labels]) ** 2)) or 1.0


def _is_clock(table: Table, name: str) -> bool:
    """Whether most steps are one to two usual ones, or none, as a coarse clock or a lost sample has them."""
    times = seconds_of(table, name)
    if times is None:
        return False
    steps, usual = np.diff(times), usual_step(times)
    return 0 < usual <= SLOWEST_S and bool(np.mean((steps >= 0) & (steps < 2.5 * usual)) >= EVEN)


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
    clocks = tuple(name for name in others if name != found and is_clock_name(name) and _is_clock(table, name))
    data = DataSpec("csv", str(table.path), label=found, time=time, group=group, leave_out=clocks)
    data = replace(data, rate_hz=_rate_hz(table, time))
    tracks = tracks_of(table, data)
    whole_s = _whole_s(tracks)
    window_s = _window_s(np.diff(tracks.offsets) / tracks.rate_hz) if whole_s is None else whole_s
    data = replace(data, window_s=window_s, hop_s=window_s / 2 if whole_s is None else window_s)
    raw = cut(tracks, data, NetworkSpec.seed)
    labels = np.concatenate((raw.train.labels, raw.test.labels))
    sensor, gravity = shares_right(tracks, data)
    by_gravity = gravity >= sensor + GAIN
    note = f'what a linear classifier does not know of its training set is {100 * gravity:.0f} % right along gravity and across it, {100 * sensor:.0f} % by the axes of the sensor: the file says axes = "gravity"'
    return MotionLook(
        name=name_of(table.path),
        data=data,
        axes=tracks.axes,
        classes=tracks.classes,
        counts=tuple(np.bincount(labels, minlength=len(tracks.classes)).tolist()),
        train=len(raw.train),
        recordings=len(tracks.labels),
        groups=len(np.unique(tracks.groups)),
        notes=(*raw.notes, *((note,) if by_gravity else ())),
        by_gravity=by_gravity,
    )


def _rate_hz(table: Table, time: str) -> float:
    """Of a column of times, to three digits."""
    times = seconds_of(table, time)
    rate_hz = None if times is None else rate_of(times)
    if rate_hz is None:
        raise ConfigError(
            f'{table.path}: the column "{time}" is no time that rises; write seconds, milliseconds or ISO 8601, as 2024-05-01T10:00:00.020'
        )
    return float(f"{rate_hz:.3g}")


def _whole_s(tracks: Tracks) -> float | None:
    """The length that nearly all of many short recordings have; None where they are long or few."""
    lengths = np.diff(tracks.offsets)
    many = bool((np.bincount(tracks.labels, minlength=len(tracks.classes)) >= WHOLE_EACH).all())
    if not many or np.median(lengths) > WHOLE_S * tracks.rate_hz:
        return None
    return float(f"{int(np.quantile(lengths, 1 - NEARLY_ALL)) / tracks.rate_hz:.4g}")


def _window_s(seconds: Any) -> float:
    """The usual length; of short recordings less, so that most give several windows."""
    return float(f"{min(WINDOW_S, 2 * float(np.median(seconds)) / (WINDOWS_OF_TRACK + 1)):.2g}")
