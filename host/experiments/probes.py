"""How well a network's feedback and gradients point where they should, seen on a batch of samples. Nothing is learned."""

import copy
from dataclasses import dataclass, replace

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.kinds import Gradient
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.experiments.networks import cosine
from sfdfa_codegen.host.floats.backpropagation import backpropagated_gradients, no_offsets
from sfdfa_codegen.host.floats.clock_driven import BatchSpikes, NetworkRecord, pack_samples, run_network
from sfdfa_codegen.host.floats.dynamics import CRITICAL_MARGIN, Dynamics, FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.integrator import learn_integrator, run_integrator
from sfdfa_codegen.host.floats.learning import (
    LearningSetup,
    count_errors,
    local_deltas,
    with_virtual_spikes,
)
from sfdfa_codegen.host.floats.replay import replay_gradient
from sfdfa_codegen.host.network.spec import LearningSpec, NetworkSpec


def float_copy(network: IntegerNetwork, state: LearnedState) -> FloatNetwork:
    """What an integer network has learned, as a float network."""
    layers = network.layers
    return FloatNetwork(
        weights=[w / 2.0**layer.weight_fraction_bits for w, layer in zip(state.weights, layers, strict=True)],
        feedback=[feedback / 64.0 for feedback in state.feedback],
        thresholds=tuple(layer.threshold / 2.0**layer.state_fraction_bits for layer in layers),
        delta_magnitudes=[mean / 2.0**16 for mean in state.mean_delta],
        mean_rates=[rate / 2048.0 for rate in state.mean_rate],
    )


def forward_paths(weights: list[FloatArray]) -> list[FloatArray]:
    """The summed weight from each hidden neuron to each output, one (neurons, outputs) array a hidden layer."""
    paths = [weights[-1]]
    for layer in reversed(weights[1:-1]):
        paths.insert(0, layer @ paths[0])
    return paths


def feedback_cosines(network: FloatNetwork) -> list[float | None]:
    """Of B and the forward path, one a hidden layer; None before any feedback was learned."""
    return [
        cosine(feedback, path) for feedback, path in zip(network.feedback, forward_paths(network.weights), strict=True)
    ]


@dataclass(frozen=True)
class Probe:
    """A batch through a network. deltas: of the local rule without its normalised step, one (batch, neurons) a layer."""

    network: FloatNetwork
    record: NetworkRecord
    deltas: list[FloatArray]
    dynamics: Dynamics

    @classmethod
    def of(cls, network: FloatNetwork, samples: SpikeDataset, spec: NetworkSpec) -> "Probe":
        """The errors are the spec's; neither the regulariser nor the normalised step takes part."""
        dynamics, dtype = Dynamics.from_spec(spec), network.weights[0].dtype
        record = run_network(network.weights, network.thresholds, pack_samples(samples, dtype), dynamics)
        plain: LearningSpec = replace(spec.learning, normalise=False)
        errors = count_errors(record.output.counts, samples.labels.astype(np.int64), plain).astype(dtype)
        deltas = local_deltas(copy.deepcopy(network), errors, no_offsets(network.weights), plain)
        return cls(network, record, deltas, dynamics)

    def spikes(self) -> list[BatchSpikes]:
        """Of each layer, with the virtual ones of silent outputs."""
        layers = [layer.spikes for layer in self.record.layers[:-1]]
        last = self.network.thresholds[-1]
        return [*layers, with_virtual_spikes(self.record.output, self.deltas[-1], last, self.dynamics)]

    def local(self) -> list[FloatArray]:
        """Gradients of the local rule, one a layer."""
        return self._gradients(self.spikes())

    def backpropagated(self) -> list[FloatArray]:
        """Gradients through all layers, of the same errors and with the same factor of each spike."""
        network, spikes = self.network, self.spikes()
        return backpropagated_gradients(
            self.record,
            network.weights,
            network.thresholds,
            spikes[-1],
            self.deltas[-1],
            no_offsets(network.weights),
            self.dynamics,
        )

    def _gradients(self, spikes: list[BatchSpikes]) -> list[FloatArray]:
        parts = zip(self.record.layer_inputs(), spikes, self.deltas, self.network.thresholds, strict=True)
        return [replay_gradient(inputs, layer, delta, c, self.dynamics) for inputs, layer, delta, c in parts]

    def finite_pair(self) -> tuple[list[FloatArray], list[FloatArray], list[float]]:
        """Gradients by the factors tau / I and tau / (I - c) of those neurons and samples in which I - c is above 0 at
        every spike, and which share of the spikes that leaves; each one a layer."""
        bounded: list[BatchSpikes] = []
        exact: list[BatchSpikes] = []
        shares: list[float] = []
        for layer, threshold in zip(self.record.layers, self.network.thresholds, strict=True):
            spikes = layer.spikes
            current = layer.synaptic_currents.reshape(-1)[spikes.positions]
            critical = current - threshold <= CRITICAL_MARGIN * threshold
            kept = ~np.isin(spikes.cells, spikes.cells[critical])
            positions, current = spikes.positions[kept], current[kept]
            bounded.append(BatchSpikes(positions, self._factors("sfdfa", current, threshold), spikes.shape))
            exact.append(BatchSpikes(positions, self._factors("exact", current, threshold), spikes.shape))
            shares.append(float(kept.mean()) if kept.size else 0.0)
        return self._gradients(bounded), self._gradients(exact), shares

    def _factors(self, gradient: Gradient, current: FloatArray, threshold: float) -> FloatArray:
        return replace(self.dynamics, gradient=gradient).spike_factor(current, threshold)


def integrator_gradients(
    network: FloatNetwork, samples: SpikeDataset, spec: NetworkSpec, exact: bool
) -> list[FloatArray]:
    """Of a network whose outputs integrate, summed over the samples: one (inputs, neurons) array a layer, the first with the active channels only.

    exact: backpropagated, with the same factor of each spike; else through the network's feedback. All samples are learned, however well they are
    known; neither the regulariser nor the normalised step takes part. The network is not changed.
    """
    dynamics, dtype = Dynamics.from_spec(spec), network.weights[0].dtype
    record = run_integrator(network, pack_samples(samples, dtype), spec.learning, dynamics)
    plain = replace(spec.learning, normalise=False, regulariser=0.0, learn_below=None, eligibility="replay")
    setup = LearningSetup("bp" if exact else "dfa", plain, dynamics)
    labels = samples.labels.astype(np.int64)
    return learn_integrator(copy.deepcopy(network), record, labels, setup, np.random.default_rng(0))


def gradient_cosines(first: list[FloatArray], second: list[FloatArray]) -> list[float | None]:
    """Layer by layer."""
    return [cosine(a, b) for a, b in zip(first, second, strict=True)]
