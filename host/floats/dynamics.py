"""Time constants of a network, and the factor g of a spike's local gradient in its two forms."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.kinds import Gradient, Reset
from sfdfa_codegen.host.network.spec import NetworkSpec

FloatArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.int64]

CRITICAL_MARGIN: Final = 1e-6
"""Exact gradient: I - c is not allowed below this fraction of c (a crossing seen late can have I <= c)."""


@dataclass(frozen=True)
class Dynamics:
    """LIF with two exponentials, in ticks of `tick_s` seconds; of a network, or of one of its layers."""

    ticks: int
    tick_s: float
    tau_s: float
    """Synaptic time constant in seconds."""
    max_spikes: int = 30
    """Most spikes a neuron may send in one sample."""
    gradient: Gradient = "sfdfa"
    tau_ratio: float = 2.0
    """The membrane's time constant over tau_s."""
    reset: Reset = "subtract"
    reset_amount: float = 1.0
    """subtract: a share of the threshold."""
    layers: tuple["Dynamics", ...] = ()
    """Those of each layer, where they differ."""

    def of_layer(self, layer: int) -> "Dynamics":
        """The constants of one layer."""
        return self.layers[layer] if self.layers else self

    @classmethod
    def from_spec(cls, spec: NetworkSpec) -> "Dynamics":
        """The constants of one network file."""
        tick_s = spec.encoding.tick_s
        common = cls(
            ticks=spec.encoding.ticks,
            tick_s=tick_s,
            tau_s=spec.neuron.tau_s_ticks * tick_s,
            max_spikes=spec.learning.max_spikes,
            gradient=spec.learning.gradient,
        )
        layers = tuple(
            replace(
                common,
                tau_s=spec.tau_s_ticks(index) * tick_s,
                tau_ratio=spec.tau_ticks(index) / spec.tau_s_ticks(index),
                reset=spec.layers[index].reset,
                reset_amount=spec.layers[index].reset_amount,
            )
            for index in range(len(spec.layers))
        )
        return common if all(layer == common for layer in layers) else replace(common, layers=layers)

    @cached_property
    def tau(self) -> float:
        """Membrane time constant in seconds."""
        return self.tau_ratio * self.tau_s

    @cached_property
    def alpha_s(self) -> float:
        """Decay of A in one tick."""
        return math.exp(-self.tick_s / self.tau_s)

    @cached_property
    def alpha(self) -> float:
        """Decay of B in one tick."""
        return math.exp(-self.tick_s / self.tau)

    @cached_property
    def synaptic_kernel(self) -> FloatArray:
        """exp(-age/tau_s) of what came at tick j, seen at tick k; (ticks j, ticks k) float64, 0 where k < j."""
        return self._kernel(self.alpha_s)

    @cached_property
    def membrane_kernel(self) -> FloatArray:
        """exp(-age/tau) of what came at tick j, seen at tick k; (ticks j, ticks k) float64, 0 where k < j."""
        return self._kernel(self.alpha)

    def _kernel(self, decay: float) -> FloatArray:
        age = np.arange(self.ticks)[np.newaxis, :] - np.arange(self.ticks)[:, np.newaxis]
        kernel: FloatArray = np.where(age >= 0, decay ** np.maximum(age, 0), 0.0)
        return kernel

    @cached_property
    def weight_kernel(self) -> FloatArray:
        """A_j - B_j at tick k of an input spike at tick j; (ticks j, ticks k) float64."""
        return self.synaptic_kernel - self.membrane_kernel

    @cached_property
    def time_kernel(self) -> FloatArray:
        """exp(-age/tau_s)/tau_s - exp(-age/tau)/tau in 1/s; (ticks j, ticks k) float64, 0 where k < j."""
        return self.synaptic_kernel / self.tau_s - self.membrane_kernel / self.tau

    def loss_at_spike(self, potentials: FloatArray, threshold: float) -> FloatArray | float:
        """What spikes take from B - A, which is `potentials` where they come."""
        return potentials if self.reset == "zero" else self.reset_amount * threshold

    def spike_factor(self, current: FloatArray, threshold: float) -> FloatArray:
        """g of spikes at synaptic current I = A, in seconds per weight unit; same shape as `current`.

        "sfdfa": tau / I, with I clamped to at least c, so at most tau / c. "exact": tau / (I - c), with I - c clamped
        to at least CRITICAL_MARGIN c.
        """
        if self.gradient == "sfdfa":
            return self.bounded_factor(current, threshold)
        factor: FloatArray = self.tau / np.maximum(current - threshold, CRITICAL_MARGIN * threshold)
        return factor

    def bounded_factor(self, current: FloatArray, threshold: float) -> FloatArray:
        """tau / max(I, c), whatever the gradient: what a virtual spike uses, since its I - c has no meaning."""
        factor: FloatArray = self.tau / np.maximum(current, threshold)
        return factor
