"""The float reference of outputs that integrate: finite differences of its loss, the direction of hidden weights, and feedback that finds the weights."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.floats.backpropagation import no_offsets
from sfdfa_codegen.host.floats.clock_driven import SpikeBlock
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.floats.engines import make_engine
from sfdfa_codegen.host.floats.event_driven import (
    EventNeuron,
    EventStream,
    network_spikes,
)
from sfdfa_codegen.host.floats.float_network import FloatNetwork, init_float_network
from sfdfa_codegen.host.floats.integrator import (
    cross_entropies,
    integrator_errors,
    kappas,
    learn_integrator,
    probabilities,
    run_integrator,
    smoothed_targets,
    update_residual_feedback,
)
from sfdfa_codegen.host.floats.learning import LearningSetup, TrainingRule, draw_directions
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.readout_kernel import KernelName, ReadoutKernel, readout_kernel
from sfdfa_codegen.host.floats.training import train
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import EncodingSpec, LayerSpec, NetworkSpec, NeuronSpec

CHANNELS, OUTPUTS = 5, 3


def make_spec(*hidden: int, threshold: float = 0.3, **written: Any) -> NetworkSpec:
    sizes = (*hidden, OUTPUTS)
    learning = make_learning(sizes, readout="integrator", **written)
    return NetworkSpec(
        "test",
        tuple(map(LayerSpec, sizes)),
        encoding=EncodingSpec(ticks=16),
        neuron=NeuronSpec(8.0, (threshold,) * len(hidden)),
        learning=learning,
    )


def make_network(spec: NetworkSpec, rng: np.random.Generator) -> FloatNetwork:
    """With output weights and feedback that are not 0."""
    network = init_float_network(spec, CHANNELS, 1)
    network.weights[-1][:] = rng.normal(size=network.weights[-1].shape)
    for feedback in network.feedback:
        feedback[:] = rng.normal(size=feedback.shape)
    return network


def block_of(rng: np.random.Generator, batch: int, density: float = 0.3) -> SpikeBlock:
    spikes = (rng.random((16, batch, CHANNELS)) < density).astype(np.float64)
    return SpikeBlock(np.arange(16), None, spikes)


def setup_of(spec: NetworkSpec, rule: TrainingRule = "sfdfa") -> LearningSetup:
    return LearningSetup(rule, spec.learning, Dynamics.from_spec(spec))


def test_kappa_counts_the_ticks_that_are_left() -> None:
    spikes = np.zeros((16, 1, 2))
    spikes[[0, 4, 15], 0, 0] = 1.0
    assert kappas(SpikeBlock(np.arange(16), None, spikes), 16).tolist() == [[1.0 + 12 / 16 + 1 / 16, 0.0]]


def test_targets_and_probabilities_sum_to_one() -> None:
    spec = make_spec(4)
    logits = np.random.default_rng(0).normal(size=(7, OUTPUTS)) * 50
    labels = np.arange(7) % OUTPUTS
    np.testing.assert_allclose(probabilities(logits).sum(axis=1), 1.0)
    targets = smoothed_targets(labels, OUTPUTS, spec.learning)
    np.testing.assert_allclose(targets.sum(axis=1), 1.0)
    np.testing.assert_allclose(targets[np.arange(7), labels], 0.95)
    assert smoothed_targets(np.array([0, 0]), 1, spec.learning).tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_output_weights_follow_the_loss_exactly(hidden: tuple[int, ...]) -> None:
    """Their gradient, times softmax_beta, is that of the cross entropy by finite differences."""
    rng = np.random.default_rng(3)
    spec = make_spec(*hidden)
    network, block, labels = make_network(spec, rng), block_of(rng, 4), np.array([0, 1, 2, 1])
    setup = setup_of(spec, "dfa")

    def loss() -> float:
        record = run_integrator(network, block, spec.learning, setup.dynamics)
        return float(cross_entropies(record.logits, labels, spec.learning).sum())

    record = run_integrator(network, block, spec.learning, setup.dynamics)
    found = spec.learning.softmax_beta * learn_integrator(network, record, labels, setup, rng)[-1]
    weights, step = network.weights[-1], 1e-5
    expected = np.empty_like(weights)
    for at in np.ndindex(weights.shape):
        kept = weights[at]
        weights[at] = kept + step
        above = loss()
        weights[at] = kept - step
        expected[at] = (above - loss()) / (2 * step)
        weights[at] = kept
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


TICKS = 1600
"""Of a sample in which exact spike times show."""


def event_loss(
    streams: list[EventStream], weights: np.ndarray[Any, Any], spec: NetworkSpec, label: int, kernel: ReadoutKernel
) -> float:
    """The cross entropy of spikes in continuous time."""
    last, end = streams[-1], spec.encoding.sample_ms / 1000.0
    counted = np.interp(last.times / end * TICKS, np.arange(TICKS), kernel.values)
    kappa = np.bincount(last.sources, weights=counted, minlength=len(weights))
    logits = spec.learning.softmax_beta * (kappa @ weights)
    return float(cross_entropies(logits[None], np.array([label]), spec.learning)[0])


@pytest.mark.parametrize("name", [None, "linear", "square", "integrated potential", "leaky"])
def test_hidden_weights_follow_the_loss_in_continuous_time(name: KernelName | None) -> None:
    """With the exact factor and the transpose of the output weights, "bp", or with a kernel "weights", is the gradient of the loss by finite
    differences of exact spike times, as the tick shrinks. The scale of the hidden gradient is error_gain in place of softmax_beta / T, and of
    the slopes.
    """
    rng = np.random.default_rng(8)
    spec = replace(
        make_spec(6, gradient="exact", normalise=False, regulariser=0.0, max_spikes=4),
        encoding=EncodingSpec(ticks=TICKS, window=TICKS // 2),
        neuron=NeuronSpec(800.0, (0.3,)),
    )
    end, neuron = 0.2, EventNeuron(tau_s=0.1, end_s=0.2, max_spikes=4)
    hidden = rng.uniform(0.4, 1.2, (CHANNELS, 6))
    outputs = rng.normal(size=(6, OUTPUTS))
    arrivals = np.sort(rng.integers(0, TICKS // 3, CHANNELS))
    inputs = EventStream(arrivals * end / TICKS, np.arange(CHANNELS))
    setup = setup_of(spec, "bp" if name is None else "weights")
    usual = readout_kernel("linear", setup.dynamics)
    kernel = None if name is None else readout_kernel(name, setup.dynamics)

    def loss(weights: np.ndarray[Any, Any]) -> float:
        streams = network_spikes(inputs, [weights], (0.3,), neuron)
        return event_loss(streams, outputs, spec, 1, kernel or usual)

    step = 1e-6
    expected = np.empty_like(hidden)
    for at in np.ndindex(hidden.shape):
        moved = hidden.copy()
        moved[at] += step
        above = loss(moved)
        moved[at] -= 2 * step
        expected[at] = (above - loss(moved)) / (2 * step)
    network = init_float_network(spec, CHANNELS, 1)
    network.weights[:] = [hidden, outputs]
    spikes = np.zeros((TICKS, 1, CHANNELS))
    spikes[arrivals, 0, np.arange(CHANNELS)] = 1.0
    block, setup = SpikeBlock(np.arange(TICKS), None, spikes), replace(setup, kernel=kernel)
    record = run_integrator(network, block, spec.learning, setup.dynamics, kernel)
    gradient = learn_integrator(network, record, np.array([1]), setup, rng)[0]
    fall_per_slope = 1.0 if kernel is None else float(-np.diff(kernel.values).sum() / kernel.slopes[:-1].mean())
    found = fall_per_slope * gradient * spec.learning.softmax_beta / end / spec.learning.error_gain
    assert record.hidden.output.counts.sum() > 6
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.02 * np.abs(expected).max())


def test_backpropagation_has_one_kernel() -> None:
    spec = make_spec(6)
    network, block = make_network(spec, np.random.default_rng(4)), block_of(np.random.default_rng(4), 1)
    setup = replace(setup_of(spec, "bp"), kernel=readout_kernel("square", Dynamics.from_spec(spec)))
    record = run_integrator(network, block, spec.learning, setup.dynamics, setup.kernel)
    with pytest.raises(ValueError, match="no kernel but"):
        learn_integrator(network, record, np.array([0]), setup, np.random.default_rng(4))


def test_the_local_rule_with_the_weights_as_feedback_is_backpropagation() -> None:
    """With one hidden layer there is one drive a neuron, whatever the rule."""
    rng = np.random.default_rng(5)
    spec = make_spec(6, normalise=False)
    network, block, labels = make_network(spec, rng), block_of(rng, 3), np.array([2, 0, 1])
    network.feedback[0][:] = network.weights[-1]
    record = run_integrator(network, block, spec.learning, Dynamics.from_spec(spec))
    assert len(no_offsets(network.weights)) == 1
    found = {}
    for rule in ("bp", "weights", "dfa"):
        means = [mean.copy() for mean in network.mean_rates]
        found[rule] = learn_integrator(network, record, labels, setup_of(spec, rule), rng)[0]
        network.mean_rates = means
    np.testing.assert_allclose(found["weights"], found["bp"], rtol=1e-12)
    np.testing.assert_allclose(found["dfa"], found["bp"], rtol=1e-12)


def test_feedback_by_the_residual_finds_the_output_weights() -> None:
    rng = np.random.default_rng(6)
    spec = make_spec(20, feedback_rate=1 / 64)
    network, dynamics = make_network(spec, rng), Dynamics.from_spec(spec)
    network.weights[0][:] = rng.uniform(0.2, 1.0, network.weights[0].shape)
    for _ in range(60):
        record = run_integrator(network, block_of(rng, 50), spec.learning, dynamics)
        directions = draw_directions(network, 50, rng)
        update_residual_feedback(network, record.hidden, directions, spec.learning.feedback_rate)
    assert network.samples == 3000
    np.testing.assert_allclose(network.feedback[0], network.weights[-1], atol=1e-3)


def test_feedback_of_two_hidden_layers_finds_their_paths() -> None:
    """Where all neurons are active, the first layer's feedback becomes the product of the weights behind it, halved by a layer of 20."""
    rng = np.random.default_rng(7)
    spec = make_spec(6, 20, feedback_rate=1 / 32)
    network, dynamics = make_network(spec, rng), Dynamics.from_spec(spec)
    network.weights[0][:] = rng.uniform(0.5, 1.0, network.weights[0].shape)
    network.weights[1][:] = rng.uniform(0.5, 1.0, network.weights[1].shape)
    block = block_of(rng, 50, density=0.9)
    record = run_integrator(network, block, spec.learning, dynamics)
    assert all((layer.counts > 0).all() for layer in record.hidden.layers)
    for _ in range(80):
        update_residual_feedback(network, record.hidden, draw_directions(network, 50, rng), spec.learning.feedback_rate)
    np.testing.assert_allclose(network.feedback[1], network.weights[2], atol=1e-4)
    np.testing.assert_allclose(network.feedback[0], network.weights[1] @ network.weights[2] / 2, atol=1e-3)


