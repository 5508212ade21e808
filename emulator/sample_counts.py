"""How much there is to do in a sample: everything that the time of the C depends on, and nothing that it does not.

The kernels run in a time that depends on counts alone, never on values; DESIGN.md, "Cycles", says how they do. So the cycles of a sample
are a sum of these counts, each times a number that the compiled image has for it.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.spike_list import SpikeList, group_starts
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes, record_changes

Mode = Literal["predict", "observe", "learn"]
"""A sample that is only predicted; one that could be learned but has no label; one that is learned. Each has an own way through the code."""

PLACE_MASK: Final = 31
"""Of a neuron's number, its place in a word."""
MOST_ROWS: Final = 255
"""Inputs of a tick that the kernel of Cortex-M0 takes; with more the C does."""


@dataclass(frozen=True)
class WalkCounts:
    """Of one layer's neurons on their way back through the ticks, replay; all 0 where nothing is learned.

    neurons: that are walked, from their last remembered spike or virtual spike to the first input. idle: of them, those with no input on their way.
    searched, met: ticks in which a neuron looks for a spike, before its walk and on it. places: sum of the places in their words of those with a spike or virtual spike,
    spikes: remembered or virtual. to_the_end: walks that come to tick 0. ticks: walked. input_ticks: of them, with an input; odd_ticks, lone_ticks: with an odd number of
    them, with one. updates: of weights; odd_updates: of neurons with an odd number. words: of 32 inputs, with one in a tick that is walked. repeated: neurons with more than
    one remembered spike. at_once: 1 if there is an input in tick 0. last_learns: 1 if the last neuron of the layer has a spike or virtual
    spike. ready, lost: neurons with a remembered spike, and with any, in the last tick. any_inputs: 1 if there are
    some in the sample. all_inputs, all_input_ticks, all_words: the
    same of the sample. first_tick: with an input. first_inputs, first_words: of that tick. listed: 1 where there is room to list the layer's inputs, which makes another
    way of it.
    """

    neurons: int = 0
    idle: int = 0
    searched: int = 0
    met: int = 0
    places: int = 0
    spikes: int = 0
    to_the_end: int = 0
    ticks: int = 0
    input_ticks: int = 0
    odd_ticks: int = 0
    lone_ticks: int = 0
    updates: int = 0
    odd_updates: int = 0
    words: int = 0
    repeated: int = 0
    at_once: int = 0
    last_learns: int = 0
    ready: int = 0
    lost: int = 0
    any_inputs: int = 0
    all_inputs: int = 0
    all_input_ticks: int = 0
    all_words: int = 0
    first_tick: int = 0
    first_inputs: int = 0
    first_words: int = 0
    listed: int = 0

    def row(self) -> tuple[int, ...]:
        """All counts, then all again where the inputs are listed, else 0."""
        counts = tuple(getattr(self, name) for name in _WALK_FIELDS)
        return counts + tuple(count * self.listed for count in counts)


@dataclass(frozen=True)
class LayerCounts:
    """Of one layer.

    input_ticks: ticks with an input. inputs: events or spikes of the layer before. input_fours, input_pairs: of each tick's inputs, how many whole fours and pairs. four_ticks,
    rest_ticks: ticks with a whole four, and with inputs beyond whole fours. lone_ticks: ticks with a single input. crowded_...: the same of ticks with more than 255
    inputs, which are not in the others. spikes, spiking_neurons. spike_words: of each tick, words of 32 neurons with a spike. held_back: neurons that reached the threshold
    after max_spikes spikes. reached_ticks: ticks with a neuron so, or a spike. held_last: ticks in which the last of these is held back. spike_places: sum of the spikes' places in
    their words. forgotten: spikes past the capacity. saturations: of A and B. graded_inputs, graded_ticks: with a grade that is not 0; graded_tick_inputs: all inputs of those.
    walk: the way back.
    """

    input_ticks: int
    inputs: int
    input_fours: int
    input_pairs: int
    four_ticks: int
    rest_ticks: int
    lone_ticks: int
    crowded_ticks: int
    crowded_inputs: int
    crowded_fours: int
    crowded_rest_ticks: int
    spikes: int
    spiking_neurons: int
    spike_words: int
    held_back: int
    reached_ticks: int
    held_last: int
    spike_places: int
    forgotten: int
    saturations: int
    graded_inputs: int
    graded_ticks: int
    graded_tick_inputs: int
    walk: WalkCounts

    def row(self) -> tuple[int, ...]:
        """All counts, in order."""
        return tuple(getattr(self, name) for name in _LAYER_FIELDS) + self.walk.row()


