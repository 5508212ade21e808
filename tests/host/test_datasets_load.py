"""From a network file to encoded samples, on small files; and what does not fit together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import NetworkSpec


def network(folder: Path, data: str = "", encoding: str = "", outputs: int = 2) -> NetworkSpec:
    data = data or 'source = "npz"\npath = "d.npz"\nchannels = 3'
    text = f'name = "net"\n[data]\n{data}\n[encoding]\n{encoding}\n[[layer]]\nneurons = {outputs}\n'
    return parse_network(text, "net.toml", folder)


def features(**changes: Any) -> dict[str, Any]:
    x = np.array([[0, 255, 1], [10, 0, 0]], np.uint8)
    return {"x_train": x, "y_train": [0, 1], "x_test": x, "y_test": [1, 0]} | changes


def events(**changes: Any) -> dict[str, Any]:
    part = {
        "t": np.array([0, 2, 2, 1]),
        "i": np.array([2, 1, 1, 0]),
        "offsets": np.array([0, 3, 4]),
        "y": np.array([1, 0]),
    }
    return {f"{name}_{key}": value for name in ("train", "test") for key, value in part.items()} | changes


def load(folder: Path, arrays: dict[str, Any], **options: Any) -> EncodedData:
    np.savez(folder / "d.npz", **arrays)
    return load_data(network(folder, **options))


def message(folder: Path, arrays: dict[str, Any], **options: Any) -> str:
    with pytest.raises(SfdfaError) as caught:
        load(folder, arrays, **options)
    return str(caught.value)


def test_features_become_first_spikes(tmp_path: Path) -> None:
    data = load(tmp_path, features())
    assert (data.channels, data.classes, len(data.train), len(data.test), data.segments) == (3, 2, 2, 2, ())
    sample = data.train[0]
    assert (sample.ticks.tolist(), sample.channels.tolist(), sample.label) == ([0, 16], [1, 2], 0)
    assert {array.dtype.name for array in (data.train.ticks, data.train.channels, data.train.labels)} == {"uint16"}


def test_events_in_time_slots(tmp_path: Path) -> None:
    data = load(tmp_path, events(), encoding="ticks = 5\ntime_slots = 2")
    assert data.channels == 6
    assert (data.train.ticks.tolist(), data.train.channels.tolist()) == ([0, 2, 1], [2, 1, 0])
    data = load(tmp_path, events(), encoding="ticks = 4\ntime_slots = 2")
    assert data.train.channels.tolist() == [2, 4, 0]
    assert "holds features, not events; [encoding] time_slots" in message(
        tmp_path, features(), encoding="time_slots = 2"
    )


def test_segments_and_signed_features(tmp_path: Path) -> None:
    stream = {"stream_x": np.zeros((3, 3), np.uint8), "stream_y": [0, 2, 1], "stream_segment": ["a", "a", "b"]}
    data = load(tmp_path, features(**stream), encoding='kind = "signed-ttfs"', outputs=4)
    assert (data.channels, data.classes) == (6, 3)
    assert [(segment.name, len(segment.samples)) for segment in data.segments] == [("a", 2), ("b", 1)]
    assert set(data.train[0].channels.tolist()) == {1, 2, 4}


def test_rate(tmp_path: Path) -> None:
    data = load(tmp_path, features(), encoding='kind = "rate"\nticks = 4')
    assert data.train[0].ticks.tolist() == [0, 1, 2, 3]


def test_events_in_ticks(tmp_path: Path) -> None:
    sample = load(tmp_path, events(), encoding='kind = "events"\nticks = 3').train[0]
    assert (sample.ticks.tolist(), sample.channels.tolist(), sample.label) == ([0, 2], [2, 1], 1)


def test_events_in_units_beyond_the_sample_are_dropped(tmp_path: Path) -> None:
    units = 'source = "npz"\npath = "d.npz"\nchannels = 3\nunit_us = 1000'
    data = load(tmp_path, events(), data=units, encoding='kind = "events"\nticks = 4\nsample_ms = 2')
    assert data.train.ticks.tolist() == [0, 2]
    assert data.train.offsets.tolist() == [0, 1, 2]


def test_a_huge_time_is_only_late(tmp_path: Path) -> None:
    units = 'source = "npz"\npath = "d.npz"\nchannels = 3\nunit_us = 1e9'
    late = events(train_t=np.array([0, 1, 1e305, 0.0]))
    assert load(tmp_path, late, data=units, encoding='kind = "events"').train.ticks.tolist() == [0, 0]


EVENTS = 'kind = "events"\nticks = 3'


@pytest.mark.parametrize(
    ("arrays", "encoding", "expected"),
    [
        (
            features(y_train=[0, 2]),
            "",
            "d.npz: training set, sample 1: label 2 is out of range; the output layer has 2",
        ),
        (features(y_test=[-1, 0]), "", "d.npz: test set, sample 0: label -1 is out of range"),
        (
            features(x_test=np.zeros((0, 3), np.uint8), y_test=np.zeros(0, int)),
            "",
            "d.npz: test set: it has no samples",
        ),
        (
            features(x_train=np.zeros((0, 3), np.uint8), y_train=np.zeros(0, int)),
            "",
            "d.npz: training set: 0 samples of 3 features",
        ),
        (
            features(x_train=np.zeros((2, 3), np.uint8)),
            "",
            "d.npz: no sample has an event within the 200 ms of a sample",
        ),
        (
            features(),
            EVENTS,
            'd.npz holds features, not events; [encoding] kind must be "ttfs", "signed-ttfs", "population", "rate" or "signed-rate"',
        ),
        (
            features(stream_x=np.zeros((1, 3), np.uint8), stream_y=[5], stream_segment=["may"]),
            "",
            "d.npz: segment may, sample 0: label 5 is out of range",
        ),
        (events(), 'kind = "ttfs"', 'd.npz holds events, not features; [encoding] kind must be "events", not "ttfs"'),
        (
            events(test_t=np.array([0, 2, 1, 1])),
            EVENTS,
            "d.npz: test set, sample 0, event 2: time 1 is earlier than the event before it",
        ),
        (events(train_t=np.array([0, 2, 2, -1])), EVENTS, "sample 1, event 0: time -1 is before the sample's start"),
        (
            events(train_t=np.array([0, 2, 3, 1])),
            EVENTS,
            "sample 0, event 2: time 3 is not below the 3 ticks of [encoding]; raise ticks, or give [data] unit_us",
        ),
        (
            events(train_i=np.array([0, 1, 2, 3])),
            EVENTS,
            "training set, sample 1, event 0: channel 3 is out of range; there are 3 channels, 0 to 2",
        ),
        (
            events(train_i=np.array([0, -1, 2, 0])),
            EVENTS,
            "training set, sample 0, event 1: channel -1 is out of range",
        ),
        (events(train_i=np.array([0, 1])), EVENTS, "d.npz: training set: 4 times for 2 channels of events"),
        (
            events(train_offsets=np.array([0, 4])),
            EVENTS,
            "training set: 2 event offsets for 2 samples; there must be one",
        ),
        (events(train_offsets=np.array([0, 9, 4])), EVENTS, "training set, sample 1: its event offsets run backwards"),
        (events(train_offsets=np.array([0, 3, 5])), EVENTS, "training set: the event offsets run from 0 to 5"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, arrays: dict[str, Any], encoding: str, expected: str) -> None:
    assert expected in message(tmp_path, arrays, encoding=encoding)


def test_too_many_channels(tmp_path: Path) -> None:
    wide = np.zeros((2, 40000), np.uint8)
    wide[:, 0] = 1, 2
    assert "80000 input channels; the most is 65535" in message(
        tmp_path, features(x_train=wide, x_test=wide), encoding='kind = "signed-ttfs"'
    )


def test_a_signed_source_can_be_encoded_unsigned(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(0, 10, (20, 128)).astype(np.float32)
    np.savez(tmp_path / "gas.npz", X=values, y=np.arange(20) % 6 + 1, batch=np.arange(20) // 10 + 1)
    data = load_data(
        network(tmp_path, data='source = "gas-drift"\npath = "gas.npz"', encoding='kind = "ttfs"', outputs=6)
    )
    assert (data.channels, len(data.train), data.test is data.train) == (128, 10, True)
    assert [segment.name for segment in data.segments] == ["batch 2"]


def test_the_packaged_digits() -> None:
    data = load_data(network(Path(), data='source = "digits"', outputs=10))
    assert (len(data.train), len(data.test), data.channels, data.classes) == (1437, 360, 64, 10)
    assert 30 < data.train.events_per_sample.mean() < 36
    assert data.train.labels[:10].tolist() == FIRST_DIGITS


FIRST_DIGITS = [6, 6, 6, 2, 5, 6, 6, 2, 2, 1]
