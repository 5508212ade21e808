"""Readings to events, one sample: section 13 of docs/ARITHMETIC.md."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
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
from sfdfa_codegen.emulator.fixed_point import Int64


class InputEvents(NamedTuple):
    """The events of a sample by (tick, channel): (events,) each."""

    ticks: Int64
    channels: Int64


def encode(network: IntegerNetwork, readings: ArrayLike) -> InputEvents:
    """The events of one sample of readings, (features,) integers.

    Raises ValueError for a network without an encoder, another number of readings, or one outside its type.
    """
    encoder = network.encoder
    if encoder is None:
        raise ValueError(f"network '{network.name}' takes events, it has no encoder for readings")
    levels = [level for f, x in enumerate(_checked(encoder, readings)) for level in _levels(encoder, f, x)]
    if encoder.kind == "signed-rate":
        levels.append(STEADY_LEVEL)
    found = sorted(_events(encoder, levels, network.ticks))[: network.max_events]
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return InputEvents(table[:, 0], table[:, 1])


def _checked(encoder: Encoder, readings: ArrayLike) -> list[int]:
    values = np.asarray(readings)
    if values.shape != (encoder.features,) or values.dtype.kind not in "iu":
        raise ValueError(
            f"{encoder.features} integer readings are wanted, not an array of {values.dtype} with shape {values.shape}"
        )
    low, high = encoder.reading_limits
    wrong = np.flatnonzero((values < low) | (values > high))
    if wrong.size:
        raise ValueError(f"reading {wrong[0]} is {values[wrong[0]]}, possible are {low} to {high}")
    found: list[int] = values.tolist()
    return found


def _scaled(value: int, factor: int, shift: int) -> int:
    """`rshift(value * factor, shift)`."""
    return (value * factor + (1 << shift >> 1)) >> shift


def _levels(encoder: Encoder, feature: int, reading: int) -> list[int]:
    """The levels of the channels of one feature."""
    if encoder.kind == "population":
        return _field_levels(encoder, feature, reading)
    centred = (reading << encoder.reading_shift) - encoder.offset[feature]
    level = _scaled(centred, encoder.factor[feature], encoder.shift[feature])
    sides = (level, -level) if encoder.kind in ("signed-ttfs", "signed-rate") else (level,)
    return [max(0, min(FULL_LEVEL, side)) for side in sides]


def _field_levels(encoder: Encoder, feature: int, reading: int) -> list[int]:
    knots = encoder.knots[feature]
    gap = max((k for k in range(1, len(knots) - 1) if reading >= knots[k]), default=0)
    way = _scaled(reading - knots[gap], encoder.gap_factor[feature][gap], encoder.gap_shift[feature][gap])
    last = FIELD_UNIT * (len(knots) - 1)
    place = max(-FIELD_REACH, min(last + FIELD_REACH, FIELD_UNIT * gap + way))
    return [_scaled(max(0, FIELD_REACH - abs(place - FIELD_UNIT * k)), FIELD_SLOPE, 8) for k in range(len(knots))]


def _events(encoder: Encoder, levels: list[int], ticks: int) -> Iterator[tuple[int, int]]:
    """(tick, channel) of every event, channel by channel."""
    for source, level in enumerate(levels):
        channel = encoder.channel_map[source] if encoder.channel_map else source
        if channel != LEFT_OUT:
            yield from ((tick, channel) for tick in _ticks(encoder, level, ticks))


def _ticks(encoder: Encoder, level: int, ticks: int) -> list[int]:
    """When a level has events."""
    if encoder.kind in ("rate", "signed-rate"):
        most, span = (ticks, ticks) if encoder.kind == "rate" else (encoder.most, encoder.window + 1)
        count = (2 * most * level + FULL_LEVEL) // (2 * FULL_LEVEL)
        return [(2 * k + 1) * span // (2 * count) for k in range(count)]
    return [(2 * encoder.window * (FULL_LEVEL - level) + FULL_LEVEL) // (2 * FULL_LEVEL)] if level else []
