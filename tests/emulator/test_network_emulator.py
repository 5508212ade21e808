"""What users of `Emulator` see: results by hand, checks, copies, counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scalar_oracle import ScalarOracle
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork, state_to_bytes
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.network_emulator import Emulator

LAYER = IntegerLayer(
    inputs=3,
    neurons=2,
    weight_fraction_bits=6,
    state_fraction_bits=10,
    threshold=40,
    decay_s=1024,
    decay=512,
    state_limit=2**20 - 1,
    rate=20000,
    spike_capacity=100,
)
COUNT_NAMES = {"state", "grades", "eligibility", "update", "spikes", "weights", "feedback"}


def network(**changes: Any) -> IntegerNetwork:
    """3 channels, 2 hidden neurons, 2 outputs; spikes in a few ticks."""
    weights = (
        np.array([[60, -20], [50, 30], [-10, 70]], dtype=np.int32),
        np.array([[90, 20], [10, 80]], dtype=np.int32),
    )
    defaults = IntegerNetwork(
        name="tiny",
        seed=9,
        ticks=8,
        channels=3,
        max_events=6,
        layers=(LAYER, replace(LAYER, inputs=2)),
        weight_bits=8,
        state_bits=32,
        rule="sfdfa",
        gradient="sfdfa",
        eligibility="replay",
        error="one-sided",
        normalise=True,
        step_gain=48,
        feedback_shift=4,
        regulariser=26,
        rate_target=410,
        target_true=5,
        target_false=1,
        max_spikes=6,
        weights=weights,
        feedback=(np.zeros((2, 2), dtype=np.int32),),
    )
    return replace(defaults, **changes)


TICKS, CHANNELS = [0, 0, 2, 5], [0, 1, 2, 0]


def test_one_neuron_by_hand() -> None:
    """X = 64 in tick 0 is 1024 in units of 2^-10. A decays by a quarter, B by an eighth, each rounded half up as it is subtracted."""
    layer = replace(LAYER, inputs=1, neurons=1, threshold=250)
    net = network(channels=1, ticks=4, layers=(layer,), weights=(np.array([[64]], dtype=np.int32),), feedback=())
    sample = Emulator(net).run_sample([0], [0], None, learn=False, record=True)
    (record,) = sample.records
    assert record.a.ravel().tolist() == [1024, 768, 576, 432]
    # potentials 0, 128, 208, 254: a spike in tick 3, after which 250 are taken from B
    assert record.b.ravel().tolist() == [1024, 896, 784, 686 - 250]
    assert record.spikes.ravel().tolist() == [False, False, False, True]
    assert (sample.prediction, sample.counts.tolist(), sample.squared_error) == (0, [1], None)


def test_records_only_when_asked() -> None:
    assert Emulator(network()).run_sample(TICKS, CHANNELS, 1, learn=False).records == ()


def test_without_a_label_nothing_is_learned() -> None:
    emulator = Emulator(network())
    before = state_to_bytes(emulator.network, emulator.state)
    sample = emulator.run_sample(TICKS, CHANNELS, None, learn=True)
    assert not sample.learned and sample.squared_error is None
    assert state_to_bytes(emulator.network, emulator.state) == before


def test_a_label_without_learning_gives_the_error_only() -> None:
    emulator = Emulator(network())
    before = state_to_bytes(emulator.network, emulator.state)
    sample = emulator.run_sample(TICKS, CHANNELS, 0, learn=False)
    counts = sample.counts.tolist()
    assert sample.squared_error == (5 - counts[0]) ** 2 + (1 - counts[1]) ** 2
    assert not sample.learned and state_to_bytes(emulator.network, emulator.state) == before


def test_the_rule_none_learns_nothing() -> None:
    emulator = Emulator(network(rule="none", feedback=()))
    crc = emulator.state_crc()
    assert not emulator.run_sample(TICKS, CHANNELS, 0, learn=True).learned
    assert (emulator.state.samples, emulator.state_crc()) == (0, crc)
    assert emulator.state.mean_delta == emulator.state.mean_rate == []


def test_learning_changes_the_state_and_reset_restores_it() -> None:
    emulator = Emulator(network())
    before = state_to_bytes(emulator.network, emulator.state)
    for _ in range(5):
        assert emulator.run_sample(TICKS, CHANNELS, 1, learn=True).learned
    assert emulator.state.samples == 5
    assert state_to_bytes(emulator.network, emulator.state) != before
    emulator.reset()
    assert state_to_bytes(emulator.network, emulator.state) == before
    assert set(emulator.saturations) == COUNT_NAMES
    assert not any(emulator.saturations.values())


def test_a_state_can_be_taken_and_put_back() -> None:
    emulator, other = Emulator(network()), Emulator(network())
    emulator.run_sample(TICKS, CHANNELS, 1, learn=True)
    other.state = emulator.state
    for device in (emulator, other):
        device.run_sample(TICKS, CHANNELS, 0, learn=True)
    assert state_to_bytes(emulator.network, emulator.state) == state_to_bytes(other.network, other.state)


def test_states_are_copies() -> None:
    emulator = Emulator(network())
    state = emulator.state
    crc = emulator.state_crc()
    state.weights[0][:] = 3
    assert emulator.state_crc() == crc
    emulator.state = state
    changed = emulator.state_crc()
    state.weights[0][:] = 4
    assert emulator.state_crc() == changed != crc


def test_state_crc_of_zero_weights_is_that_of_zero_bytes() -> None:
    """6 + 4 weights of a byte each and 4 of feedback: zlib.crc32(bytes(14))."""
    zero = tuple(np.zeros_like(w) for w in network().weights)
    assert Emulator(network(weights=zero)).state_crc() == 0xD1BB79C7


def test_saturated_weights_and_feedback_are_counted_as_they_stand() -> None:
    ends = (np.array([[127, -128], [126, -127], [0, 127]], dtype=np.int32), network().weights[1])
    feedback = (np.array([[127, -128], [0, 126]], dtype=np.int32),)
    saturations = Emulator(network(weights=ends, feedback=feedback)).saturations
    assert (saturations["weights"], saturations["feedback"]) == (3, 2)


def test_counts_wrap() -> None:
    emulator = Emulator(network())
    emulator._saturations.update = 2**32 + 5
    assert emulator.saturations["update"] == 5


def test_spikes_past_the_capacity_are_counted_and_not_remembered() -> None:
    emulator = Emulator(network(layers=(replace(LAYER, spike_capacity=1), replace(LAYER, inputs=2))))
    work = emulator.run_sample(TICKS, CHANNELS, 1, learn=True, count=True).work
    assert work is not None
    counts = SampleCounter(emulator.network).count_by_name([work])
    assert [emulator.saturations["spikes"]] == counts["forgotten[0]"] == [counts["spikes[0]"][0] - 1]
    assert emulator.saturations["spikes"] > 0


def test_a_silent_output_is_woken() -> None:
    """Threshold out of reach: only the virtual spike can move the weights of the right output."""
    high = replace(LAYER, inputs=2, threshold=50000)
    for eligibility in ("replay", "trace"):
        emulator = Emulator(network(layers=(LAYER, high), eligibility=eligibility))
        before = emulator.state.weights[1]
        work = [emulator.run_sample(TICKS, CHANNELS, 1, learn=True, count=True).work for _ in range(5)]
        change = emulator.state.weights[1] - before
        assert all(each is not None and each.learning.virtual.size == 1 for each in work)
        assert change[:, 1].max() > 0 and not change[:, 0].any()


def test_traces_and_replay_hold_nearly_the_same_gradient() -> None:
    """Section 9: they round differently, once a sample against once a tick."""
    changes = []
    for eligibility in ("replay", "trace"):
        emulator = Emulator(network(eligibility=eligibility, normalise=False))
        before = emulator.state.weights[0]
        for sample in range(40):
            state = emulator.state
            state.weights, state.samples = [w.copy() for w in emulator.network.weights], sample
            emulator.state = state
            emulator.run_sample(TICKS, CHANNELS, 1, learn=True)
            changes.append(emulator.state.weights[0] - before)
    replay, trace = np.mean(changes[:40], axis=0), np.mean(changes[40:], axis=0)
    assert np.abs(replay - trace).max() < 1.5


def test_the_rate_scale_scales_the_steps() -> None:
    emulator = Emulator(network())
    crc = emulator.state_crc()
    emulator.set_rate_scale(0)
    emulator.run_sample(TICKS, CHANNELS, 1, learn=True)
    assert [w.tolist() for w in emulator.state.weights] == [w.tolist() for w in emulator.network.weights]
    assert emulator.state.samples == 1 and emulator.state.rate_scale == 0
    emulator.reset()
    assert (emulator.state.rate_scale, emulator.state_crc()) == (4096, crc)


@pytest.mark.parametrize("scale", (-1, 4097))
def test_a_rate_scale_out_of_range_is_refused(scale: int) -> None:
    emulator = Emulator(network())
    with pytest.raises(ValueError, match=f"^rate_scale {scale}, possible are 0 to 4096$"):
        emulator.set_rate_scale(scale)


BAD_SAMPLES: list[tuple[Any, Any, int | None, str]] = [
    ([0, 1], [0], 0, "2 ticks do not fit 1 channels"),
    ([0, 0], [1, 0], 0, "event 1 does not come after event 0 in the order of (tick, channel)"),
    ([2, 1], [0, 1], 0, "event 1 does not come after event 0 in the order of (tick, channel)"),
    ([1, 1], [2, 2], 0, "event 1 does not come after event 0 in the order of (tick, channel)"),
    ([0, 8], [0, 0], 0, "event 1 has tick 8, possible are 0 to 7"),
    ([-1], [0], 0, "event 0 has tick -1, possible are 0 to 7"),
    ([0], [3], 0, "event 0 has channel 3, possible are 0 to 2"),
    ([0], [-1], 0, "event 0 has channel -1, possible are 0 to 2"),
    (range(7), [0] * 7, 0, "a sample of 7 events, at most 6 are possible"),
    ([0.5], [0], 0, "ticks must be a list of integers, not float64 of shape (1,)"),
    ([0], [[0]], 0, "channels must be a list of integers, not int64 of shape (1, 1)"),
    ([0], [0], 2, "label 2, possible are 0 to 1"),
    ([0], [0], -1, "label -1, possible are 0 to 1"),
]


@pytest.mark.parametrize(("ticks", "channels", "label", "message"), BAD_SAMPLES)
def test_bad_samples_are_refused_and_change_nothing(ticks: Any, channels: Any, label: int | None, message: str) -> None:
    emulator = Emulator(network())
    before = state_to_bytes(emulator.network, emulator.state)
    with pytest.raises(ValueError) as caught:
        emulator.run_sample(ticks, channels, label, learn=True)
    assert str(caught.value) == message
    assert state_to_bytes(emulator.network, emulator.state) == before
    assert not any(emulator.saturations.values())


@pytest.mark.parametrize("offsets", ([], [1, 2], [0, 1], [0, 2, 1, 2]))
def test_bad_offsets_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^offsets must rise from 0 to the number of events, 2$"):
        Emulator(network()).run_samples_inference([0, 1], [0, 0], offsets)


def test_a_bad_sample_of_a_batch_is_named() -> None:
    with pytest.raises(ValueError, match=r"^sample 1: event 0 has channel 3, possible are 0 to 2$"):
        Emulator(network()).run_samples_inference([0, 1], [0, 3], [0, 1, 2])


def test_a_state_of_another_network_is_refused() -> None:
    emulator = Emulator(network())
    state = emulator.state
    state.mean_rate = []
    with pytest.raises(ValueError, match=r"^the state has mean_rate of shapes \[\], this network needs \[\(2,\)\]$"):
        emulator.state = state
    state = emulator.state
    state.samples = 2**32
    with pytest.raises(ValueError, match=r"^samples 4294967296, possible are 0 to 2\^32 - 1$"):
        emulator.state = state


def test_no_intermediate_leaves_32_bits_with_the_gradient_exact() -> None:
    """A strong input long ago: spikes at A < c, where rho is at its clamp, so that gamma reaches 2^22 and u times k_s leaves a word."""
    layer = replace(LAYER, inputs=10, neurons=1, state_fraction_bits=14, threshold=150, decay_s=2000, decay=1168)
    net = network(
        channels=10,
        ticks=32,
        max_events=10,
        max_spikes=31,
        gradient="exact",
        layers=(replace(layer, spike_capacity=31),),
        weights=(np.full((10, 1), 127, dtype=np.int32),),
        feedback=(),
    )
    oracle = ScalarOracle(net)
    oracle.run_sample([0] * 10, list(range(10)), 0, learn=True)
    assert oracle.widest < 2**31