@dataclass(frozen=True)
class SampleCounts:
    """Of one sample. Everything but `layers` and `labelled` is 0 where it is not learned.

    labelled: 1 if there is a label. starts_at_once: 1 if there is an event in tick 0. last_tick: of an event. silent_ticks: of each output, ticks until its first spike. record_changes: of all
    silent outputs, section 5 of ARITHMETIC.md. erring_outputs: with an error that is not 0. any_erring: 1 if there is one. virtual_spikes: section 8. eligibility_saturations, update_saturations: of E and D there.
    """

    mode: Mode
    labelled: int
    starts_at_once: int
    last_tick: int
    silent_ticks: int
    record_changes: int
    erring_outputs: int
    any_erring: int
    virtual_spikes: int
    eligibility_saturations: int
    update_saturations: int
    layers: tuple[LayerCounts, ...]

    def row(self) -> tuple[int, ...]:
        """1 and all counts, in the order of `names`."""
        own = (1, *(getattr(self, name) for name in _SAMPLE_FIELDS))
        return own + tuple(count for layer in self.layers for count in layer.row())


_WALK_FIELDS: Final = tuple(field.name for field in fields(WalkCounts))
_SAMPLE_FIELDS: Final = tuple(field.name for field in fields(SampleCounts) if field.type == "int" or field.type is int)
_LAYER_FIELDS: Final = tuple(field.name for field in fields(LayerCounts) if field.name != "walk")


def names(network: IntegerNetwork) -> tuple[str, ...]:
    """What each number of `SampleCounts.row` is."""
    ways = ("walk", "listed walk")
    of_layer = (*_LAYER_FIELDS, *(f"{way}.{name}" for way in ways for name in _WALK_FIELDS))
    layers = (f"{name}[{index}]" for index in range(len(network.layers)) for name in of_layer)
    return ("sample", *_SAMPLE_FIELDS, *layers)


def _begins_word(ticks: Int64, neurons: Int64) -> NDArray[np.bool_]:
    """Where the first of a word of 32 neurons of a tick stands; sorted by tick, then neuron."""
    words = (ticks << 16) | (neurons >> 5)
    return np.append(True, words[1:] != words[:-1])[: words.size]


def _words(ticks: Int64, neurons: Int64) -> int:
    """Words of a tick's neurons that have one of these."""
    return int(np.count_nonzero(_begins_word(ticks, neurons)))


@dataclass(frozen=True)
class _Held:
    """Neurons held back, ticks with those or a spike, ticks in which the last is held back."""

    neurons: int
    ticks: int
    last: int


def _held(layer_pass: LayerPass, max_spikes: int) -> _Held:
    if int(layer_pass.counts.max()) < max_spikes:
        return _Held(0, layer_pass.spikes.starts.size, 0)
    ticks, neurons = layer_pass.membrane.reached().nonzero()
    is_last = np.append(ticks[1:] != ticks[:-1], True)[: ticks.size]
    held = ~layer_pass.membrane.spiking[ticks, neurons]
    return _Held(int(held.sum()), int(is_last.sum()), int((held & is_last).sum()))


@dataclass(frozen=True)
class _Groups:
    """How the inputs of some ticks fall into groups."""

    ticks: int
    inputs: int
    fours: int
    pairs: int
    four_ticks: int
    rest_ticks: int
    lone_ticks: int


def _groups(lengths: Int64) -> _Groups:
    """Of ticks with so many inputs each."""
    fours = lengths >> 2
    return _Groups(
        ticks=lengths.size,
        inputs=int(lengths.sum()),
        fours=int(fours.sum()),
        pairs=int((lengths >> 1).sum()),
        four_ticks=int(np.count_nonzero(fours)),
        rest_ticks=int(np.count_nonzero(lengths & 3)),
        lone_ticks=int(np.count_nonzero(lengths == 1)),
    )


_NO_GROUPS: Final = _Groups(0, 0, 0, 0, 0, 0, 0)


