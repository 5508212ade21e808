"""Online learning in float: one sample at a time, predict, then learn by plain SGD. What devices are compared with."""

from typing import NamedTuple

import numpy as np
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.floats.clock_driven import pack_sample
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork, seeded_generator
from sfdfa_codegen.host.floats.forward import run_forward
from sfdfa_codegen.host.floats.learning import LearningSetup
from sfdfa_codegen.host.floats.readout_kernel import ReadoutKernel
from sfdfa_codegen.host.network.spec import NetworkSpec


class OnlineOutcome(NamedTuple):
    """One sample. outputs: spikes of each, int64, or its probability: (outputs,); hidden_spikes: over all hidden layers."""

    prediction: int
    outputs: IntArray | FloatArray
    loss: float
    hidden_spikes: int


class OnlineLearner:
    """Batch 1, plain SGD, on `network`, which it changes in place.

    `rate` is the current learning rate; `end_epoch` multiplies it by the spec's rate_decay. Rule "none" never learns.
    weight_limit: None, or weights are kept within plus and minus this, as weights of few bits are (it changes what is
    learned: on MNIST it keeps the hidden layer active and is worth half a point). seed: in the place of the spec's. kernel: of outputs that
    integrate, for studies; None is that of devices.
    """

    def __init__(
        self,
        network: FloatNetwork,
        spec: NetworkSpec,
        *,
        seed: int | None = None,
        weight_limit: float | None = None,
        kernel: ReadoutKernel | None = None,
    ) -> None:
        self.network = network
        self.rate = spec.learning.rate
        self._spec = spec
        self._weight_limit = weight_limit
        self._rng = seeded_generator(spec.seed if seed is None else seed, 2)
        rule = spec.learning.rule
        self._learns = rule != "none"
        dynamics = Dynamics.from_spec(spec)
        self._setup = LearningSetup("sfdfa" if rule == "none" else rule, spec.learning, dynamics, kernel)

    def step(self, sample: SpikeSample, *, learn: bool = True) -> OnlineOutcome:
        """Predict, then learn from the label."""
        network = self.network
        inputs = pack_sample(sample, network.weights[0].dtype)
        forward = run_forward(network, inputs, self._setup)
        outcome = OnlineOutcome(
            prediction=int(forward.predictions()[0]),
            outputs=forward.outputs()[0],
            loss=float(forward.losses(np.array([sample.label]))[0]),
            hidden_spikes=forward.hidden_spikes,
        )
        if learn and self._learns:
            gradients = forward.learn(np.array([sample.label]), self._rng)
            network.weights[0][inputs.channels] = self._stepped(inputs.select(network.weights[0]), gradients[0], 0)
            for layer, gradient in enumerate(gradients[1:], start=1):
                network.weights[layer] = self._stepped(network.weights[layer], gradient, layer)
        return outcome

    def _stepped(self, weights: FloatArray, gradient: FloatArray, layer: int) -> FloatArray:
        stepped: FloatArray = weights - self.rate * self._spec.rate_share(layer) * gradient
        return stepped if self._weight_limit is None else stepped.clip(-self._weight_limit, self._weight_limit)

    def run(self, dataset: SpikeDataset, *, learn: bool = True) -> float:
        """One pass in the order of `dataset`; returns the fraction predicted rightly (before learning)."""
        samples = (dataset[index] for index in range(len(dataset)))
        right = sum(self.step(sample, learn=learn).prediction == sample.label for sample in samples)
        return right / max(len(dataset), 1)

    def end_epoch(self) -> None:
        """Let the rate decay."""
        self.rate *= self._spec.learning.rate_decay
