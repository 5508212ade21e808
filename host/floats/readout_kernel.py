"""What a spike counts for outputs that integrate, by its time: K = T - t on devices, and others for studies in float."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray

KernelName: TypeAlias = Literal["linear", "square", "flat", "integrated potential", "leaky", "leaky, as linear"]
KERNELS: Final[tuple[KernelName, ...]] = get_args(KernelName)


@dataclass(frozen=True)
class ReadoutKernel:
    """values: K of a spike at each tick, (ticks,), with the sum of 1 - t / T. slopes: how much later spikes count less, -dK/dt, (ticks,), of
    size 1 in the mean.
    """

    values: FloatArray
    slopes: FloatArray


def readout_kernel(name: KernelName, dynamics: Dynamics) -> ReadoutKernel:
    """The kernel for the time constants of a network; x is what is left of a sample at a spike, 1 - t / T.

    "linear": x, the spike current integrated twice. "square": x^2. "flat": 1, the number of spikes; as it has no slope, its hidden layers learn by
    that of x. "integrated potential": what a membrane without a threshold sums up over the rest of the sample. "leaky": what is left at the end of a
    sum that decays with the membrane's time constant, so that late spikes count most; "leaky, as linear": the same, with the slope of x.
    """
    left = 1.0 - np.arange(dynamics.ticks) / dynamics.ticks
    age_s = left * dynamics.ticks * dynamics.tick_s
    slow, fast = np.exp(-age_s / dynamics.tau), np.exp(-age_s / dynamics.tau_s)
    values, slopes = {
        "linear": (left, np.ones_like(left)),
        "square": (left**2, left),
        "flat": (np.ones_like(left), np.ones_like(left)),
        "integrated potential": (dynamics.tau * (1 - slow) - dynamics.tau_s * (1 - fast), slow - fast),
        "leaky": (slow, -slow),
        "leaky, as linear": (slow, np.ones_like(left)),
    }[name]
    return ReadoutKernel(values * left.sum() / values.sum(), slopes / np.abs(slopes).mean())
