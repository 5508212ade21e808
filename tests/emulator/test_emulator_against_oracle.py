"""The emulator agrees with a scalar transcription of docs/ARITHMETIC.md, in every tick and in all that stays."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scalar_oracle import OracleSample, ScalarOracle
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from strategies import SpikeSample, integer_networks, one_after_the_other, spike_samples


def assert_same_records(emulated: EmulatedSample, expected: OracleSample) -> None:
    """A and B after the reset and the spikes, in every tick of every layer."""
    for index, (record, ticks) in enumerate(zip(emulated.records, expected.records, strict=True)):
        for tick, wanted in enumerate(ticks):
            found = [record.a[tick].tolist(), record.b[tick].tolist(), record.spikes[tick].tolist()]
            assert found == [wanted.a, wanted.b, wanted.spikes], f"layer {index}, tick {tick}"


def assert_same_result(network: IntegerNetwork, emulated: EmulatedSample, expected: OracleSample) -> None:
    assert emulated.prediction == expected.prediction
    assert emulated.counts.tolist() == expected.counts
    assert emulated.squared_error == expected.squared_error
    if network.is_biased:  # whose work nobody counts
        return
    assert emulated.work is not None
    counts = {name: count for name, (count,) in SampleCounter(network).count_by_name([emulated.work]).items()}
    if emulated.work.mode != "predict":
        layers = range(len(network.layers))
        remembered = [counts[f"spikes[{n}]"] - counts.get(f"forgotten[{n}]", 0) for n in layers]
        assert remembered == list(expected.remembered)
    assert counts["virtual_spikes"] == expected.virtual_spikes


def assert_same_state(emulator: Emulator, oracle: ScalarOracle) -> None:
    state = emulator.state
    assert (state.samples, state.rate_scale) == (oracle.samples, oracle.rate_scale)
    assert [q.tolist() for q in state.mean_delta] == oracle.q
    assert [m.tolist() for m in state.mean_rate] == oracle.m
    assert [f.tolist() for f in state.feedback] == oracle.feedback
    assert [w.tolist() for w in state.weights] == oracle.w
    assert emulator.saturations == oracle.saturations()


def run_both(emulator: Emulator, oracle: ScalarOracle, sample: SpikeSample, label: int | None, learn: bool) -> None:
    emulated = emulator.run_sample(
        sample.ticks, sample.channels, label, learn, record=True, count=not emulator.network.is_biased
    )
    expected = oracle.run_sample(sample.ticks.tolist(), sample.channels.tolist(), label, learn)
    assert_same_records(emulated, expected)
    assert_same_result(emulator.network, emulated, expected)
    assert_same_state(emulator, oracle)


@settings(max_examples=120)
@given(st.data())
def test_every_tick_and_the_whole_state_agree(data: Any) -> None:
    network: IntegerNetwork = data.draw(integer_networks(biased=True))
    emulator, oracle = Emulator(network), ScalarOracle(network)
    start = emulator.state
    start.samples = data.draw(st.sampled_from((0, 2**32 - 1)))
    emulator.state = start
    oracle.set_state(start)
    for _ in range(data.draw(st.integers(1, 3))):
        sample = data.draw(spike_samples(network))
        learn = data.draw(st.sampled_from((True, True, True, False)))
        label = data.draw(st.sampled_from((sample.label, sample.label, sample.label, None)))
        run_both(emulator, oracle, sample, label, learn)


@pytest.mark.parametrize("eligibility", ("replay", "trace"))
@pytest.mark.parametrize("gradient", ("sfdfa", "exact"))
@settings(max_examples=20)
@given(st.data())
def test_learning_agrees(eligibility: str, gradient: str, data: Any) -> None:
    network = data.draw(integer_networks(rule="sfdfa", eligibility=eligibility, gradient=gradient, ticks=24))
    emulator, oracle = Emulator(network), ScalarOracle(network)
    for _ in range(3):
        sample = data.draw(spike_samples(network))
        run_both(emulator, oracle, sample, sample.label, learn=True)


@settings(max_examples=30)
@given(st.data())
def test_no_intermediate_leaves_32_bits_with_the_gradient_sfdfa(data: Any) -> None:
    network = data.draw(integer_networks(gradient="sfdfa"))
    oracle = ScalarOracle(network)
    for _ in range(2):
        sample = data.draw(spike_samples(network))
        oracle.run_sample(sample.ticks.tolist(), sample.channels.tolist(), sample.label, learn=True)
    assert oracle.widest < 2**31


@settings(max_examples=25)
@given(st.data())
def test_a_batch_agrees_with_its_samples(data: Any) -> None:
    network = data.draw(integer_networks(biased=True))
    samples = data.draw(st.lists(spike_samples(network), min_size=0, max_size=9))
    batched, single = Emulator(network), Emulator(network)
    batched._batches.samples = data.draw(st.integers(1, 4))
    predictions, counts = batched.run_samples_inference(*one_after_the_other(samples))
    expected = [single.run_sample(s.ticks, s.channels, None, learn=False) for s in samples]
    assert predictions.tolist() == [sample.prediction for sample in expected]
    assert counts.tolist() == [sample.counts.tolist() for sample in expected]
    assert batched.saturations == single.saturations
