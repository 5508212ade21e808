"""Per-synapse traces: the online form of the eligibility, with R and E at every synapse (sections 2 and 3).

    every tick:    A_j, B_j of each input alone, at weight 1;  R_ij <- alpha R_ij
    at a spike:    dt_ij = g (A_j - B_j + R_ij);  R_ij += (c/tau) dt_ij;  E_ij += dt_ij

Batch times synapses numbers of memory: for checks and small networks.
"""

import numpy as np
from sfdfa_codegen.host.floats.clock_driven import BatchSpikes, SpikeBlock
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray


def trace_eligibility(inputs: SpikeBlock, spikes: BatchSpikes, threshold: float, dynamics: Dynamics) -> FloatArray:
    """E of every synapse and sample, (batch, active channels, neurons) in seconds per weight unit."""
    factors = spikes.dense(spikes.factors)
    ticks, batch, neurons = factors.shape
    channels = inputs.spikes.shape[2]
    input_a, input_b = np.zeros((2, batch, channels), factors.dtype)
    reset_trace, eligibility = np.zeros((2, batch, channels, neurons), factors.dtype)
    row_of_tick = {tick: row for row, tick in enumerate(inputs.ticks.tolist())}
    for tick in range(ticks):
        input_a *= dynamics.alpha_s
        input_b *= dynamics.alpha
        reset_trace *= dynamics.alpha
        if tick in row_of_tick:
            input_a += inputs.spikes[row_of_tick[tick]]
            input_b += inputs.spikes[row_of_tick[tick]]
        spike_gradient = factors[tick][:, np.newaxis, :] * ((input_a - input_b)[:, :, np.newaxis] + reset_trace)
        reset_trace += threshold / dynamics.tau * spike_gradient
        eligibility += spike_gradient
    return eligibility


def trace_gradient(
    inputs: SpikeBlock, spikes: BatchSpikes, delta: FloatArray, threshold: float, dynamics: Dynamics
) -> FloatArray:
    """Sum over the samples of delta_i E_ij, (active channels, neurons); delta: (batch, neurons)."""
    eligibility = trace_eligibility(inputs, spikes, threshold, dynamics)
    gradient: FloatArray = np.einsum("bn,bcn->cn", delta, eligibility)
    return gradient
