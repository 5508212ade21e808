"""Float training, calibration, and the weights file."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset, StreamSegment
from sfdfa_codegen.host.floats.calibration import LARGEST_STEP, LEAST_THRESHOLD, calibrate_thresholds
from sfdfa_codegen.host.floats.clock_driven import pack_samples, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.floats.float_network import (
    init_float_network,
    initial_weights,
    load_float_network,
    save_float_network,
)
from sfdfa_codegen.host.floats.learning import TrainingRule
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.training import TrainingProgress, accuracy_on, predict, prepare_network, train
from sfdfa_codegen.host.network.spec import EncodingSpec, LayerSpec, LearningSpec, NetworkSpec, NeuronSpec

SPEC = NetworkSpec(
    "toy",
    (LayerSpec(24), LayerSpec(3)),
    encoding=EncodingSpec(ticks=32),
    neuron=NeuronSpec(20.8),
    learning=LearningSpec(feedback_rate=0.01),
)
CHANNELS = 24


def toy_samples(seed: int, samples: int) -> SpikeDataset:
    """Three classes; a class has its own eight channels early, and all others late. One channel in ten is missing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, samples)
    early = np.arange(CHANNELS)[np.newaxis, :] // 8 == labels[:, np.newaxis]
    ticks = np.where(early, 0, 8) + rng.integers(0, 4, (samples, CHANNELS))
    present = rng.random((samples, CHANNELS)) < 0.9
    sample, channel = present.nonzero()
    order = np.lexsort((channel, ticks[sample, channel], sample))
    sample, channel = sample[order], channel[order]
    offsets = np.concatenate(([0], np.cumsum(present.sum(axis=1))))
    return SpikeDataset(
        ticks[sample, channel].astype(np.uint16), channel.astype(np.uint16), offsets, labels.astype(np.uint16)
    )


DATA = EncodedData(toy_samples(0, 300), toy_samples(1, 100), (), CHANNELS, 3)


@pytest.mark.parametrize("rule", ["sfdfa", "dfa", "bp"])
def test_training_learns_a_small_problem(rule: TrainingRule) -> None:
    result = train(SPEC, DATA, rule, epochs=4, batch=20, rate=0.03)
    before = accuracy_on(prepare_network(SPEC, DATA), DATA.test, SPEC)
    accuracy = result.epochs[-1].test_accuracy
    assert before is not None
    assert accuracy is not None
    assert before < 0.7
    assert accuracy > 0.9
    assert result.epochs[-1].train_accuracy > result.epochs[0].train_accuracy
    assert len(result.epochs[0].gradient_norms) == 2
    assert result.network.weights[0].dtype == np.float32


def test_online_learns_a_small_problem() -> None:
    network = prepare_network(SPEC, DATA)
    learner = OnlineLearner(network, SPEC)
    first = learner.run(DATA.train)
    second = learner.run(DATA.train)
    assert second > max(first, 0.9)
    assert learner.run(DATA.test, learn=False) == accuracy_on(network, DATA.test, SPEC)


def test_training_is_reproducible_and_the_seed_matters() -> None:
    first, again = (train(SPEC, DATA, "sfdfa", epochs=1).network.weights[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, train(SPEC, DATA, "sfdfa", epochs=1, seed=9).network.weights[0])


def test_dfa_keeps_its_random_feedback() -> None:
    network = train(SPEC, DATA, "dfa", epochs=1).network
    start = prepare_network(replace(SPEC, learning=replace(SPEC.learning, rule="dfa")), DATA, dtype=np.float32)
    np.testing.assert_array_equal(network.feedback[0], start.feedback[0])
    assert 0.8 < np.abs(network.feedback[0]).max() <= 1.0


def test_progress_is_reported_after_each_batch() -> None:
    seen: list[TrainingProgress] = []
    train(SPEC, DATA, "sfdfa", epochs=2, batch=150, on_progress=seen.append)
    assert [(p.epoch, p.epochs, p.samples, p.samples_in_epoch) for p in seen] == [
        (0, 2, 150, 300),
        (0, 2, 300, 300),
        (1, 2, 150, 300),
        (1, 2, 300, 300),
    ]
    assert all(0.0 <= p.train_accuracy <= 1.0 for p in seen)


def test_clipping_bounds_every_step_but_not_the_reported_norms() -> None:
    free = train(SPEC, DATA, "sfdfa", epochs=1).epochs[0]
    clipped = train(SPEC, DATA, "sfdfa", epochs=1, clip_norm=1e-9).epochs[0]
    assert free.largest_gradient_norms[1] >= free.gradient_norms[1] > 0
    assert clipped.gradient_norms[1] > 1e-6


def test_training_continues_from_a_network() -> None:
    network = prepare_network(SPEC, DATA, dtype=np.float64)
    assert train(SPEC, DATA, "sfdfa", epochs=1, network=network).network is network
    assert network.weights[0].dtype == np.float64


def test_no_test_samples() -> None:
    empty = toy_samples(1, 0)
    assert train(SPEC, replace(DATA, test=empty), "sfdfa", epochs=1).epochs[0].test_accuracy is None
    assert predict(prepare_network(SPEC, DATA), empty, SPEC).shape == (0,)


def with_event(tick: int, channel: int, label: int) -> SpikeDataset:
    return SpikeDataset(
        np.array([tick], np.uint16), np.array([channel], np.uint16), np.array([0, 1]), np.array([label], np.uint16)
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (replace(DATA, train=toy_samples(0, 0)), "the training set is empty"),
        (replace(DATA, test=with_event(32, 0, 0)), "test: an event at tick 32, but samples have 32 ticks"),
        (replace(DATA, train=with_event(0, 24, 0)), "train: an event on channel 24, but there are 24 channels"),
        (
            replace(DATA, segments=(StreamSegment("batch 2", with_event(0, 0, 3)),)),
            "batch 2: label 3, but the network has 3 outputs",
        ),
    ],
)
def test_data_that_do_not_fit(data: EncodedData, message: str) -> None:
    with pytest.raises(DataError) as error:
        train(SPEC, data, "sfdfa", epochs=1)
    assert str(error.value) == message


