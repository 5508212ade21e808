"""The readout that integrates, in float: outputs that add up what reaches them, softmax errors, residual feedback.

    y_o = sum_i w_io kappa_i,   kappa_i = sum over the spikes of input i of (1 - t / T)
    p = softmax(softmax_beta y),   loss = - sum_o target_o log p_o,   e = target - p

The loss falls with a weight w_io by softmax_beta e_o kappa_i, and rises with the time t of a spike of neuron i by softmax_beta / T sum_o w_io e_o:
as kappa is linear in time, that is the same for all spikes of a neuron. So the walk of `replay`, with one drive a neuron, is exact but for the
factors of the spikes. The scales of both gradients are free, and chosen as on the device. With another kernel than 1 - t / T, for studies, a spike's
drive has its slope as a factor.
"""

from dataclasses import dataclass

import numpy as np
from sfdfa_codegen.host.floats.backpropagation import backpropagated_gradients
from sfdfa_codegen.host.floats.clock_driven import NetworkRecord, SpikeBlock, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.learning import (
    LearningSetup,
    draw_directions,
    normalised_step,
    rate_offsets,
)
from sfdfa_codegen.host.floats.readout_kernel import ReadoutKernel
from sfdfa_codegen.host.floats.replay import replay_gradient, walk_backwards, weight_gradient
from sfdfa_codegen.host.floats.traces import trace_gradient
from sfdfa_codegen.host.network.readout_defaults import integrator_pass_shift
from sfdfa_codegen.host.network.spec import LearningSpec


@dataclass(frozen=True)
class IntegratorRecord:
    """What a network did with one block of samples.

    hidden: its hidden layers. kappa: (batch, active inputs of the output layer). logits: (batch, outputs).
    """

    hidden: NetworkRecord
    kappa: FloatArray
    logits: FloatArray


def kappas(inputs: SpikeBlock, ticks: int, kernel: ReadoutKernel | None = None) -> FloatArray:
    """kappa of each active input, (batch, active inputs), from its spikes; kernel: None is 1 - t / T."""
    weights = 1.0 - inputs.ticks / ticks if kernel is None else kernel.values[inputs.ticks]
    kappa: FloatArray = np.tensordot(weights.astype(inputs.spikes.dtype), inputs.spikes, axes=1)
    return kappa


def run_integrator(
    network: FloatNetwork,
    inputs: SpikeBlock,
    learning: LearningSpec,
    dynamics: Dynamics,
    kernel: ReadoutKernel | None = None,
) -> IntegratorRecord:
    """Run one block through the hidden layers and read the outputs."""
    hidden = run_network(network.weights[:-1], network.thresholds[:-1], inputs, dynamics, network.biases[:-1])
    last = hidden.layers[-1].as_input if hidden.layers else inputs
    kappa = kappas(last, dynamics.ticks, kernel)
    return IntegratorRecord(hidden, kappa, learning.softmax_beta * (kappa @ last.select(network.weights[-1])))


def probabilities(logits: FloatArray) -> FloatArray:
    """softmax of each row, (batch, outputs)."""
    x = np.exp(logits - logits.max(axis=1, keepdims=True))
    p: FloatArray = x / x.sum(axis=1, keepdims=True)
    return p


def smoothed_targets(labels: IntArray, outputs: int, learning: LearningSpec) -> FloatArray:
    """Probabilities that the loss asks for, (batch, outputs); labels: (batch,)."""
    if outputs == 1:
        return np.ones((len(labels), 1))
    targets: FloatArray = np.full((len(labels), outputs), learning.smoothing / (outputs - 1))
    targets[np.arange(len(labels)), labels] = 1.0 - learning.smoothing
    return targets