def _split_groups(inputs: SpikeList) -> tuple[_Groups, _Groups]:
    """Of usual and of crowded ticks."""
    if not inputs.size:
        return _NO_GROUPS, _NO_GROUPS
    lengths = inputs.lengths
    if lengths.max() <= MOST_ROWS:
        return _groups(lengths), _NO_GROUPS
    crowded = lengths > MOST_ROWS
    return _groups(lengths[~crowded]), _groups(lengths[crowded])


def _count_layer(
    network: IntegerNetwork, layer_pass: LayerPass, remembers: bool, grades: Int64 | None, walk: WalkCounts
) -> LayerCounts:
    inputs, spikes = layer_pass.inputs, layer_pass.spikes
    usual, crowded = _split_groups(inputs)
    held = _held(layer_pass, network.max_spikes)
    graded = inputs.rows[:0] if grades is None else inputs.rows[grades != 0]
    graded_ticks = graded[group_starts(graded)]
    return LayerCounts(
        input_ticks=usual.ticks,
        inputs=usual.inputs,
        input_fours=usual.fours,
        input_pairs=usual.pairs,
        four_ticks=usual.four_ticks,
        rest_ticks=usual.rest_ticks,
        lone_ticks=usual.lone_ticks,
        crowded_ticks=crowded.ticks,
        crowded_inputs=crowded.inputs,
        crowded_fours=crowded.fours,
        crowded_rest_ticks=crowded.rest_ticks,
        spikes=spikes.size,
        spiking_neurons=int(np.count_nonzero(layer_pass.counts)),
        spike_words=_words(spikes.rows, spikes.neurons),
        held_back=held.neurons,
        reached_ticks=held.ticks,
        held_last=held.last,
        spike_places=int((spikes.neurons & PLACE_MASK).sum()) if remembers else 0,
        forgotten=max(0, spikes.size - layer_pass.layer.spike_capacity) if remembers else 0,
        saturations=layer_pass.membrane.saturations,
        graded_inputs=graded.size,
        graded_ticks=graded_ticks.size,
        graded_tick_inputs=int(np.isin(inputs.rows, graded_ticks).sum()) if graded.size else 0,
        walk=walk,
    )


def _silent_ticks(layer_pass: LayerPass, ticks: int) -> int:
    """Of each neuron, the ticks after which it has not spiked yet."""
    first = np.full(layer_pass.layer.neurons, ticks, dtype=np.int64)
    first[layer_pass.spikes.neurons[::-1]] = layer_pass.spikes.rows[::-1]  # the last one written is the first spike
    return int(first.sum())


@dataclass(frozen=True)
class LearningCounts:
    """What learning adds; meanings as in `SampleCounts`. walks: of each layer."""

    walks: tuple[WalkCounts, ...]
    erring_outputs: int = 0
    virtual_spikes: int = 0
    eligibility_saturations: int = 0
    update_saturations: int = 0


