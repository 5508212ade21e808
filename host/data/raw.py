"""What loaders hand to the encoder: features or events, checked for shape but not yet in ticks."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import Frontend


@dataclass(frozen=True)
class Recordings:
    """Samples of a sensor at a fixed rate: recording k has samples offsets[k] to offsets[k + 1].

    samples: (samples, axes) int16; offsets: (recordings + 1,) int64; labels: (recordings,).
    """

    samples: NDArray[np.int16]
    offsets: NDArray[np.int64]
    labels: NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> NDArray[np.int16]:
        """(samples, axes) of one recording."""
        return self.samples[self.offsets[index] : self.offsets[index + 1]]

    def take(self, indices: NDArray[np.int64]) -> "Recordings":
        """The recordings at `indices`, in that order."""
        lengths = np.diff(self.offsets)[indices]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return Recordings(
            self.samples[np.repeat(self.offsets[:-1][indices], lengths) + within], offsets, self.labels[indices]
        )


@dataclass(frozen=True)
class Features:
    """Samples of a fixed number of numbers.

    values: (samples, features), uint8 intensities from 0 to 255, float32 signed values from -1 to 1, or int16 readings of a front-end.
    labels: (samples,), any integers; their range is checked when they are encoded.
    recordings: what a front-end made the values of; None where they came as they are.
    """

    values: NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.int16]
    labels: NDArray[np.integer[Any]]
    recordings: Recordings | None = None

    def take(self, indices: NDArray[np.int64]) -> "Features":
        """The samples at `indices`, in that order."""
        recordings = None if self.recordings is None else self.recordings.take(indices)
        return Features(self.values[indices], self.labels[indices], recordings)


@dataclass(frozen=True)
class Events:
    """Samples of timed events: sample k has events offsets[k] to offsets[k + 1].

    times: (events,) numbers, in units of `unit_us` microseconds, or in ticks where that is None.
    channels: (events,) integers, to be below `channel_count`; offsets: (samples + 1,) int64; labels: (samples,).
    """

    times: NDArray[np.integer[Any]] | NDArray[np.floating[Any]]
    channels: NDArray[np.integer[Any]]
    offsets: NDArray[np.int64]
    labels: NDArray[np.integer[Any]]
    channel_count: int
    unit_us: float | None

    def take(self, indices: NDArray[np.int64]) -> "Events":
        """The samples at `indices`, in that order. Offsets must have been checked."""
        lengths = np.diff(self.offsets)[indices]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        events = np.repeat(self.offsets[:-1][indices], lengths) + within
        times, channels, labels = self.times[events], self.channels[events], self.labels[indices]
        return Events(times, channels, offsets, labels, self.channel_count, self.unit_us)


RawPart = TypeVar("RawPart", Features, Events, Recordings)


@dataclass(frozen=True)
class RawData(Generic[RawPart]):
    """A whole data set as loaded; `origin` names the file or folder in messages, segments are in time order."""

    origin: str
    train: RawPart
    test: RawPart
    segments: tuple[tuple[str, RawPart], ...] = ()
    image: tuple[int, int] | None = None
    """Rows and columns, where the features are pixels, row by row."""
    limits: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    """Features that are no uint8: the values that are encoded as the least and the most, (features,) each; None is -1 and 1."""
    notes: tuple[str, ...] = ()
    """What a user should know of the data, a sentence each."""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    rate_hz: float | None = None
    """Samples a second of recordings."""
    axis_names: tuple[str, ...] = ()
    axis_units: tuple[float, ...] = ()
    """Recordings: what one unit of a sample is, (axes,); none where it is the data's own."""
    frontend: Frontend | None = None
    """What made the features of recordings."""
    train_groups: NDArray[np.int64] | None = None
    """(training samples,) numbers of subjects or devices; None where samples have none."""