def cross_entropies(logits: FloatArray, labels: IntArray, learning: LearningSpec) -> FloatArray:
    """- sum_o target_o log p_o of each sample, (batch,)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss: FloatArray = -(smoothed_targets(labels, logits.shape[1], learning) * log_p).sum(axis=1)
    return loss


def integrator_errors(logits: FloatArray, labels: IntArray, learning: LearningSpec) -> FloatArray:
    """e = target - p, (batch, outputs)."""
    errors: FloatArray = smoothed_targets(labels, logits.shape[1], learning) - probabilities(logits)
    return errors.astype(logits.dtype)


def learned_rows(record: IntegratorRecord, labels: IntArray, learning: LearningSpec) -> FloatArray:
    """1 for each sample that is learned, 0 for one whose label is known well enough: (batch, 1)."""
    bound = 2.0 if learning.learn_below is None else learning.learn_below
    known = probabilities(record.logits)[np.arange(len(labels)), labels] >= bound
    learned: FloatArray = (~known).astype(record.logits.dtype)[:, np.newaxis]
    return learned


def learn_integrator(
    network: FloatNetwork, record: IntegratorRecord, labels: IntArray, setup: LearningSetup, rng: np.random.Generator
) -> list[FloatArray]:
    """Gradients of one batch, summed over its samples; as `learning.learn_from`, for outputs that integrate.

    That of the output weights is - output_gain e kappa, so that plain descent with the network's rate is what the device does. Samples that
    are known add nothing; running means and feedback rest only where the whole batch is known.
    """
    learning = setup.learning
    learned = learned_rows(record, labels, learning)
    errors = integrator_errors(record.logits, labels, learning) * learned
    if not learned.any():
        network.samples += len(labels)
        return [
            np.zeros_like(record.hidden.inputs.select(network.weights[0])),
            *map(np.zeros_like, network.weights[1:]),
        ]
    gradients = _hidden_gradients(network, record, errors, learned, setup) if record.hidden.layers else []
    if setup.rule == "sfdfa" and record.hidden.layers:
        directions = draw_directions(network, len(labels), rng)
        update_residual_feedback(network, record.hidden, directions, learning.feedback_rate)
    return [*gradients, -learning.output_gain * (record.kappa.T @ errors)]


def _hidden_gradients(
    network: FloatNetwork, record: IntegratorRecord, errors: FloatArray, learned: FloatArray, setup: LearningSetup
) -> list[FloatArray]:
    learning, hidden = setup.learning, record.hidden
    offsets = rate_offsets(network, hidden, learning)
    if setup.rule == "bp":
        if setup.kernel is not None:
            raise ValueError("backpropagation has no kernel but 1 - t / T")
        drive = learning.error_gain * (errors @ network.weights[-1].T) + learned * offsets[-1]
        spikes = hidden.output.spikes
        weights, thresholds = network.weights[:-1], network.thresholds[:-1]
        return backpropagated_gradients(hidden, weights, thresholds, spikes, drive, offsets[:-1], setup.dynamics)
    projections = [network.weights[-1]] if setup.rule == "weights" else network.feedback
    gradients = []
    for layer, (projection, offset) in enumerate(zip(projections, offsets, strict=True)):
        wanted, rest = learning.error_gain * (errors @ projection.T), learned * offset
        if learning.normalise:
            step = normalised_step(network, layer, wanted + rest, learning)
            wanted, rest = wanted * step, rest * step
        gradients.append(_local_gradient(network, hidden, layer, (wanted, rest), setup))
    return gradients


def _local_gradient(
    network: FloatNetwork, hidden: NetworkRecord, layer: int, delta: tuple[FloatArray, FloatArray], setup: LearningSetup
) -> FloatArray:
    """Of one hidden layer; delta: what the loss wants of its neurons, and what the regulariser does: (batch, neurons) each."""
    inputs, spikes, threshold = hidden.layer_inputs()[layer], hidden.layers[layer].spikes, network.thresholds[layer]
    constants = setup.dynamics.of_layer(layer)
    if setup.kernel is None:
        gradient_of = trace_gradient if setup.learning.eligibility == "trace" else replay_gradient
        return gradient_of(inputs, spikes, delta[0] + delta[1], threshold, constants)
    wanted, rest = (part.reshape(-1)[spikes.cells] for part in delta)
    drive = setup.kernel.slopes[spikes.ticks].astype(wanted.dtype) * wanted + rest
    return weight_gradient(inputs, spikes, walk_backwards(spikes, drive, threshold, constants), constants)


def update_residual_feedback(
    network: FloatNetwork, hidden: NetworkRecord, directions: list[FloatArray], feedback_rate: float
) -> None:
    """B_io <- B_io + feedback_rate v_i (d_o - sum_j v_j B_jo), sample by sample, for the neurons j, i that spiked in it.

    Hidden layers take turns. d: what v, sent by the layer's active neurons through the weights and the active neurons of later layers, adds up to,
    made smaller in each of these, so that the feedback of all layers is of one size.
    """
    passed = 2.0 ** -integrator_pass_shift([weights.shape[1] for weights in network.weights])
    for sample in range(len(directions[0])):
        turn = network.samples % len(hidden.layers)
        active = [layer.counts[sample] > 0 for layer in hidden.layers]
        sent = directions[turn][sample] * active[turn]
        d = sent
        for layer in range(turn + 1, len(network.weights)):
            d = d @ network.weights[layer]
            d = passed * d * active[layer] if layer < len(active) else d
        feedback = network.feedback[turn]
        feedback += feedback_rate * np.outer(sent, d - sent @ feedback)
        network.samples += 1
