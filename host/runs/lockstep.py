"""The same samples to several devices, every result and state compared; the first difference is located."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE, LearnedState
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.device import Device, SampleResult, TickRecord

Value = int | bool | tuple[int, ...]
Rate = Callable[[int], int]


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
    hits: dict[str, list[bool]]
    """Whether each sample was predicted rightly before it was learned, by device name."""
    state_crcs: dict[str, int]
    divergence: Divergence | None

    @property
    def right(self) -> dict[str, int]:
        """Rightly predicted, by device name."""
        return {name: sum(hits) for name, hits in self.hits.items()}


class _Pack:
    """Devices that are given the same samples, at the same rates, from their initial state on."""

    def __init__(self, devices: dict[str, Device], samples: SpikeDataset, rate: Rate) -> None:
        self.devices, self._samples, self._rate = devices, samples, rate

    def reset(self) -> None:
        for device in self.devices.values():
            device.reset()

    def _set_rate(self, index: int) -> None:
        scale = self._rate(index)
        if index == 0 or scale != self._rate(index - 1):
            for device in self.devices.values():
                device.set_rate_scale(scale)

    def step(self, index: int) -> dict[str, SampleResult]:
        """Learn sample `index` on every device."""
        self._set_rate(index)
        return {name: device.run_sample(self._samples[index], True) for name, device in self.devices.items()}

    def record(self, index: int) -> dict[str, TickRecord]:
        """Learn sample `index`, watched, on every device; only those that can tell answer."""
        self._set_rate(index)
        records = {name: device.record_sample(self._samples[index], True) for name, device in self.devices.items()}
        return {name: record for name, record in records.items() if record is not None}

    def crcs(self) -> dict[str, int]:
        """Of the states."""
        return {name: device.state_crc() for name, device in self.devices.items()}

    def states(self) -> dict[str, LearnedState]:
        return {name: device.read_state() for name, device in self.devices.items()}


def merged(outcomes: Sequence[LockstepOutcome]) -> LockstepOutcome:
    """What several comparisons of the same samples say together: what the shortest of them ran, and the first divergence of any."""
    samples = min(outcome.samples for outcome in outcomes)
    divergences = [outcome.divergence for outcome in outcomes if outcome.divergence is not None]
    return LockstepOutcome(
        samples=samples,
        hits={name: hits[:samples] for outcome in outcomes for name, hits in outcome.hits.items()},
        state_crcs={name: crc for outcome in outcomes for name, crc in outcome.state_crcs.items()},
        divergence=min(divergences, key=lambda divergence: divergence.sample, default=None),
    )


def run_lockstep(
    devices: dict[str, Device],
    samples: SpikeDataset,
    progress: Callable[[int, int], None] | None = None,
    rate: Rate = lambda _: RATE_SCALE_ONE,
    crc_every: int = 1,
) -> LockstepOutcome:
    """Reset the devices, then learn `samples` on each in turn until they differ. rate: the rate scale of each sample. crc_every: after so many samples the CRCs of their states are compared, and after the
    last one; results after each."""
    pack = _Pack(devices, samples, rate)
    pack.reset()
    hits: dict[str, list[bool]] = {name: [] for name in devices}
    divergence = None
    done = 0
    for index in range(len(samples)):
        results = pack.step(index)
        done = index + 1
        crcs = pack.crcs() if done % crc_every == 0 or done == len(samples) else {}
        for name, result in results.items():
            hits[name].append(result.prediction == samples[index].label)
        if len(set(results.values())) > 1 or len(set(crcs.values())) > 1:
            divergence = _locate(pack, index)
            break
        if progress is not None:
            progress(done, len(samples))
    if divergence is None and done and _in_states(pack.states(), done - 1) is not None:
        divergence = _locate(pack, done - 1)  # in what the CRC does not cover and no weight has felt yet
    return LockstepOutcome(done, hits, pack.crcs(), divergence)


def _locate(pack: _Pack, last: int) -> Divergence:
    """The first difference, known to show in sample `last` at the latest.

    Everything is run again from the start with the whole state compared, since what is not in the CRC may have differed before.
    """
    first, results = _first_differing_sample(pack, last)
    pack.reset()
    for before in range(first):
        pack.step(before)
    found = _in_records(pack.record(first), first) or _in_results(results, first) or _in_states(pack.states(), first)
    if found is None:
        raise DeviceError(
            "the targets differed once and agree when run again: one of them does not repeat what it does"
        )
    return found


def _first_differing_sample(pack: _Pack, last: int) -> tuple[int, dict[str, SampleResult]]:
    pack.reset()
    results: dict[str, SampleResult] = {}
    for index in range(last + 1):
        results = pack.step(index)
        if len(set(results.values())) > 1 or _in_states(pack.states(), index) is not None:
            return index, results
    return last, results


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
