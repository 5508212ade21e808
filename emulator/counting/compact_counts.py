"""Counts of one layer where the C is built with SFDFA_COMPACT: a neuron is run through all ticks, and those that learn are run once more and walked back.

What stands in a tick is met by every neuron that comes there: `runs` and `walks` say how many do.
"""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.counting.counted_layer import CountedLayer, Counts, at_or_after
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64

BYTE_BITS: Final = 3
"""A byte holds the spikes of 2^3 neurons."""
PLACE_MASK: Final = 7


class _Ways:
    """Neurons that go through the ticks from the first to their last, or back."""

    def __init__(self, ends: SpikeBatch) -> None:
        """ends: the last tick of each."""
        self.ends = ends

    @cached_property
    def _passing(self) -> Int64:
        return at_or_after(self.ends.by_tick)

    @cached_property
    def _odd_passing(self) -> Int64:
        return at_or_after(self.ends.chosen(self.ends.neurons & 1 == 1).by_tick)

    def met(self, by_tick: Int64 | NDArray[np.bool_]) -> Int64:
        """What stands in some tick, (samples, ticks), summed over all neurons that come there: (samples,)."""
        total: Int64 = np.einsum("st,st->s", by_tick, self._passing)
        return total

    def met_by_odd(self, by_tick: Int64) -> Int64:
        """The same for neurons with an odd number."""
        total: Int64 = np.einsum("st,st->s", by_tick, self._odd_passing)
        return total


def _listing_steps(spikes: SpikeBatch, first_bit: int) -> Int64:
    """How many bits are looked at to list the spikes of each tick: of each byte, those up to the last 1. Bits begin at `first_bit` of a byte: (samples, ticks)."""
    bits = spikes.neurons + first_bit
    keys = (spikes.rows << 16) | (bits >> BYTE_BITS)
    is_last = np.append(keys[1:] != keys[:-1], True)[: keys.size]
    steps = np.where(bits >> BYTE_BITS == 0, spikes.neurons, bits & PLACE_MASK) + 1
    return spikes.chosen(is_last).summed_by_tick(steps[is_last])


def _cut(layer: CountedLayer, remembered: SpikeBatch) -> Counts:
    """cut: 1 if spikes were forgotten. ticks_after_cut: after the first of them. kept_at_cut, lost_at_cut, lost_later: spikes in its tick and after."""
    spikes, ticks = layer.spikes, layer.spikes.shape[1]
    lost_by_tick = spikes.by_tick - remembered.by_tick
    cut: NDArray[np.bool_] = np.any(lost_by_tick, axis=1)
    at_cut = (lost_by_tick > 0).argmax(axis=1)
    rows = np.arange(cut.size)
    lost_here = lost_by_tick[rows, at_cut]
    return {
        "cut": cut,
        "ticks_after_cut": (ticks - 1 - at_cut) * cut,
        "kept_at_cut": remembered.by_tick[rows, at_cut] * cut,
        "lost_at_cut": lost_here,
        "lost_later": lost_by_tick.sum(axis=1) - lost_here,
    }


def _way(ways: _Ways, name: str, inputs: SpikeBatch, steps: Int64) -> Counts:
    lengths = inputs.by_tick
    return {
        f"{name}.neurons": ways.ends.sizes,
        f"{name}.ticks": ways.met(np.ones_like(lengths)),
        f"{name}.inputs": ways.met(lengths),
        f"{name}.odd_inputs": ways.met_by_odd(lengths),
        f"{name}.input_ticks": ways.met(lengths > 0),
        f"{name}.listing_steps": ways.met(steps),
    }


def _ended(layer: CountedLayer, last: Int64, virtual_ticks: Int64) -> _Ways:
    """Ways of neurons with a last tick, (samples, neurons), -1 for those that do not go; and of silent outputs."""
    samples, neurons = (last >= 0).nonzero()
    virtual = layer.virtual
    return _Ways(
        SpikeBatch(
            np.concatenate((samples, virtual.samples)),
            np.concatenate((last[samples, neurons], virtual_ticks)),
            np.concatenate((neurons, virtual.neurons)),
            layer.spikes.shape,
        )
    )


def _ways_of_learning(layer: CountedLayer, remembered: SpikeBatch, steps: Int64) -> Counts:
    """run.driven_ticks: from the first input on. walk.spans: ticks from a neuron's first remembered spike to its last."""
    virtual, ticks = layer.virtual, layer.spikes.shape[1]
    runs = _ended(layer, layer.spikes.last, np.full_like(virtual.ticks, ticks - 1))
    walks = _ended(layer, remembered.last, virtual.ticks)
    spans = remembered.last - remembered.first + 1
    return {
        **_way(runs, "run", layer.inputs, steps),
        "run.driven_ticks": runs.met(_driven(layer.inputs)),
        **_way(walks, "walk", layer.inputs, steps),
        "walk.spans": (spans * (remembered.last >= 0)).sum(axis=1),
    }


def _driven(inputs: SpikeBatch) -> NDArray[np.bool_]:
    """Ticks from the first input on: (samples, ticks)."""
    return np.logical_or.accumulate(inputs.by_tick > 0, axis=1)


def compact_counts(
    layer: CountedLayer, constants: IntegerLayer, first_neuron: int, first_input: int | None, learning: bool
) -> Counts:
    """Of one layer. first_neuron, first_input: places of its bits, and of those of the layer before, None for events. learning: with the counts of what it adds.

    driven_ticks: from the first input on. listing_steps: bits looked at in listing the inputs, hidden spikes. all_held_back: neurons that reach the
    threshold after max_spikes spikes, in all ticks. byte_places: sum of the places of the spikes in their bytes.
    """
    spikes = layer.spikes
    steps = np.zeros_like(layer.inputs.by_tick)
    if first_input is not None:
        steps = _listing_steps(layer.inputs, first_input & PLACE_MASK)
    found = {
        "driven_ticks": _driven(layer.inputs).sum(axis=1),
        "listing_steps": steps.sum(axis=1),
        "all_held_back": layer.run.held.by_tick.sum(axis=1),
        "byte_places": spikes.summed((spikes.neurons + first_neuron) & PLACE_MASK),
    }
    if learning:
        remembered = spikes.first_of_sample(constants.spike_capacity)
        found |= {name: count * layer.observed for name, count in _cut(layer, remembered).items()}
        found |= {name: count * layer.learned for name, count in _ways_of_learning(layer, remembered, steps).items()}
    return found
