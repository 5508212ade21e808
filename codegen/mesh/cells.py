"""Weights as they lie in the rows of a core: 4 bits two to a byte, the lower neuron in the low nibble."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def unpacked(raw: Bytes, bits: int) -> NDArray[np.int64]:
    """(rows, bytes) to (rows, weights); of 4 bits an even number of them."""
    if bits == 16:
        return np.ascontiguousarray(raw).view("<i2").astype(np.int64)
    if bits == 8:
        return raw.view(np.int8).astype(np.int64)
    nibbles = np.stack((raw & 15, raw >> 4), axis=2).reshape(raw.shape[0], -1).astype(np.int64)
    return nibbles - 16 * (nibbles >= 8)


def packed(weights: NDArray[Any], bits: int) -> Bytes:
    """The other way round."""
    if bits == 16:
        return np.ascontiguousarray(weights.astype("<i2")).view(np.uint8)
    if bits == 8:
        return np.ascontiguousarray(weights.astype(np.int8)).view(np.uint8)
    even = np.pad(weights.astype(np.int64) & 15, ((0, 0), (0, weights.shape[1] % 2)))
    cells: Bytes = (even[:, 0::2] | even[:, 1::2] << 4).astype(np.uint8)
    return cells
