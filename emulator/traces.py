"""Eligibility in traces that run forwards with the sample, docs/ARITHMETIC.md section 9.

Only inputs that had an event are looked at: the traces of the others are 0 and leave their weights alone. All first spikes
of the neurons are handled at once, then all second spikes, and so on: neurons do not depend on each other.
"""

from dataclasses import dataclass

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, clamp_counted, decayed, rshift, sat
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.replay import UPDATE_HIGH, UPDATE_LOW
from sfdfa_codegen.emulator.spike_list import SpikeList, occurrences, previous_of_same
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes

INPUT_UNIT = 4096
"""An input adds this to both of its traces."""


@dataclass(frozen=True)
class InputTraces:
    """P of the inputs that had an event.

    inputs: their indices, sorted, (inputs,). values: P, (ticks, inputs). saturations: inputs whose P was clamped, (ticks,).
    """

    inputs: Int64
    values: Int64
    saturations: Int64


@dataclass(frozen=True)
class Eligibilities:
    """E of every neuron, (neurons, inputs that had an event), and how often a clamp changed something."""

    traces: InputTraces
    values: Int64
    saturations: int


@dataclass(frozen=True)
class TraceUpdates:
    """D, in 2^-14, (inputs that had an event, neurons), and how often a clamp changed it."""

    inputs: Int64
    updates: Int64
    saturations: int


def _input_traces(network: IntegerNetwork, layer: IntegerLayer, spikes: SpikeList) -> InputTraces:
    inputs, columns = np.unique(spikes.neurons, return_inverse=True)
    arrivals = np.zeros((network.ticks, inputs.size), dtype=np.int64)
    arrivals[spikes.rows, columns] = INPUT_UNIT
    values = np.empty_like(arrivals)
    a, b = np.zeros_like(inputs), np.zeros_like(inputs)
    for tick, arrived in enumerate(arrivals):
        a = decayed(a, layer.decay_s) + arrived
        b = decayed(b, layer.decay) + arrived
        values[tick] = a - b
    values = rshift(values, 12 - network.eligibility_fraction_bits)
    saturations = (np.abs(values) > WORD_LIMIT).sum(axis=1)
    return InputTraces(inputs, values.clip(-WORD_LIMIT, WORD_LIMIT), saturations)


def _lambda_after(ticks: int, decay: int) -> Int64:
    """lambda so many ticks after a spike, before a spike there sets it anew: (ticks,)."""
    values = np.empty(ticks, dtype=np.int64)
    value = np.array(WORD_LIMIT)
    for tick in range(ticks):
        values[tick] = value
        value = decayed(value, decay)
    return values


class _NeuronTraces:
    """R and E of every neuron for the inputs that had an event: (neurons, inputs)."""

    def __init__(self, neurons: int, inputs: int) -> None:
        self.r = np.zeros((neurons, inputs), dtype=np.int64)
        self.e = np.zeros((neurons, inputs), dtype=np.int64)
        self.saturations = 0

    def _sat(self, x: Int64) -> Int64:
        clamped, count = sat(x, WORD_LIMIT)
        self.saturations += count
        return clamped

    def spike(self, neurons: Int64, p: Int64, rho: Int64, lambda_: Int64) -> None:
        """The next spike of some neurons: neurons, rho, lambda (n,), p (n, inputs). At first spikes lambda is 0."""
        r = rshift(self.r[neurons] * lambda_[:, None], 15)
        x = rshift(rho[:, None] * self._sat(p + r), 8)
        self.e[neurons] = self._sat(self.e[neurons] + x)
        self.r[neurons] = self._sat(r + x)


def eligibilities(
    network: IntegerNetwork, layer_pass: LayerPass, remembered: RememberedSpikes, changes: Int64
) -> Eligibilities:
    """E after the sample; changes (ticks,): how many records of silent outputs changed in each tick."""
    layer, spikes = layer_pass.layer, remembered.spikes
    p = _input_traces(network, layer, layer_pass.inputs)
    traces = _NeuronTraces(layer.neurons, p.inputs.size)
    before = previous_of_same(spikes.neurons)
    ages = spikes.rows - spikes.rows[before]
    lambdas = np.where(before >= 0, _lambda_after(network.ticks, layer.decay)[ages], 0)
    rounds = occurrences(spikes.neurons)
    for number in range(int(rounds.max()) + 1 if rounds.size else 0):
        now = (rounds == number).nonzero()[0]
        traces.spike(spikes.neurons[now], p.values[spikes.rows[now]], remembered.rho[now], lambdas[now])
    uses = changes + np.bincount(spikes.rows, minlength=network.ticks)
    return Eligibilities(p, traces.e, traces.saturations + int(uses @ p.saturations))


def add_virtual(found: Eligibilities, virtual: RememberedSpikes) -> None:
    """Set E of silent outputs from their virtual spikes; P's clamps there are counted where the records changed."""
    at = found.traces.values[virtual.spikes.rows]
    found.values[virtual.spikes.neurons] = rshift(virtual.rho[:, None] * at, 8)


def trace_updates(network: IntegerNetwork, found: Eligibilities, steps: Int64) -> TraceUpdates:
    """D of a layer; steps (neurons,). Neurons that remember no spike have E = 0 and so D = 0."""
    products = rshift(steps * -found.values.T, network.eligibility_fraction_bits + 2)
    updates, clamped = clamp_counted(products, UPDATE_LOW, UPDATE_HIGH)
    return TraceUpdates(found.traces.inputs, updates, clamped)
