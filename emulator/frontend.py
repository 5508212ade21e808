"""Samples to readings, as they come: section 14 of docs/ARITHMETIC.md."""

import math
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sfdfa_codegen.codegen.frontend import (
    LARGEST_GROUP,
    LOG_UNIT,
    VECTOR,
    Endpoint,
    Frontend,
    cosines,
    hann,
    logarithms,
    sines,
)
from sfdfa_codegen.emulator.fixed_point import Int64

LOG = logarithms()


class Complex(NamedTuple):
    re: int
    im: int


def _rshift(value: int, bits: int) -> int:
    return (value + (1 << bits >> 1)) >> bits


def _int16(value: int) -> int:
    return max(-32768, min(32767, value))


def log2_of(value: int) -> int:
    """lg of an integer from 1 on, in 1/256."""
    exponent = value.bit_length() - 1
    fraction = (value << 13 >> exponent) - (1 << 13)
    place, rest = fraction >> 8, fraction & 255
    return LOG_UNIT * exponent + _rshift(LOG[place] + _rshift((LOG[place + 1] - LOG[place]) * rest, 8), 4)


def direction_of(axes: list[list[int]]) -> list[int]:
    """u of the samples of a frame, three axes, in 1/2^14: where their mean points."""
    sums = [sum(x) for x in axes]
    largest = max(map(abs, sums))
    scale = max(s for s in range(-10, 15) if largest * 2.0**s <= 1 << 14)
    v = [_rshift(total, -scale) if scale < 0 else total << scale for total in sums]
    n = max(1, math.isqrt(sum(value * value for value in v)))
    sizes = [((abs(value) << 14) + n // 2) // n for value in v]
    return [size if value >= 0 else -size for size, value in zip(sizes, v, strict=True)]


def turned(axes: list[list[int]], u: list[int]) -> tuple[list[int], list[int]]:
    """Samples of three axes along a direction, and across it."""
    along, across = [], []
    for sample in zip(*axes, strict=True):
        along.append(_int16(_rshift(sum(x * part for x, part in zip(sample, u, strict=True)), 14)))
        h = [_int16(x - _rshift(along[-1] * part, 14)) for x, part in zip(sample, u, strict=True)]
        across.append(min(math.isqrt(sum(rest * rest for rest in h)), 32767))
    return along, across


class Spectrum:
    """The bands of windows of samples."""

    def __init__(self, frontend: Frontend) -> None:
        self._frontend = frontend
        self._hann, self._c, self._d = (table(frontend.window) for table in (hann, cosines, sines))

    def bands(self, samples: list[int]) -> list[int]:
        """The value of each band of a window of samples."""
        largest = max(abs(x) for x in samples)
        scale = max(s for s in range(-1, 15) if largest * 2.0**s <= 1 << 14)
        power = self._power(
            self._transform([_rshift(x * h, 15 - scale) for x, h in zip(samples, self._hann, strict=True)])
        )
        values = []
        for first, weights in zip(self._frontend.band_first, self._frontend.band_weights, strict=True):
            energy = sum(weight * power[first + k] for k, weight in enumerate(weights))
            values.append(max(log2_of(max(1, energy)) - 2 * LOG_UNIT * (scale + 1), self._frontend.floor))
        return values

    def _transform(self, y: list[int]) -> list[Complex]:
        size = len(y) // 2
        bits = size.bit_length() - 1
        order = [int(f"{j:0{bits}b}"[::-1], 2) for j in range(size)]
        z = [Complex(y[2 * j], y[2 * j + 1]) for j in order]
        for place in range(0, size, 2):
            a, b = z[place], z[place + 1]
            z[place], z[place + 1] = Complex(a.re + b.re, a.im + b.im), Complex(a.re - b.re, a.im - b.im)
        half = 2
        while half < size:
            for start in range(0, size, 2 * half):
                for k in range(half):
                    self._butterfly(z, start + k, half, k * size // half)
            half *= 2
        return z

    def _butterfly(self, z: list[Complex], place: int, half: int, angle: int) -> None:
        a, b, c, d = z[place], z[place + half], self._c[angle], self._d[angle]
        re, im = b.re * c + b.im * d, b.im * c - b.re * d
        z[place] = Complex(_rshift((a.re << 15) + re, 16), _rshift((a.im << 15) + im, 16))
        z[place + half] = Complex(_rshift((a.re << 15) - re, 16), _rshift((a.im << 15) - im, 16))

    def _power(self, z: list[Complex]) -> list[int]:
        """P by bin; that of bin 0 is never asked for."""
        power = [0]
        for k in range(1, len(z)):
            a, n, c, d = z[k], z[len(z) - k], self._c[k], self._d[k]
            odd = Complex(a.im + n.im, n.re - a.re)
            re = _rshift(a.re + n.re + _rshift(odd.re * c + odd.im * d, 15), 1)
            im = _rshift(a.im - n.im + _rshift(odd.im * c - odd.re * d, 15), 1)
            power.append(re * re + im * im)
        return power


class Slots:
    """Frames in a few slots; when these are full, neighbours become one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.empty()

    def empty(self) -> None:
        self.slots: list[list[int]] = []
        self.group = 0
        self._sum: list[int] = []
        self._frames_in_sum = 0

    def take(self, values: list[int]) -> bool:
        """Whether the frame was heard: after 2^15 for each slot no more are."""
        if self.group > LARGEST_GROUP:
            return False
        self._sum = [total + value for total, value in zip(self._sum or [0] * len(values), values, strict=True)]
        self._frames_in_sum += 1
        if self._frames_in_sum == 1 << self.group:
            self.slots.append([_rshift(total, self.group) for total in self._sum])
            self._sum, self._frames_in_sum = [], 0
            if len(self.slots) == self._most:
                self._join()
        return True

    def _join(self) -> None:
        pairs = zip(self.slots[::2], self.slots[1::2], strict=True)
        self.slots = [[_rshift(a + b, 1) for a, b in zip(left, right, strict=True)] for left, right in pairs]
        self.group += 1


class Phase(Enum):
    """Of the search for an utterance."""

    WAITING = auto()
    SPEAKING = auto()
    ENDED = auto()


class Utterance:
    """The frames of one utterance, in slots, and the noise from which it is told."""

    def __init__(self, endpoint: Endpoint, slots: Slots, noise: int) -> None:
        self._endpoint = endpoint
        self._slots = slots
        self._noise = noise
        self.begin()

    def begin(self) -> None:
        """Wait for the next one. The noise stays."""
        self._slots.empty()
        self.phase = Phase.WAITING
        self._heard = self._spoken = self._loud = self._quiet = 0

    def is_loud(self, loudness: int) -> bool:
        """Whether a frame stands out from the noise."""
        return loudness >= self._noise + self._endpoint.rise

    @property
    def spoken_slots(self) -> int:
        """How many there are up to the last loud frame."""
        return -(-self._spoken >> self._slots.group)

    def take(self, values: list[int], loudness: int) -> None:
        """values: of a frame, whose loudest axis has the deviation `loudness`."""
        loud = self.is_loud(loudness)
        self._noise = min(loudness, self._noise + self._endpoint.drift)
        if self.phase is Phase.WAITING and loud:
            self.phase = Phase.SPEAKING
            self._heard = len(self._slots.slots)
        if self.phase is Phase.SPEAKING:
            self._speak(values, loud)
        elif self.phase is Phase.WAITING:
            self._wait(values)

    def _wait(self, values: list[int]) -> None:
        if len(self._slots.slots) == self._endpoint.lead:
            del self._slots.slots[0]
        self._slots.take(values)

    def _speak(self, values: list[int], loud: bool) -> None:
        self._heard += self._slots.take(values)
        self._quiet += 1
        if loud:
            self._loud, self._quiet, self._spoken = self._loud + 1, 0, self._heard
        if self._quiet < self._endpoint.hangover:
            return
        if self._loud >= self._endpoint.shortest:
            self.phase = Phase.ENDED
            return
        self.begin()
        self._wait(values)

    def slots(self) -> list[list[int]]:
        """Without those of the quiet frames at the end."""
        if self.phase is Phase.WAITING:
            return self._slots.slots
        return self._slots.slots[: self.spoken_slots]


class FrontendEmulator:
    """A front-end that is given samples as they come. `readings` may be asked for at any time."""

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend
        self._spectrum = Spectrum(frontend) if frontend.has_bands else None
        self.begin()

    def begin(self) -> None:
        """Forget what was heard."""
        self._waiting: list[list[int]] = [[] for _ in range(self.frontend.axes)]
        self._last: list[list[int]] = []
        self._slots = Slots(self.frontend.slots)
        endpoint = self.frontend.endpoint
        self._utterance = None if endpoint is None else Utterance(endpoint, self._slots, self.frontend.floor)

    @property
    def ended(self) -> bool:
        """Whether an utterance has begun and ended."""
        return self._utterance is not None and self._utterance.phase is Phase.ENDED

    def go_on(self) -> None:
        """What was heard is decided: a recording begins, or, where the window slides, it goes on, or the next utterance may come."""
        if self._utterance is not None:
            self._utterance.begin()
        elif not self.frontend.sliding:
            self.begin()

    def push(self, samples: ArrayLike) -> None:
        """samples: (count, axes) integers of int16. Raises ValueError for another shape or values outside int16."""
        block = np.asarray(samples)
        if block.ndim != 2 or block.shape[1] != self.frontend.axes or block.dtype.kind not in "iu":
            raise ValueError(
                f"integers of shape (count, {self.frontend.axes}) are wanted, not {block.dtype} {block.shape}"
            )
        if block.size and (block.min() < -32768 or block.max() > 32767):
            raise ValueError(f"samples are -32768 to 32767, not {block.min()} to {block.max()}")
        for row in block.tolist():
            self._push_one(row)

    def _push_one(self, row: list[int]) -> None:
        for axis, sample in zip(self._waiting, row, strict=True):
            axis.append(sample)
        if len(self._waiting[0]) == self.frontend.window:
            self._take_frame(self._waiting)
            self._waiting = [axis[self.frontend.hop :] for axis in self._waiting]

    def readings(self) -> Int64:
        """(features,) of what was heard since `begin`. Raises ValueError if that is nothing."""
        if not self._made():
            if not self._waiting[0]:
                raise ValueError("no sample was heard, so there are no readings")
            missing = self.frontend.window - len(self._waiting[0])
            self._take_frame([axis + [0] * missing for axis in self._waiting])
        slots = self._made()
        values = [value for segment in range(self.frontend.segments) for value in self._segment(slots, segment)]
        if self.frontend.centred:
            middle = _mean(sum(values), len(values))
            values = [_int16(value - middle) for value in values]
        return np.array(values, dtype=np.int64)

    def _frame(self, axes: list[list[int]]) -> list[int]:
        if self.frontend.gravity:
            u = direction_of(axes[:VECTOR])
            axes = [part for first in range(0, len(axes), VECTOR) for part in turned(axes[first : first + VECTOR], u)]
        return [value for samples in axes for value in self._values(samples)]

    def _values(self, x: list[int]) -> list[int]:
        """V values of a frame of one axis."""
        kind, bits = self.frontend.kind, self.frontend.window_bits
        if kind == "mel":
            return self._bands(x)
        mean = _rshift(sum(x), bits)
        if kind == "raw":
            return [mean]
        d = [_int16(value - mean) for value in x]
        head = [mean, self._deviation(x)]
        return head + (self._bands(d) if kind == "bands" else [_slope(x, bits), _crossings(d)])

    def _deviation(self, x: list[int]) -> int:
        mean = _rshift(sum(x), self.frontend.window_bits)
        power = sum(_int16(value - mean) ** 2 for value in x) >> self.frontend.window_bits
        return max(log2_of(max(1, power)), self.frontend.floor)

    def _bands(self, x: list[int]) -> list[int]:
        assert self._spectrum is not None
        return self._spectrum.bands(x)

    def _take_frame(self, axes: list[list[int]]) -> None:
        values = self._frame(axes)
        if self.frontend.sliding:
            self._last = [*self._last, values][-self.frontend.slots :]
        elif self._utterance is None:
            self._slots.take(values)
        else:
            self._utterance.take(values, max(map(self._deviation, axes)))

    def _made(self) -> list[list[int]]:
        """The slots that count."""
        if self.frontend.sliding:
            return self._last
        return self._slots.slots if self._utterance is None else self._utterance.slots()

    def _segment(self, slots: list[list[int]], segment: int) -> list[int]:
        count = len(slots)
        first = segment * count // self.frontend.segments
        last = max(first + 1, (segment + 1) * count // self.frontend.segments)
        return [_mean(sum(column), last - first) for column in zip(*slots[first:last], strict=True)]


def _mean(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _slope(x: list[int], bits: int) -> int:
    half = len(x) // 2
    return _int16(_rshift(sum(x[half:]) - sum(x[:half]), bits - 1))


def _crossings(d: list[int]) -> int:
    return sum((d[i] < 0) != (d[i - 1] < 0) for i in range(1, len(d)))
