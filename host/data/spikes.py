"""Encoded samples: what every device, trainer and experiment is fed."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.host.data.raw import Recordings

Readings = NDArray[np.uint8] | NDArray[np.int16]
"""What a sensor gives: unsigned bytes, or signed words in the units of the network's encoder."""


class SpikeSample(NamedTuple):
    """One sample as input events in time order.

    ticks: (events,) uint16, non-decreasing, each below the network's ticks.
    channels: (events,) uint16, at most one event per channel and tick.
    label: class index; None if it is not known, and then nothing can be learned.
    readings: (features,) uint8 or int16 that the events were made from; None where there are none.
    """

    ticks: NDArray[np.uint16]
    channels: NDArray[np.uint16]
    label: int | None
    readings: Readings | None = None
    recording: NDArray[np.int16] | None = None
    """(samples, axes) that the readings were made from; None where there is none."""


@dataclass(frozen=True)
class SpikeDataset:
    """Many samples, concatenated: sample k has events offsets[k] to offsets[k + 1].

    ticks, channels: (events,) uint16; offsets: (samples + 1,) int64, non-decreasing from 0; labels: (samples,) uint16.
    readings: (samples, features) that the events were made from; None where there are none.
    """

    ticks: NDArray[np.uint16]
    channels: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    labels: NDArray[np.uint16]
    readings: Readings | None = None
    recordings: Recordings | None = None
    """That the readings were made from."""

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> SpikeSample:
        low, high = int(self.offsets[index]), int(self.offsets[index + 1])
        readings = None if self.readings is None else self.readings[index]
        recording = None if self.recordings is None else self.recordings[index]
        return SpikeSample(self.ticks[low:high], self.channels[low:high], int(self.labels[index]), readings, recording)

    @property
    def events_per_sample(self) -> NDArray[np.int64]:
        """(samples,) int64."""
        return np.diff(self.offsets)

    def take(self, indices: NDArray[np.int64]) -> "SpikeDataset":
        """The samples at `indices`, in that order."""
        lengths = self.events_per_sample[indices]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        events = np.repeat(self.offsets[:-1][indices], lengths) + within
        readings = None if self.readings is None else self.readings[indices]
        recordings = None if self.recordings is None else self.recordings.take(indices)
        return SpikeDataset(
            self.ticks[events], self.channels[events], offsets, self.labels[indices], readings, recordings
        )

    def first_events(self, count: int) -> "SpikeDataset":
        """The samples with their first `count` events at most."""
        if len(self) == 0 or self.events_per_sample.max() <= count:
            return self
        within = np.arange(len(self.ticks)) - np.repeat(self.offsets[:-1], self.events_per_sample)
        kept = within < count
        offsets = np.concatenate(([0], np.cumsum(np.minimum(self.events_per_sample, count)))).astype(np.int64)
        return replace(self, ticks=self.ticks[kept], channels=self.channels[kept], offsets=offsets)

    def head(self, samples: int) -> "SpikeDataset":
        """The first `samples` samples, or all if there are fewer."""
        count = min(samples, len(self))
        end = int(self.offsets[count])
        readings = None if self.readings is None else self.readings[:count]
        recordings = None if self.recordings is None else self.recordings.take(np.arange(count))
        return SpikeDataset(
            self.ticks[:end], self.channels[:end], self.offsets[: count + 1], self.labels[:count], readings, recordings
        )


@dataclass(frozen=True)
class StreamSegment:
    """A named stretch of a stream in time order, such as one month of a drifting sensor."""

    name: str
    samples: SpikeDataset


@dataclass(frozen=True)
class EncodedData:
    """A whole data set, encoded for one network."""

    train: SpikeDataset
    test: SpikeDataset
    segments: tuple[StreamSegment, ...]
    channels: int
    """Input channels of the first layer."""
    classes: int
    """Classes that occur; labels are below this."""
    image: tuple[int, int] | None = None
    """Rows and columns, where samples are images."""
    left_out: tuple[int, ...] = ()
    """Channels of the encoding that the network does not have, ascending; those that it has are numbered without them."""
    encoder: Encoder | None = None
    """How readings became the events; None for data that are events."""
    frontend: Frontend | None = None
    """How recordings became readings; None for other data."""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What a user should know of the data, a sentence each."""

    @property
    def source_channels(self) -> int:
        """Channels of the encoding, in the network or not."""
        return self.channels + len(self.left_out)

    @property
    def kept_channels(self) -> NDArray[np.int64]:
        """The number in the encoding of each channel of the network. (channels,) int64."""
        return np.setdiff1d(np.arange(self.source_channels), self.left_out)
