"""Adam (Kingma and Ba, arXiv 1412.6980) on a list of weight arrays."""

import math
from collections.abc import Sequence

import numpy as np
from sfdfa_codegen.host.reference.dynamics import FloatArray


class Adam:
    """Step sizes per weight, in place. Arrays keep the dtype of the weights."""

    def __init__(
        self,
        weights: Sequence[FloatArray],
        rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.rate = rate
        self._betas = (beta1, beta2)
        self._epsilon = epsilon
        self._steps = 0
        self._means = [np.zeros_like(layer) for layer in weights]
        self._squares = [np.zeros_like(layer) for layer in weights]

    def update(self, weights: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        """One step against `gradients`, each of the shape of its weights."""
        self._steps += 1
        beta1, beta2 = self._betas
        correction2 = math.sqrt(1.0 - beta2**self._steps)
        rate = self.rate * correction2 / (1.0 - beta1**self._steps)
        epsilon = self._epsilon * correction2
        for layer, gradient, mean, square in zip(weights, gradients, self._means, self._squares, strict=True):
            mean += (1.0 - beta1) * (gradient - mean)
            square += (1.0 - beta2) * (gradient * gradient - square)
            layer -= rate * mean / (np.sqrt(square) + epsilon)
