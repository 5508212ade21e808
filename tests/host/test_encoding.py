"""Encoders: sorted, merged, in range, and each against a plain loop."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.encoding import (
    check_dataset,
    encode_events,
    encode_levels,
    in_time_slots,
    spike_rate_schedule,
    tick_length_us,
    ttfs_schedule,
)
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import EncodingSpec

LABELS = np.zeros(1, np.int64)


@st.composite
def level_arrays(draw: st.DrawFn) -> NDArray[np.uint8]:
    """(samples, features) uint8, dense or sparse, sometimes of more than one block."""
    samples, features = draw(st.sampled_from([(1, 1), (3, 7), (2, 300), (600, 5)]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    levels = rng.integers(0, 256, (samples, features), dtype=np.uint8)
    levels[rng.random(levels.shape) < draw(st.sampled_from([0.0, 0.7, 1.0]))] = 0
    return levels


def events_of(dataset: SpikeDataset, index: int) -> list[tuple[int, int]]:
    sample = dataset[index]
    return list(zip(sample.ticks.tolist(), sample.channels.tolist(), strict=True))


@given(level_arrays(), st.integers(0, 254))
def test_ttfs_is_the_plain_loop(levels: NDArray[np.uint8], window: int) -> None:
    labels = np.arange(len(levels)) % 10
    encoded = encode_levels(levels, labels, ttfs_schedule(window))
    check_dataset(encoded, ticks=window + 1, channels=levels.shape[1], classes=10, where="ttfs")
    assert encoded.labels.tolist() == labels.tolist()
    for index in (0, len(levels) - 1):
        row = levels[index].tolist()
        assert events_of(encoded, index) == sorted((round(window * (1 - x / 255)), k) for k, x in enumerate(row) if x)


def test_ttfs_ticks() -> None:
    schedule = ttfs_schedule(16)
    assert schedule.counts[:2].tolist() == [0, 1]
    assert schedule.ticks[[255, 128, 1], 0].tolist() == [0, 8, 16]


@given(level_arrays(), st.integers(1, 255))
def test_rate_counts_are_proportional_and_regular(levels: NDArray[np.uint8], ticks: int) -> None:
    levels = levels[:4, :40]
    encoded = encode_levels(levels, np.zeros(len(levels), np.int64), spike_rate_schedule(ticks))
    check_dataset(encoded, ticks=ticks, channels=levels.shape[1], classes=1, where="rate")
    for index in range(len(levels)):
        ticks_by_channel: dict[int, list[int]] = {channel: [] for channel in range(levels.shape[1])}
        for tick, channel in events_of(encoded, index):
            ticks_by_channel[channel].append(tick)
        for channel, fired in ticks_by_channel.items():
            assert len(fired) == round(ticks * int(levels[index, channel]) / 255)
            gaps = np.diff(fired)
            assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


def test_rate_ticks() -> None:
    encoded = encode_levels(np.array([[0, 64, 255]], np.uint8), LABELS, spike_rate_schedule(4))
    assert events_of(encoded, 0) == [(0, 2), (1, 2), (2, 1), (2, 2), (3, 2)]


@given(
    st.lists(st.lists(st.tuples(st.floats(0, 1e300), st.integers(0, 65535)), max_size=20), min_size=1, max_size=5),
    st.integers(1, 255),
)
def test_events_are_binned_merged_and_dropped(samples: list[list[tuple[float, int]]], ticks: int) -> None:
    offsets = np.cumsum([0, *map(len, samples)])
    times = np.array([event[0] for sample in samples for event in sample], np.float64)
    channels = np.array([event[1] for sample in samples for event in sample], np.int64)
    encoded = encode_events(times.__getitem__, channels, offsets, np.zeros(len(samples), np.int64), ticks)
    check_dataset(encoded, ticks=ticks, channels=65536, classes=1, where="events")
    for index, sample in enumerate(samples):
        assert events_of(encoded, index) == sorted({(int(time), channel) for time, channel in sample if time < ticks})


def test_events_of_more_than_a_block() -> None:
    times = np.arange(1000.0) % 10
    encoded = encode_events(times.__getitem__, np.arange(1000), np.arange(1001), np.arange(1000), 10)
    assert encoded.ticks.tolist() == times.tolist()
    assert encoded.channels.tolist() == encoded.labels.tolist() == list(range(1000))


@given(st.integers(1, 255), st.integers(1, 255), st.integers(1, 9))
def test_time_slots_are_the_plain_loop(ticks: int, slots: int, sources: int) -> None:
    slots = min(slots, ticks)
    events = [(tick, source) for tick in range(ticks) for source in range(sources)]
    samples = data_set([tick for tick, _ in events], [source for _, source in events], [0, len(events)], [0])
    found = in_time_slots(samples, sources, slots, ticks)
    check_dataset(found, ticks=ticks, channels=slots * sources, classes=1, where="slots")
    assert found.channels.tolist() == [source + sources * ((slots * tick) // ticks) for tick, source in events]


def test_a_tick_boundary_is_exact() -> None:
    assert 2900 * 100.0 / tick_length_us(EncodingSpec("events", 64, 0, sample_ms=640.0)) == 29.0


def data_set(ticks: list[int], channels: list[int], offsets: list[int], labels: list[int]) -> SpikeDataset:
    def narrow(numbers: list[int]) -> NDArray[np.uint16]:
        return np.array(numbers, np.uint16)

    return SpikeDataset(narrow(ticks), narrow(channels), np.array(offsets, np.int64), narrow(labels))


def test_a_sound_data_set_passes() -> None:
    sound = data_set([0, 0, 3, 0], [1, 2, 0, 2], [0, 3, 3, 4], [0, 1, 0])
    check_dataset(sound, ticks=4, channels=3, classes=2, where="set", max_events=3)


@pytest.mark.parametrize(
    ("arguments", "limits", "expected"),
    [
        (([], [], [0], []), {}, "set: it has no samples"),
        (
            ([], [], [0, 0], [2]),
            {},
            "set, sample 0: label 2 is out of range; the output layer has 2 neurons, so labels are 0 to 1",
        ),
        (([], [], [0], [1]), {}, "set: 1 event offsets for 1 samples; there must be one more"),
        (([0], [0], [0, 2], [1]), {}, "set: the event offsets run from 0 to 2; they must run from 0 to 1, the number"),
        (([0], [0], [1, 1], [1]), {}, "set: the event offsets run from 1 to 1; they must run from 0 to 1"),
        (([0], [0], [0, 2, 1], [1, 1]), {}, "set, sample 1: its event offsets run backwards"),
        (([0], [0, 1], [0, 1], [1]), {}, "set: 1 ticks for 2 channels of events"),
        (([4], [0], [0, 1], [1]), {}, "set, sample 0, event 0: tick 4 is not below 4"),
        (
            ([0, 0], [0, 3], [0, 0, 2], [1, 1]),
            {},
            "set, sample 1, event 1: channel 3 is out of range; there are 3 channels, 0 to 2",
        ),
        (
            ([1, 0], [0, 1], [0, 2], [1]),
            {},
            "set, sample 0, event 1: is not after the event before it, by tick and then",
        ),
        (([1, 1], [1, 1], [0, 2], [1]), {}, "set, sample 0, event 1: is not after the event before it"),
        (([1, 1], [0, 1], [0, 2], [1]), {"max_events": 1}, "set, sample 0: 2 events, but [encoding] max_events is 1"),
    ],
)
def test_what_a_data_set_must_not_be(arguments: Any, limits: dict[str, int], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        check_dataset(data_set(*arguments), ticks=4, channels=3, classes=2, where="set", **limits)
    assert str(caught.value).startswith(expected)