def test_calibration_leaves_room_for_the_steps_of_a_weight() -> None:
    """Rather too little activity than thresholds of a few weight steps, which break the rate's bound."""
    hidden, output = calibrate_thresholds(initial_weights(SPEC, CHANNELS, 1), DATA, SPEC)
    assert hidden > LEAST_THRESHOLD
    assert output == SPEC.learning.rate / LARGEST_STEP > LEAST_THRESHOLD
    slow = replace(SPEC, learning=replace(SPEC.learning, rate=0.01))
    assert calibrate_thresholds(initial_weights(slow, CHANNELS, 1), DATA, slow) == (hidden, LEAST_THRESHOLD)


def test_calibration_reaches_the_wanted_activity() -> None:
    weights = [8.0 * layer for layer in initial_weights(SPEC, CHANNELS, 1)]
    thresholds = calibrate_thresholds(weights, DATA, SPEC)
    assert min(thresholds) > LEAST_THRESHOLD
    record = run_network(weights, thresholds, pack_samples(DATA.train.head(200), np.float64), Dynamics.from_spec(SPEC))
    hidden, output = (layer.counts.mean() for layer in record.layers)
    assert 0.6 <= hidden < 0.62
    assert 3.0 <= output < 3.1


def test_given_thresholds_are_kept() -> None:
    spec = replace(SPEC, neuron=NeuronSpec(10.4, (0.5, 0.25)))
    assert calibrate_thresholds(initial_weights(spec, CHANNELS, 1), DATA, spec) == (0.5, 0.25)
    assert init_float_network(spec, CHANNELS, 1).thresholds == (0.5, 0.25)


def test_a_layer_that_cannot_spike_is_not_calibrated() -> None:
    weights = [-np.abs(layer) for layer in initial_weights(SPEC, CHANNELS, 1)]
    with pytest.raises(DataError) as error:
        calibrate_thresholds(weights, DATA, SPEC)
    assert str(error.value) == (
        "layer 1 cannot be calibrated: none of its neurons spikes on the first 200 training samples, whatever the "
        "threshold. Are there input events, and enough ticks?"
    )


def test_thresholds_must_be_known() -> None:
    with pytest.raises(ConfigError, match=r'neuron.threshold is "auto": calibrate the thresholds first'):
        init_float_network(SPEC, CHANNELS, 1)
    with pytest.raises(ConfigError, match=r"neuron.threshold has 1 numbers for 2 layers"):
        init_float_network(SPEC, CHANNELS, 1, thresholds=(1.0,))


