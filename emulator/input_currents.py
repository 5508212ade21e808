"""Sums of weights over the inputs of a tick: X of docs/ARITHMETIC.md section 5."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fixed_point import Int64
from .spike_list import SpikeList
from .working_state import WeightArray

_LANES: Final = 4
"""16-bit lanes in a word of 64 bits."""
_BIAS: Final = 128
"""Makes a weight of up to 8 bits positive."""
_MOST_IN_LANE: Final = 257
"""So many values of 0 .. 255 sum to less than 2^16."""


def _lane_sums(weights: NDArray[np.int16], starts: Int64) -> NDArray[np.uint16]:
    """Sums of biased weights, four to an addition: none of the lanes carries into the next."""
    packed = (weights + np.int16(_BIAS)).view(np.uint64)
    return np.add.reduceat(packed, starts, axis=0).view(np.uint16)


def input_currents(weights: WeightArray, inputs: SpikeList, currents: Int64) -> None:
    """Fill `currents` (rows, neurons) with X of each row, in the unit of the weights; 0 where a row has no input."""
    currents.fill(0)
    if not inputs.size:
        return
    starts = inputs.starts
    chosen = weights.take(inputs.neurons, axis=0)
    lengths = inputs.lengths
    if chosen.dtype == np.int16 and chosen.shape[1] % _LANES == 0 and lengths.max() <= _MOST_IN_LANE:
        sums = _lane_sums(chosen.astype(np.int16, copy=False), starts) - (_BIAS * lengths)[:, None]
    else:
        sums = np.add.reduceat(chosen, starts, axis=0, dtype=np.int64)
    currents[inputs.rows[starts]] = sums
