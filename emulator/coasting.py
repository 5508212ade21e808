"""Hidden layers that have no inputs any more: which of their neurons the C still steps. It changes nothing of what is computed, only how much there is to do.

DESIGN.md, "Neurons that are done", has the proof that the others spike no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_run import LayerRun
from sfdfa_codegen.emulator.spike_batch import SpikeBatch

QUIET_BITS: Final = 12
LARGEST_A: Final = 1 << 16
LARGEST_B: Final = 1 << 15
NEVER_BELOW: Final = -(1 << 30)


@dataclass(frozen=True)
class Coasting:
    """One layer; (samples,) each. rest: ticks from the first one without inputs to come, in which it coasts or is done. ticks: in which it coasts. steps: of neurons in
    these. spikes: of these; spike_ticks: ticks with one. again: spikes after which the neuron may spike once more. done: 1 if none is left."""

    rest: Int64
    ticks: Int64
    steps: Int64
    spikes: Int64
    spike_ticks: Int64
    again: Int64
    done: Int64


@lru_cache(maxsize=64)
def _quiet(layer: IntegerLayer, ticks: int) -> tuple[int, int, int]:
    """What B - A has to be below, the factor of A, and the shift."""
    shift = max(0, layer.threshold.bit_length() - QUIET_BITS)
    margin = layer.threshold - Fraction(2048, layer.decay) - Fraction(2048, layer.decay_s)
    if margin <= 0:
        return NEVER_BELOW, 0, shift
    ratio = min(Fraction(1), Fraction(4096 * (4096 - layer.decay_s), (4096 - layer.decay) ** 2))
    return floor(margin), floor(4 * margin * ratio**ticks / (1 << shift)), shift


def may_spike(layer: IntegerLayer, ticks: int, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Which neurons with these states (n,), not yet proven to be done, are stepped on; ticks: of a sample."""
    below, factor, shift = _quiet(layer, ticks)
    size_a = np.clip(a >> shift, 0, LARGEST_A)
    size_b = np.clip(b >> shift, 0, LARGEST_B) + 1
    peaks_below = size_b * size_b <= size_a * factor
    falls = (a <= 0) | ((a * layer.decay_s >> 1) < (b * layer.decay >> 1))
    may: NDArray[np.bool_] = ~(peaks_below | (falls & (b - a < below)))
    return may


def _listed(network: IntegerNetwork, run: LayerRun, start: Int64, before: Int64) -> NDArray[np.bool_]:
    """Which neurons are stepped on from tick `start` on, before which they have had so many spikes: (samples, neurons)."""
    listed = np.zeros(before.shape, dtype=np.bool_)
    samples = np.flatnonzero((start > 0) & (start < network.ticks))
    a, b = run.states(samples, start[samples] - 1)
    listed[samples] = may_spike(run.constants, network.ticks, a, b) & (before[samples] < network.max_spikes)
    return listed


def _drops(network: IntegerNetwork, run: LayerRun, late: SpikeBatch) -> NDArray[np.bool_]:
    """After which of the last spikes of samples, (n,), the neuron is done."""
    a, b = run.states_at(late)
    done = ~may_spike(run.constants, network.ticks, a, b)
    counts = run.spikes.by_neuron
    if counts.max(initial=0) >= network.max_spikes:
        is_last = run.spikes.last[late.samples, late.neurons] == late.ticks
        done |= is_last & (counts[late.samples, late.neurons] == network.max_spikes)
    return done


def _coast(network: IntegerNetwork, run: LayerRun, start: Int64) -> Coasting:
    """A layer whose first tick without further inputs is `start`, (samples,); the number of ticks where it does not coast."""
    ticks, spikes = network.ticks, run.spikes
    late = spikes.chosen(spikes.ticks >= start[spikes.samples])
    listed = _listed(network, run, start, spikes.by_neuron - late.by_neuron)
    drops = _drops(network, run, late)
    last = np.full(listed.shape, ticks)
    last[late.samples[drops], late.neurons[drops]] = late.ticks[drops]
    last = np.where(listed, last, -1)
    end = np.maximum(last.max(axis=1), start)
    stepped = np.minimum(last, ticks - 1) + 1 - start[:, None]
    return Coasting(
        rest=ticks - start,
        ticks=np.minimum(end + 1, ticks) - start,
        steps=(stepped * listed).sum(axis=1),
        spikes=late.sizes,
        spike_ticks=np.count_nonzero(late.by_tick, axis=1),
        again=late.sizes - late.chosen(drops).sizes,
        done=(end < ticks).astype(np.int64),
    )


def coasting(network: IntegerNetwork, events: SpikeBatch, runs: Sequence[LayerRun]) -> list[Coasting]:
    """Of each layer. Only hidden layers coast: the states of the outputs are wanted. events: the inputs of the first layer."""
    start, found = events.last_tick + 1, []
    for run in runs:
        layer = _coast(network, run, start if run is not runs[-1] else np.full_like(start, network.ticks))
        found.append(layer)
        end = start + layer.ticks - 1
        start = np.where(layer.done > 0, end + (run.spikes.last_tick == end), network.ticks)
    return found
