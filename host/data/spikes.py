"""Encoded samples: what every device, trainer and experiment is fed."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class SpikeSample(NamedTuple):
    """One sample as input events in time order.

    ticks: (events,) uint16, non-decreasing, each below the network's ticks.
    channels: (events,) uint16, at most one event per channel and tick.
    label: class index; None if it is not known, and then nothing can be learned.
    """

    ticks: NDArray[np.uint16]
    channels: NDArray[np.uint16]
    label: int | None


@dataclass(frozen=True)
class SpikeDataset:
    """Many samples, concatenated: sample k has events offsets[k] to offsets[k + 1].

    ticks, channels: (events,) uint16; offsets: (samples + 1,) int64, non-decreasing from 0; labels: (samples,) uint16.
    """

    ticks: NDArray[np.uint16]
    channels: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    labels: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> SpikeSample:
        low, high = int(self.offsets[index]), int(self.offsets[index + 1])
        return SpikeSample(self.ticks[low:high], self.channels[low:high], int(self.labels[index]))

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
        return SpikeDataset(self.ticks[events], self.channels[events], offsets, self.labels[indices])

    def head(self, samples: int) -> "SpikeDataset":
        """The first `samples` samples, or all if there are fewer."""
        count = min(samples, len(self))
        end = int(self.offsets[count])
        return SpikeDataset(self.ticks[:end], self.channels[:end], self.offsets[: count + 1], self.labels[:count])


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

    @property
    def source_channels(self) -> int:
        """Channels of the encoding, in the network or not."""
        return self.channels + len(self.left_out)

    @property
    def kept_channels(self) -> NDArray[np.int64]:
        """The number in the encoding of each channel of the network. (channels,) int64."""
        return np.setdiff1d(np.arange(self.source_channels), self.left_out)
