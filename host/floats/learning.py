"""Errors, feedback, regulariser, normalised step and spike grades (sections 4 and 5), over a batch of samples.

Running means follow the samples of a batch one after the other; all samples of the batch then use the last value. A
batch of one is exactly the online rule.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from sfdfa_codegen.host.floats.backpropagation import backpropagated_gradients
from sfdfa_codegen.host.floats.clock_driven import BatchRecord, BatchSpikes, NetworkRecord
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.readout_kernel import ReadoutKernel
from sfdfa_codegen.host.floats.replay import replay_gradient
from sfdfa_codegen.host.floats.traces import trace_gradient
from sfdfa_codegen.host.network.spec import LearningSpec

TrainingRule: TypeAlias = Literal["sfdfa", "dfa", "weights", "bp"]

DELTA_MAGNITUDE_RATE: Final = 0.001
"""Rate of the running mean q of |delta|."""
MEAN_RATE_RATE: Final = 1.0 / 128.0
"""Rate of the running mean m of a hidden neuron's spike count."""


@dataclass(frozen=True)
class LearningSetup:
    """What learning needs besides the state. kernel: of outputs that integrate; None is 1 - t / T."""

    rule: TrainingRule
    learning: LearningSpec
    dynamics: Dynamics
    kernel: ReadoutKernel | None = None


def target_counts(labels: IntArray, outputs: int, learning: LearningSpec) -> IntArray:
    """(batch, outputs) spike counts that the loss asks for; labels: (batch,)."""
    is_true = labels[:, np.newaxis] == np.arange(outputs)
    targets: IntArray = np.where(is_true, learning.target_true, learning.target_false)
    return targets


def losses(counts: IntArray, labels: IntArray, learning: LearningSpec) -> FloatArray:
    """1/2 sum_o (target_o - n_o)^2 of each sample, (batch,) float64."""
    difference = target_counts(labels, counts.shape[1], learning) - counts
    loss: FloatArray = 0.5 * np.square(difference).sum(axis=1)
    return loss


def count_errors(counts: IntArray, labels: IntArray, learning: LearningSpec) -> IntArray:
    """e_o = target_o - n_o, (batch, outputs); one-sided: 0 for a false class below its target or a true one above."""
    errors = target_counts(labels, counts.shape[1], learning) - counts
    if learning.error == "count":
        return errors
    is_true = labels[:, np.newaxis] == np.arange(counts.shape[1])
    one_sided: IntArray = np.where(is_true, np.maximum(errors, 0), np.minimum(errors, 0))
    return one_sided


def running_mean(mean: FloatArray, samples: FloatArray, rate: float) -> FloatArray:
    """mean + rate (sample - mean) for one sample after the other; mean: (neurons,), samples: (batch, neurons)."""
    batch = len(samples)
    shares = (rate * (1.0 - rate) ** np.arange(batch - 1, -1, -1)).astype(mean.dtype)
    result: FloatArray = (1.0 - rate) ** batch * mean + shares @ samples
    return result


def draw_directions(network: FloatNetwork, batch: int, rng: np.random.Generator) -> list[FloatArray]:
    """v: +1 or -1 for each sample and hidden neuron; one (batch, neurons) array a hidden layer."""
    return [
        (2 * rng.integers(0, 2, (batch, len(feedback)), dtype=np.int8) - 1).astype(feedback.dtype)
        for feedback in network.feedback
    ]


def send_grades(spikes: BatchSpikes, incoming: FloatArray | None, directions: FloatArray | None) -> FloatArray:
    """Grades on the spikes of one layer, (spikes,). Section 4.

    A spike carries what has arrived since the neuron's previous one: what had arrived up to this spike, less what had
    up to that one. incoming: the sum of w times grade at each tick, (ticks, batch, neurons), or None for zero.
    directions: (batch, neurons), added at a hidden neuron's first spike; None for the output layer.
    """
    order = spikes.by_cell
    cells = spikes.cells[order]
    is_first = np.ones(len(cells), np.bool_)
    is_first[1:] = cells[1:] != cells[:-1]
    sorted_grades = np.zeros(len(cells), spikes.factors.dtype)
    if incoming is not None:
        arrived = incoming.cumsum(axis=0).reshape(-1)[spikes.positions[order]]
        sorted_grades += arrived
        sorted_grades[1:] -= np.where(is_first[1:], 0.0, arrived[:-1])
    if directions is not None:
        sorted_grades[is_first] += directions.reshape(-1)[cells[is_first]]
    grades = np.empty_like(sorted_grades)
    grades[order] = sorted_grades
    return grades


def output_grades(record: NetworkRecord, weights: list[FloatArray], directions: list[FloatArray]) -> FloatArray:
    """d: the sum of the grades that each output neuron sent, (batch, outputs)."""
    incoming: FloatArray | None = None
    for layer, layer_directions in enumerate(directions):
        spikes = record.layers[layer].spikes
        sent = spikes.dense(send_grades(spikes, incoming, layer_directions))
        product: FloatArray = sent.reshape(-1, sent.shape[2]) @ weights[layer + 1]
        incoming = product.reshape(*sent.shape[:2], -1)
    spikes = record.output.spikes
    grades: FloatArray = spikes.dense(send_grades(spikes, incoming, None)).sum(axis=0)
    return grades


