"""rho, the inverse slope of a spike, and virtual spikes of silent outputs; docs/ARITHMETIC.md sections 5 and 8."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.spike_list import SpikeList

VIRTUAL_RHO_MAX = 255


def _quotient(threshold: int, j: Int64) -> Int64:
    return (256 * threshold + (j >> 1)) // j


def spike_rho(network: IntegerNetwork, layer: IntegerLayer, a: Int64) -> Int64:
    """rho of spikes at which the synaptic currents A were `a` (spikes,), in 1/256."""
    c = layer.threshold
    j = np.maximum(a, c) if network.gradient == "sfdfa" else np.maximum(a - c, 1)
    return np.minimum(_quotient(c, j), network.rho_max)


@dataclass(frozen=True)
class RememberedSpikes:
    """The spikes that learning uses, and the rho of each: (spikes,)."""

    spikes: SpikeList
    rho: Int64
    forgotten: int
    """Spikes past the capacity."""


def remembered_spikes(network: IntegerNetwork, layer_pass: LayerPass) -> RememberedSpikes:
    """The first `spike_capacity` spikes of the sample; with traces all."""
    spikes, capacity = layer_pass.spikes, layer_pass.layer.spike_capacity
    kept = min(spikes.size, capacity) if network.eligibility == "replay" else spikes.size
    chosen = SpikeList(spikes.rows[:kept], spikes.neurons[:kept])
    rho = spike_rho(network, layer_pass.layer, layer_pass.states_at(chosen))
    return RememberedSpikes(chosen, rho, spikes.size - kept)


def virtual_spikes(layer_pass: LayerPass, silent: Int64) -> RememberedSpikes:
    """One virtual spike for each of the silent neurons (n,), at the first tick of its largest B - A; not sorted by tick."""
    membrane = layer_pass.membrane
    if not silent.size:
        return RememberedSpikes(SpikeList(silent, silent), silent, 0)
    ticks = membrane.potentials(silent).argmax(axis=0)
    spikes = SpikeList(ticks, silent)
    j = np.maximum(layer_pass.states_at(spikes), layer_pass.layer.threshold)
    rho = np.minimum(_quotient(layer_pass.layer.threshold, j), VIRTUAL_RHO_MAX)
    return RememberedSpikes(spikes, rho, 0)


def record_changes(layer_pass: LayerPass) -> NDArray[np.bool_]:
    """Where the record of a silent output changes, section 5: (ticks, neurons)."""
    potentials = layer_pass.membrane.potentials(np.arange(layer_pass.layer.neurons))
    spiking = layer_pass.membrane.spiking
    changes = np.ones_like(spiking)
    changes[1:] = potentials[1:] > np.maximum.accumulate(potentials, axis=0)[:-1]
    return changes & ~np.logical_or.accumulate(spiking, axis=0)
