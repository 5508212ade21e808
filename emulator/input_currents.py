"""Sums of weights over the inputs of a tick: X of docs/ARITHMETIC.md section 5."""

import numpy as np

from .fixed_point import Int64
from .spike_list import SpikeList, group_starts
from .working_state import WeightArray


def add_by_row(values: WeightArray | Int64, rows: Int64, sums: Int64) -> None:
    """Set `sums[row]` to the sum of the values of that row, 0 where there are none; values (n, neurons), rows (n,) sorted."""
    sums.fill(0)
    if rows.size:
        starts = group_starts(rows)
        sums[rows[starts]] = np.add.reduceat(values, starts, axis=0, dtype=np.int64)


def input_currents(weights: WeightArray, inputs: SpikeList, currents: Int64) -> None:
    """Fill `currents` (rows, neurons) with X of each row, in the unit of the weights."""
    add_by_row(weights[inputs.neurons], inputs.rows, currents)
