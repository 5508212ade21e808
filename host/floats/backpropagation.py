"""Backpropagation through spike times for the clock-driven network: the baseline that the local rules are compared to.

The event-driven chain rule evaluated at the ticks. For each layer the walk of `replay` runs with dL/dt_k of each spike
as its drive; an input spike of neuron j at tick t then has

    dL/dt = sum_i w_ij (u_i / tau_s - v_i / tau)(t)

which is the drive of the layer below. No surrogate: g is tau / (I - c) or tau / I, as `dynamics.gradient` says. It
converges to the event-driven gradient as the tick shrinks. A hidden and an output spike in one tick count as cause and
effect, as they do in the forward pass.
"""

import numpy as np
from sfdfa_codegen.host.floats.clock_driven import BatchSpikes, NetworkRecord
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray
from sfdfa_codegen.host.floats.replay import sums_at, walk_backwards, weight_gradient


def input_spike_drive(
    inputs: BatchSpikes, spikes: BatchSpikes, gamma: FloatArray, weights: FloatArray, dynamics: Dynamics
) -> FloatArray:
    """dL/dt of each input spike, (input spikes,); gamma: (spikes,) of the layer above; weights: (inputs, neurons)."""
    slopes = sums_at(slice(None), dynamics.time_kernel, spikes, gamma)
    drive: FloatArray = slopes.reshape(-1, slopes.shape[2]) @ weights.T
    return drive.reshape(-1)[inputs.positions]


def backpropagated_gradients(
    record: NetworkRecord,
    weights: list[FloatArray],
    thresholds: tuple[float, ...],
    output_spikes: BatchSpikes,
    output_delta: FloatArray,
    hidden_offsets: list[FloatArray],
    dynamics: Dynamics,
) -> list[FloatArray]:
    """Gradient of sum_o delta_o sum_k t_ok with respect to all weights, summed over the batch.

    output_delta: (batch, outputs). output_spikes: those of the record, or with virtual ones. hidden_offsets: one
    (neurons,) array a hidden layer, added to dL/dt of each of its spikes (the rate regulariser; zeros for the pure
    gradient). Returns one (inputs, neurons) array a layer, the first with the active channels only.
    """
    layer_inputs = record.layer_inputs()
    gradients: list[FloatArray] = []
    spikes, drive = output_spikes, output_delta.reshape(-1)[output_spikes.cells]
    for layer in reversed(range(len(weights))):
        constants = dynamics.of_layer(layer)
        gamma = walk_backwards(spikes, drive, thresholds[layer], constants)
        gradients.insert(0, weight_gradient(layer_inputs[layer], spikes, gamma, constants))
        if layer > 0:
            below = record.layers[layer - 1].spikes
            offset = hidden_offsets[layer - 1][below.positions % below.shape[2]]
            drive = input_spike_drive(below, spikes, gamma, weights[layer], constants) + offset
            spikes = below
    return gradients


def no_offsets(weights: list[FloatArray]) -> list[FloatArray]:
    """`hidden_offsets` of the pure gradient."""
    return [np.zeros(layer.shape[1], layer.dtype) for layer in weights[:-1]]
