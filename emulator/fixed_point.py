"""Rounding and clamping of docs/ARITHMETIC.md, section 1, on arrays.

Values are held in int64, wider than any intermediate value of the document, so nothing here wraps.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]

DECAY_BITS: Final = 12
"""Decays k_s and k are in 2^-12."""

WORD_LIMIT: Final = 32767
"""Clamp of grades, eligibilities and steps."""


def rshift(x: Int64, n: int) -> Int64:
    """`x / 2^n`, halves rounded up; exact to the left where n is negative. Same shape as x."""
    if n <= 0:
        return x << -n
    return (x + (1 << (n - 1))) >> n


def sat(x: Int64, limit: int) -> tuple[Int64, int]:
    """`x` clamped to -limit .. limit, and how many elements that changed."""
    magnitudes = np.abs(x)
    if x.size == 0 or magnitudes.max() <= limit:
        return x, 0
    return x.clip(-limit, limit), int(np.count_nonzero(magnitudes > limit))


def clamp_counted(x: Int64, low: int, high: int) -> tuple[Int64, int]:
    """`x` clamped to low .. high, and how many elements that changed."""
    if x.size == 0 or (x.max() <= high and x.min() >= low):
        return x, 0
    return x.clip(low, high), int(np.count_nonzero((x < low) | (x > high)))


def keep_factor(decay: Int64) -> Int64:
    """The factor of one fused decay.

    With `f = 4096 - k`, the document's `x - rshift(x * k, 12)` equals `(x * f + DECAY_ROUNDING) >> 12` for every integer x.
    """
    return (1 << DECAY_BITS) - decay


DECAY_ROUNDING: Final = (1 << (DECAY_BITS - 1)) - 1
"""Rounding term of the fused decay, see `keep_factor`."""


def decayed(x: Int64, decay: int) -> Int64:
    """`x - rshift(x * decay, 12)`."""
    return x - rshift(x * decay, DECAY_BITS)
