"""Adding changes to weights in place, clamped to their range; the last line of sections 8 and 9 of docs/ARITHMETIC.md."""

import numpy as np
from numpy.typing import NDArray

from .fixed_point import Int64
from .spike_list import occurrences
from .working_state import WeightArray


def add_to_rows(weights: WeightArray, inputs: Int64, changes: NDArray[np.int16], weight_bits: int) -> None:
    """Add a row of changes (spikes, neurons) to the weights of each input spike (spikes,), the last spike first, with a clamp each time.

    Rows of different inputs are independent, so all last spikes go at once, then all last but one, and so on.
    """
    top = 1 << (weight_bits - 1)
    rounds = occurrences(inputs[::-1])[::-1]
    last = int(rounds.max()) if rounds.size else -1
    if last == 0:
        _add_clamped(weights, inputs, changes, top)
        return
    order = np.argsort(rounds, kind="stable")
    inputs, changes = inputs[order], changes[order]
    ends = np.cumsum(np.bincount(rounds)).tolist() if rounds.size else []
    for start, end in zip([0, *ends], ends, strict=False):
        _add_clamped(weights, inputs[start:end], changes[start:end], top)


def _add_clamped(weights: WeightArray, rows: Int64, changes: NDArray[np.int16], top: int) -> None:
    """Every row at most once."""
    low, high = weights.dtype.type(-top), weights.dtype.type(top - 1)
    moved = weights.take(rows, axis=0)
    moved += changes
    weights[rows] = moved.clip(low, high, out=moved)
