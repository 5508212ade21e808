"""Hidden layers that have no inputs any more: which of their neurons the C still steps. It changes nothing of what is computed, only how much there is to do.

DESIGN.md, "Neurons that are done", has the proof that the others spike no more.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass

QUIET_BITS: Final = 12
LARGEST_A: Final = 1 << 16
LARGEST_B: Final = 1 << 15
NEVER_BELOW: Final = -(1 << 30)


@dataclass(frozen=True)
class Coasting:
    """One layer. rest: ticks from the first one without inputs to come, in which it coasts or is done. ticks: in which it coasts. falling: neurons that `_is_falling`
    as it begins, or, spike_falling, after a spike; the others take another look. listed: neurons that are stepped. spikes: of these; spike_ticks: ticks with one. again: spikes after which the neuron may spike once more. done: 1 if none is left."""

    rest: int = 0
    ticks: int = 0
    falling: int = 0
    spike_falling: int = 0
    listed: int = 0
    spikes: int = 0
    spike_ticks: int = 0
    again: int = 0
    done: int = 0


NOT_COASTING: Final = Coasting()


@lru_cache(maxsize=64)
def _quiet(layer: IntegerLayer, ticks: int) -> tuple[int, int, int]:
    """What B - A has to be below, the factor of A, and the shift."""
    shift = max(0, layer.threshold.bit_length() - QUIET_BITS)
    margin = layer.threshold - Fraction(2048, layer.decay) - Fraction(2048, layer.decay_s)
    if margin <= 0:
        return NEVER_BELOW, 0, shift
    ratio = min(Fraction(1), Fraction(4096 * (4096 - layer.decay_s), (4096 - layer.decay) ** 2))
    return floor(margin), floor(4 * margin * ratio**ticks / (1 << shift)), shift


def _is_falling(layer: IntegerLayer, ticks: int, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Whether the potential is below the threshold for good, and falls: the first proof that a neuron is done."""
    falls = (a <= 0) | ((a * layer.decay_s >> 1) < (b * layer.decay >> 1))
    falling: NDArray[np.bool_] = falls & (b - a < _quiet(layer, ticks)[0])
    return falling


def may_spike(layer: IntegerLayer, ticks: int, a: Int64, b: Int64) -> NDArray[np.bool_]:
    """Which neurons with these states (n,), not yet proven to be done, are stepped on; ticks: of a sample."""
    _, factor, shift = _quiet(layer, ticks)
    size_a = np.clip(a >> shift, 0, LARGEST_A)
    size_b = np.clip(b >> shift, 0, LARGEST_B) + 1
    peaks_below = size_b * size_b <= size_a * factor
    may: NDArray[np.bool_] = ~(peaks_below | _is_falling(layer, ticks, a, b))
    return may


def _coast(network: IntegerNetwork, layer_pass: LayerPass, start: int) -> Coasting:
    """A layer whose first tick without further inputs is `start`."""
    layer, membrane, ticks = layer_pass.layer, layer_pass.membrane, network.ticks
    first = int(np.searchsorted(membrane.fired_ticks, start))
    spike_ticks, neurons = membrane.fired_ticks[first:], membrane.fired[first:]
    all_neurons = np.arange(layer.neurons)
    before = membrane.counts - np.bincount(neurons, minlength=layer.neurons)
    listed, falling = np.zeros(layer.neurons, dtype=np.bool_), layer.neurons
    if start > 0:
        a, b = membrane.states_at(np.full(layer.neurons, start - 1), all_neurons)
        falling = int(np.count_nonzero(_is_falling(layer, ticks, a, b)))
        listed = may_spike(layer, ticks, a, b) & (before < network.max_spikes)
    last = np.full(layer.neurons, ticks, dtype=np.int64)
    a, b = membrane.states_at(spike_ticks, neurons)
    drops, spike_falling = ~may_spike(layer, ticks, a, b), int(np.count_nonzero(_is_falling(layer, ticks, a, b)))
    if membrane.counts.max() >= network.max_spikes:
        is_last = np.zeros(neurons.size, dtype=np.bool_)
        is_last[np.unique(neurons[::-1], return_index=True)[1]] = True
        drops |= is_last[::-1] & (membrane.counts[neurons] == network.max_spikes)
    last[neurons[drops]] = spike_ticks[drops]
    last = last[listed]
    end = int(last.max(initial=start))
    return Coasting(
        rest=ticks - start,
        ticks=min(end, ticks - 1) - start + 1,
        falling=falling,
        spike_falling=spike_falling,
        listed=int(np.count_nonzero(listed)),
        spikes=neurons.size,
        spike_ticks=int(np.count_nonzero(np.diff(spike_ticks, prepend=-1))),
        again=neurons.size - int(drops.sum()),
        done=int(end < ticks),
    )


def coasting(network: IntegerNetwork, passes: list[LayerPass]) -> list[Coasting]:
    """Of each layer; the last one never coasts, since its states are wanted."""
    found = [NOT_COASTING] * len(passes)
    events = passes[0].inputs
    start = int(events.rows[-1]) + 1 if events.size else 0
    for index, layer_pass in enumerate(passes[:-1]):
        if start >= network.ticks:
            break
        layer = found[index] = _coast(network, layer_pass, start)
        if not layer.done:
            break
        end = start + layer.ticks - 1
        fired = layer_pass.membrane.fired_ticks
        start = end + int(fired.size > 0 and int(fired[-1]) == end)
    return found
