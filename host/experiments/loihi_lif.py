"""The neuron of Loihi 1 in its integers, as the public source of Lava has it (lava-nc 0.10.0, BSD-3, `lava/proc/lif/models.py`, the model tagged `fixed_pt`).

Of a tick, with a the sum of the weights of the inputs that spiked in the tick before it, every division towards 0:

    u = u (4096 - (du + 1)) / 4096 + 64 a
    v = v (4096 - dv) / 4096 + u, at most 2^23 - 1 either way
    a spike where v > 64 vth, and v = 0 then
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer

Int64 = NDArray[np.int64]

UNITY: Final = 4096
"""Of decays."""
WEIGHT_UNIT: Final = 64
"""Of u and v, in a weight."""
STATE_LIMIT: Final = (1 << 23) - 1
NEVER: Final = -1
"""A tick of what does not happen."""


@dataclass(frozen=True)
class LoihiNeuron:
    """du, dv: decays of current and voltage; vth: threshold in WEIGHT_UNIT."""

    du: int
    dv: int
    vth: int


def like(layer: IntegerLayer) -> LoihiNeuron:
    """The neuron of Loihi that comes nearest to a layer's.

    B - A of section 5 of docs/ARITHMETIC.md is (k_s - k) / 4096 times the voltage: both are sums of the same two exponentials of the inputs.
    """
    unit = 2.0 ** (layer.weight_fraction_bits - layer.state_fraction_bits)
    vth = layer.threshold * unit * UNITY / (layer.decay_s - layer.decay)
    return LoihiNeuron(layer.decay_s - 1, layer.decay, round(vth))


def _towards_zero(values: Int64, kept: int) -> Int64:
    decayed: Int64 = np.sign(values) * (np.abs(values) * kept // UNITY)
    return decayed


def first_spikes(neuron: LoihiNeuron, sums: Int64) -> Int64:
    """The tick of the first spike of each neuron, or NEVER: (neurons,). sums: of the weights of the inputs that spike in each tick, (ticks, neurons)."""
    u, v = np.zeros_like(sums[0]), np.zeros_like(sums[0])
    first = np.full(u.shape, NEVER, dtype=np.int64)
    for tick, arrived in enumerate(np.vstack((np.zeros_like(sums[:1]), sums[:-1]))):
        u = _towards_zero(u, UNITY - neuron.du - 1) + WEIGHT_UNIT * arrived
        v = (_towards_zero(v, UNITY - neuron.dv) + u).clip(-STATE_LIMIT, STATE_LIMIT)
        spikes = v > WEIGHT_UNIT * neuron.vth
        first[spikes & (first == NEVER)] = tick
        v[spikes] = 0
    return first
