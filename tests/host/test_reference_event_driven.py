"""The closed form against brute force, and its gradients against finite differences."""

import math

import numpy as np
import pytest
from sfdfa_codegen.host.floats.event_driven import (
    EventNeuron,
    EventStream,
    backpropagate,
    layer_spikes,
    local_gradients,
    network_spikes,
    neuron_spikes,
    next_crossing,
)

NEURON = EventNeuron(tau_s=0.05, end_s=0.3)
STEP = 1e-6
"""Finite differences: change of a weight, or of a time in seconds."""


def random_input(rng: np.random.Generator, channels: int, events: int) -> EventStream:
    return EventStream(np.sort(rng.uniform(0.0, 0.15, events)), rng.integers(0, channels, events))


def brute_force_spikes(inputs: EventStream, weights: np.ndarray, threshold: float, step: float) -> list[float]:
    """Spike times by evaluating the defining sums of section 1 on a fine grid."""
    spikes: list[float] = []
    for now in np.arange(0.0, NEURON.end_s, step):
        age = now - inputs.times[inputs.times < now]
        weight = weights[inputs.sources[inputs.times < now]]
        a = (weight * np.exp(-age / NEURON.tau_s)).sum()
        b = (weight * np.exp(-age / NEURON.tau)).sum()
        b -= threshold * sum(math.exp(-(now - t) / NEURON.tau) for t in spikes)
        if b - a >= threshold:
            spikes.append(float(now))
    return spikes


@pytest.mark.parametrize("seed", range(4))
def test_closed_form_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, weights = random_input(rng, 6, 20), rng.uniform(-0.3, 1.0, 6)
    exact = neuron_spikes(inputs, weights, 0.4, NEURON)
    brute = brute_force_spikes(inputs, weights, 0.4, 5e-5)
    assert len(exact) > 3
    np.testing.assert_allclose(brute, exact, atol=2e-4)


def test_crossing_satisfies_the_threshold_equation() -> None:
    a, b, threshold = 0.9, 3.0, 0.7
    y = math.exp(next_crossing(a, b, threshold, NEURON) / NEURON.tau)
    assert b / y - a / y**2 == pytest.approx(threshold, rel=1e-12)


@pytest.mark.parametrize(("a", "b"), [(-1.0, 3.0), (1.0, -3.0), (1.0, 1.0), (1.0, 2.0)])
def test_no_crossing(a: float, b: float) -> None:
    assert next_crossing(a, b, 1.0, NEURON) == math.inf


def test_spikes_stop_at_the_limit_and_at_the_end() -> None:
    inputs = EventStream(np.array([0.0, 0.01]), np.array([0, 0]))
    weights = np.array([20.0])
    unlimited = neuron_spikes(inputs, weights, 0.1, EventNeuron(0.05, 0.2, max_spikes=1000))
    assert len(neuron_spikes(inputs, weights, 0.1, EventNeuron(0.05, 0.2, max_spikes=3))) == 3
    assert len(unlimited) > 30
    assert max(unlimited) <= 0.2
    assert neuron_spikes(inputs, weights, 0.1, EventNeuron(0.05, unlimited[4])) == unlimited[:5]


def test_an_input_after_the_end_changes_nothing() -> None:
    before = EventStream(np.array([0.0, 0.01]), np.array([0, 0]))
    after = EventStream(np.array([0.0, 0.01, 0.5]), np.array([0, 0, 0]))
    weights = np.array([3.0])
    assert neuron_spikes(after, weights, 0.2, NEURON) == neuron_spikes(before, weights, 0.2, NEURON) != []