def update_feedback(
    network: FloatNetwork,
    record: NetworkRecord,
    directions: list[FloatArray],
    feedback_rate: float,
) -> None:
    """B <- B + alpha_f (v d - B), sample by sample, for the hidden neurons that spiked in it. Section 4."""
    grades = output_grades(record, network.weights, directions)
    for feedback, layer, layer_directions in zip(network.feedback, record.layers[:-1], directions, strict=True):
        spiked = layer.counts > 0
        later = spiked[::-1].cumsum(axis=0)[::-1] - spiked
        shares = np.where(spiked, feedback_rate * (1.0 - feedback_rate) ** later, 0.0).astype(feedback.dtype)
        feedback *= ((1.0 - feedback_rate) ** spiked.sum(axis=0)).astype(feedback.dtype)[:, np.newaxis]
        feedback += (shares * layer_directions).T @ grades


def with_virtual_spikes(output: BatchRecord, delta: FloatArray, threshold: float, dynamics: Dynamics) -> BatchSpikes:
    """The output spikes plus a virtual one for each silent neuron that should spike. Section 5.

    It is where B - A was highest (the first such tick), with g = tau / max(I, c). delta: (batch, outputs).
    """
    sample, neuron = ((output.counts == 0) & (delta > 0)).nonzero()
    if sample.size == 0:
        return output.spikes
    peak = output.potentials[:, sample, neuron].argmax(axis=0)
    factors = dynamics.bounded_factor(output.synaptic_currents[peak, sample, neuron], threshold)
    spikes = output.spikes
    positions = np.concatenate([spikes.positions, np.ravel_multi_index((peak, sample, neuron), spikes.shape)])
    order = np.argsort(positions)
    return BatchSpikes(positions[order], np.concatenate([spikes.factors, factors])[order], spikes.shape)


def rate_offsets(network: FloatNetwork, record: NetworkRecord, learning: LearningSpec) -> list[FloatArray]:
    """Update the mean rates, then return reg (rate_target - m), one (neurons,) array a hidden layer."""
    for layer, mean_rate in enumerate(network.mean_rates):
        counts = record.layers[layer].counts.astype(mean_rate.dtype)
        network.mean_rates[layer] = running_mean(mean_rate, counts, MEAN_RATE_RATE)
    return [learning.regulariser * (learning.rate_target - mean_rate) for mean_rate in network.mean_rates]


def normalise(network: FloatNetwork, layer: int, delta: FloatArray, learning: LearningSpec) -> FloatArray:
    """Update q of one layer, then return step_gain delta / (q + normaliser_floor); delta: (batch, neurons)."""
    scaled: FloatArray = delta * normalised_step(network, layer, delta, learning)
    return scaled


def normalised_step(network: FloatNetwork, layer: int, delta: FloatArray, learning: LearningSpec) -> FloatArray:
    """Update q of one layer, then return step_gain / (q + normaliser_floor), (neurons,); delta: (batch, neurons)."""
    magnitude = running_mean(network.delta_magnitudes[layer], np.abs(delta), DELTA_MAGNITUDE_RATE)
    network.delta_magnitudes[layer] = magnitude
    step: FloatArray = learning.step_gain / (magnitude + learning.normaliser_floor)
    return step


def local_deltas(
    network: FloatNetwork, errors: FloatArray, hidden_offsets: list[FloatArray], learning: LearningSpec
) -> list[FloatArray]:
    """delta of every layer, one (batch, neurons) array each. Updates q. Section 5. errors: (batch, outputs)."""
    deltas: list[FloatArray] = [
        errors @ feedback.T + offset for feedback, offset in zip(network.feedback, hidden_offsets, strict=True)
    ]
    deltas.append(errors)
    if not learning.normalise:
        return deltas
    return [normalise(network, layer, delta, learning) for layer, delta in enumerate(deltas)]


def local_gradients(
    network: FloatNetwork, record: NetworkRecord, deltas: list[FloatArray], setup: LearningSetup
) -> list[FloatArray]:
    """Sum over the batch of delta_i E_ij, one (inputs, neurons) array a layer, the first with active channels only."""
    gradient_of = trace_gradient if setup.learning.eligibility == "trace" else replay_gradient
    spikes = [layer.spikes for layer in record.layers[:-1]]
    last = setup.dynamics.of_layer(len(spikes))
    spikes.append(with_virtual_spikes(record.output, deltas[-1], network.thresholds[-1], last))
    parts = zip(record.layer_inputs(), spikes, deltas, network.thresholds, strict=True)
    return [gradient_of(*part, setup.dynamics.of_layer(index)) for index, part in enumerate(parts)]


def learn_from(
    network: FloatNetwork, record: NetworkRecord, labels: IntArray, setup: LearningSetup, rng: np.random.Generator
) -> list[FloatArray]:
    """Gradients of one batch, summed over its samples; the optimiser subtracts a multiple of them.

    Updates feedback, q and m of `network`, not its weights. labels: (batch,). Returns one (inputs, neurons) array a
    layer in seconds, the first with the active channels only. The hidden errors use the feedback of before this batch.
    "bp" takes the plain error through the exact chain, without the normalised step (an optimiser with a step per
    weight undoes it).
    """
    dtype = network.weights[0].dtype
    errors = count_errors(record.output.counts, labels, setup.learning).astype(dtype)
    offsets = rate_offsets(network, record, setup.learning)
    if setup.rule == "bp":
        last = setup.dynamics.of_layer(len(record.layers) - 1)
        spikes = with_virtual_spikes(record.output, errors, network.thresholds[-1], last)
        return backpropagated_gradients(
            record, network.weights, network.thresholds, spikes, errors, offsets, setup.dynamics
        )
    deltas = local_deltas(network, errors, offsets, setup.learning)
    gradients = local_gradients(network, record, deltas, setup)
    if setup.rule == "sfdfa":
        directions = draw_directions(network, record.inputs.batch, rng)
        update_feedback(network, record, directions, setup.learning.feedback_rate)
    return gradients
