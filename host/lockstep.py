"""The same samples to several devices, every result and state compared; the first difference is located."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import LearnedState
from sfdfa_codegen.host.devices.device import Device, SampleResult, TickRecord
from sfdfa_codegen.host.spikes import SpikeDataset

Value = int | bool | tuple[int, ...]


@dataclass(frozen=True)
class Divergence:
    """Where devices first differ. None where a part does not apply; `input` is the row of a weight."""

    sample: int
    tick: int | None
    layer: int | None
    neuron: int | None
    field: str
    values: dict[str, Value | None]
    input: int | None = None


@dataclass(frozen=True)
class LockstepOutcome:
    samples: int
    """How many were run on every device."""
    right: dict[str, int]
    """Rightly predicted before learning, by device name."""
    state_crcs: dict[str, int]
    divergence: Divergence | None


def run_lockstep(
    devices: dict[str, Device], samples: SpikeDataset, progress: Callable[[int, int], None] | None = None
) -> LockstepOutcome:
    """Reset the devices, then learn `samples` on each in turn until they differ."""
    for device in devices.values():
        device.reset()
    right = dict.fromkeys(devices, 0)
    divergence = None
    done = 0
    for index in range(len(samples)):
        results = {name: device.run_sample(samples[index], True) for name, device in devices.items()}
        crcs = {name: device.state_crc() for name, device in devices.items()}
        done = index + 1
        for name, result in results.items():
            right[name] += result.prediction == samples[index].label
        if len(set(results.values())) > 1 or len(set(crcs.values())) > 1:
            divergence = locate(devices, samples, index)
            break
        if progress is not None:
            progress(done, len(samples))
    return LockstepOutcome(done, right, {name: device.state_crc() for name, device in devices.items()}, divergence)


def locate(devices: dict[str, Device], samples: SpikeDataset, last: int) -> Divergence:
    """The first difference, known to show in sample `last` at the latest.

    Everything is run again from the start with the whole state compared, since what is not in the CRC may have differed before.
    """
    first, results = _first_differing_sample(devices, samples, last)
    records = _record(devices, samples, first)
    found = _in_records(records, first) or _in_results(results, first)
    if found is None:
        found = _in_states({name: device.read_state() for name, device in devices.items()}, first)
    if found is None:
        raise AssertionError("devices that differed once agree when run again: one of them is not repeatable")
    return found


def _first_differing_sample(
    devices: dict[str, Device], samples: SpikeDataset, last: int
) -> tuple[int, dict[str, SampleResult]]:
    for device in devices.values():
        device.reset()
    results: dict[str, SampleResult] = {}
    for index in range(last + 1):
        results = {name: device.run_sample(samples[index], True) for name, device in devices.items()}
        states = {name: device.read_state() for name, device in devices.items()}
        if len(set(results.values())) > 1 or _in_states(states, index) is not None:
            return index, results
    return last, results


def _record(devices: dict[str, Device], samples: SpikeDataset, index: int) -> dict[str, TickRecord]:
    """Sample `index` once more, watched, on the devices that can tell."""
    records = {}
    for name, device in devices.items():
        device.reset()
        for before in range(index):
            device.run_sample(samples[before], True)
        record = device.record_sample(samples[index], True)
        if record is not None:
            records[name] = record
    return records


def _first_difference(arrays: Sequence[NDArray[np.generic]]) -> tuple[int, ...] | None:
    """Index of the first element that is not the same in all arrays."""
    different = np.zeros(arrays[0].shape, dtype=bool)
    for array in arrays[1:]:
        different |= array != arrays[0]
    places = np.argwhere(different)
    return tuple(int(part) for part in places[0]) if len(places) else None


def _in_records(records: dict[str, TickRecord], sample: int) -> Divergence | None:
    if len(records) < 2:
        return None
    found = [
        (place[0], layer, order, field, place[1])
        for layer in range(len(next(iter(records.values())).a))
        for order, field in enumerate(("a", "b", "spikes"))
        if (place := _first_difference([getattr(record, field)[layer] for record in records.values()])) is not None
    ]
    if not found:
        return None
    tick, layer, _, field, neuron = min(found)
    values: dict[str, Value | None] = {
        name: getattr(record, field)[layer][tick, neuron].item() for name, record in records.items()
    }
    return Divergence(sample, tick, layer, neuron, field, values)


def _in_results(results: dict[str, SampleResult], sample: int) -> Divergence | None:
    for field in ("counts", "prediction", "squared_error"):
        values: dict[str, Value | None] = {name: getattr(result, field) for name, result in results.items()}
        if len(set(values.values())) > 1:
            return Divergence(sample, None, None, None, field, values)
    return None


def _state_arrays(states: dict[str, LearnedState]) -> Iterator[tuple[str, int, list[NDArray[np.int32]]]]:
    for field in ("weights", "feedback", "mean_delta", "mean_rate"):
        layers = [getattr(state, field) for state in states.values()]
        for layer, arrays in enumerate(zip(*layers, strict=True)):
            yield field, layer, list(arrays)


def _in_states(states: dict[str, LearnedState], sample: int) -> Divergence | None:
    for field, layer, arrays in _state_arrays(states):
        place = _first_difference(arrays)
        if place is not None:
            values: dict[str, Value | None] = dict(zip(states, (int(array[place]) for array in arrays), strict=True))
            is_weight = field == "weights"
            neuron = place[1] if is_weight else place[0]
            return Divergence(sample, None, layer, neuron, field, values, place[0] if is_weight else None)
    for field in ("samples", "rate_scale"):
        numbers: dict[str, Value | None] = {name: getattr(state, field) for name, state in states.items()}
        if len(set(numbers.values())) > 1:
            return Divergence(sample, None, None, None, field, numbers)
    return None
