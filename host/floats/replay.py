"""Factored replay: gradients from a backward walk over a sample's spikes, with no state per synapse (section 3).

Downwards over the spikes of a neuron:  gamma_k = g_k (d_k + (c/tau) lambda_k s_{k+1}),  s_k = gamma_k + lambda_k s_{k+1}
Downwards over the ticks:               u <- alpha_s u + gamma,  v <- alpha v + gamma
For an input event (j, t) the gradient of w_ij grows by u_i - v_i at that tick. A microcontroller walks u and v tick by
tick; here u - v at all ticks is one product of gamma with a kernel of ticks.

d is what the loss wants of that spike, dL/dt_k. The local rule has one number a neuron and sample, delta_i: since
everything is linear in d, walking with d = delta_i is delta_i times the walk with d = 1. Backpropagation has one
number a spike.
"""

import itertools

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.floats.clock_driven import BatchSpikes, SpikeBlock
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray


def walk_backwards(spikes: BatchSpikes, drive: FloatArray, threshold: float, dynamics: Dynamics) -> FloatArray:
    """gamma of every spike, (spikes,); drive: dL/dt_k of every spike, (spikes,)."""
    order = spikes.by_cell
    cells, ticks = spikes.cells[order], spikes.ticks[order]
    has_later = np.zeros(len(order), np.bool_)
    has_later[:-1] = cells[1:] == cells[:-1]
    to_later = np.zeros(len(order), np.int64)
    to_later[:-1] = ticks[1:] - ticks[:-1]
    lambdas = np.where(has_later, dynamics.alpha**to_later, 0.0).astype(spikes.factors.dtype)
    factors, wanted = spikes.factors[order], drive[order]
    sums, gammas = np.zeros(len(order) + 1, factors.dtype), np.zeros_like(factors)
    for k in _last_first(has_later):
        later_sum = lambdas[k] * sums[k + 1]
        gammas[k] = factors[k] * (wanted[k] + threshold / dynamics.tau * later_sum)
        sums[k] = gammas[k] + later_sum
    gamma = np.empty_like(gammas)
    gamma[order] = gammas
    return gamma


def _last_first(has_later: NDArray[np.bool_]) -> list[IntArray]:
    """For spikes grouped by neuron: the positions of every last spike, of every last but one, and so on."""
    size = len(has_later)
    (last,) = (~has_later).nonzero()
    from_last = np.repeat(last, np.diff(last, prepend=-1)) - np.arange(size)
    by_rank = np.argsort(from_last, kind="stable")
    bounds = [0, *np.bincount(from_last).cumsum().tolist()]
    return [by_rank[start:stop] for start, stop in itertools.pairwise(bounds)]


def sums_at(ticks: slice | IntArray, kernel: FloatArray, spikes: BatchSpikes, gamma: FloatArray) -> FloatArray:
    """sum_k kernel[t, k] gamma_k of each neuron at each t of `ticks`, (ticks, batch, neurons); gamma: (spikes,)."""
    rows = kernel[ticks].astype(gamma.dtype)
    total_ticks, batch, neurons = spikes.shape
    sums: FloatArray = rows @ spikes.dense(gamma).reshape(total_ticks, batch * neurons)
    return sums.reshape(len(rows), batch, neurons)


def weight_gradient(inputs: SpikeBlock, spikes: BatchSpikes, gamma: FloatArray, dynamics: Dynamics) -> FloatArray:
    """Sum over samples and events of u - v, (active channels, neurons): one product with the input spikes."""
    difference = sums_at(inputs.ticks, dynamics.weight_kernel, spikes, gamma)
    gradient: FloatArray = inputs.rows().T @ difference.reshape(len(inputs.rows()), difference.shape[2])
    return gradient


def replay_gradient(
    inputs: SpikeBlock, spikes: BatchSpikes, delta: FloatArray, threshold: float, dynamics: Dynamics
) -> FloatArray:
    """Sum over the samples of delta_i E_ij, (active channels, neurons); delta: (batch, neurons)."""
    gamma = walk_backwards(spikes, delta.reshape(-1)[spikes.cells], threshold, dynamics)
    return weight_gradient(inputs, spikes, gamma, dynamics)
