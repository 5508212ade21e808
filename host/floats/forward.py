"""One block of samples through a float network, and what is learned of it, whatever the readout."""

from dataclasses import dataclass

import numpy as np
from sfdfa_codegen.host.floats.clock_driven import NetworkRecord, SpikeBlock, run_network
from sfdfa_codegen.host.floats.dynamics import FloatArray, IntArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.integrator import (
    IntegratorRecord,
    cross_entropies,
    learn_integrator,
    probabilities,
    run_integrator,
)
from sfdfa_codegen.host.floats.learning import LearningSetup, learn_from, losses


@dataclass(frozen=True)
class Forward:
    """What a network did with a block, and how it is learned."""

    network: FloatNetwork
    setup: LearningSetup
    record: NetworkRecord | IntegratorRecord

    def predictions(self) -> IntArray:
        """(batch,) int64."""
        if isinstance(self.record, NetworkRecord):
            return self.record.predictions()
        best: IntArray = self.record.logits.argmax(axis=1)
        return best

    def outputs(self) -> FloatArray | IntArray:
        """Spikes of each output, or its probability: (batch, outputs)."""
        if isinstance(self.record, NetworkRecord):
            return self.record.output.counts
        return probabilities(self.record.logits)

    def losses(self, labels: IntArray) -> FloatArray:
        """Of each sample, (batch,)."""
        if isinstance(self.record, NetworkRecord):
            return losses(self.record.output.counts, labels, self.setup.learning)
        return cross_entropies(self.record.logits, labels, self.setup.learning)

    @property
    def hidden_spikes(self) -> int:
        """Of all hidden neurons and samples."""
        layers = self.record.layers[:-1] if isinstance(self.record, NetworkRecord) else self.record.hidden.layers
        return sum(int(layer.counts.sum()) for layer in layers)

    @property
    def output_spikes(self) -> int:
        """Of all outputs and samples; outputs that integrate have none."""
        return int(self.record.output.counts.sum()) if isinstance(self.record, NetworkRecord) else 0

    def learn(self, labels: IntArray, rng: np.random.Generator) -> list[FloatArray]:
        """Gradients of the block, summed over its samples; see `learning.learn_from`."""
        if isinstance(self.record, NetworkRecord):
            return learn_from(self.network, self.record, labels, self.setup, rng)
        return learn_integrator(self.network, self.record, labels, self.setup, rng)


def run_forward(network: FloatNetwork, inputs: SpikeBlock, setup: LearningSetup) -> Forward:
    """Run one block."""
    if setup.learning.readout == "integrator":
        return Forward(network, setup, run_integrator(network, inputs, setup.learning, setup.dynamics, setup.kernel))
    record = run_network(network.weights, network.thresholds, inputs, setup.dynamics, network.biases)
    return Forward(network, setup, record)
