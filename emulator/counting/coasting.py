"""Hidden layers that have no inputs any more: which of their neurons the C still steps. It changes nothing of what is computed, only how much there is to do.

DESIGN.md, "Neurons that are done", has the proof that the others spike no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.plan import LayerPlan
from sfdfa_codegen.emulator.counting.layer_run import LayerRun
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64

LARGEST_A: Final = 1 << 16
LARGEST_B: Final = 1 << 15


@dataclass(frozen=True)
class Coasting:
    """One layer; (samples,) each. rest: ticks from the first one without inputs to come, in which it coasts or is done. ticks: in which it coasts. falling: neurons that
    `is_falling` as it begins, or, spike_falling, after a spike; the others take another look. listed: neurons that are stepped. spikes: of these; spike_ticks: ticks with
    one. again: spikes after which the neuron may spike once more. done: 1 if none is left."""

    rest: Int64
    ticks: Int64
    falling: Int64
    spike_falling: Int64
    listed: Int64
    spikes: Int64
    spike_ticks: Int64
    again: Int64
    done: Int64


def is_falling(plan: LayerPlan, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Whether the potential is below the threshold for good, and falls: the first proof that a neuron is done."""
    falls = (a <= 0) | ((a * plan.layer.decay_s >> 1) < (b * plan.layer.decay >> 1))
    falling: NDArray[np.bool_] = falls & (b - a < plan.quiet.below)
    return falling


def _peaks_below(plan: LayerPlan, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Whether the potential stays below the threshold at its peak: the second one."""
    size_a = np.clip(a >> plan.quiet.shift, 0, LARGEST_A)
    size_b = np.clip(b >> plan.quiet.shift, 0, LARGEST_B) + 1
    below: NDArray[np.bool_] = size_b * size_b <= size_a * plan.quiet.factor
    return below


def may_spike(plan: LayerPlan, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Which neurons with these states (n,), not yet proven to be done, are stepped on."""
    may: NDArray[np.bool_] = ~(_peaks_below(plan, a, b) | is_falling(plan, a, b))
    return may


def _listed(
    network: IntegerNetwork, run: LayerRun, ticks: Int64, start: Int64, before: Int64
) -> tuple[NDArray[np.bool_], Int64]:
    """Which neurons are stepped on from tick `start` on, before which they have had so many spikes: (samples, neurons). And how many are falling then: (samples,)."""
    listed = np.zeros(before.shape, dtype=np.bool_)
    falling = np.where(start < ticks, run.constants.neurons, 0)
    samples = np.flatnonzero((start > 0) & (start < ticks))
    a, b = run.states.of_all(samples, start[samples] - 1)
    falls = is_falling(run.plan, a, b)
    falling[samples] = np.count_nonzero(falls, axis=1)
    listed[samples] = ~(falls | _peaks_below(run.plan, a, b)) & (before[samples] < network.max_spikes)
    return listed, falling


def _drops(network: IntegerNetwork, run: LayerRun, late: SpikeBatch) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """After which of the last spikes of samples the neuron is done, and after which it is falling: (n,) each."""
    a, b = run.states.at(late)
    falls = is_falling(run.plan, a, b)
    done = falls | _peaks_below(run.plan, a, b)
    counts = run.spikes.by_neuron
    if counts.max(initial=0) >= network.max_spikes:
        is_last = run.spikes.last[late.samples, late.neurons] == late.ticks
        done |= is_last & (counts[late.samples, late.neurons] == network.max_spikes)
    return done, falls


def _coast(network: IntegerNetwork, run: LayerRun, ticks: Int64, start: Int64) -> Coasting:
    """A layer that is run for so many ticks, (samples,), and whose first one without further inputs is `start`, (samples,); the number of ticks where it does not coast."""
    spikes = run.spikes
    late = spikes.chosen(spikes.ticks >= start[spikes.samples])
    listed, falling = _listed(network, run, ticks, start, spikes.by_neuron - late.by_neuron)
    drops, falls = _drops(network, run, late)
    last = ticks[:, None].repeat(listed.shape[1], axis=1)
    last[late.samples[drops], late.neurons[drops]] = late.ticks[drops]
    end = np.maximum(np.where(listed, last, -1).max(axis=1), start)
    return Coasting(
        rest=ticks - start,
        ticks=np.minimum(end + 1, ticks) - start,
        falling=falling,
        spike_falling=late.chosen(falls).sizes,
        listed=np.count_nonzero(listed, axis=1),
        spikes=late.sizes,
        spike_ticks=np.count_nonzero(late.by_tick, axis=1),
        again=late.sizes - late.chosen(drops).sizes,
        done=(end < ticks).astype(np.int64),
    )


def coasting(network: IntegerNetwork, ticks: Int64, start: Int64, runs: Sequence[LayerRun]) -> list[Coasting]:
    """Of each layer of neurons that spike. Only hidden layers coast: the states of outputs are wanted. ticks: that were run, (samples,). start: the tick after the last event, at most `ticks`, (samples,)."""
    found = []
    for run in runs[: len(network.hidden_layers)]:
        layer = _coast(network, run, ticks, start)
        found.append(layer)
        end = start + layer.ticks - 1
        start = np.where(layer.done > 0, end + (run.spikes.last_tick == end), ticks)
    nothing = Coasting(*[np.zeros_like(start)] * len(fields(Coasting)))
    return found if network.integrates else [*found, nothing]
