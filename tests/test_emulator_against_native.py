"""The emulator and the compiled C agree to the last bit, in every tick, on random networks and on real data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import strategies
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from native_build import VARIANTS, quick_native
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, state_to_bytes
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare

Pair = tuple[EmuDevice, NativeDevice]

WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)
"""Each step of shrinking would compile a library."""


def on_host(sample: strategies.SpikeSample, labelled: bool) -> SpikeSample:
    """As devices take it."""
    label = sample.label if labelled else None
    return SpikeSample(sample.ticks.astype(np.uint16), sample.channels.astype(np.uint16), label)


def assert_same_standing(pair: Pair) -> None:
    """Everything that stays after a sample."""
    emu, native = pair
    assert emu.state_crc() == native.state_crc()
    assert state_to_bytes(emu.network, emu.read_state()) == state_to_bytes(native.network, native.read_state())
    assert emu.saturations() == native.saturations()


def assert_same_result(pair: Pair, sample: SpikeSample, learn: bool) -> None:
    emu, native = pair
    assert emu.run_sample(sample, learn) == native.run_sample(sample, learn)
    assert_same_standing(pair)


def assert_same_ticks(pair: Pair, sample: SpikeSample, learn: bool) -> None:
    emu, native = (device.record_sample(sample, learn) for device in pair)
    for field in ("a", "b", "spikes"):
        for layer, (ours, theirs) in enumerate(zip(getattr(emu, field), getattr(native, field), strict=True)):
            np.testing.assert_array_equal(ours, theirs, f"{field} of layer {layer}")
    assert_same_standing(pair)


def assert_agree(network: IntegerNetwork, samples: list[SpikeSample], cache: Path, variant: str = "by ticks") -> None:
    """Watch each sample, learn it, and learn it watched."""
    pair = EmuDevice(network), quick_native(network, cache, variant=variant)
    assert_same_standing(pair)
    for sample in samples:
        assert_same_ticks(pair, sample, learn=False)
        assert_same_result(pair, sample, learn=True)
        assert_same_ticks(pair, sample, learn=True)


@settings(max_examples=20, phases=WITHOUT_SHRINKING)
@given(st.data())
def test_random_networks(compile_cache: Path, data: st.DataObject) -> None:
    network = data.draw(strategies.integer_networks(biased=True))
    drawn = data.draw(
        st.lists(
            st.tuples(strategies.spike_samples(network), st.sampled_from((True, True, True, False))),
            min_size=2,
            max_size=6,
        )
    )
    assert_agree(network, [on_host(sample, labelled) for sample, labelled in drawn], compile_cache)


@settings(max_examples=5, phases=WITHOUT_SHRINKING)
@given(st.data())
@pytest.mark.parametrize("gradient", ["sfdfa", "exact"])
@pytest.mark.parametrize("eligibility", ["replay", "trace"])
def test_random_networks_that_learn(compile_cache: Path, gradient: str, eligibility: str, data: st.DataObject) -> None:
    """The two ways of learning with both gradients, each with as many examples as the others."""
    network = data.draw(strategies.integer_networks(rule="sfdfa", gradient=gradient, eligibility=eligibility))
    drawn = data.draw(st.lists(strategies.spike_samples(network), min_size=4, max_size=10))
    assert_agree(network, [on_host(sample, True) for sample in drawn], compile_cache)


@settings(max_examples=4, phases=WITHOUT_SHRINKING)
@given(st.data())
@pytest.mark.parametrize("variant", VARIANTS)
def test_random_resets_and_biases(compile_cache: Path, variant: str, data: st.DataObject) -> None:
    """Networks that do not learn may reset in other ways, and have a bias."""
    network = data.draw(strategies.integer_networks(rule="none", eligibility="replay", biased=True))
    drawn = data.draw(st.lists(strategies.spike_samples(network), min_size=4, max_size=8))
    assert_agree(network, [on_host(sample, True) for sample in drawn], compile_cache, variant)


@settings(max_examples=8, phases=WITHOUT_SHRINKING)
@given(st.data())
@pytest.mark.parametrize("variant", list(VARIANTS)[1:])
def test_random_networks_by_other_kernels(compile_cache: Path, variant: str, data: st.DataObject) -> None:
    network = data.draw(strategies.integer_networks(eligibility="replay"))
    drawn = data.draw(st.lists(strategies.spike_samples(network), min_size=4, max_size=10))
    assert_agree(network, [on_host(sample, True) for sample in drawn], compile_cache, variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_exact_gradient_of_late_spikes(compile_cache: Path, variant: str) -> None:
    """Spikes after the current has gone have the largest rho; with one of 16 bits three of them once left 32 bits."""
    weights = np.full((6, 3), 120, dtype=np.int32)
    weights[3:] = -50
    network = make_network(6, 3, gradient="exact", max_spikes=30, ticks=64, target_true=30, weights=(weights,))
    network = with_layer(network, 0, decay_s=800, decay=420, threshold=130, spike_capacity=1000, state_limit=2**21 - 1)
    sample = SpikeSample(np.array([0, 0, 0, 7, 7, 7], np.uint16), np.arange(6, dtype=np.uint16), 0)
    assert_agree(network, [sample], compile_cache, variant)


@pytest.mark.parametrize("outputs", [17, 20, 35])
def test_outputs_that_make_no_whole_vectors(compile_cache: Path, outputs: int) -> None:
    """More of them than the random networks have: what fills them up takes part of a block of 32."""
    network = with_layer(make_network(30, 40, outputs), 1, threshold=900, spike_capacity=500)
    samples = make_samples(network, 4, density=0.03)
    assert_agree(network, [samples[index] for index in range(len(samples))], compile_cache)


@pytest.mark.parametrize("sizes", [(8, 3, 2), (8, 17, 3, 2)])
def test_every_neuron_spikes_as_often_as_it_may(compile_cache: Path, sizes: tuple[int, ...]) -> None:
    """The lists of spikes are full then, those of one layer next to those of another."""
    network = make_network(*sizes, max_spikes=9, error="count")
    for index, layer in enumerate(network.layers):
        network = with_layer(network, index, threshold=200, rate=2**18 - 1, spike_capacity=layer.neurons * 9)
    weights = tuple(np.full_like(layer, 240 // len(layer)) for layer in network.weights)
    network = replace(network, weights=weights, max_events=8 * network.ticks)
    ticks, channels = np.repeat(np.arange(network.ticks), 8), np.tile(np.arange(8), network.ticks)
    sample = SpikeSample(ticks.astype(np.uint16), channels.astype(np.uint16), 1)
    spikes = EmuDevice(network).record_sample(sample, learn=True).spikes
    assert all((layer.sum(axis=0) == 9).all() for layer in spikes)
    assert_agree(network, [sample], compile_cache)


@pytest.fixture(scope="module")
def digits() -> Prepared:
    return prepare(load_spec("digits"))


def digits_pair(digits: Prepared, cache: Path, variant: str = "by ticks") -> Pair:
    return EmuDevice(digits.integer_network), quick_native(digits.integer_network, cache, variant=variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_digits(digits: Prepared, compile_cache: Path, variant: str) -> None:
    pair = digits_pair(digits, compile_cache, variant)
    for index in range(200):
        assert_same_result(pair, digits.data.train[index], learn=True)
    assert_same_ticks(pair, digits.data.test[0], learn=False)
    assert pair[0].read_state().samples == 200


def test_many_samples_at_once_are_as_one_by_one(digits: Prepared, compile_cache: Path) -> None:
    emu, native = digits_pair(digits, compile_cache)
    for learn in (True, False):
        block = digits.data.train.head(60)
        one_by_one = [emu.run_sample(block[index], learn) for index in range(60)]
        together = native.run_samples(block, learn)
        assert together.predictions.tolist() == [result.prediction for result in one_by_one]
        assert together.counts.tolist() == [list(result.counts) for result in one_by_one]
        assert together.squared_errors.tolist() == [result.squared_error for result in one_by_one]
        assert_same_standing((emu, native))


def test_emulator_predicts_many_as_native_does(digits: Prepared, compile_cache: Path) -> None:
    emu, native = digits_pair(digits, compile_cache)
    ours, theirs = (device.run_samples(digits.data.test, False) for device in (emu, native))
    np.testing.assert_array_equal(ours.predictions, theirs.predictions)
    np.testing.assert_array_equal(ours.counts, theirs.counts)
    np.testing.assert_array_equal(ours.squared_errors, theirs.squared_errors)
    assert emu.saturations() == native.saturations()


RULES = [("sfdfa", "replay"), ("sfdfa", "trace"), ("dfa", "replay"), ("none", "replay")]


@pytest.fixture(params=RULES, ids="-".join)
def pair(request: pytest.FixtureRequest, compile_cache: Path) -> Pair:
    rule, eligibility = request.param
    network = make_network(6, 5, 3, rule=rule, eligibility=eligibility, weight_bits=4)
    return EmuDevice(network), quick_native(network, compile_cache)


def learn(devices: tuple[Device, ...], samples: int, seed: int = 1) -> None:
    data = make_samples(devices[0].network, samples, seed=seed)
    for index in range(samples):
        for device in devices:
            device.run_sample(data[index], True)


def test_state_goes_from_one_device_to_the_other_and_back(pair: Pair) -> None:
    emu, native = pair
    learn((emu,), 5)
    native.write_state(emu.read_state())
    learn(pair, 5, seed=2)
    learn((native,), 5, seed=3)
    emu.write_state(native.read_state())
    learn(pair, 5, seed=4)
    assert state_to_bytes(emu.network, emu.read_state()) == state_to_bytes(native.network, native.read_state())


def test_reset_forgets_everything(pair: Pair) -> None:
    learn(pair, 8)
    for device in pair:
        device.set_rate_scale(7)
        device.reset()
        assert state_to_bytes(device.network, device.read_state()) == state_to_bytes(
            device.network, initial_state(device.network)
        )
    assert_same_standing(pair)


def test_what_is_read_is_a_copy(pair: Pair) -> None:
    for device in pair:
        before = device.state_crc()
        state = device.read_state()
        state.weights[0][:] = 1
        assert device.state_crc() == before


@pytest.mark.parametrize("rate_scale", [0, 1, 1234, 4096])
def test_rate_scale(pair: Pair, rate_scale: int) -> None:
    for device in pair:
        device.set_rate_scale(rate_scale)
    learn(pair, 6)
    assert_same_standing(pair)
    assert pair[0].read_state().rate_scale == rate_scale


def test_rate_scale_of_zero_leaves_the_weights(pair: Pair) -> None:
    for device in pair:
        device.set_rate_scale(0)
    learn(pair, 6)
    for device in pair:
        for now, first in zip(device.read_state().weights, device.network.weights, strict=True):
            np.testing.assert_array_equal(now, first)


def test_counter_of_samples_wraps(pair: Pair) -> None:
    emu = pair[0]
    almost = replace(initial_state(emu.network), samples=2**32 - 2)
    for device in pair:
        device.write_state(almost)
    learn(pair, 4)
    assert emu.read_state().samples == ((2**32 - 2) if emu.network.rule == "none" else 2)
    assert_same_standing(pair)


def saturated(network: IntegerNetwork) -> LearnedState:
    """A state with every value at an end of its range."""
    state = initial_state(network)
    top = 1 << (network.weight_bits - 1)
    for index, weights in enumerate(state.weights):
        state.weights[index] = np.where(np.indices(weights.shape).sum(axis=0) % 2, top - 1, -top).astype(np.int32)
    for feedback in state.feedback:
        feedback[:] = np.where(np.indices(feedback.shape).sum(axis=0) % 2, 127, -128)
    for mean_delta in state.mean_delta:
        mean_delta[:] = 2**30 - 1
    for mean_rate in state.mean_rate:
        mean_rate[:] = 2048 * network.max_spikes
    return state


def test_state_with_every_value_at_its_end(pair: Pair) -> None:
    for device in pair:
        device.write_state(saturated(device.network))
    counts = pair[0].saturations()
    assert counts["weights"] == sum(layer.inputs * layer.neurons for layer in pair[0].network.layers)
    assert_same_standing(pair)
    learn(pair, 6)
    assert_same_standing(pair)


def test_sample_without_a_label_teaches_nothing(pair: Pair) -> None:
    data = make_samples(pair[0].network, 1)
    for device in pair:
        before = state_to_bytes(device.network, device.read_state())
        assert device.run_sample(data[0]._replace(label=None), True).squared_error is None
        assert state_to_bytes(device.network, device.read_state()) == before
