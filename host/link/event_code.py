"""Events as bits, docs/PROTOCOL.md "Samples": gaps between positions `tick * channels + channel` in an adaptive Rice code.

mean = 256 before the first event of a sample
k = floor(log2(mean / 8)), 0 if mean < 16
q = gap >> k;  if q < 20: q ones, a zero, then the low k bits of gap
               else: 20 ones, then gap in 24 bits
mean = mean + gap - floor(mean / 8), at most 2^24
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

FIRST_MEAN: Final = 256
LARGEST_MEAN: Final = 1 << 24
LONGEST_QUOTIENT: Final = 20
PLAIN_BITS: Final = 24
LONGEST_CODE_BITS: Final = LONGEST_QUOTIENT + PLAIN_BITS


class EventChunk(NamedTuple):
    """Some events of a sample: how many, and their bits, filled up to whole bytes with zeros."""

    events: int
    data: bytes


def gap_code(gap: int, k: int) -> tuple[int, int]:
    """The code word of a gap, and its length in bits."""
    quotient = gap >> k
    if quotient >= LONGEST_QUOTIENT:
        return ((1 << LONGEST_QUOTIENT) - 1) << PLAIN_BITS | gap, LONGEST_CODE_BITS
    return ((1 << quotient) - 1) << (k + 1) | gap & (1 << k) - 1, quotient + 1 + k


def _chunk(events: int, bits: int, size: int) -> EventChunk:
    padding = -size % 8
    return EventChunk(events, (bits << padding).to_bytes((size + padding) // 8, "big"))


def pack_events(gaps: Sequence[int], first_capacity: int, capacity: int) -> list[EventChunk]:
    """The events of one sample in as few chunks as they take, at least one.

    gaps: position of the first event, then to each next one the distance less 1. first_capacity, capacity: bytes that the first and
    any other chunk may have; each has room for at least one event, 6 bytes.
    """
    chunks: list[EventChunk] = []
    mean = FIRST_MEAN
    room = 8 * first_capacity
    events = bits = size = 0
    for gap in gaps:
        word, length = gap_code(gap, (mean >> 4).bit_length())
        mean = min(mean + gap - (mean >> 3), LARGEST_MEAN)
        if size + length > room:
            chunks.append(_chunk(events, bits, size))
            events = bits = size = 0
            room = 8 * capacity
        bits = bits << length | word
        size += length
        events += 1
    return [*chunks, _chunk(events, bits, size)]


class EventDecoder:
    """The inverse of `pack_events`, chunk by chunk."""

    def __init__(self) -> None:
        self._mean = FIRST_MEAN

    def decode(self, chunk: EventChunk) -> list[int]:
        """The gaps of the next chunk. Raises ValueError if it ends within an event."""
        bits = "".join(f"{byte:08b}" for byte in chunk.data)
        gaps = []
        position = 0
        for _ in range(chunk.events):
            gap, position = self._next(bits, position)
            self._mean = min(self._mean + gap - (self._mean >> 3), LARGEST_MEAN)
            gaps.append(gap)
        return gaps

    def _next(self, bits: str, position: int) -> tuple[int, int]:
        quotient = 0
        while quotient < LONGEST_QUOTIENT and bits[position : position + 1] == "1":
            quotient += 1
            position += 1
        plain = quotient == LONGEST_QUOTIENT
        start = position if plain else position + 1
        # mean >> 4 has one bit less than mean / 8, so its bits are the logarithm's floor.
        end = start + (PLAIN_BITS if plain else (self._mean >> 4).bit_length())
        if end > len(bits):
            raise ValueError("the events end within one")
        low = int(bits[start:end] or "0", 2)
        return (low if plain else quotient << (end - start) | low), end
