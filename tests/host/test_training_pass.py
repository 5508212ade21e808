"""What a pass shows: channels that are used, an order of its own, images moved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.channel_use import channel_use, renumber, renumbering, used_channels
from sfdfa_codegen.host.data.encoding import encode_levels, spike_rate_schedule, ttfs_schedule
from sfdfa_codegen.host.data.image_shift import ImageShift
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import LayerSpec, LearningSpec, NetworkSpec
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.runs.streaming import RunPlan, run_parts
from sfdfa_codegen.host.runs.training_pass import TrainingPass, training_passes

ROWS, COLUMNS = 3, 4
SCHEDULE = ttfs_schedule(16)


def images(count: int = 6, seed: int = 0) -> NDArray[np.uint8]:
    """(count, ROWS, COLUMNS)"""
    rng = np.random.default_rng(seed)
    return (rng.integers(0, 256, (count, ROWS, COLUMNS)) * rng.integers(0, 2, (count, ROWS, COLUMNS))).astype(np.uint8)


def encoded(pictures: NDArray[np.uint8]) -> SpikeDataset:
    return encode_levels(pictures.reshape(len(pictures), -1), np.arange(len(pictures)), SCHEDULE)


def image_data(pictures: NDArray[np.uint8]) -> EncodedData:
    samples = encoded(pictures)
    return EncodedData(samples, samples, (), ROWS * COLUMNS, len(pictures), (ROWS, COLUMNS))


def without(data: EncodedData, left_out: tuple[int, ...]) -> EncodedData:
    kept = np.setdiff1d(np.arange(data.channels), left_out)
    train = renumber(data.train, renumbering(kept, data.channels))
    return replace(data, train=train, test=train, channels=len(kept), left_out=left_out)


def assert_same(one: SpikeDataset, other: SpikeDataset) -> None:
    for name in ("ticks", "channels", "offsets", "labels"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


def moved(pictures: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """Pixel by pixel, with nothing where nothing was."""
    result = np.zeros_like(pictures)
    for y in range(ROWS):
        for x in range(COLUMNS):
            if 0 <= y - down < ROWS and 0 <= x - right < COLUMNS:
                result[:, y, x] = pictures[:, y - down, x - right]
    return result


def test_use_counts_samples_not_events() -> None:
    levels = np.array([[255, 0, 9], [200, 0, 0], [0, 0, 0], [100, 0, 0]], np.uint8)
    for schedule in (SCHEDULE, spike_rate_schedule(100)):
        assert channel_use(encode_levels(levels, np.zeros(4, np.int64), schedule), 3).tolist() == [0.75, 0.0, 0.25]


@pytest.mark.parametrize("block", [1, 2, 3, 6, 7])
def test_use_does_not_depend_on_how_many_samples_are_looked_at_together(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = images().reshape(6, -1)
    monkeypatch.setattr("sfdfa_codegen.host.data.channel_use.BLOCK", block)
    assert channel_use(encoded(pictures), ROWS * COLUMNS).tolist() == (pictures > 0).mean(axis=0).tolist()


@pytest.mark.parametrize(("min_use", "kept"), [(0.0, [0, 1, 2]), (1e-9, [0, 2]), (0.25, [0, 2]), (0.26, [0])])
def test_used_channels(min_use: float, kept: list[int]) -> None:
    samples = encode_levels(
        np.array([[9, 0, 9], [9, 0, 0], [0, 0, 0], [9, 0, 0]], np.uint8), np.zeros(4, np.int64), SCHEDULE
    )
    assert used_channels(samples, 3, min_use).tolist() == kept


def test_renumbered_samples_are_those_of_the_kept_features() -> None:
    pictures = images().reshape(6, -1)
    kept = np.array([1, 2, 5, 11])
    expected = encode_levels(pictures[:, kept], np.arange(6), SCHEDULE)
    assert_same(renumber(encode_levels(pictures, np.arange(6), SCHEDULE), renumbering(kept, 12)), expected)


def load(folder: Path, min_use: float) -> EncodedData:
    x = np.array([[0, 255, 1, 0], [10, 20, 0, 0], [10, 0, 0, 0], [0, 7, 0, 0]], np.uint8)
    later = np.full((1, 4), 255, np.uint8)
    np.savez(
        folder / "d.npz",
        x_train=x,
        y_train=[0, 1, 0, 1],
        x_test=x[::-1],
        y_test=[0, 0, 1, 1],
        stream_x=later,
        stream_y=[0],
        stream_segment=["later"],
    )
    text = f'name = "net"\n[data]\nsource = "npz"\npath = "d.npz"\n[encoding]\nmin_channel_use = {min_use}\n'
    return load_data(parse_network(text + "[[layer]]\nneurons = 2\n", "net.toml", folder))


def test_channels_of_little_use_are_left_out_everywhere(tmp_path: Path) -> None:
    data = load(tmp_path, 0.5)
    assert (data.channels, data.left_out, data.source_channels) == (2, (2, 3), 4)
    assert data.kept_channels.tolist() == [0, 1]
    assert data.train[0].channels.tolist() == [1]
    assert data.test[2].channels.tolist() == [0, 1]
    assert data.segments[0].samples.channels.tolist() == [0, 1]
    assert load(tmp_path, 0.0).left_out == ()


def test_no_channel_of_enough_use_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no channel has an event in a share of 0.9 of the training samples; lower"):
        load(tmp_path, 0.9)


@pytest.mark.parametrize("left_out", [(), (0, 5, 11)])
def test_shifted_events_are_those_of_shifted_images(left_out: tuple[int, ...]) -> None:
    pictures = images()
    data = without(image_data(pictures), left_out)
    shift = ImageShift.of(data, 1)
    assert shift.moves == 9
    kept = pictures.copy()
    kept.reshape(len(kept), -1)[:, list(left_out)] = 0
    for move, (down, right) in enumerate((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
        expected = without(image_data(moved(kept, down, right)), left_out)
        assert_same(shift.apply(data.train, np.full(len(pictures), move)), expected.train)


def test_each_sample_moves_by_its_own() -> None:
    data = image_data(images())
    shift = ImageShift.of(data, 1)
    together = shift.apply(data.train, np.array([0, 1, 2, 6, 7, 8]))
    for sample, move in enumerate((0, 1, 2, 6, 7, 8)):
        alone = shift.apply(data.train.take(np.array([sample])), np.array([move]))
        assert together[sample].channels.tolist() == alone[0].channels.tolist()


def test_shift_of_two_channels_a_pixel_keeps_them_apart() -> None:
    data = image_data(images())
    both = SpikeDataset(data.train.ticks, data.train.channels * 2 + 1, data.train.offsets, data.train.labels)
    twice = replace(data, train=both, channels=2 * data.channels)
    moves = np.arange(6)
    single = ImageShift.of(data, 1).apply(data.train, moves)
    assert ImageShift.of(twice, 1).apply(both, moves).channels.tolist() == (2 * single.channels + 1).tolist()


def test_shift_of_what_is_no_image_is_an_error() -> None:
    spec = NetworkSpec("net", (LayerSpec(6),), learning=LearningSpec(max_shift=1))
    data = replace(image_data(images()), image=None)
    with pytest.raises(ConfigError, match=r"learning.max_shift needs images"):
        training_passes(spec, data, data.train, 1)


def shown(spec: NetworkSpec, data: EncodedData, epoch: int, blocks: tuple[tuple[int, int], ...]) -> list[list[int]]:
    """Label and channels of the samples in the blocks, in the order shown."""
    part = run_parts(spec, data, RunPlan(epochs=3))[1 + 2 * epoch]
    return [
        [sample.label or 0, *sample.channels.tolist()]
        for start, end in blocks
        for sample in (part.block(start, end)[k] for k in range(end - start))
    ]


def test_a_pass_does_not_depend_on_blocks_and_differs_from_the_next() -> None:
    data = image_data(images(40))
    spec = NetworkSpec("net", (LayerSpec(40),), learning=LearningSpec(shuffle=True, max_shift=1))
    whole = shown(spec, data, 0, ((0, 40),))
    assert whole == shown(spec, data, 0, ((0, 7), (7, 8), (8, 40)))
    labels = [sample[0] for sample in whole]
    assert sorted(labels) == list(range(40)) != labels
    following = shown(spec, data, 1, ((0, 40),))
    assert sorted(following) != sorted(whole)
    assert [sample[0] for sample in following] != labels
    assert shown(replace(spec, seed=2), data, 0, ((0, 40),)) != whole


def test_without_the_keys_a_pass_is_the_data_set() -> None:
    data = image_data(images())
    plain = TrainingPass(data.train, seed=1, epoch=0, shuffle=False, shift=None)
    assert_same(plain.block(0, 6), data.train)


def test_digits_are_images() -> None:
    assert load_data(load_spec("digits")).image == (8, 8)
