"""Adam (Kingma and Ba, arXiv 1412.6980) on a list of weight arrays."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from sfdfa_codegen.host.floats.dynamics import FloatArray

BETA1: Final = 0.9
BETA2: Final = 0.999
EPSILON: Final = 1e-8


def corrected(rate: float, steps: int) -> tuple[float, float]:
    """Rate and epsilon of step number `steps`, from 1, with the corrections of both means in them."""
    correction2 = math.sqrt(1.0 - BETA2**steps)
    return rate * correction2 / (1.0 - BETA1**steps), EPSILON * correction2


class Adam:
    """Step sizes per weight, in place. Arrays keep the dtype of the weights."""

    def __init__(self, weights: Sequence[FloatArray], rate: float) -> None:
        self.rate = rate
        self._steps = 0
        self._means = [np.zeros_like(layer) for layer in weights]
        self._squares = [np.zeros_like(layer) for layer in weights]

    def update(self, weights: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        """One step against `gradients`, each of the shape of its weights."""
        self._steps += 1
        rate, epsilon = corrected(self.rate, self._steps)
        for layer, gradient, mean, square in zip(weights, gradients, self._means, self._squares, strict=True):
            mean += (1.0 - BETA1) * (gradient - mean)
            square += (1.0 - BETA2) * (gradient * gradient - square)
            layer -= rate * mean / (np.sqrt(square) + epsilon)
