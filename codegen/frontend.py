"""The integer constants with which samples of a sensor become readings: section 14 of docs/ARITHMETIC.md."""

import math
from dataclasses import dataclass
from typing import Final, Literal

FrontendKind = Literal["mel", "bands", "stats", "raw"]

MOST_AXES: Final = 16
VECTOR: Final = 3
"""Axes of one sensor, where they are turned to gravity."""
TRANSFORM: Final = 2
"""Which form of the transform of section 14: in the hash of what has bands."""
WINDOWS: Final = tuple(2**p for p in range(3, 10))
"""Samples of a frame, possible ones."""
MOST_SLOTS: Final = 254
MOST_BANDS: Final = 64
MOST_READINGS: Final = 4096
FULL_WEIGHT: Final = 255
"""Of a bin in a band."""
LARGEST_GROUP: Final = 14
"""log2 of the most frames that are averaged in a slot."""
LOG_UNIT: Final = 256
"""Of one octave of power."""
LEAST_LOG: Final = -7680
MOST_LOG: Final = 12032
VALUES_OF_KIND: Final[dict[FrontendKind, int]] = {"mel": 0, "bands": 2, "stats": 4, "raw": 1}
"""Beside the bands."""
LARGEST_STEP: Final = 8192
"""Of `rise` and `drift`, in 1/256 octave."""
MOST_ENDPOINT_FRAMES: Final = 255


@dataclass(frozen=True)
class Endpoint:
    """How an utterance is told from the noise before and after it, in the names of section 14.

    rise: a frame is loud so far above the noise. drift: the noise may grow so much with each frame. Both in 1/256 octave.
    lead: frames before the first loud one that belong to it. hangover: quiet frames that end it. shortest: loud frames, of fewer it is none.
    """

    rise: int
    drift: int
    lead: int
    hangover: int
    shortest: int


@dataclass(frozen=True)
class Sensor:
    """What the samples are, for people and sketches; no integer depends on it. Empty and 0: not known.

    names, units: (axes,); one unit of a sample is so much in the data's own. recording_samples: of each axis, the median of the training recordings.
    """

    names: tuple[str, ...] = ()
    units: tuple[float, ...] = ()
    recording_samples: int = 0


@dataclass(frozen=True)
class Frontend:
    """One front-end, in the names of section 14.

    axes: samples are interleaved, one of each axis at a time. window, hop: samples of an axis. floor: the least logarithm, in 1/256 octave.
    band_first, band_weights: of each band, the first bin and the weights from it on, 0 to 255; empty for kinds without bands.
    rate_hz: what the constants were made for; no integer depends on it. endpoint: None where all that is heard counts.
    gravity: of each three axes values are made of two, along gravity and across it. sensor: is in no hash.
    """

    kind: FrontendKind
    axes: int
    window: int
    hop: int
    segments: int
    slots: int
    floor: int = 0
    sliding: bool = False
    centred: bool = False
    band_first: tuple[int, ...] = ()
    band_weights: tuple[tuple[int, ...], ...] = ()
    rate_hz: float = 0.0
    endpoint: Endpoint | None = None
    gravity: bool = False
    sensor: Sensor = Sensor()

    @property
    def bands(self) -> int:
        return len(self.band_first)

    @property
    def has_bands(self) -> bool:
        return self.kind in ("mel", "bands")

    @property
    def values(self) -> int:
        """Of a frame and an axis."""
        return self.bands + VALUES_OF_KIND[self.kind]

    @property
    def frame_axes(self) -> int:
        """Axes that values are made of."""
        return 2 * self.axes // VECTOR if self.gravity else self.axes

    @property
    def frame_values(self) -> int:
        """Of a frame, all axes."""
        return self.frame_axes * self.values

    @property
    def features(self) -> int:
        """Readings of a recording."""
        return self.segments * self.frame_values

    @property
    def window_bits(self) -> int:
        """p, log2 of the window."""
        return self.window.bit_length() - 1

    def frames_of(self, samples: int) -> int:
        """Frames of a recording of so many samples an axis, 1 at least."""
        return max(samples - self.window, 0) // self.hop + 1


def hann(window: int) -> list[int]:
    """HANN: (window,) of 0 .. 32767."""
    return [_fraction(0.5 - math.cos(2 * math.pi * i / window) / 2) for i in range(window)]


def cosines(window: int) -> list[int]:
    """C: (window / 2,) of -32767 .. 32767."""
    return [_fraction(math.cos(2 * math.pi * q / window)) for q in range(window // 2)]


def sines(window: int) -> list[int]:
    """D, as C."""
    return [_fraction(math.sin(2 * math.pi * q / window)) for q in range(window // 2)]


def _fraction(value: float) -> int:
    return max(-32767, min(32767, round(32768 * value)))


def logarithms() -> list[int]:
    """LOG: (33,) in 1/4096."""
    return [round(4096 * math.log2(1 + j / 32)) for j in range(33)]
