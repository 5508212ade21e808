"""Counts of the way back through one layer, by replay or traces; all 0 where nothing is learned."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.counted_layer import CountedLayer, Counts, at_or_after, nonzero
from sfdfa_codegen.emulator.counting.forward_counts import PLACE_MASK
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.counting.update_counts import UpdateCounts
from sfdfa_codegen.emulator.fixed_point import Int64

ByTick = Int64 | NDArray[np.bool_]


class _Walks:
    """Neurons walk from their last remembered spike or virtual spike to the first input.

    starts: how many begin in each tick, (samples, ticks).
    """

    def __init__(self, layer: CountedLayer, remembered: SpikeBatch) -> None:
        self.last = remembered.last
        samples, neurons = (self.last >= 0).nonzero()
        virtual = layer.virtual
        begins = SpikeBatch(
            np.concatenate((samples, virtual.samples)),
            np.concatenate((self.last[samples, neurons], virtual.ticks)),
            np.concatenate((neurons, virtual.neurons)),
            layer.spikes.shape,
        )
        self.starts = begins.by_tick
        self._passing = at_or_after(self.starts)
        self._odd_passing = at_or_after(begins.chosen(begins.neurons & 1 == 1).by_tick)
        self._ticks = np.arange(layer.spikes.shape[1])

    def met(self, by_tick: ByTick) -> Int64:
        """What stands in some tick, (samples, ticks), summed over all walks that come there: (samples,)."""
        total: Int64 = np.einsum("st,st->s", by_tick, self._passing)
        return total

    def met_by_odd(self, by_tick: ByTick) -> Int64:
        """The same for walks of odd neurons."""
        total: Int64 = np.einsum("st,st->s", by_tick, self._odd_passing)
        return total

    def idle(self, first_input: Int64) -> Int64:
        """Walks that begin before the first input, (samples,)."""
        total: Int64 = (self.starts * (self._ticks < first_input[:, None])).sum(axis=1)
        return total

    def ticks(self, first_input: Int64) -> Int64:
        """All ticks that are walked."""
        total: Int64 = (self.starts * np.maximum(self._ticks - first_input[:, None] + 1, 0)).sum(axis=1)
        return total


def _way(layer: CountedLayer, walks: _Walks, words: Int64) -> Counts:
    """neurons: that are walked. idle: of them, those with no input on their way. to_the_end: walks that come to tick 0. ticks: walked. input_ticks: of them,
    with an input; odd_ticks, lone_ticks: with an odd number of them, with one. updates: of weights; odd_updates: of neurons with an odd number. words: of 32 inputs,
    with one in a tick that is walked. at_once: 1 if there is an input in tick 0."""
    by_tick, ticks = layer.inputs.by_tick, layer.spikes.shape[1]
    has_input = by_tick > 0
    first_input = np.where(layer.inputs.sizes > 0, has_input.argmax(axis=1), ticks)
    neurons, idle, at_once = walks.starts.sum(axis=1), walks.idle(first_input), first_input == 0
    return {
        "neurons": neurons,
        "idle": idle,
        "to_the_end": (neurons - idle) * at_once,
        "ticks": walks.ticks(first_input),
        "input_ticks": walks.met(has_input),
        "odd_ticks": walks.met(by_tick & 1),
        "lone_ticks": walks.met(by_tick == 1),
        "updates": walks.met(by_tick),
        "odd_updates": walks.met_by_odd(by_tick),
        "words": walks.met(words),
        "at_once": at_once,
        "first_tick": first_input * (first_input < ticks),
    }


def _updates(layer: CountedLayer, updates: UpdateCounts) -> Counts:
    """by_one_...: of neurons and ticks with an input, whose D is not 0 and smaller than the unit of a weight; updates: their weights, changed, odd_changed: those
    that do change, of all neurons and of odd ones; odd_ticks, pair_ticks: with an odd number of inputs, and of pairs of them; lone_ticks, short_ticks: with
    one input, and with two or three; fours: of inputs, whole or not. by_more_...: of those whose D is larger."""
    inputs = layer.inputs.by_tick
    one, more = updates.by_one, updates.by_more
    return {
        "by_one_ticks": (one * (inputs > 0)).sum(axis=1),
        "by_one_updates": (one * inputs).sum(axis=1),
        "by_one_changed": updates.changed,
        "by_one_odd_changed": updates.odd_changed,
        "by_one_odd_ticks": (one * (inputs & 1)).sum(axis=1),
        "by_one_pair_ticks": (one * (inputs >> 1 & 1)).sum(axis=1),
        "by_one_lone_ticks": (one * (inputs == 1)).sum(axis=1),
        "by_one_short_ticks": (one * (inputs >> 1 == 1)).sum(axis=1),
        "by_more_ticks": (more * (inputs > 0)).sum(axis=1),
        "by_more_updates": (more * inputs).sum(axis=1),
        "by_one_fours": (one * (inputs + 3 >> 2)).sum(axis=1),
        "by_more_fours": (more * (inputs + 3 >> 2)).sum(axis=1),
    }


def _search(layer: CountedLayer, walks: _Walks, remembered: SpikeBatch) -> Counts:
    """searched, met: ticks in which a neuron looks for a spike, before its walk and on it. places: sum of the places in their words of those with a spike
    or virtual spike, spikes: remembered or virtual. repeated: neurons with more than one remembered spike. ready, lost: neurons with a remembered spike, and with any, in the last tick."""
    _, ticks, neurons = layer.spikes.shape
    first, last, virtual = layer.spikes.first, walks.last, layer.virtual
    looked = np.where(last >= 0, last, first)
    places = np.arange(neurons) & PLACE_MASK
    return {
        "searched": (ticks - looked).sum(axis=1),
        "met": (looked - first).sum(axis=1),
        "places": (first < ticks) @ places + virtual.summed(virtual.neurons & PLACE_MASK),
        "spikes": remembered.sizes + virtual.sizes,
        "repeated": nonzero(remembered.by_neuron > 1),
        "last_learns": layer.last_learns,
        "ready": nonzero(last == ticks - 1),
        "lost": nonzero(layer.spikes.last == ticks - 1),
    }


def _inputs(layer: CountedLayer, words: Int64) -> Counts:
    """any_inputs: 1 if there are some in the sample. all_...: of the sample. first_inputs, first_words: of the first tick with an input."""
    inputs = layer.inputs
    rows = np.arange(len(inputs.by_tick))
    first = (inputs.by_tick > 0).argmax(axis=1)
    return {
        "any_inputs": inputs.sizes > 0,
        "all_inputs": inputs.sizes,
        "all_input_ticks": nonzero(inputs.by_tick),
        "all_fours": (inputs.by_tick + 3 >> 2).sum(axis=1),
        "all_words": words.sum(axis=1),
        "first_inputs": inputs.by_tick[rows, first],
        "first_words": words[rows, first],
    }


def walk_counts(layer: CountedLayer, updates: UpdateCounts, listed_inputs: int) -> Counts:
    """Of one layer; all again as "listed ..." where there is room to list its inputs, which makes another way of it."""
    inputs, constants = layer.inputs, layer.run.constants
    words = inputs.words_by_tick if constants.inputs > PLACE_MASK + 1 else (inputs.by_tick > 0).astype(np.int64)
    remembered = layer.spikes.first_of_sample(constants.spike_capacity)
    walks = _Walks(layer, remembered)
    counts = _way(layer, walks, words) | _updates(layer, updates)
    counts |= _search(layer, walks, remembered) | _inputs(layer, words)
    counts = {name: count * layer.learned for name, count in counts.items()}
    listed = layer.learned * (inputs.sizes <= listed_inputs)
    return (
        {f"walk.{name}": count for name, count in counts.items()}
        | {f"listed walk.{name}": count * listed for name, count in counts.items()}
        | {"listed walk": listed}
    )


def trace_counts(layer: CountedLayer) -> Counts:
    """With traces every synapse takes an update. last_learns: 1 if the last neuron has a spike or virtual spike."""
    return {"trace.last_learns": layer.last_learns}
