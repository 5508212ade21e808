"""Turns features and raw events into input spikes: time to first spike, signed, rate, and binned events.

All encoders return events sorted by tick, then channel, with at most one event per channel and tick of a sample. They
work on blocks of samples, so that memory stays near the size of the result.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import EncodingSpec

FULL_LEVEL: Final = 255
"""The strongest intensity of a feature."""
_BLOCK: Final = 256
"""Samples encoded at once: a sample's number within its block fits the 8 bits of a sort key."""
_SAMPLE_SHIFT: Final = 24
_TICK_SHIFT: Final = 16
_CHANNEL_MASK: Final = 0xFFFF
_TICK_MASK: Final = 0xFF


@dataclass(frozen=True)
class Schedule:
    """The ticks at which each intensity spikes. counts: (256,) int64; ticks: (256, most) int64, padded with 0."""

    counts: NDArray[np.int64]
    ticks: NDArray[np.int64]


def tick_length_us(encoding: EncodingSpec) -> float:
    """Microseconds, not by way of seconds: times on a tick's boundary must not fall before it."""
    return encoding.sample_ms * 1000.0 / encoding.ticks


def ttfs_schedule(window: int) -> Schedule:
    """Time to first spike: level x spikes once at tick `round(window * (1 - x / 255))`, level 0 never."""
    levels = np.arange(FULL_LEVEL + 1)
    ticks = np.rint(window * (1.0 - levels / FULL_LEVEL)).astype(np.int64)
    return Schedule((levels > 0).astype(np.int64), ticks[:, None])


def spike_rate_schedule(ticks: int, most: int | None = None) -> Schedule:
    """Regular spikes: level x spikes `n = round(most * x / 255)` times, the k-th at tick `(2k + 1) ticks / 2n`. most: at most ticks, which None means."""
    most = ticks if most is None else most
    counts = np.rint(most * np.arange(FULL_LEVEL + 1) / FULL_LEVEL).astype(np.int64)
    nth = np.arange(most)
    times = (2 * nth + 1) * ticks // (2 * np.maximum(counts, 1)[:, None])
    return Schedule(counts, np.where(nth < counts[:, None], times, 0))


def encode_levels(levels: NDArray[np.uint8], labels: NDArray[np.integer[Any]], schedule: Schedule) -> SpikeDataset:
    """One channel a feature. levels: (samples, features) uint8; labels: (samples,) below 65536."""
    return _concatenate((_block_keys(levels[block], schedule) for block in _blocks(len(levels))), labels)


def encode_events(
    positions: Callable[[slice], NDArray[np.float64]],
    channels: NDArray[np.integer[Any]],
    offsets: NDArray[np.int64],
    labels: NDArray[np.integer[Any]],
    ticks: int,
) -> SpikeDataset:
    """Bins events into ticks; those at or after the end of the sample are dropped, doubles merged.

    positions: gives the time, in ticks and not yet rounded down, of a slice of the events; offsets: (samples + 1,).
    """

    def keys(block: slice) -> NDArray[np.uint32]:
        bounds = offsets[block.start : block.stop + 1]
        events = slice(int(bounds[0]), int(bounds[-1]))
        position = positions(events)
        kept = position < ticks
        sample = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))[kept]
        return _sorted_keys(sample, position[kept].astype(np.int64), channels[events][kept])

    return _concatenate((_without_doubles(keys(block)) for block in _blocks(len(labels))), labels)


def in_time_slots(samples: SpikeDataset, sources: int, slots: int, ticks: int) -> SpikeDataset:
    """Events of channels below `sources`, each in a channel of its own in each of `slots` parts of the `ticks` of a sample: section 13 of docs/ARITHMETIC.md."""
    if slots == 1:
        return samples
    slot = slots * samples.ticks.astype(np.int64) // ticks
    return replace(samples, channels=(samples.channels + sources * slot).astype(np.uint16))


def check_dataset(
    dataset: SpikeDataset, *, ticks: int, channels: int, classes: int, where: str, max_events: int | None = None
) -> None:
    """Raises DataError, starting with `where`, unless the data set holds what `SpikeDataset` promises.

    There is at least one sample; labels are below `classes`; a sample's events are strictly ascending by (tick,
    channel), below `ticks` and `channels`, and at most `max_events`.
    """
    check_labels(dataset.labels, classes, where)
    check_offsets(dataset.offsets, len(dataset), len(dataset.ticks), where)
    if len(dataset.channels) != len(dataset.ticks):
        raise DataError(f"{where}: {len(dataset.ticks)} ticks for {len(dataset.channels)} channels of events")
    _refuse_first(dataset.ticks >= ticks, dataset, where, lambda k: f"tick {dataset.ticks[k]} is not below {ticks}")
    check_channels(dataset.channels, dataset.offsets, channels, where)
    keys = (dataset.ticks.astype(np.uint32) << _TICK_SHIFT) | dataset.channels
    falling = np.concatenate(([False], keys[1:] <= keys[:-1]))
    falling[dataset.offsets[:-1][dataset.events_per_sample > 0]] = False
    _refuse_first(falling, dataset, where, lambda k: "is not after the event before it, by tick and then channel")
    _check_capacity(dataset.events_per_sample, max_events, where)


