"""Sums of weights over the inputs of a tick: X of docs/ARITHMETIC.md section 5."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WeightArray

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


def input_currents(weights: WeightArray, inputs: SpikeList) -> Int64:
    """X of each row that has an input, in the order of `inputs.starts`, in the unit of the weights: (rows with inputs, neurons)."""
    chosen = weights.take(inputs.neurons, axis=0)
    if not inputs.size:
        return chosen.astype(np.int64)
    lengths = inputs.lengths
    if chosen.dtype == np.int16 and chosen.shape[1] % _LANES == 0 and lengths.max() <= _MOST_IN_LANE:
        return _lane_sums(chosen.astype(np.int16, copy=False), inputs.starts) - (_BIAS * lengths)[:, None]
    return np.add.reduceat(chosen, inputs.starts, axis=0, dtype=np.int64)
