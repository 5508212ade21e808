"""The last step of learning: dithered, clamped updates of weights in place; docs/ARITHMETIC.md sections 8 and 9."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spike_list import SpikeList, occurrences
from .working_state import WeightArray


def dithered(updates: NDArray[np.int16], dither: NDArray[np.int16], bits: int) -> NDArray[np.int16]:
    """`floor((D + dither) / 2^bits)`, overwriting `dither`; D within -28672 .. 28671 and dither below 2^12 keep the sum within int16."""
    np.add(updates, dither, dither)
    return np.right_shift(dither, np.int16(bits), dither)


def _add_clamped(weights: WeightArray, rows: NDArray[np.int64] | slice, changes: NDArray[Any], top: int) -> None:
    low, high = weights.dtype.type(-top), weights.dtype.type(top - 1)
    moved = weights[rows]
    moved += changes
    moved.clip(low, high, out=moved)
    weights[rows] = moved


def add_to_rows(weights: WeightArray, inputs: SpikeList, changes: NDArray[np.int16], weight_bits: int) -> None:
    """Add a row of changes (spikes, neurons) to the weights of each input spike, the last spike first, with a clamp each time.

    Rows of different inputs are independent, so all last spikes go at once, then all last but one, and so on.
    """
    top = 1 << (weight_bits - 1)
    rounds = occurrences(inputs.neurons[::-1])[::-1]
    last = int(rounds.max()) if rounds.size else -1
    if last == 0:
        _add_clamped(weights, inputs.neurons, changes, top)
        return
    for number in range(last + 1):
        chosen = (rounds == number).nonzero()[0]
        _add_clamped(weights, inputs.neurons[chosen], changes[chosen], top)