def test_a_known_sample_changes_nothing() -> None:
    rng = np.random.default_rng(9)
    spec = make_spec(6, learn_below=0.0)
    network = make_network(spec, rng)
    before = [array.copy() for array in (*network.feedback, *network.mean_rates, *network.delta_magnitudes)]
    record = run_integrator(network, block_of(rng, 1), spec.learning, Dynamics.from_spec(spec))
    gradients = learn_integrator(network, record, np.array([0]), setup_of(spec), rng)
    assert not any(gradient.any() for gradient in gradients)
    after = (*network.feedback, *network.mean_rates, *network.delta_magnitudes)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert network.samples == 1


def separable(samples: int, seed: int) -> SpikeDataset:
    """Class c has early events on channel c."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, OUTPUTS, samples)
    ticks = [(rng.integers(0, 3), rng.integers(9, 12)) for _ in range(samples)]
    channels = [(label, (label + 1) % OUTPUTS) for label in labels]
    return SpikeDataset(
        np.array(ticks).ravel().astype(np.uint16),
        np.array(channels).ravel().astype(np.uint16),
        np.arange(samples + 1, dtype=np.int64) * 2,
        labels.astype(np.uint16),
    )


@pytest.mark.parametrize("rule", ["sfdfa", "dfa", "weights"])
def test_online_learning_learns(rule: Any) -> None:
    spec = make_spec(12, threshold=0.02, rule=rule, rate=0.005, output_gain=20.0)
    learner = OnlineLearner(init_float_network(spec, CHANNELS, 2), spec)
    learner.run(separable(600, 1))
    outcome = learner.step(separable(1, 3)[0], learn=False)
    assert learner.run(separable(100, 2), learn=False) == 1.0
    assert math.isclose(float(outcome.outputs.sum()), 1.0) and outcome.loss < 0.7


@pytest.mark.parametrize("rule", ["sfdfa", "dfa", "bp"])
def test_training_in_batches_learns(rule: Any) -> None:
    spec = make_spec(12, threshold=0.02)
    train_set, test_set = separable(600, 1), separable(100, 2)
    data = EncodedData(train_set, test_set, (), CHANNELS, OUTPUTS)
    result = train(spec, data, rule, epochs=6, batch=20)
    assert (result.engine, result.reason) == ("numpy", "the C has no outputs that integrate")
    assert result.epochs[-1].test_accuracy == 1.0


def test_errors_are_targets_less_probabilities() -> None:
    spec = make_spec(4)
    logits, labels = np.zeros((1, OUTPUTS)), np.array([2])
    np.testing.assert_allclose(
        integrator_errors(logits, labels, spec.learning)[0], [0.025 - 1 / 3, 0.025 - 1 / 3, 0.95 - 1 / 3]
    )


def test_the_compiled_engine_is_not_taken_for_it() -> None:
    spec = make_spec(4)
    engine, reason = make_engine(init_float_network(spec, CHANNELS, 1), setup_of(spec), 1, 10)
    assert (engine.name, reason) == ("numpy", "the C has no outputs that integrate")
