"""Input channels that are worth a row of weights: `encoding.min_channel_use`."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.spikes import SpikeDataset

ABSENT: Final = 0xFFFF
"""In a table of channel numbers: a channel of which the events are left out. One more than the most channels have."""
BLOCK: Final = 1000
"""Samples that are looked at together, of which a table of samples and channels is made."""


def channel_use(samples: SpikeDataset, channels: int) -> NDArray[np.float64]:
    """The share of the samples in which each channel has an event. (channels,) float64."""
    use = np.zeros(channels, np.int64)
    for start in range(0, len(samples), BLOCK):
        offsets = samples.offsets[start : start + BLOCK + 1]
        sample = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        has_event = np.zeros((len(offsets) - 1, channels), np.bool_)
        has_event[sample, samples.channels[offsets[0] : offsets[-1]]] = True
        use += has_event.sum(axis=0)
    return use / len(samples)


def used_channels(train: SpikeDataset, channels: int, min_use: float) -> NDArray[np.int64]:
    """Those with an event in at least `min_use` of the training samples, and in one at least, in ascending order."""
    use = channel_use(train, channels)
    return np.flatnonzero((use >= min_use) & (use > 0.0)) if min_use > 0.0 else np.arange(channels)


def renumbering(kept: NDArray[np.int64], channels: int) -> NDArray[np.uint16]:
    """Table from a channel to its place among those kept, ABSENT where it is none of them. (channels,) uint16."""
    table = np.full(channels, ABSENT, np.uint16)
    table[kept] = np.arange(len(kept))
    return table


def renumber(samples: SpikeDataset, table: NDArray[np.uint16]) -> SpikeDataset:
    """The samples with every channel looked up in `table`; events that become ABSENT are left out.

    Where the table rises, and that of `renumbering` does, events stay in order.
    """
    channels = table[samples.channels]
    return without_absent(SpikeDataset(samples.ticks, channels, samples.offsets, samples.labels, samples.readings))


def without_absent(samples: SpikeDataset) -> SpikeDataset:
    """The samples without their ABSENT events."""
    present = samples.channels != ABSENT
    offsets = np.concatenate(([0], np.cumsum(present)))[samples.offsets].astype(np.int64)
    return SpikeDataset(samples.ticks[present], samples.channels[present], offsets, samples.labels, samples.readings)
