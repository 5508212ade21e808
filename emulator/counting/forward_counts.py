"""Counts of the forward pass through one layer."""

from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.counting.counted_layer import CountedLayer, Counts, nonzero
from sfdfa_codegen.emulator.fixed_point import Int64

MOST_ROWS: Final = 255
"""Inputs of a tick that the kernel of Cortex-M0 takes; with more the C does."""
PLACE_MASK: Final = 31
"""Of a neuron's number, its place in a word."""


def _input_groups(lengths: Int64) -> Counts:
    """How the inputs of ticks with so many each, (samples, ticks), fall into groups.

    input_fours, input_pairs: whole fours and pairs. input_eights, input_sixteens: eights and sixteens, whole or not. four_ticks, rest_ticks: ticks with a whole four, and with inputs beyond whole fours. lone_ticks: ticks with a single input.
    """
    fours = lengths >> 2
    return {
        "input_ticks": nonzero(lengths),
        "inputs": lengths.sum(axis=1),
        "input_fours": fours.sum(axis=1),
        "input_pairs": (lengths >> 1).sum(axis=1),
        "input_eights": (lengths + 7 >> 3).sum(axis=1),
        "input_sixteens": (lengths + 15 >> 4).sum(axis=1),
        "four_ticks": nonzero(fours),
        "rest_ticks": nonzero(lengths & 3),
        "lone_ticks": nonzero(lengths == 1),
    }


def _inputs(layer: CountedLayer) -> Counts:
    """crowded_...: of ticks with more than 255 inputs, which are not in the others."""
    lengths = layer.inputs.by_tick
    crowded = lengths > MOST_ROWS
    if not crowded.any():
        usual = _input_groups(lengths)
        return usual | {f"crowded_{name}": np.zeros_like(count) for name, count in usual.items()}
    many = _input_groups(lengths * crowded)
    return _input_groups(lengths * ~crowded) | {f"crowded_{name}": count for name, count in many.items()}


def _spikes(layer: CountedLayer) -> Counts:
    """fresh_last: ticks whose last spike is its neuron's first. spike_words: of each tick, words of 32 neurons with a spike. held_back: neurons that reached the threshold after max_spikes
    spikes. reached_ticks: ticks with a neuron so, or a spike; reached_input_ticks: of them, with an input. held_last: ticks in which the last of these is held back. reached_without_input: in ticks without an input. saturations: of A
    and B."""
    spikes = layer.spikes
    return {
        "spikes": spikes.sizes,
        "spiking_neurons": nonzero(spikes.by_neuron),
        "fresh_last": spikes.last_in_tick(spikes.is_first),
        "spike_words": spikes.words_by_tick.sum(axis=1),
        "held_back": layer.held_by_tick.sum(axis=1),
        "reached_ticks": nonzero(layer.reached_by_tick),
        "reached_input_ticks": nonzero(layer.reached_by_tick * (layer.inputs.by_tick > 0)),
        "reached_without_input": (layer.reached_by_tick * (layer.inputs.by_tick == 0)).sum(axis=1),
        "held_last": (layer.run.held.last_by_tick * layer.stepped).sum(axis=1),
        "saturations": layer.saturations,
    }


def _remembering(layer: CountedLayer, constants: IntegerLayer) -> Counts:
    """spike_places: sum of the spikes' places in their words. forgotten: spikes past the capacity."""
    spikes = layer.spikes
    return {
        "spike_places": spikes.summed(spikes.neurons & PLACE_MASK) * layer.observed,
        "forgotten": np.maximum(spikes.sizes - constants.spike_capacity, 0) * layer.observed,
    }


def _grades(layer: CountedLayer) -> Counts:
    """graded_inputs, graded_ticks: with a grade that is not 0; graded_last: ticks whose last input has one. graded_tick_inputs: all inputs of those ticks."""
    graded = layer.inputs.chosen(layer.is_graded)
    by_tick = graded.by_tick
    return {
        "graded_inputs": graded.sizes,
        "graded_ticks": nonzero(by_tick),
        "graded_last": layer.inputs.last_in_tick(layer.is_graded),
        "graded_tick_inputs": (layer.inputs.by_tick * (by_tick > 0)).sum(axis=1),
    }


def _coast_steps(layer: CountedLayer) -> Counts:
    """coast_ticks: in which the layer coasts; coast_steps: of its neurons in these. The others: ticks in which they are an odd number, an odd number of pairs, none or one."""
    ticks, listed = layer.coasting.ticks, layer.coasting.listed
    return {
        "coast_ticks": ticks,
        "coast_steps": ticks * listed,
        "coast_odd": ticks * (listed & 1),
        "coast_odd_pairs": ticks * (listed >> 1 & 1),
        "coast_empty": ticks * (listed == 0),
        "coast_lone": ticks * (listed == 1),
    }


def _ways(layer: CountedLayer, narrow: int) -> Counts:
    """idle_ticks: before the first input. late: 1 if there are some. wide_ticks: stepped with more inputs so far than keep states narrow; wide_input_ticks: of them, with an
    input; wide_reached, wide_reached_without_input: neurons that reach the threshold there; wide_reached_input_ticks: ticks with an input in which any does. spike_ticks: with a spike. coasts: 1 if it does; rest, coast_...: see `Coasting`;
    coast_steps: of neurons."""
    by_tick = layer.inputs.by_tick
    so_far = by_tick.cumsum(axis=1)
    coasting, stepped = layer.coasting, layer.stepped
    wide = (so_far > narrow) & stepped
    idle = nonzero((so_far == 0) & stepped)
    steps = _coast_steps(layer)
    is_wide = so_far[:, -1] > narrow
    return (
        {
            "idle_ticks": idle,
            "late": (idle > 0).astype(np.int64),
            "wide_ticks": nonzero(wide),
            "wide_input_ticks": nonzero(wide & (by_tick > 0)),
            "wide_reached": (layer.reached_by_tick * wide).sum(axis=1),
            "wide_reached_without_input": (layer.reached_by_tick * (wide & (by_tick == 0))).sum(axis=1),
            "wide_reached_input_ticks": nonzero(layer.reached_by_tick * (wide & (by_tick > 0))),
            "spike_ticks": nonzero(layer.spikes.by_tick),
            "coasts": (coasting.rest > 0).astype(np.int64),
            "rest": coasting.rest,
            "coast_spikes": coasting.spikes,
            "coast_spike_ticks": coasting.spike_ticks,
            "coast_listed": coasting.listed,
            "coast_falling": coasting.falling,
            "coast_spike_falling": coasting.spike_falling,
            "coast_again": coasting.again,
            "coast_done": coasting.done,
            "wide_coast_spikes": coasting.spikes * is_wide,
        }
        | steps
        | {f"wide_{name}": count * is_wide for name, count in steps.items()}
    )


def forward_counts(layer: CountedLayer, learning: bool, replays: bool) -> Counts:
    """Of one layer. learning: with the counts of grades. replays: with those of spikes that are remembered for replay."""
    remembering = _remembering(layer, layer.run.constants) if replays else {}
    grades = _grades(layer) if learning else {}
    ways = _ways(layer, layer.run.plan.narrow_inputs)
    return _inputs(layer) | _spikes(layer) | remembering | grades | ways
