"""The readout that integrates, docs/ARITHMETIC.md section 5a: from the spikes that reach the outputs to Y, probabilities and errors."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, rshift
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WeightArray

PROBABILITY_ONE: Final = 256
SHOWN_LIMIT: Final = 255
"""A probability in a result is at most this."""
LAST_EXPONENT: Final = 128
EXPONENTIALS: Final = np.array([round(32767 * math.exp(-k / 16)) for k in range(LAST_EXPONENT + 1)], dtype=np.int64)
"""EXP: (129,)."""
DECIDE_PERIOD: Final = 4
"""Ticks between two looks at whether a sample is decided."""


@dataclass(frozen=True)
class Readout:
    """What the outputs made of a sample. kappa: of each input of the output layer, (inputs,). y: (outputs,). probabilities: in 1/256, (outputs,).

    ticks_run: the ticks after these were left out.
    """

    kappa: Int64
    y: Int64
    probabilities: Int64
    ticks_run: int


def kappas(inputs: int, ticks: int, spikes: SpikeList, samples: int = 1) -> Int64:
    """kappa of each input, (samples, inputs); rows of the spikes are `tick * samples + sample`."""
    spike_ticks, sample = np.divmod(spikes.rows, samples)
    size = samples * inputs
    sums = np.bincount(sample * inputs + spikes.neurons, weights=ticks - spike_ticks, minlength=size)
    return sums.astype(np.int64).reshape(samples, inputs)  # below 2^16, so exact in float


def scaled_sums(network: IntegerNetwork, sums: Int64) -> Int64:
    """Y from the sums of weights times kappa; same shape."""
    shifted: Int64 = sums >> (network.layers[-1].weight_fraction_bits - network.output_fraction_bits)
    return shifted


def outputs_of(network: IntegerNetwork, weights: WeightArray, kappa: Int64) -> Int64:
    """Y: (samples, outputs), from kappa (samples, inputs)."""
    return scaled_sums(network, kappa @ weights.astype(np.int64))


def probabilities(network: IntegerNetwork, y: Int64) -> Int64:
    """p of each output in 1/256, 0 .. 256: (samples, outputs), from Y of the same shape."""
    distance = np.minimum((y.max(axis=1, keepdims=True) - y) >> network.softmax_shift, WORD_LIMIT)
    x = EXPONENTIALS[np.minimum(LAST_EXPONENT, rshift(distance * network.softmax_factor, 15))]
    total = x.sum(axis=1, keepdims=True)
    p: Int64 = (PROBABILITY_ONE * x + (total >> 1)) // total
    return p


def _lead(y: Int64) -> Int64:
    """How far the largest of the outputs is above the second largest: (n,), from (n, outputs) with two outputs or more."""
    ordered = np.sort(y, axis=1)
    lead: Int64 = ordered[:, -1] - ordered[:, -2]
    return lead


def margin(network: IntegerNetwork, y: Int64) -> int:
    """d of the second largest output of section 8a, from Y (outputs,)."""
    if network.outputs == 1:
        return 0
    return min(int(_lead(y[None])[0]) >> network.softmax_shift, WORD_LIMIT)


def is_lead_decisive(network: IntegerNetwork, y: Int64) -> bool:
    """Whether Y so far, of two outputs or more, decides a sample: (outputs,)."""
    return bool(_lead(y[None])[0] >= network.decide_margin)


def ticks_until_decided(network: IntegerNetwork, weights: WeightArray, spikes: SpikeList) -> int:
    """How many ticks are run if `spikes` would reach the outputs in all of them."""
    ends = np.arange(DECIDE_PERIOD, network.ticks, DECIDE_PERIOD)
    if network.decide_margin == 0 or network.outputs == 1 or not ends.size:
        return network.ticks
    products = weights.take(spikes.neurons, axis=0).astype(np.int64) * (network.ticks - spikes.rows)[:, None]
    sums = np.concatenate((np.zeros((1, network.outputs), dtype=np.int64), products.cumsum(axis=0)))
    leads = _lead(scaled_sums(network, sums[np.searchsorted(spikes.rows, ends)]))
    decided = (leads >= network.decide_margin).nonzero()[0]
    return int(ends[decided[0]]) if decided.size else network.ticks


def read_out(network: IntegerNetwork, weights: WeightArray, spikes: SpikeList, ticks_run: int) -> Readout:
    """Of a single sample, from the spikes that reach the outputs."""
    kappa = kappas(network.layers[-1].inputs, network.ticks, spikes)
    y = outputs_of(network, weights, kappa)
    return Readout(kappa[0], y[0], probabilities(network, y)[0], ticks_run)


def target_errors(network: IntegerNetwork, found: Int64, labels: Int64) -> Int64:
    """e of each output in 1/256: (samples, outputs), from their probabilities and labels (samples,)."""
    errors = network.target_other - found
    own = PROBABILITY_ONE - (network.outputs - 1) * network.target_other
    errors[np.arange(len(labels)), labels] += own - network.target_other
    return errors


def shown_probabilities(found: Int64) -> Int64:
    """The probabilities as results give them, each in a byte."""
    return np.minimum(found, SHOWN_LIMIT)