def check_labels(labels: NDArray[np.integer[Any]], classes: int, where: str) -> None:
    """Raises DataError unless there is a sample and every label is from 0 to `classes - 1`."""
    if len(labels) == 0:
        raise DataError(f"{where}: it has no samples")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        raise DataError(
            f"{where}, sample {wrong[0]}: label {labels[wrong[0]]} is out of range; the output layer has {classes} "
            f"neurons, so labels are 0 to {classes - 1}"
        )


def check_offsets(offsets: NDArray[np.int64], samples: int, events: int, where: str) -> None:
    """Raises DataError unless offsets rise from 0 to `events` in `samples + 1` numbers."""
    if offsets.shape != (samples + 1,):
        raise DataError(f"{where}: {offsets.size} event offsets for {samples} samples; there must be one more")
    if offsets[0] != 0 or offsets[-1] != events:
        raise DataError(
            f"{where}: the event offsets run from {offsets[0]} to {offsets[-1]}; they must run from 0 to {events}, "
            "the number of events"
        )
    falling = np.flatnonzero(np.diff(offsets) < 0)
    if len(falling):
        raise DataError(f"{where}, sample {falling[0]}: its event offsets run backwards")


def check_channels(
    channels: NDArray[np.integer[Any]], offsets: NDArray[np.int64], channel_count: int, where: str
) -> None:
    """Raises DataError unless every channel is from 0 to `channel_count - 1`."""
    wrong = np.flatnonzero((channels < 0) | (channels >= channel_count))
    if len(wrong):
        raise DataError(
            f"{where}, {event_place(int(wrong[0]), offsets)}: channel {channels[wrong[0]]} is out of range; "
            f"there are {channel_count} channels, 0 to {channel_count - 1}"
        )


def event_place(event: int, offsets: NDArray[np.int64]) -> str:
    """`sample S, event E`, E counted within the sample, for messages."""
    sample = int(np.searchsorted(offsets, event, side="right")) - 1
    return f"sample {sample}, event {event - int(offsets[sample])}"


def _refuse_first(wrong: NDArray[np.bool_], dataset: SpikeDataset, where: str, problem: Callable[[int], str]) -> None:
    found = np.flatnonzero(wrong)
    if len(found):
        event = int(found[0])
        raise DataError(f"{where}, {event_place(event, dataset.offsets)}: {problem(event)}")


def _check_capacity(events_per_sample: NDArray[np.int64], max_events: int | None, where: str) -> None:
    sample = int(events_per_sample.argmax())
    if max_events is not None and events_per_sample[sample] > max_events:
        raise DataError(
            f"{where}, sample {sample}: {events_per_sample[sample]} events, but [encoding] max_events is {max_events}"
        )


def _blocks(samples: int) -> Iterable[slice]:
    return (slice(low, min(low + _BLOCK, samples)) for low in range(0, samples, _BLOCK))


def _block_keys(levels: NDArray[np.uint8], schedule: Schedule) -> NDArray[np.uint32]:
    """Sort keys of the spikes of one block of intensities, (samples, features) uint8."""
    sample, channel = np.nonzero(levels)
    level = levels[sample, channel]
    if (schedule.counts[1:] == 1).all():  # as below, without the detour: every level that is not 0 spikes once
        return _sorted_keys(sample, schedule.ticks[:, 0][level], channel)
    spikes = np.arange(schedule.ticks.shape[1]) < schedule.counts[level][:, None]
    at = np.nonzero(spikes)[0]
    return _sorted_keys(sample[at], schedule.ticks[level][spikes], channel[at])


def _sorted_keys(
    sample: NDArray[np.integer[Any]], tick: NDArray[np.integer[Any]], channel: NDArray[np.integer[Any]]
) -> NDArray[np.uint32]:
    """Sample, tick and channel packed so that sorting the keys sorts by all three."""
    key: NDArray[np.uint32] = channel.astype(np.uint32)
    key |= tick.astype(np.uint32) << np.uint32(_TICK_SHIFT)
    key |= sample.astype(np.uint32) << np.uint32(_SAMPLE_SHIFT)
    key.sort()
    return key


def _without_doubles(keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys


def _concatenate(blocks: Iterable[NDArray[np.uint32]], labels: NDArray[np.integer[Any]]) -> SpikeDataset:
    """One data set from the sorted keys of each block of samples."""
    ticks, channels, counts = [np.zeros(0, np.uint16)], [np.zeros(0, np.uint16)], [np.zeros(1, np.int64)]
    for low, keys in zip(range(0, len(labels), _BLOCK), blocks, strict=True):
        ticks.append(((keys >> _TICK_SHIFT) & _TICK_MASK).astype(np.uint16))
        channels.append((keys & _CHANNEL_MASK).astype(np.uint16))
        counts.append(np.bincount(keys >> _SAMPLE_SHIFT, minlength=min(_BLOCK, len(labels) - low)))
    offsets = np.cumsum(np.concatenate(counts))
    return SpikeDataset(np.concatenate(ticks), np.concatenate(channels), offsets, labels.astype(np.uint16))
