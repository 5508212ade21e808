"""Packets between cores: section 3 of docs/MESH.md."""

from enum import IntEnum
from typing import Final, NamedTuple

TURNS: Final = 16
NEW_TURNS: Final = 7
"""A packet up to so many turns ahead opens its turn."""
NO_LABEL: Final = 0xFFFF
WORD: Final = 0xFFFFFFFF


class Kind(IntEnum):
    """What a packet says."""

    START = 0
    SPIKE = 1
    END = 2
    REPORT = 3
    VERDICT = 4
    GRADE = 5
    ERROR = 6
    READY = 7
    COMMIT = 8
    RESULT = 9
    DONE = 10
    AGAIN = 11
    PREPARE = 12
    EVENTS = 13
    RANKS = 14
    SUM = 15


class Packet(NamedTuple):
    """Two words of 32 bits."""

    key: int
    payload: int

    @property
    def kind(self) -> int:
        return self.key >> 28

    @property
    def turn(self) -> int:
        return self.key >> 24 & 0xF

    @property
    def layer(self) -> int:
        """Layer or field."""
        return self.key >> 16 & 0xFF

    @property
    def source(self) -> int:
        return self.key & 0xFFFF

    @property
    def tick(self) -> int:
        return self.payload >> 24

    @property
    def low(self) -> int:
        """The low half of the payload."""
        return self.payload & 0xFFFF

    @property
    def grade(self) -> int:
        return signed(self.payload & 0xFFFF, 16)

    @property
    def value(self) -> int:
        return signed(self.payload, 32)


def signed(word: int, bits: int) -> int:
    """A word of so many bits as two's complement."""
    return word - (1 << bits) if word >> (bits - 1) else word


def packet(kind: Kind, turn: int, layer: int = 0, source: int = 0, payload: int = 0) -> Packet:
    """payload: 32 bits, or a negative number of as many."""
    return Packet(kind << 28 | turn << 24 | layer << 16 | source, payload & WORD)


def at_tick(tick: int, low: int) -> int:
    """A payload with a tick, and 16 bits or a negative number of as many."""
    return tick << 24 | low & 0xFFFF


class Action(IntEnum):
    """What is learned of a sample."""

    NOTHING = 0
    KNOWN = 1
    LEARN = 2


class EventsField(IntEnum):
    """Of what the host sends of a sample: two channels, or how many events there are up to two ticks."""

    CHANNELS = 0
    TICKS = 1


class ReportField(IntEnum):
    """Reports of outputs that spike: count, B - A, d."""

    COUNT = 0
    POTENTIAL = 1
    D = 2


class SumField(IntEnum):
    """Of sums over all cores: the activity of an output in two words, d before its clamp, what feedback explains of it; then the spikes of each layer."""

    LOW = 0
    HIGH = 1
    D = 2
    EXPLAINED = 3
    SPIKES = 4


ACTION_MASK: Final = 3
WANTS_RANKS: Final = 4
"""In the field of an error packet, beside the action."""
GRADE_BITS: Final = 22
"""Of the payload of an error packet, below e."""


class ResultField(IntEnum):
    """Of result packets."""

    OUTPUT = 0
    SUMMARY = 1
    MARGIN = 2
    ABORTED = 3
