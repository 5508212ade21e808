"""The emulator of outputs that integrate agrees with a scalar transcription of docs/ARITHMETIC.md, in all that a sample gives and leaves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integrator_oracle import EXP, IntegratedSample, IntegratorOracle
from sfdfa_codegen.codegen.bounds import check_bounds
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_from_bytes, state_size, state_to_bytes
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.readout import EXPONENTIALS
from strategies import SpikeSample, integrating_networks, one_after_the_other, spike_samples


def assert_same_result(emulated: EmulatedSample, expected: IntegratedSample) -> None:
    assert emulated.prediction == expected.prediction
    assert emulated.counts.tolist() == expected.counts
    assert emulated.squared_error == expected.squared_error
    found = (emulated.learned, emulated.ticks_run, emulated.asks)
    assert found == (expected.learned, expected.ticks_run, expected.asks)
    for record, ticks in zip(emulated.records, expected.records, strict=True):
        assert record.spikes.tolist() == [wanted.spikes for wanted in ticks]
        assert record.a.tolist() == [wanted.a for wanted in ticks]
        assert record.b.tolist() == [wanted.b for wanted in ticks]


def assert_same_state(emulator: Emulator, oracle: IntegratorOracle) -> None:
    state = emulator.state
    found = (state.samples, state.rate_scale, state.ask_bound, state.stored)
    assert found == (oracle.samples, oracle.rate_scale, oracle.ask_bound, oracle.stored)
    assert [q.tolist() for q in state.mean_delta] == oracle.q
    assert [m.tolist() for m in state.mean_rate] == oracle.m
    assert [f.tolist() for f in state.feedback] == oracle.feedback
    assert [w.tolist() for w in state.weights] == oracle.w
    ring = [(s.label, list(zip(s.ticks.tolist(), s.channels.tolist(), strict=True))) for s in state.ring]
    assert ring == oracle.ring
    assert emulator.saturations == oracle.saturations()


def run_both(
    emulator: Emulator, oracle: IntegratorOracle, sample: SpikeSample, label: int | None, learn: bool
) -> EmulatedSample:
    emulated = emulator.run_sample(sample.ticks, sample.channels, label, learn, record=True)
    events = list(zip(sample.ticks.tolist(), sample.channels.tolist(), strict=True))
    assert_same_result(emulated, oracle.run(events, label, learn))
    assert_same_state(emulator, oracle)
    return emulated


def unlabelled_age(oracle: IntegratorOracle) -> int | None:
    """The age of a sample of the ring that has no label."""
    slots = oracle.network.ring_slots
    ages = range(min(oracle.stored, slots))
    return next((age for age in ages if oracle.ring[(oracle.stored - 1 - age) % slots][0] is None), None)


@settings(max_examples=80)
@given(st.data())
def test_samples_and_states_agree(data: Any) -> None:
    network: IntegerNetwork = data.draw(integrating_networks())
    check_bounds(network)
    emulator, oracle = Emulator(network), IntegratorOracle(network)
    start = emulator.state
    start.samples = data.draw(st.sampled_from((0, 2**32 - 1)))
    emulator.state = start
    oracle.set_state(start)
    for _ in range(data.draw(st.integers(1, 4))):
        sample = data.draw(spike_samples(network))
        learn = data.draw(st.sampled_from((True, True, True, False)))
        label = data.draw(st.sampled_from((sample.label, sample.label, None)))
        run_both(emulator, oracle, sample, label, learn)
        age = unlabelled_age(oracle)
        if age is not None and data.draw(st.booleans()):
            late = data.draw(st.integers(0, network.outputs - 1))
            expected = oracle.give_label(age, late)
            found = emulator.give_label(age, late)
            assert (found.prediction, found.learned) == (expected.prediction, expected.learned)
            assert_same_state(emulator, oracle)
    data_bytes = state_to_bytes(network, emulator.state)
    assert len(data_bytes) == state_size(network)
    assert state_to_bytes(network, state_from_bytes(network, data_bytes)) == data_bytes


@pytest.mark.parametrize("rule", ("sfdfa", "dfa", "weights"))
@pytest.mark.parametrize("eligibility", ("replay", "trace"))
@settings(max_examples=12)
@given(st.data())
def test_learning_agrees(rule: str, eligibility: str, data: Any) -> None:
    network = data.draw(
        integrating_networks(rule=rule, eligibility=eligibility, ticks=24, learn_below=257, decide_margin=0)
        if rule != "weights"
        else integrating_networks(eligibility=eligibility, ticks=24, learn_below=257).filter(
            lambda network: network.rule == "weights"
        )
    )
    emulator, oracle = Emulator(network), IntegratorOracle(network)
    for _ in range(4):
        sample = data.draw(spike_samples(network))
        assert run_both(emulator, oracle, sample, sample.label, learn=True).learned


@settings(max_examples=25)
@given(st.data())
def test_no_intermediate_leaves_32_bits(data: Any) -> None:
    """But for the sum of the readout with 16-bit weights, which section 5a allows to be wider."""
    network = data.draw(integrating_networks(gradient="sfdfa"))
    oracle = IntegratorOracle(network)
    for _ in range(2):
        sample = data.draw(spike_samples(network))
        oracle.run(list(zip(sample.ticks.tolist(), sample.channels.tolist(), strict=True)), sample.label, learn=True)
    assert oracle.widest < 2**31


@settings(max_examples=25)
@given(st.data())
def test_a_batch_agrees_with_its_samples(data: Any) -> None:
    network = data.draw(integrating_networks())
    samples = data.draw(st.lists(spike_samples(network), min_size=0, max_size=9))
    batched, single = Emulator(network), Emulator(network)
    if samples:
        batched.run_sample(samples[0].ticks, samples[0].channels, samples[0].label, learn=True)
        single.run_sample(samples[0].ticks, samples[0].channels, samples[0].label, learn=True)
    batched._batches.samples = data.draw(st.integers(1, 4))
    predictions, counts = batched.run_samples_inference(*one_after_the_other(samples))
    expected = [single.run_sample(s.ticks, s.channels, None, learn=False) for s in samples]
    assert predictions.tolist() == [sample.prediction for sample in expected]
    assert np.minimum(counts, 255).tolist() == [sample.counts.tolist() for sample in expected]
    assert batched.saturations == single.saturations


def test_the_table_of_exponentials() -> None:
    assert EXPONENTIALS.tolist() == EXP
    assert EXP[0] == 32767 and EXP[16] == 12054 and EXP[128] == 11
