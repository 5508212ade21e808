"""Checks on input before anything is touched."""

import itertools

import numpy as np
from numpy.typing import ArrayLike
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.spike_list import SpikeList


def _integers(values: ArrayLike, name: str) -> Int64:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"{name} must be a list of integers, not {array.dtype} of shape {array.shape}")
    return array.astype(np.int64, copy=False)


def _check_range(values: Int64, limit: int, name: str) -> None:
    # seen as unsigned, a negative value is larger than any limit
    if values.size and values.view(np.uint64).max() >= limit:
        bad = int(np.flatnonzero((values < 0) | (values >= limit))[0])
        raise ValueError(f"event {bad} has {name} {values[bad]}, possible are 0 to {limit - 1}")


def checked_events(network: IntegerNetwork, ticks: ArrayLike, channels: ArrayLike) -> SpikeList:
    """Input events as the library accepts them, section 5.

    Raises ValueError for events that are too many, out of range, or not strictly increasing in (tick, channel).
    """
    rows, inputs = _integers(ticks, "ticks"), _integers(channels, "channels")
    if rows.size != inputs.size:
        raise ValueError(f"{rows.size} ticks do not fit {inputs.size} channels")
    if rows.size > network.max_events:
        raise ValueError(f"a sample of {rows.size} events, at most {network.max_events} are possible")
    _check_range(rows, network.ticks, "tick")
    _check_range(inputs, network.channels, "channel")
    keys = rows * network.channels + inputs
    if keys.size and (keys[1:] <= keys[:-1]).any():
        late = int(np.flatnonzero(keys[1:] <= keys[:-1])[0]) + 1
        raise ValueError(f"event {late} does not come after event {late - 1} in the order of (tick, channel)")
    return SpikeList(rows, inputs)


def check_label(network: IntegerNetwork, label: int | None) -> None:
    """Raises ValueError for a label that is no output."""
    if label is not None and not 0 <= label < network.outputs:
        raise ValueError(f"label {label}, possible are 0 to {network.outputs - 1}")


def checked_offsets(offsets: ArrayLike, events: int) -> list[tuple[int, int]]:
    """Start and end of each sample; raises ValueError unless the offsets rise from 0 to the number of events."""
    ends = _integers(offsets, "offsets")
    if not ends.size or ends[0] != 0 or ends[-1] != events or (np.diff(ends) < 0).any():
        raise ValueError(f"offsets must rise from 0 to the number of events, {events}")
    bounds = ends.tolist()
    return list(itertools.pairwise(bounds))