@pytest.mark.parametrize("seed", range(3))
def test_local_gradients_equal_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, weights = random_input(rng, 5, 15), rng.uniform(0.0, 1.0, 5)
    spikes = np.array(neuron_spikes(inputs, weights, 0.5, NEURON))
    assert len(spikes) >= 2
    gradients = local_gradients(inputs, weights, spikes, 0.5, NEURON)
    for j in range(5):
        shift = STEP * np.eye(5)[j]
        above = np.array(neuron_spikes(inputs, weights + shift, 0.5, NEURON))
        below = np.array(neuron_spikes(inputs, weights - shift, 0.5, NEURON))
        np.testing.assert_allclose(gradients[:, j], (above - below) / (2 * STEP), rtol=1e-6, atol=1e-8)


def test_sfdfa_factor_is_bounded_and_smaller_than_the_exact_one() -> None:
    rng = np.random.default_rng(7)
    inputs, weights, threshold = random_input(rng, 5, 15), rng.uniform(0.0, 1.0, 5), 0.5
    spikes = np.array(neuron_spikes(inputs, weights, threshold, NEURON))[:1]
    exact = local_gradients(inputs, weights, spikes, threshold, NEURON, "exact")
    bounded = local_gradients(inputs, weights, spikes, threshold, NEURON, "sfdfa")
    ratio = bounded[exact != 0] / exact[exact != 0]
    assert (ratio > 0).all()
    assert (ratio < 1).all()
    assert np.abs(bounded).max() <= NEURON.tau / threshold


def small_network(seed: int) -> tuple[EventStream, list[np.ndarray], tuple[float, ...]]:
    rng = np.random.default_rng(seed)
    weights = [rng.uniform(-0.2, 1.0, shape) for shape in ((4, 5), (5, 4), (4, 3))]
    return random_input(rng, 4, 12), weights, (0.5, 0.3, 0.3)


def weighted_times(streams: list[EventStream], cotangents: np.ndarray) -> float:
    """sum of cotangent times time over the output spikes, each neuron's spikes in order."""
    times = np.concatenate([streams[-1].times[streams[-1].of_neuron(i)] for i in range(3)])
    return float(cotangents @ times)


@pytest.mark.parametrize("seed", range(3))
def test_backpropagation_equals_finite_differences_in_every_layer(seed: int) -> None:
    inputs, weights, thresholds = small_network(seed)
    streams = network_spikes(inputs, weights, thresholds, NEURON)
    by_neuron = np.concatenate([streams[-1].of_neuron(i) for i in range(3)])
    cotangents = np.random.default_rng(seed).normal(size=len(by_neuron))
    in_time_order = np.empty_like(cotangents)
    in_time_order[by_neuron] = cotangents
    result = backpropagate(streams, weights, thresholds, in_time_order, NEURON)
    assert all(len(stream.times) >= 8 for stream in streams)
    for layer, gradient in enumerate(result.weights):
        for index in np.ndindex(gradient.shape):
            original = weights[layer][index]
            values = []
            for shift in (STEP, -STEP):
                weights[layer][index] = original + shift
                values.append(weighted_times(network_spikes(inputs, weights, thresholds, NEURON), cotangents))
            weights[layer][index] = original
            assert gradient[index] == pytest.approx((values[0] - values[1]) / (2 * STEP), rel=1e-6, abs=1e-7)


def test_input_times_equal_finite_differences() -> None:
    inputs, weights, thresholds = small_network(1)
    streams = network_spikes(inputs, weights, thresholds, NEURON)
    ones = np.ones(len(streams[-1].times))
    result = backpropagate(streams, weights, thresholds, ones, NEURON)
    for event in range(len(inputs.times)):
        sums = []
        for shift in (STEP, -STEP):
            times = inputs.times.copy()
            times[event] += shift
            moved = network_spikes(EventStream(times, inputs.sources), weights, thresholds, NEURON)
            sums.append(moved[-1].times.sum())
        assert result.input_times[event] == pytest.approx((sums[0] - sums[1]) / (2 * STEP), rel=1e-6, abs=1e-7)


def test_layer_without_spikes() -> None:
    stream = layer_spikes(EventStream(np.array([0.1]), np.array([0])), np.array([[0.1, -1.0]]), 5.0, NEURON)
    assert stream.times.shape == stream.sources.shape == (0,)
