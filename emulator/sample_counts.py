"""How much there is to do in a sample: everything that the time of the C depends on, and nothing that it does not.

The kernels run in a time that depends on counts alone, never on values; DESIGN.md, "Cycles", says how they do. So the cycles of a sample
are a sum of these counts, each times a number that the compiled image has for it.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.spike_slopes import record_changes

Mode = Literal["predict", "observe", "learn"]
"""A sample that is only predicted; one that could be learned but has no label; one that is learned. Each has an own way through the code."""

WORD_BITS: Final = 32
ROWS_AT_ONCE: Final = 4
"""Rows of weights that one pass over the neurons adds up."""


@dataclass(frozen=True)
class LayerCounts:
    """Of one layer.

    input_ticks: ticks with an input. inputs: events or spikes of the layer before. input_fours: of each tick's inputs, how many whole
    fours. four_ticks, odd_ticks: ticks with a whole four, and with inputs beyond whole fours. walked_ticks: from the last tick to the first with an input. spikes, spiking_neurons. spike_words: of each tick, words of 32 neurons with a spike. held_back: reached the threshold
    after max_spikes spikes. held_words: words with a neuron so, or a spike. held_last: words of which the last of these is held back. forgotten: spikes past the capacity. forgotten_ticks: ticks with such.
    """

    input_ticks: int
    inputs: int
    input_fours: int
    four_ticks: int
    odd_ticks: int
    walked_ticks: int
    spikes: int
    spiking_neurons: int
    spike_words: int
    held_back: int
    held_words: int
    held_last: int
    forgotten: int
    forgotten_ticks: int


@dataclass(frozen=True)
class SampleCounts:
    """Of one sample. Everything but `layers` and `labelled` is 0 where it is not learned.

    labelled: 1 if there is a label. starts_at_once: 1 if there is an event in tick 0. last_tick: of an event. silent_ticks: of each output, ticks until its first spike. record_changes: of all
    silent outputs, section 5 of ARITHMETIC.md. erring_outputs: with an error that is not 0. virtual_spikes: section 8.
    """

    mode: Mode
    labelled: int
    starts_at_once: int
    last_tick: int
    silent_ticks: int
    record_changes: int
    erring_outputs: int
    virtual_spikes: int
    layers: tuple[LayerCounts, ...]

    def row(self) -> tuple[int, ...]:
        """1 and all counts, in the order of `names`."""
        own = (1, *(getattr(self, name) for name in _SAMPLE_FIELDS))
        return own + tuple(getattr(layer, name) for layer in self.layers for name in _LAYER_FIELDS)


_SAMPLE_FIELDS: Final = tuple(field.name for field in fields(SampleCounts) if field.type == "int" or field.type is int)
_LAYER_FIELDS: Final = tuple(field.name for field in fields(LayerCounts))


def names(network: IntegerNetwork) -> tuple[str, ...]:
    """What each number of `SampleCounts.row` is."""
    layers = (f"{name}[{index}]" for index in range(len(network.layers)) for name in _LAYER_FIELDS)
    return ("sample", *_SAMPLE_FIELDS, *layers)


def _distinct(sorted_ids: Int64) -> int:
    return int(np.count_nonzero(sorted_ids[1:] != sorted_ids[:-1])) + 1 if sorted_ids.size else 0


def _words(ticks: Int64, neurons: Int64) -> int:
    """Words of a tick's neurons that have one of these; sorted by tick, then neuron."""
    return _distinct((ticks << 16) | (neurons >> 5))


@dataclass(frozen=True)
class _Held:
    """Neurons held back, words with those or a spike, words of which the last is held back."""

    neurons: int
    words: int
    last: int


def _held(layer_pass: LayerPass, max_spikes: int, spike_words: int) -> _Held:
    if int(layer_pass.counts.max()) < max_spikes:
        return _Held(0, spike_words, 0)
    ticks, neurons = layer_pass.membrane.reached().nonzero()
    words = (ticks << 16) | (neurons >> 5)
    is_last = np.append(words[1:] != words[:-1], True)[: words.size]
    held = ~layer_pass.membrane.spiking[ticks, neurons]
    return _Held(int(held.sum()), int(is_last.sum()), int((held & is_last).sum()))


def _count_layer(network: IntegerNetwork, layer_pass: LayerPass, remembers: bool) -> LayerCounts:
    inputs, spikes = layer_pass.inputs, layer_pass.spikes
    capacity = layer_pass.layer.spike_capacity
    forgotten = max(0, spikes.size - capacity) if remembers else 0
    words = _words(spikes.rows, spikes.neurons)
    held = _held(layer_pass, network.max_spikes, words)
    fours, odd = np.divmod(inputs.lengths, ROWS_AT_ONCE) if inputs.size else (inputs.rows, inputs.rows)
    return LayerCounts(
        input_ticks=inputs.starts.size,
        inputs=inputs.size,
        input_fours=int(fours.sum()),
        four_ticks=int(np.count_nonzero(fours)),
        odd_ticks=int(np.count_nonzero(odd)),
        walked_ticks=network.ticks - int(inputs.rows[0]) if inputs.size else 0,
        spikes=spikes.size,
        spiking_neurons=int(np.count_nonzero(layer_pass.counts)),
        spike_words=words,
        held_back=held.neurons,
        held_words=held.words,
        held_last=held.last,
        forgotten=forgotten,
        forgotten_ticks=_distinct(spikes.rows[capacity:]) if forgotten else 0,
    )


def _silent_ticks(layer_pass: LayerPass, ticks: int) -> int:
    """Of each neuron, the ticks after which it has not spiked yet."""
    first = np.full(layer_pass.layer.neurons, ticks, dtype=np.int64)
    first[layer_pass.spikes.neurons[::-1]] = layer_pass.spikes.rows[::-1]  # the last one written is the first spike
    return int(first.sum())


def count_sample(
    network: IntegerNetwork, passes: list[LayerPass], mode: Mode, labelled: bool, errors: int, virtual_spikes: int
) -> SampleCounts:
    """The counts of what `passes`, one per layer, have just run.

    errors: outputs with an error that is not 0. virtual_spikes: as learned from.
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
        erring_outputs=errors,
        virtual_spikes=virtual_spikes,
        layers=tuple(
            _count_layer(network, layer_pass, observes and network.eligibility == "replay") for layer_pass in passes
        ),
    )
