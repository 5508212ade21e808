"""What the C has to do to make events of readings, section 13 of docs/ARITHMETIC.md: how many levels, channels and events there are, by the place of a channel in its feature, since a
loop over few channels may be written out. It goes over all readings twice, once to count events and once to put them in order."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import (
    FIELD_REACH,
    FIELD_SLOPE,
    FIELD_UNIT,
    FULL_LEVEL,
    LEFT_OUT,
    STEADY_LEVEL,
    Encoder,
)
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.counted_layer import Counts
from sfdfa_codegen.emulator.fixed_point import Int64

SHIFT_STEP: Final = 4
"""Some processors shift by so many bits at a time, others by one."""


def encoding_counts(network: IntegerNetwork, encoder: Encoder, readings: Sequence[NDArray[np.integer[Any]]]) -> Counts:
    """Of samples of readings, (features,) each. active[k], kept[k], events[k], placed[k]: channels at place k of their feature with a level, of these those that the network has, their events, and of these those within the
    capacity, all without the steady channel; steady_placed: of its events. full_ticks, past_ticks: ticks that begin with all room taken, and with more events before them than there is room for. last_...: the same of the last channel."""
    values = np.array(readings, dtype=np.int64).reshape(len(readings), encoder.features)
    levels = _with_steady(encoder, _levels(encoder, values))
    active = levels > 0
    kept = active & _present(encoder, levels.shape[2])
    ticks = _event_ticks(network, encoder, levels)
    events = (ticks >= 0) & kept[:, :, :, None]
    begins, placed = _placed(network, events, ticks)
    made, steady_placed = (np.count_nonzero(each, axis=(1, 2, 3)) for each in (events, placed[:, encoder.features :]))
    active, kept = active[:, : encoder.features], kept[:, : encoder.features]
    ticks, events, placed = (
        ticks[:, : encoder.features],
        events[:, : encoder.features],
        placed[:, : encoder.features],
    )
    counts: Counts = {
        "sample": np.ones(len(values), dtype=np.int64),
        "encoded.events": made,
        "encoded.full_ticks": np.count_nonzero(begins >= network.max_events, axis=1),
        "encoded.past_ticks": np.count_nonzero(begins > network.max_events, axis=1),
        "encoded.last_active": active[:, -1, -1].astype(np.int64),
        "encoded.last_kept": kept[:, -1, -1].astype(np.int64),
        "encoded.last_events": np.count_nonzero(events[:, -1, -1], axis=1),
        "encoded.last_placed": np.count_nonzero(placed[:, -1, -1], axis=1),
    }
    for place in range(encoder.channels_per_feature):
        counts[f"encoded.active[{place}]"] = np.count_nonzero(active[:, :, place], axis=1)
        counts[f"encoded.kept[{place}]"] = np.count_nonzero(kept[:, :, place], axis=1)
        counts[f"encoded.events[{place}]"] = np.count_nonzero(events[:, :, place], axis=(1, 2))
        counts[f"encoded.placed[{place}]"] = np.count_nonzero(placed[:, :, place], axis=(1, 2))
    if encoder.counts_events:
        counts |= _rate_counts(events, ticks, kept)
    if encoder.has_steady_channel:
        counts["encoded.steady_placed"] = steady_placed
    if encoder.kind == "population":
        counts |= _field_counts(encoder, values)
    return counts


def _placed(network: IntegerNetwork, events: NDArray[np.bool_], ticks: Int64) -> tuple[Int64, NDArray[np.bool_]]:
    """How many events come before each tick, (samples, ticks), and which events are within the capacity, as `events`."""
    begins = np.zeros((len(events), network.ticks + 1), dtype=np.int64)
    placed = np.zeros_like(events)
    for tick in range(network.ticks):
        here = events & (ticks == tick)
        rank = here.reshape(len(events), int(np.prod(events.shape[1:]))).cumsum(axis=1) + begins[:, tick, None]
        placed |= here & (rank <= network.max_events).reshape(events.shape)
        begins[:, tick + 1] = begins[:, tick] + np.count_nonzero(here, axis=(1, 2, 3))
    return begins[:, :-1], placed


def _with_steady(encoder: Encoder, levels: Int64) -> Int64:
    """The steady channel, where there is one, as the first place of a feature more: (samples, features + 1, places)."""
    if not encoder.has_steady_channel:
        return levels
    steady = np.zeros_like(levels[:, :1])
    steady[:, :, 0] = STEADY_LEVEL
    return np.concatenate((levels, steady), axis=1)


def _present(encoder: Encoder, places: int) -> NDArray[np.bool_]:
    """Which channels the network has: (features, places), and the steady channel at the first place of a row after them."""
    shape = (encoder.features + encoder.has_steady_channel, places)
    if not encoder.channel_map:
        return np.ones(shape, dtype=np.bool_)
    there = np.array(encoder.channel_map) != LEFT_OUT
    present: NDArray[np.bool_] = np.pad(there, (0, shape[0] * places - len(there))).reshape(shape)
    return present


def _scaled(values: Int64, factor: Int64, shift: Int64) -> Int64:
    scaled: Int64 = (values * factor + (1 << shift >> 1)) >> shift
    return scaled


def _levels(encoder: Encoder, values: Int64) -> Int64:
    """(samples, features, places) of readings (samples, features)."""
    if encoder.kind == "population":
        away = np.abs(_places(encoder, values)[0][:, :, None] - FIELD_UNIT * np.arange(encoder.fields))
        fields: Int64 = (np.maximum(0, FIELD_REACH - away) * FIELD_SLOPE + 128) >> 8
        return fields
    centred = (values << encoder.reading_shift) - np.array(encoder.offset)
    level = _scaled(centred, np.array(encoder.factor), np.array(encoder.shift))
    sides = [level, -level] if encoder.is_signed else [level]
    return np.stack(sides, axis=2).clip(0, FULL_LEVEL)


def _places(encoder: Encoder, values: Int64) -> tuple[Int64, Int64]:
    """u, and the gap that it is found from: (samples, features) each."""
    knots, features = np.array(encoder.knots, dtype=np.int64), np.arange(encoder.features)
    gap = np.count_nonzero(values[:, :, None] >= knots[None, :, 1:-1], axis=2)
    factor, shift = np.array(encoder.gap_factor)[features, gap], np.array(encoder.gap_shift)[features, gap]
    place = FIELD_UNIT * gap + _scaled(values - knots[features, gap], factor, shift)
    return np.clip(place, -FIELD_REACH, FIELD_UNIT * (encoder.fields - 1) + FIELD_REACH), gap


def _event_ticks(network: IntegerNetwork, encoder: Encoder, levels: Int64) -> Int64:
    """The ticks of the events of each channel, -1 for none: (samples, features, places, most)."""
    if not encoder.counts_events:
        ticks = (2 * encoder.window * (FULL_LEVEL - levels) + FULL_LEVEL) // (2 * FULL_LEVEL)
        return np.where(levels > 0, ticks, -1)[:, :, :, None]
    most, span = (network.ticks, network.ticks) if encoder.kind == "rate" else (encoder.most, encoder.window + 1)
    count = (2 * most * levels + FULL_LEVEL) // (2 * FULL_LEVEL)
    nth = np.arange(max(1, int(count.max(initial=0))))
    times = (2 * nth + 1) * span // (2 * np.maximum(count, 1)[:, :, :, None])
    return np.where(nth < count[:, :, :, None], times, -1)


def _rate_counts(events: NDArray[np.bool_], ticks: Int64, kept: NDArray[np.bool_]) -> Counts:
    """sounding: channels with an event. moved: events that are not in the tick of the one before, or in tick 0; steps: ticks from one to the next."""
    before = np.concatenate((np.zeros_like(ticks[..., :1]), ticks[..., :-1]), axis=-1)
    steps = (ticks - before) * events
    last = np.where(events, ticks, 0)[:, -1, -1].max(axis=1)
    return {
        "encoded.sounding": np.count_nonzero(events.any(axis=-1) & kept, axis=(1, 2)),
        "encoded.moved": np.count_nonzero(steps, axis=(1, 2, 3)),
        "encoded.steps": steps.sum(axis=(1, 2, 3)),
        "encoded.last_tick": last,
    }


def _field_counts(encoder: Encoder, values: Int64) -> Counts:
    """searched: knots that are above a reading when its gap is looked for; first: readings in the first gap. shift_ones, shift_steps: by how many bits what is left and right of a knot is shifted, one at a time and in steps. above[k], near[k], near_above[k]: readings
    above the knot of field k, within its reach, and both."""
    place, gap = _places(encoder, values)
    shift = np.array(encoder.gap_shift)[np.arange(encoder.features), gap]
    counts: Counts = {
        "encoded.searched": (encoder.fields - 2 - gap).sum(axis=1),
        "encoded.first": np.count_nonzero(gap == 0, axis=1),
        "encoded.shift_ones": (shift % SHIFT_STEP).sum(axis=1),
        "encoded.shift_steps": (shift // SHIFT_STEP).sum(axis=1),
        "encoded.last_gap": gap[:, -1],
    }
    for field in range(encoder.fields):
        above = place >= FIELD_UNIT * field
        near = np.abs(place - FIELD_UNIT * field) < FIELD_REACH
        counts[f"encoded.above[{field}]"] = np.count_nonzero(above, axis=1)
        counts[f"encoded.near[{field}]"] = np.count_nonzero(near, axis=1)
        counts[f"encoded.near_above[{field}]"] = np.count_nonzero(near & above, axis=1)
    return counts
