"""Adding changes to weights in place, clamped to their range; the last line of sections 8 and 9 of docs/ARITHMETIC.md."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.spike_list import occurrences
from sfdfa_codegen.emulator.working_state import WeightArray

Changes = NDArray[np.int16]
"""One row for each input spike: (spikes, neurons)."""


def add_to_rows(weights: WeightArray, inputs: Int64, changes: Changes, weight_bits: int) -> None:
    """Add changes (spikes, neurons) to the weights of each input spike (spikes,), the last spike first, with a clamp each time."""
    top = 1 << (weight_bits - 1)
    if not inputs.size:
        return
    if np.bincount(inputs).max() == 1:
        _add_clamped(weights, inputs, changes, top)
        return
    if _never_clamped(weights, inputs, changes, top):
        np.add.at(weights, inputs, changes)
    else:
        _add_in_rounds(weights, inputs, changes, top)


def _never_clamped(weights: WeightArray, inputs: Int64, changes: Changes, top: int) -> bool:
    """Whether no partial sum can leave the range."""
    largest = max(int(changes.max()), -int(changes.min()))
    reach = largest * int(np.bincount(inputs).max())
    return int(weights.max()) + reach < top and int(weights.min()) - reach >= -top


def _add_clamped(weights: WeightArray, rows: Int64, changes: Changes, top: int) -> None:
    """Every row at most once."""
    low, high = weights.dtype.type(-top), weights.dtype.type(top - 1)
    moved = weights.take(rows, axis=0)
    moved += changes
    weights[rows] = moved.clip(low, high, out=moved)


def _add_in_rounds(weights: WeightArray, inputs: Int64, changes: Changes, top: int) -> None:
    """Rows of different inputs are independent: all last spikes go at once, then all last but one, and so on."""
    rounds = occurrences(inputs[::-1])[::-1]
    order = np.argsort(rounds, kind="stable")
    inputs, changes = inputs[order], changes[order]
    ends = np.cumsum(np.bincount(rounds)).tolist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        _add_clamped(weights, inputs[start:end], changes[start:end], top)
