"""The integer constants with which readings become events: section 13 of docs/ARITHMETIC.md."""

from dataclasses import dataclass
from typing import Literal

EncoderKind = Literal["ttfs", "signed-ttfs", "rate", "signed-rate", "population"]

FULL_LEVEL = 255
"""The strongest level."""
FIELD_UNIT = 256
"""One step from a field of a population to the next, in the units of u."""
FIELD_REACH = 384
"""How far from its knot a field reaches, in the same units."""
FIELD_SLOPE = 170
"""255 / FIELD_REACH, in 1/256."""
STEADY_LEVEL = 128
"""Of the last channel of "signed-rate", in every sample."""
LEFT_OUT = -1
"""In a channel map: the channel has no events."""
LARGEST_FACTOR = 16383
LARGEST_SHIFT = 30
MOST_FIELDS = 16


@dataclass(frozen=True)
class Encoder:
    """One encoder. Tuples have an entry for each feature; those that the kind does not use are empty.

    most: events of the strongest level of "signed-rate". reading_bits: 8 for uint8 readings, 16 for int16. knots: `fields` rising readings a feature, factor and shift of its gaps in gap_factor and gap_shift.
    channel_map: the network's channel of each channel of the encoding, or LEFT_OUT; empty where all are there.
    zero, unit: what a reading means outside, zero + unit * reading; no integer depends on them.
    """

    kind: EncoderKind
    window: int
    features: int
    reading_bits: Literal[8, 16]
    reading_shift: int = 0
    offset: tuple[int, ...] = ()
    factor: tuple[int, ...] = ()
    shift: tuple[int, ...] = ()
    fields: int = 0
    knots: tuple[tuple[int, ...], ...] = ()
    gap_factor: tuple[tuple[int, ...], ...] = ()
    gap_shift: tuple[tuple[int, ...], ...] = ()
    channel_map: tuple[int, ...] = ()
    zero: tuple[float, ...] = ()
    unit: tuple[float, ...] = ()
    most: int = 0

    @property
    def channels_per_feature(self) -> int:
        return 2 if self.is_signed else self.fields if self.kind == "population" else 1

    @property
    def is_signed(self) -> bool:
        """Whether a feature has a channel for what is above its offset, and one for what is below."""
        return self.kind in ("signed-ttfs", "signed-rate")

    @property
    def counts_events(self) -> bool:
        """Whether a stronger level has more events, not a sooner one."""
        return self.kind in ("rate", "signed-rate")

    @property
    def source_channels(self) -> int:
        """Channels of the encoding, in the network or not."""
        return self.features * self.channels_per_feature + self.has_steady_channel

    @property
    def has_steady_channel(self) -> bool:
        """Whether there is a last channel, of no feature, whose level never changes."""
        return self.kind == "signed-rate"

    @property
    def channels(self) -> int:
        """Channels of the network."""
        return sum(place != LEFT_OUT for place in self.channel_map) if self.channel_map else self.source_channels

    @property
    def reading_limits(self) -> tuple[int, int]:
        return (0, 255) if self.reading_bits == 8 else (-32768, 32767)

    @property
    def levels_are_readings(self) -> bool:
        """Whether a uint8 reading is a level as it is."""
        plain = self.kind in ("ttfs", "rate") and self.reading_bits == 8 and self.reading_shift == 0
        return plain and not any(self.offset) and set(self.factor) == {1} and not any(self.shift)
