"""Lists of events and spikes, sorted by time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sfdfa_codegen.emulator.fixed_point import Int64


def group_starts(sorted_ids: Int64) -> Int64:
    """Where each run of equal values begins: (runs,)."""
    if sorted_ids.size == 0:
        return np.empty(0, dtype=np.int64)
    return np.concatenate(([0], (sorted_ids[1:] != sorted_ids[:-1]).nonzero()[0] + 1))


@dataclass(frozen=True)
class SpikeList:
    """Who spiked when, in the order of rows and, within a row, of neurons.

    A row is a tick, or `tick * samples + sample` where many samples run at once. Both arrays have the shape (spikes,).
    """

    rows: Int64
    neurons: Int64

    @property
    def size(self) -> int:
        return self.rows.size

    def before(self, row: int) -> "SpikeList":
        """Those of the rows before `row`."""
        return self.split(row)[0]

    def split(self, row: int) -> tuple["SpikeList", "SpikeList"]:
        """Those of the rows before `row`, and the others."""
        end = int(np.searchsorted(self.rows, row))
        return SpikeList(self.rows[:end], self.neurons[:end]), SpikeList(self.rows[end:], self.neurons[end:])

    @cached_property
    def starts(self) -> Int64:
        """Index of the first spike of each row that has one: (rows with spikes,)."""
        return group_starts(self.rows)

    @cached_property
    def lengths(self) -> Int64:
        """Spikes in each row that has one: (rows with spikes,)."""
        return np.concatenate((self.starts[1:], [self.size])) - self.starts


def occurrences(ids: Int64) -> Int64:
    """For each element, how many equal ones stand before it: (n,)."""
    if ids.size == 0 or np.bincount(ids).max() == 1:
        return np.zeros(ids.size, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    groups = SpikeList(ids[order], order)
    positions = np.arange(ids.size)
    result = np.empty_like(positions)
    result[order] = positions - np.repeat(groups.starts, groups.lengths)
    return result


def previous_of_same(ids: Int64) -> Int64:
    """For each element, the index of the last equal one before it, -1 if there is none: (n,)."""
    order = np.argsort(ids, kind="stable")
    result = np.full(ids.size, -1, dtype=np.int64)
    same = ids[order][1:] == ids[order][:-1]
    result[order[1:][same]] = order[:-1][same]
    return result
