"""Proof that no integer of an encoder overflows, and that its parts fit each other and the network: the bounds of section 13 of docs/ARITHMETIC.md."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sfdfa_codegen.codegen.encoder import LARGEST_FACTOR, LARGEST_SHIFT, LEFT_OUT, MOST_FIELDS, Encoder
from sfdfa_codegen.codegen.errors import DoesNotFitError

INT16: Final = range(-32768, 32768)
MOST_CHANNELS: Final = 65535
BYTE_SHIFT: Final = 7
"""The most that a uint8 reading is shifted by; an int16 is not."""


def check_encoder(encoder: Encoder, name: str, ticks: int, channels: int) -> None:
    """Raise DoesNotFitError, naming the constant, for an encoder that network `name`, of so many ticks and channels, cannot have."""
    for problem in (*_sizes(encoder, ticks, channels), *_constants(encoder)):
        raise DoesNotFitError(f"network '{name}', encoder: {problem}; fit the encoder again")


def _sizes(encoder: Encoder, ticks: int, channels: int) -> Iterator[str]:
    if encoder.features < 1 or encoder.source_channels > MOST_CHANNELS:
        yield f"{encoder.features} features make {encoder.source_channels} channels, possible are 1 to {MOST_CHANNELS}"
    if not 0 <= encoder.window < ticks:
        yield f"window is {encoder.window}, possible are 0 to {ticks - 1}"
    if encoder.kind == "signed-rate" and not 1 <= encoder.most <= encoder.window + 1:
        yield f"most is {encoder.most}, possible are 1 to {encoder.window + 1}, a tick for each event"
    if encoder.channels != channels:
        yield f"it has {encoder.channels} channels, the network {channels}"
    kept = [place for place in encoder.channel_map if place != LEFT_OUT]
    if encoder.channel_map and (len(encoder.channel_map) != encoder.source_channels or kept != list(range(channels))):
        yield f"the channel map does not number {channels} of {encoder.source_channels} channels in their order"


def _constants(encoder: Encoder) -> Iterator[str]:
    """What the products are made of."""
    if not 0 <= encoder.reading_shift <= (BYTE_SHIFT if encoder.reading_bits == 8 else 0):
        yield f"reading_shift is {encoder.reading_shift}"
    population = encoder.kind == "population"
    yield from _fields(encoder) if population else _scales(encoder)
    for factor in _flat(encoder.gap_factor) if population else encoder.factor:
        if not 0 <= factor <= LARGEST_FACTOR:
            yield f"a factor is {factor}, possible are 0 to {LARGEST_FACTOR}"
    for shift in _flat(encoder.gap_shift) if population else encoder.shift:
        if not 0 <= shift <= LARGEST_SHIFT:
            yield f"a shift is {shift}, possible are 0 to {LARGEST_SHIFT}"


def _flat(rows: tuple[tuple[int, ...], ...]) -> Iterator[int]:
    return (value for row in rows for value in row)


def _scales(encoder: Encoder) -> Iterator[str]:
    if not len(encoder.offset) == len(encoder.factor) == len(encoder.shift) == encoder.features:
        yield f"there are {len(encoder.offset)} offsets for {encoder.features} features"
    yield from (f"an offset is {offset}, no int16" for offset in encoder.offset if offset not in INT16)


def _fields(encoder: Encoder) -> Iterator[str]:
    if not 2 <= encoder.fields <= MOST_FIELDS:
        yield f"a population has {encoder.fields} fields, possible are 2 to {MOST_FIELDS}"
    if len(encoder.knots) != encoder.features or {len(row) for row in encoder.knots} != {encoder.fields}:
        yield f"the knots are not {encoder.fields} for each of {encoder.features} features"
    for gaps in (encoder.gap_factor, encoder.gap_shift):
        if len(gaps) != encoder.features or {len(row) for row in gaps} != {encoder.fields - 1}:
            yield f"the gaps are not {encoder.fields - 1} for each of {encoder.features} features"
    for row in encoder.knots:
        if any(knot not in INT16 for knot in row) or any(low >= high for low, high in pairwise(row)):
            yield f"the knots {row} of a feature are not rising int16"
