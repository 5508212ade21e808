"""Errors, step, feedback, virtual spikes, and online learning."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.floats.adam import Adam
from sfdfa_codegen.host.floats.clock_driven import BatchSpikes, NetworkRecord, SpikeBlock, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork, init_float_network
from sfdfa_codegen.host.floats.learning import (
    LearningSetup,
    count_errors,
    draw_directions,
    learn_from,
    local_deltas,
    losses,
    output_grades,
    rate_offsets,
    running_mean,
    send_grades,
    update_feedback,
    with_virtual_spikes,
)
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.replay import replay_gradient
from sfdfa_codegen.host.network.spec import EncodingSpec, LayerSpec, LearningSpec, NetworkSpec, NeuronSpec

LEARNING = LearningSpec()
SPEC = NetworkSpec(
    "test", (LayerSpec(6), LayerSpec(3)), encoding=EncodingSpec(ticks=16), neuron=NeuronSpec(8.0, (0.3, 0.4))
)
DYNAMICS = Dynamics.from_spec(SPEC)


def block_of(rng: np.random.Generator, batch: int, channels: int = 5, density: float = 0.15) -> SpikeBlock:
    spikes = (rng.random((DYNAMICS.ticks, batch, channels)) < density).astype(np.float64)
    return SpikeBlock(np.arange(DYNAMICS.ticks), None, spikes)


def run(network: FloatNetwork, block: SpikeBlock) -> NetworkRecord:
    return run_network(network.weights, network.thresholds, block, DYNAMICS)


def test_error_tables() -> None:
    counts, labels = np.array([[0, 3, 5, 14], [20, 0, 3, 4]]), np.array([3, 0])
    one_sided, count = replace(LEARNING, error="one-sided"), replace(LEARNING, error="count")
    assert count_errors(counts, labels, count).tolist() == [[3, 0, -2, 1], [-5, 3, 0, -1]]
    assert count_errors(counts, labels, one_sided).tolist() == [[0, 0, -2, 1], [0, 0, 0, -1]]
    assert losses(counts, labels, LEARNING).tolist() == [7.0, 17.5]


@given(st.integers(1, 9), st.floats(0.0, 0.5), st.integers(0, 100))
def test_running_mean_over_a_batch_is_one_sample_after_the_other(batch: int, rate: float, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(batch, 3))
    expected = np.array([1.0, 2.0, 3.0])
    for sample in samples:
        expected = expected + rate * (sample - expected)
    np.testing.assert_allclose(running_mean(np.array([1.0, 2.0, 3.0]), samples, rate), expected, rtol=1e-12)


def test_deltas_are_projected_offset_and_normalised() -> None:
    network = init_float_network(SPEC, 5, 1)
    network.feedback[0][:] = np.random.default_rng(0).normal(size=(6, 3))
    errors, offsets = np.array([[1.0, -2.0, 0.0]]), [np.full(6, 0.25)]
    plain = local_deltas(network, errors, offsets, replace(LEARNING, normalise=False))
    np.testing.assert_allclose(plain[0][0], network.feedback[0] @ errors[0] + 0.25)
    assert network.delta_magnitudes[1].tolist() == [4.0, 4.0, 4.0]
    scaled = local_deltas(network, errors, offsets, replace(LEARNING, step_gain=3.0))
    q = 4.0 + 0.001 * (np.array([1.0, 2.0, 0.0]) - 4.0)
    np.testing.assert_allclose(network.delta_magnitudes[1], q, rtol=1e-12)
    np.testing.assert_allclose(scaled[1][0], 3.0 * errors[0] / (q + 0.5), rtol=1e-12)


def test_regulariser_follows_the_running_mean_of_the_counts() -> None:
    network = init_float_network(SPEC, 5, 1)
    record = run(network, block_of(np.random.default_rng(2), 1, density=0.5))
    counts = record.layers[0].counts[0]
    mean = 0.2 + (counts - 0.2) / 128
    assert counts.max() > 1
    np.testing.assert_allclose(rate_offsets(network, record, LEARNING)[0], 0.1 * (0.2 - mean))
    np.testing.assert_allclose(network.mean_rates[0], mean)


def test_grades_are_sums_since_the_last_spike() -> None:
    positions = np.array([1, 2, 5, 7])  # ticks 0 and 2 of neuron 1, ticks 1 and 3 ... of two neurons, one sample
    spikes = BatchSpikes(positions, np.ones(4), (4, 1, 2))
    incoming = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]).reshape(4, 1, 2)
    assert spikes.ticks.tolist() == [0, 1, 2, 3]
    assert spikes.cells.tolist() == [1, 0, 1, 1]
    assert send_grades(spikes, incoming, None).tolist() == [10.0, 3.0, 50.0, 40.0]
    assert send_grades(spikes, incoming, np.array([[-1.0, 1.0]])).tolist() == [11.0, 2.0, 50.0, 40.0]
    assert send_grades(spikes, None, np.array([[-1.0, 1.0]])).tolist() == [1.0, -1.0, 0.0, 0.0]


def test_mean_of_direction_times_grade_is_the_output_weight() -> None:
    """One hidden layer, all neurons spiking and outputs spiking last: E[v_i d_o] = w_io, exactly over all v."""
    rng = np.random.default_rng(4)
    weights: list[FloatArray] = [rng.uniform(1.0, 2.0, (5, 4)), rng.uniform(0.5, 1.0, (4, 3))]
    directions: FloatArray = 1.0 - 2.0 * (np.arange(16)[:, np.newaxis] >> np.arange(4) & 1)
    block = SpikeBlock(np.array([0]), None, np.ones((1, 16, 5)))
    record = run_network(weights, (0.3, 0.02), block, DYNAMICS)
    last_tick = record.output.as_input.spikes.argmax(axis=0).min()
    assert (record.layers[0].counts > 0).all()
    assert (record.output.counts > 0).all()
    grades = output_grades(record, weights, [directions])
    assert last_tick > 0
    np.testing.assert_allclose(directions.T @ grades / 16, weights[1], rtol=1e-12)


def test_feedback_follows_the_samples_of_a_batch_one_after_the_other() -> None:
    rng = np.random.default_rng(5)
    network = init_float_network(SPEC, 5, 1)
    network.feedback[0][:] = rng.normal(size=(6, 3))
    record = run(network, block_of(rng, 7))
    directions = draw_directions(network, 7, rng)
    grades = output_grades(record, network.weights, directions)
    expected = network.feedback[0].copy()
    for sample in range(7):
        target = np.outer(directions[0][sample], grades[sample])
        spiked = record.layers[0].counts[sample][:, np.newaxis] > 0
        expected += np.where(spiked, 0.1 * (target - expected), 0.0)
    update_feedback(network, record, directions, 0.1)
    assert 0 < (record.layers[0].counts > 0).sum() < 42
    np.testing.assert_allclose(network.feedback[0], expected, rtol=1e-12)


def silent_output() -> tuple[NetworkRecord, FloatNetwork]:
    network = init_float_network(SPEC, 5, 1, thresholds=(0.3, 1e6))
    network.weights[1][:] = np.abs(network.weights[1])
    return run(network, block_of(np.random.default_rng(3), 1, density=0.5)), network


def test_a_silent_output_that_should_spike_gets_one_virtual_spike() -> None:
    record, _ = silent_output()
    spikes = with_virtual_spikes(record.output, np.array([[2.0, -1.0, 0.0]]), 0.5, DYNAMICS)
    tick = int(record.output.potentials[:, 0, 0].argmax())
    assert spikes.positions.tolist() == [tick * 3]
    current = record.output.synaptic_currents[tick, 0, 0]
    assert spikes.factors.tolist() == [DYNAMICS.tau / max(current, 0.5)]
    assert record.output.counts.sum() == 0


def test_an_output_that_spiked_gets_no_virtual_spike() -> None:
    network = init_float_network(SPEC, 5, 1, thresholds=(0.2, 0.001))
    record = run(network, block_of(np.random.default_rng(3), 4, density=0.9))
    delta = np.where(record.output.counts > 0, 1.0, -1.0)
    assert with_virtual_spikes(record.output, delta, 0.001, DYNAMICS) is record.output.spikes


def test_learning_moves_a_silent_output_towards_spiking() -> None:
    record, network = silent_output()
    setup = LearningSetup("sfdfa", LEARNING, DYNAMICS)
    gradient = learn_from(network, record, np.array([1]), setup, np.random.default_rng(0))[1]
    assert (gradient[:, [0, 2]] == 0).all()
    assert gradient.min() < 0
    assert (gradient[:, 1] <= 0).all()


def test_trace_and_replay_learn_the_same() -> None:
    gradients = []
    for eligibility in ("replay", "trace"):
        network = init_float_network(SPEC, 5, 1)
        network.feedback[0][:] = 0.5
        setup = LearningSetup("dfa", replace(LEARNING, eligibility=eligibility), DYNAMICS)
        record = run(network, block_of(np.random.default_rng(6), 4))
        gradients.append(learn_from(network, record, np.array([0, 1, 2, 0]), setup, np.random.default_rng(0)))
    for replayed, traced in zip(*gradients, strict=True):
        assert np.abs(replayed).max() > 0
        np.testing.assert_allclose(replayed, traced, rtol=1e-12, atol=1e-12)


def test_bp_and_local_rules_agree_on_the_output_layer() -> None:
    learning = replace(LEARNING, normalise=False)
    block, labels = block_of(np.random.default_rng(8), 4), np.array([0, 1, 2, 0])
    outputs = []
    for rule in ("bp", "dfa"):
        network = init_float_network(SPEC, 5, 1)
        record = run(network, block)
        setup = LearningSetup(rule, learning, DYNAMICS)
        outputs.append(learn_from(network, record, labels, setup, np.random.default_rng(0))[1])
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-12)


def test_one_online_step_is_sgd_with_the_gradient_of_one_sample() -> None:
    spec = replace(SPEC, learning=replace(LEARNING, normalise=False, error="count", regulariser=0.0, rate=0.1))
    sample = SpikeSample(np.array([0, 0, 3, 5], np.uint16), np.array([0, 4, 2, 0], np.uint16), 1)
    network, before = init_float_network(spec, 5, 3), init_float_network(spec, 5, 3)
    network.weights[0][:] = before.weights[0][:] = np.abs(before.weights[0])
    learner = OnlineLearner(network, spec)
    outcome = learner.step(sample)
    spikes = np.zeros((16, 1, 5))
    spikes[sample.ticks, 0, sample.channels] = 1.0
    record = run(before, SpikeBlock(np.arange(16), None, spikes))
    delta = count_errors(record.output.counts, np.array([1]), spec.learning).astype(np.float64)
    output = with_virtual_spikes(record.output, delta, 0.4, DYNAMICS)
    gradient = replay_gradient(record.layer_inputs()[1], output, delta, 0.4, DYNAMICS)
    np.testing.assert_allclose(network.weights[1], before.weights[1] - 0.1 * gradient, rtol=1e-12)
    np.testing.assert_array_equal(network.weights[0], before.weights[0])  # feedback is still zero
    assert outcome.outputs.tolist() == record.output.counts[0].tolist()
    assert outcome.hidden_spikes == record.layers[0].counts.sum() > 0
    assert outcome.loss == losses(record.output.counts, np.array([1]), spec.learning)[0]


def test_without_learning_nothing_changes() -> None:
    sample = SpikeSample(np.array([0, 1], np.uint16), np.array([0, 4], np.uint16), 1)
    network, before = init_float_network(SPEC, 5, 3), init_float_network(SPEC, 5, 3)
    OnlineLearner(network, SPEC).step(sample, learn=False)
    never = replace(SPEC, learning=replace(LEARNING, rule="none"))
    OnlineLearner(network, never).step(sample)
    for name in ("weights", "feedback", "delta_magnitudes", "mean_rates"):
        for now, then in zip(getattr(network, name), getattr(before, name), strict=True):
            np.testing.assert_array_equal(now, then)


def test_weights_stay_within_the_limit() -> None:
    network = init_float_network(SPEC, 5, 3)
    sample = SpikeSample(np.array([0, 1], np.uint16), np.array([0, 4], np.uint16), 1)
    before = [layer.copy() for layer in network.weights]
    OnlineLearner(network, SPEC, weight_limit=0.25).step(sample)
    np.testing.assert_array_equal(network.weights[0][1:4], before[0][1:4])  # channels without events are not touched
    assert np.abs(network.weights[0][[0, 4]]).max() == 0.25
    assert np.abs(network.weights[1]).max() == 0.25


def test_rate_decays_after_each_epoch() -> None:
    learner = OnlineLearner(
        init_float_network(SPEC, 5, 3), replace(SPEC, learning=replace(LEARNING, rate=0.5, rate_decay=0.5))
    )
    learner.end_epoch()
    assert learner.rate == 0.25


def test_adam_first_steps() -> None:
    weights, adam = [np.array([1.0, 2.0, 3.0])], Adam([np.zeros(3)], rate=0.1)
    adam.update(weights, [np.array([5.0, -0.01, 0.0])])
    np.testing.assert_allclose(weights[0], [0.9, 2.1, 3.0], rtol=1e-6)
    adam.update(weights, [np.array([5.0, -0.01, 0.0])])
    np.testing.assert_allclose(weights[0], [0.8, 2.2, 3.0], rtol=1e-6)
