"""Lists of events and spikes, sorted by time."""

from dataclasses import dataclass

import numpy as np

from .fixed_point import Int64


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


def group_starts(sorted_ids: Int64) -> Int64:
    """Where each run of equal values begins."""
    changes = np.flatnonzero(sorted_ids[1:] != sorted_ids[:-1])
    starts = np.empty(changes.size + 1, dtype=np.int64)
    starts[0] = 0
    np.add(changes, 1, starts[1:])
    return starts


def occurrences(ids: Int64) -> Int64:
    """For each element, how many equal ones stand before it: (n,)."""
    if ids.size == 0 or np.bincount(ids).max() == 1:
        return np.zeros(ids.size, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    starts = group_starts(ids[order])
    positions = np.arange(ids.size)
    lengths = np.diff(starts, append=ids.size)
    result = np.empty_like(positions)
    result[order] = positions - np.repeat(starts, lengths)
    return result


def previous_of_same(ids: Int64) -> Int64:
    """For each element, the index of the last equal one before it, -1 if there is none: (n,)."""
    order = np.argsort(ids, kind="stable")
    result = np.full(ids.size, -1, dtype=np.int64)
    same = ids[order][1:] == ids[order][:-1]
    result[order[1:][same]] = order[:-1][same]
    return result