def _listed_inputs(network: IntegerNetwork) -> int:
    """Inputs of a layer that the C can list where its membranes were."""
    neurons = sum(layer.neurons for layer in network.layers)
    membranes = neurons * network.state_bits // 4 + 4 * max(layer.neurons for layer in network.layers)
    room = membranes - 6 * network.ticks - 10
    dither_bits = max(8, *(layer.dither_bits for layer in network.layers))
    row = 2 if network.weight_bits == 4 else 1
    cells = sum(layer.inputs * (-(-layer.neurons // row)) for layer in network.layers)
    return max(0, room // 4) if cells <= 1 << (31 - dither_bits) else 0


def _ticks_of(layer_pass: LayerPass, spikes: SpikeList, otherwise: int, latest: bool) -> Int64:
    """Tick of each neuron's first or last of these spikes: (neurons,)."""
    ticks = np.full(layer_pass.layer.neurons, otherwise, dtype=np.int64)
    order = slice(None) if latest else slice(None, None, -1)  # the last one written stays
    ticks[spikes.neurons[order]] = spikes.rows[order]
    return ticks


def count_walk(
    network: IntegerNetwork, layer_pass: LayerPass, remembered: RememberedSpikes, virtual: RememberedSpikes | None
) -> WalkCounts:
    """The way back through one layer; virtual: of the last one."""
    inputs, spikes, ticks = layer_pass.inputs, layer_pass.spikes, network.ticks
    last = _ticks_of(layer_pass, remembered.spikes, -1, latest=True)
    first = _ticks_of(layer_pass, spikes, ticks, latest=False)
    chosen_last = _ticks_of(layer_pass, spikes, -1, latest=True)
    neurons = (last >= 0).nonzero()[0]
    looked = np.where(last >= 0, last, first)
    active = (first < ticks).nonzero()[0]
    starts = last[neurons]
    if virtual is not None:
        active = np.concatenate((active, virtual.spikes.neurons))
        starts = np.concatenate((starts, virtual.spikes.rows))
        neurons = np.concatenate((neurons, virtual.spikes.neurons))
    by_tick = np.bincount(inputs.rows, minlength=ticks)
    updates = by_tick.cumsum()[starts]
    first_input = int(inputs.rows[0]) if inputs.size else ticks
    idle = int(np.count_nonzero(starts < first_input))
    in_first = int(by_tick[first_input]) if inputs.size else 0
    words = np.zeros(ticks, dtype=np.int64)
    if layer_pass.layer.inputs > PLACE_MASK + 1:
        rows = inputs.rows[_begins_word(inputs.rows, inputs.neurons)]
        words += np.bincount(rows, minlength=ticks)
    else:
        words += by_tick > 0
    walked = int(np.maximum(starts - first_input + 1, 0).sum())
    return WalkCounts(
        neurons=starts.size,
        idle=idle,
        searched=int((ticks - looked).sum()),
        met=int((looked - first).sum()),
        places=int((active & PLACE_MASK).sum()),
        spikes=remembered.spikes.size + starts.size - int(np.count_nonzero(last >= 0)),
        to_the_end=starts.size - idle if first_input == 0 else 0,
        ticks=walked,
        input_ticks=int((by_tick > 0).cumsum()[starts].sum()),
        odd_ticks=int((by_tick & 1).cumsum()[starts].sum()),
        lone_ticks=int((by_tick == 1).cumsum()[starts].sum()),
        updates=int(updates.sum()),
        odd_updates=int(updates @ (neurons & 1)),
        words=int(words.cumsum()[starts].sum()),
        repeated=int(np.count_nonzero(np.bincount(remembered.spikes.neurons) > 1)),
        at_once=int(first_input == 0),
        last_learns=int(np.any(active == first.size - 1)),
        ready=int(np.count_nonzero(last == ticks - 1)),
        lost=int(np.count_nonzero(chosen_last == ticks - 1)),
        any_inputs=int(inputs.size > 0),
        all_inputs=inputs.size,
        all_input_ticks=inputs.starts.size,
        all_words=int(words.sum()),
        first_tick=first_input if inputs.size else 0,
        first_inputs=in_first,
        first_words=int(words[first_input]) if inputs.size else 0,
        listed=int(inputs.size <= _listed_inputs(network)),
    )


def count_sample(
    network: IntegerNetwork,
    passes: list[LayerPass],
    mode: Mode,
    labelled: bool,
    grades: list[Int64 | None],
    learned: LearningCounts,
) -> SampleCounts:
    """The counts of what `passes`, one per layer, have just run.

    grades: of each layer's inputs, None where they are 0. learned: with one walk per layer.
    """
    observes = mode != "predict"
    events, output = passes[0].inputs, passes[-1]
    return SampleCounts(
        mode=mode,
        labelled=int(labelled),
        starts_at_once=int(events.size > 0 and events.rows[0] == 0),
        last_tick=int(events.rows[-1]) if events.size else 0,
        silent_ticks=_silent_ticks(output, network.ticks) if observes else 0,
        record_changes=int(np.count_nonzero(record_changes(output))) if observes else 0,
        erring_outputs=learned.erring_outputs,
        any_erring=int(learned.erring_outputs > 0),
        virtual_spikes=learned.virtual_spikes,
        eligibility_saturations=learned.eligibility_saturations,
        update_saturations=learned.update_saturations,
        layers=tuple(
            _count_layer(network, layer_pass, observes and network.eligibility == "replay", grade, walk)
            for layer_pass, grade, walk in zip(passes, grades, learned.walks, strict=True)
        ),
    )
