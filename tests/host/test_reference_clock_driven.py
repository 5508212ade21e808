"""The clock-driven form against a scalar loop and against exact spike times; replay against traces; backpropagation."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.floats.backpropagation import backpropagated_gradients, no_offsets
from sfdfa_codegen.host.floats.clock_driven import (
    BatchRecord,
    BatchSpikes,
    NetworkRecord,
    SpikeBlock,
    pack_sample,
    pack_samples,
    run_layer,
    run_network,
)
from sfdfa_codegen.host.floats.dynamics import CRITICAL_MARGIN, Dynamics
from sfdfa_codegen.host.floats.event_driven import EventNeuron, EventStream, backpropagate, network_spikes
from sfdfa_codegen.host.floats.replay import replay_gradient
from sfdfa_codegen.host.floats.traces import trace_gradient

DYNAMICS = Dynamics(ticks=16, tick_s=0.01, tau_s=0.05)


def random_block(rng: np.random.Generator, ticks: int, batch: int, channels: int, density: float) -> SpikeBlock:
    spikes = (rng.random((ticks, batch, channels)) < density).astype(np.float64)
    return SpikeBlock(np.arange(ticks), None, spikes)


def scalar_spikes(drive: np.ndarray, threshold: float, dynamics: Dynamics) -> tuple[list[int], list[float], float]:
    """Section 1 word for word for one neuron: ticks and g of its spikes, and B - A at the end; drive: X, (ticks,)."""
    a = b = 0.0
    spikes: list[int] = []
    factors: list[float] = []
    for tick, x in enumerate(drive.tolist()):
        a = dynamics.alpha_s * a + x
        b = dynamics.alpha * b + x
        if b - a >= threshold and len(spikes) < dynamics.max_spikes:
            spikes.append(tick)
            factors.append(dynamics.tau / max(a, threshold))
            b -= threshold
    return spikes, factors, b - a


@pytest.mark.parametrize("max_spikes", [1, 3, 30])
def test_layer_equals_the_scalar_loop(max_spikes: int) -> None:
    rng = np.random.default_rng(3)
    dynamics = replace(DYNAMICS, max_spikes=max_spikes)
    drive = rng.normal(0.4, 1.0, (16, 4, 5))
    record = run_layer(np.arange(16), drive, 0.3, dynamics)
    spikes, factors = record.as_input.spikes, record.spikes.dense(record.spikes.factors)
    assert record.counts.max() >= min(max_spikes, 5)
    for sample, neuron in np.ndindex(4, 5):
        ticks, expected, final = scalar_spikes(drive[:, sample, neuron], 0.3, dynamics)
        assert np.flatnonzero(spikes[:, sample, neuron]).tolist() == ticks
        assert factors[ticks, sample, neuron] == pytest.approx(expected, rel=1e-12)
        assert record.final_potentials[sample, neuron] == pytest.approx(final, abs=1e-12)
        assert record.counts[sample, neuron] == len(ticks)


def test_packing_keeps_only_what_is_active() -> None:
    dataset = SpikeDataset(
        ticks=np.array([2, 5, 5], np.uint16),
        channels=np.array([7, 1, 7], np.uint16),
        offsets=np.array([0, 2, 2, 3]),
        labels=np.array([0, 1, 2], np.uint16),
    )
    block = pack_samples(dataset, np.float32)
    assert block.ticks.tolist() == [2, 5]
    assert block.channels is not None
    assert block.channels.tolist() == [1, 7]
    assert block.spikes.dtype == np.float32
    assert block.spikes.tolist() == [[[0, 1], [0, 0], [0, 0]], [[1, 0], [0, 0], [0, 1]]]
    assert pack_sample(dataset[2], np.float64).spikes.tolist() == [[[1.0]]]


def test_a_sample_without_events_leaves_everything_at_rest() -> None:
    dataset = SpikeDataset(
        np.zeros(0, np.uint16), np.zeros(0, np.uint16), np.zeros(3, np.int64), np.zeros(2, np.uint16)
    )
    record = run_network([np.ones((4, 3)), np.ones((3, 2))], (0.1, 0.1), pack_samples(dataset, np.float64), DYNAMICS)
    assert record.output.counts.tolist() == [[0, 0], [0, 0]]
    assert record.predictions().tolist() == [0, 0]
    assert replay_gradient(record.inputs, record.layers[0].spikes, np.ones((2, 3)), 0.1, DYNAMICS).shape == (0, 3)


def test_a_hidden_spike_reaches_the_output_in_the_same_tick() -> None:
    inputs = SpikeBlock(np.array([0]), None, np.ones((1, 1, 1)))
    record = run_network([np.array([[5.0]]), np.array([[1.0]])], (0.4, 1e9), inputs, DYNAMICS)
    first = int(record.layers[0].spikes.ticks[0])
    assert record.output.synaptic_currents[first, 0, 0] == pytest.approx(1.0)


def record_with(counts: list[int], final_potentials: list[float]) -> NetworkRecord:
    empty = np.zeros((1, 1, len(counts)))
    spikes = BatchSpikes(np.zeros(0, np.int64), np.zeros(0), (1, 1, len(counts)))
    output = BatchRecord(spikes, np.array([counts]), empty, empty, np.array([final_potentials]))
    return NetworkRecord(SpikeBlock(np.zeros(0, np.int64), None, np.zeros((0, 1, 1))), (output,))


@pytest.mark.parametrize(
    ("counts", "potentials", "prediction"),
    [([1, 3, 2], [9.0, 0.0, 0.0], 1), ([3, 1, 3], [0.1, 9.0, 0.2], 2), ([0, 0, 0], [-1.0, -1.0, -2.0], 0)],
)
def test_prediction_breaks_ties_by_potential(counts: list[int], potentials: list[float], prediction: int) -> None:
    assert record_with(counts, potentials).predictions().tolist() == [prediction]


def test_factors_of_both_gradients() -> None:
    current, threshold = np.array([-1.0, 0.4, 0.5, 0.75, 2.0]), 0.5
    bounded = DYNAMICS.spike_factor(current, threshold)
    exact = replace(DYNAMICS, gradient="exact").spike_factor(current, threshold)
    assert bounded == pytest.approx(DYNAMICS.tau / np.array([0.5, 0.5, 0.5, 0.75, 2.0]))
    assert bounded.max() <= DYNAMICS.tau / threshold
    assert exact[3:] == pytest.approx(DYNAMICS.tau / np.array([0.25, 1.5]))
    assert exact[:3] == pytest.approx(DYNAMICS.tau / (CRITICAL_MARGIN * threshold))


@given(
    seed=st.integers(0, 2**32 - 1),
    ticks=st.integers(1, 20),
    batch=st.integers(1, 4),
    channels=st.integers(1, 8),
    neurons=st.integers(1, 6),
    density=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    threshold=st.floats(0.05, 2.0),
    max_spikes=st.integers(1, 30),
)
def test_replay_equals_traces(
    seed: int, ticks: int, batch: int, channels: int, neurons: int, density: float, threshold: float, max_spikes: int
) -> None:
    rng = np.random.default_rng(seed)
    dynamics = replace(DYNAMICS, ticks=ticks, max_spikes=max_spikes)
    block = random_block(rng, ticks, batch, channels, density)
    record = run_network([rng.uniform(-1, 2, (channels, neurons))], (threshold,), block, dynamics)
    delta = rng.normal(size=(batch, neurons))
    spikes = record.output.spikes
    replayed = replay_gradient(block, spikes, delta, threshold, dynamics)
    traced = trace_gradient(block, spikes, delta, threshold, dynamics)
    np.testing.assert_allclose(replayed, traced, rtol=1e-12, atol=1e-12)


def fine_clock(tick_s: float, stream: EventStream) -> tuple[Dynamics, SpikeBlock]:
    """The stream with each event at the nearest tick."""
    dynamics = Dynamics(ticks=round(0.3 / tick_s), tick_s=tick_s, tau_s=0.05, gradient="exact")
    spikes = np.zeros((dynamics.ticks, 1, 4))
    place: Any = (np.rint(stream.times / tick_s).astype(np.int64), 0, stream.sources)
    np.add.at(spikes, place, 1.0)
    return dynamics, SpikeBlock(np.arange(dynamics.ticks), None, spikes)


def small_network() -> tuple[EventStream, list[np.ndarray], tuple[float, ...]]:
    rng = np.random.default_rng(1)
    stream = EventStream(np.sort(rng.uniform(0.0, 0.15, 12)), rng.integers(0, 4, 12))
    weights = [rng.uniform(-0.2, 1.0, shape) for shape in ((4, 5), (5, 4), (4, 3))]
    return stream, weights, (0.5, 0.3, 0.3)


def test_spike_times_converge_to_the_event_driven_ones() -> None:
    stream, weights, thresholds = small_network()
    exact = network_spikes(stream, weights, thresholds, EventNeuron(0.05, 0.3))[-1]
    errors = []
    for tick_s in (2e-3, 5e-4, 2e-4):
        dynamics, block = fine_clock(tick_s, stream)
        spikes = run_network(weights, thresholds, block, dynamics).output.spikes
        for neuron in range(3):
            times = spikes.ticks[spikes.cells == neuron] * tick_s
            np.testing.assert_allclose(times, exact.times[exact.of_neuron(neuron)], atol=30 * tick_s)
        errors.append(np.abs(np.sort(spikes.ticks) * tick_s - exact.times).mean())
    assert errors[1] < errors[0] / 2
    assert errors[2] < errors[1] / 2


def test_backpropagation_converges_to_the_event_driven_one() -> None:
    stream, weights, thresholds = small_network()
    neuron = EventNeuron(0.05, 0.3)
    streams = network_spikes(stream, weights, thresholds, neuron)
    delta = np.array([[1.0, -0.5, 2.0]])
    exact = backpropagate(streams, weights, thresholds, delta[0][streams[-1].sources], neuron)
    errors = []
    for tick_s in (2e-3, 5e-4, 2e-4):
        dynamics, block = fine_clock(tick_s, stream)
        record = run_network(weights, thresholds, block, dynamics)
        gradients = backpropagated_gradients(
            record, weights, thresholds, record.output.spikes, delta, no_offsets(weights), dynamics
        )
        pairs = zip(gradients, exact.weights, strict=True)
        errors.append(max(np.linalg.norm(g - e) / np.linalg.norm(e) for g, e in pairs))
    assert errors[1] < errors[0] / 2
    assert errors[2] < errors[1] / 2
