"""Who computes a batch of float training: C compiled on this machine, or numpy where there is no compiler."""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.floats.adam import Adam
from sfdfa_codegen.host.floats.clock_driven import SpikeBlock, pack_samples
from sfdfa_codegen.host.floats.dynamics import FloatArray, IntArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork, seeded_generator
from sfdfa_codegen.host.floats.forward import run_forward
from sfdfa_codegen.host.floats.learning import LearningSetup

EngineName = Literal["c", "numpy"]
PREDICTION_BATCH: Final = 100
"""Samples run together when only predicting."""


@dataclass(frozen=True)
class BatchOutcome:
    """A batch of which the gradients are known, the weights not yet changed.

    predictions: (batch,) int64. hidden_spikes, output_spikes: of all neurons and samples. gradients: of the mean over the
    batch, in seconds, one (inputs, neurons) array a layer, good until the step. norms: the L2 norm of each.
    """

    predictions: IntArray
    hidden_spikes: int
    output_spikes: int
    gradients: list[FloatArray]
    norms: list[float]


class BatchEngine(Protocol):
    """Learns batches on a network, which it changes in place, with the state of Adam."""

    name: EngineName

    def learn(self, samples: SpikeDataset) -> BatchOutcome:
        """Gradients of one batch; feedback and running means learn from it, weights do not."""

    def step(self, rate: float, scales: list[float]) -> None:
        """A step of Adam against the gradients of the batch, times `scales`, one a layer."""

    def predict(self, dataset: SpikeDataset) -> IntArray:
        """Predicted classes, (samples,) int64."""


class NumpyEngine:
    """The reference, over a batch at once: dense products over the ticks and channels that have events."""

    name: EngineName = "numpy"

    def __init__(self, network: FloatNetwork, setup: LearningSetup, seed: int) -> None:
        self._network, self._setup = network, setup
        self._adam = Adam(network.weights, 0.0)
        self._directions = seeded_generator(seed, 2)
        self._gradients: list[FloatArray] = []

    def learn(self, samples: SpikeDataset) -> BatchOutcome:
        network, labels = self._network, samples.labels.astype(np.int64)
        inputs = pack_samples(samples, network.weights[0].dtype)
        forward = run_forward(network, inputs, self._setup)
        gradients = forward.learn(labels, self._directions)
        gradients = [gradient / len(labels) for gradient in gradients]
        gradients[0] = all_channels(inputs, gradients[0], network.weights[0])
        self._gradients = gradients
        return BatchOutcome(
            predictions=forward.predictions(),
            hidden_spikes=forward.hidden_spikes,
            output_spikes=forward.output_spikes,
            gradients=gradients,
            norms=[float(np.linalg.norm(gradient)) for gradient in gradients],
        )

    def step(self, rate: float, scales: list[float]) -> None:
        for gradient, scale in zip(self._gradients, scales, strict=True):
            gradient *= scale
        self._adam.rate = rate
        self._adam.update(self._network.weights, self._gradients)

    def predict(self, dataset: SpikeDataset) -> IntArray:
        network, predictions = self._network, [np.zeros(0, np.int64)]
        for start in range(0, len(dataset), PREDICTION_BATCH):
            indices = np.arange(start, min(start + PREDICTION_BATCH, len(dataset)))
            inputs = pack_samples(dataset.take(indices), network.weights[0].dtype)
            predictions.append(run_forward(network, inputs, self._setup).predictions())
        return np.concatenate(predictions)


def all_channels(inputs: SpikeBlock, gradient: FloatArray, weights: FloatArray) -> FloatArray:
    """The first layer's gradient of the active channels, with rows of zeros for the others."""
    if inputs.channels is None:
        return gradient
    full = np.zeros_like(weights)
    full[inputs.channels] = gradient
    return full
