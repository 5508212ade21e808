"""Samples to readings, as they come: section 14 of docs/ARITHMETIC.md."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sfdfa_codegen.codegen.frontend import LARGEST_GROUP, LOG_UNIT, Frontend, cosines, hann, logarithms, sines
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
            values.append(max(log2_of(max(1, energy)) - 2 * LOG_UNIT * scale, self._frontend.floor))
        return values

    def _transform(self, y: list[int]) -> list[Complex]:
        size = len(y) // 2
        bits = size.bit_length() - 1
        order = [int(f"{j:0{bits}b}"[::-1], 2) for j in range(size)]
        z = [Complex(y[2 * j], y[2 * j + 1]) for j in order]
        half = 1
        while half < size:
            for start in range(0, size, 2 * half):
                for k in range(half):
                    self._butterfly(z, start + k, half, k * size // half)
            half *= 2
        return z

    def _butterfly(self, z: list[Complex], place: int, half: int, angle: int) -> None:
        a, b, c, d = z[place], z[place + half], self._c[angle], self._d[angle]
        re, im = _rshift(b.re * c + b.im * d, 15), _rshift(b.im * c - b.re * d, 15)
        z[place] = Complex(_rshift(a.re + re, 1), _rshift(a.im + im, 1))
        z[place + half] = Complex(_rshift(a.re - re, 1), _rshift(a.im - im, 1))

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


class FrontendEmulator:
    """A front-end that is given samples as they come. `readings` may be asked for at any time."""

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend
        self._spectrum = Spectrum(frontend) if frontend.has_bands else None
        self.begin()

    def begin(self) -> None:
        """Forget what was heard."""
        self._waiting: list[list[int]] = [[] for _ in range(self.frontend.axes)]
        self._heard = False
        self._slots: list[list[int]] = []
        self._sum = [0] * self.frontend.frame_values
        self._frames_in_sum = 0
        self._group = 0

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
        self._heard = True
        for axis, sample in zip(self._waiting, row, strict=True):
            axis.append(sample)
        if len(self._waiting[0]) == self.frontend.window:
            self._take_frame(self._frame(self._waiting))
            self._waiting = [axis[self.frontend.hop :] for axis in self._waiting]

    def readings(self) -> Int64:
        """(features,) of what was heard since `begin`. Raises ValueError if that is nothing."""
        if not self._heard:
            raise ValueError("no sample was heard, so there are no readings")
        if not self._slots:
            missing = self.frontend.window - len(self._waiting[0])
            self._take_frame(self._frame([axis + [0] * missing for axis in self._waiting]))
        values = [value for segment in range(self.frontend.segments) for value in self._segment(segment)]
        if self.frontend.centred:
            middle = _mean(sum(values), len(values))
            values = [_int16(value - middle) for value in values]
        return np.array(values, dtype=np.int64)

    def _frame(self, axes: list[list[int]]) -> list[int]:
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
        power = sum(value * value for value in d) >> bits
        head = [mean, max(log2_of(max(1, power)), self.frontend.floor)]
        return head + (self._bands(d) if kind == "bands" else [_slope(x, bits), _crossings(d)])

    def _bands(self, x: list[int]) -> list[int]:
        assert self._spectrum is not None
        return self._spectrum.bands(x)

    def _take_frame(self, values: list[int]) -> None:
        if self.frontend.sliding:
            self._slots = [*self._slots, values][-self.frontend.slots :]
            return
        if self._group > LARGEST_GROUP:
            return
        self._sum = [total + value for total, value in zip(self._sum, values, strict=True)]
        self._frames_in_sum += 1
        if self._frames_in_sum == 1 << self._group:
            self._slots.append([_rshift(total, self._group) for total in self._sum])
            self._sum, self._frames_in_sum = [0] * len(values), 0
            if len(self._slots) == self.frontend.slots:
                self._join()

    def _join(self) -> None:
        pairs = zip(self._slots[::2], self._slots[1::2], strict=True)
        self._slots = [[_rshift(a + b, 1) for a, b in zip(left, right, strict=True)] for left, right in pairs]
        self._group += 1

    def _segment(self, segment: int) -> list[int]:
        count = len(self._slots)
        first = segment * count // self.frontend.segments
        last = max(first + 1, (segment + 1) * count // self.frontend.segments)
        return [_mean(sum(column), last - first) for column in zip(*self._slots[first:last], strict=True)]


def _mean(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _slope(x: list[int], bits: int) -> int:
    half = len(x) // 2
    return _int16(_rshift(sum(x[half:]) - sum(x[:half]), bits - 1))


def _crossings(d: list[int]) -> int:
    return sum((d[i] < 0) != (d[i - 1] < 0) for i in range(1, len(d)))