def test_weights_file_round_trip(tmp_path: Path) -> None:
    network = train(SPEC, DATA, "sfdfa", epochs=1).network
    path = tmp_path / "trained.npz"
    save_float_network(path, network)
    loaded = load_float_network(path, SPEC, CHANNELS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["trained.npz"]
    assert loaded.thresholds == network.thresholds
    for name in ("weights", "feedback"):
        for now, then in zip(getattr(loaded, name), getattr(network, name), strict=True):
            assert now.dtype == np.float64
            np.testing.assert_array_equal(now, then)


def test_unwritable_folder(tmp_path: Path) -> None:
    network = init_float_network(SPEC, CHANNELS, 1, thresholds=(1.0, 1.0))
    path = tmp_path / "missing" / "trained.npz"
    with pytest.raises(ConfigError) as error:
        save_float_network(path, network)
    assert str(error.value) == (
        f"cannot write {path}: No such file or directory; is its folder there and writable, and is there room on the disk?"
    )


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    named: dict[str, Any] = arrays
    np.savez(path, **named)


def good_arrays() -> dict[str, np.ndarray]:
    return {
        "weights_0": np.zeros((CHANNELS, 24)),
        "weights_1": np.zeros((24, 3)),
        "feedback_0": np.zeros((24, 3)),
        "thresholds": np.ones(2),
    }


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("weights_1", None, "weights_1: missing. Was the file written for another network?"),
        ("weights_0", np.full((CHANNELS, 24), np.nan), "weights_0: holds NaN or infinite values"),
        ("weights_0", np.zeros((3, 24)), "weights_0: shape (3, 24), but the network needs (24, 24)"),
        ("feedback_0", np.zeros((24, 3), np.int8), "feedback_0: must be an array of floating-point numbers"),
        ("thresholds", np.array([1.0, 0.0]), "thresholds: must be above 0"),
        ("weights_2", np.zeros((3, 3)), "weights_2: the network has only 2 layers"),
    ],
)
def test_bad_weights_files(tmp_path: Path, key: str, value: np.ndarray | None, message: str) -> None:
    arrays = good_arrays()
    if value is None:
        del arrays[key]
    else:
        arrays[key] = value
    path = tmp_path / "bad.npz"
    write_arrays(path, arrays)
    with pytest.raises(ConfigError) as error:
        load_float_network(path, SPEC, CHANNELS)
    assert str(error.value) == f"{path}: {message}"


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pickle.npz"
    write_arrays(path, good_arrays() | {"weights_0": np.array([{}], dtype=object)})
    with pytest.raises(ConfigError) as error:
        load_float_network(path, SPEC, CHANNELS)
    assert str(error.value).startswith(f"{path}: weights_0: cannot be read: ")


def test_files_that_are_no_weights(tmp_path: Path) -> None:
    absent, text, single, truncated = (tmp_path / name for name in ("absent", "text", "single.npy", "truncated"))
    with pytest.raises(ConfigError) as error:
        load_float_network(absent, SPEC, CHANNELS)
    assert str(error.value) == f"{absent}: no such weights file. Has the network been trained?"
    text.write_text("not a zip file")
    np.save(single, np.zeros(3))
    write_arrays(tmp_path / "good.npz", good_arrays())
    truncated.write_bytes((tmp_path / "good.npz").read_bytes()[:400])
    for path in (text, truncated, tmp_path, single):
        with pytest.raises(ConfigError) as error:
            load_float_network(path, SPEC, CHANNELS)
        assert str(error.value).startswith(
            f"{path}: not a weights file (.npz); train writes one (not a readable .npz file: "
        )


def test_every_damaged_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    """Flip one byte after another: a ConfigError or a network, never anything else."""
    path = tmp_path / "weights.npz"
    spec = replace(SPEC, layers=(LayerSpec(2), LayerSpec(1)))
    save_float_network(path, init_float_network(spec, 2, 1, thresholds=(1.0, 1.0)))
    good = path.read_bytes()
    noticed = 0
    for position in range(0, len(good), 3):
        path.write_bytes(good[:position] + bytes([good[position] ^ 0xFF]) + good[position + 1 :])
        try:
            load_float_network(path, spec, 2)
        except ConfigError:
            noticed += 1
    assert noticed > len(good) // 12


def changes_of_batches(spec: NetworkSpec) -> list[float]:
    """How far each of six batches, over two epochs, moves the output weights."""
    seen: list[np.ndarray] = []
    trained = train(
        spec,
        DATA,
        "sfdfa",
        epochs=2,
        batch=100,
        rate=0.03,
        after_batch=lambda view: seen.append(view.network.weights[1].copy()),
    )
    seen.append(trained.network.weights[1])
    return [float(np.abs(after - before).max()) for before, after in itertools.pairwise(seen)]


def test_a_linear_schedule_falls_from_batch_to_batch() -> None:
    """A step of Adam moves a weight by the rate at most, at first by just that."""
    linear = changes_of_batches(replace(SPEC, learning=replace(SPEC.learning, rate_schedule="linear")))
    constant = changes_of_batches(SPEC)
    assert linear[0] == constant[0] == pytest.approx(0.03, rel=1e-3)
    assert all(change <= 0.03 * (6 - batch) / 6 * 1.5 for batch, change in enumerate(linear))
    assert linear[5] < constant[5] / 3


def test_after_batch_sees_every_batch_before_its_step() -> None:
    steps: list[tuple[int, int]] = []
    train(SPEC, DATA, "bp", epochs=2, batch=150, after_batch=lambda view: steps.append((view.step, len(view.labels))))
    assert steps == [(0, 150), (1, 150), (2, 150), (3, 150)]
