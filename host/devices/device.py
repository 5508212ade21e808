"""The one interface to everything that runs an integer network: the emulator, the native library, boards and simulators."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample

Source = Literal["samples", "readings", "events"]
"""What a device is given: samples of a sensor, of which it makes the readings; readings, of which it makes the events; or the events."""


@dataclass(frozen=True)
class RamBytes:
    """RAM of the network's own buffers. `learning` is what learning adds to weights and inference buffers."""

    total: int
    weights: int
    learning: int


@dataclass(frozen=True)
class DeviceInfo:
    """What a device says of itself. None where it does not know."""

    target: str
    model_hash: str
    ram: RamBytes | None = None
    flash_bytes: int | None = None
    clock_hz: int | None = None


@dataclass(frozen=True)
class SampleResult:
    """What one sample gave. counts: spikes of each output or, where outputs integrate, its probability in 1/256, at most 255."""

    prediction: int
    counts: tuple[int, ...]
    squared_error: int | None
    """sum of (target - count)^2; the loss is half of it. None without a label."""
    learned: bool | None = None
    """Whether weights took a step: not where the sample was known already. This and the next two are None for outputs that spike."""
    asks: bool | None = None
    """Whether a label is wanted."""
    ticks_run: int | None = None
    """Until the sample was decided."""
    cycles: int | None = field(default=None, compare=False)
    """Results are equal if they agree on all that is computed, however long it took."""


@dataclass(frozen=True)
class BatchResult:
    """What many samples gave.

    predictions: (samples,) int64. counts: (samples, outputs) int64. squared_errors: (samples,) int64. cycles: (samples,) int64 or None.
    learned, asks: (samples,) bool; ticks_run: (samples,) int64; all None for outputs that spike, and where nobody counts.
    """

    predictions: NDArray[np.int64]
    counts: NDArray[np.int64]
    squared_errors: NDArray[np.int64]
    cycles: NDArray[np.int64] | None = None
    learned: NDArray[np.bool_] | None = None
    asks: NDArray[np.bool_] | None = None
    ticks_run: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class TickRecord:
    """What happened inside one sample, per layer.

    a, b: (ticks, neurons) int64, after any reset. spikes: (ticks, neurons) bool.
    """

    a: tuple[NDArray[np.int64], ...]
    b: tuple[NDArray[np.int64], ...]
    spikes: tuple[NDArray[np.bool_], ...]


def _all(values: Sequence[int | None]) -> list[int] | None:
    """The values, or None if one is missing or there is none."""
    known = [value for value in values if value is not None]
    return known if known and len(known) == len(values) else None


def together(results: Sequence[SampleResult]) -> BatchResult:
    """The results of single samples."""
    cycles, ticks_run = _all([result.cycles for result in results]), _all([result.ticks_run for result in results])
    learned, asks = _all([result.learned for result in results]), _all([result.asks for result in results])
    return BatchResult(
        predictions=np.array([result.prediction for result in results], dtype=np.int64),
        counts=np.array([result.counts for result in results], dtype=np.int64).reshape(len(results), -1),
        squared_errors=np.array([result.squared_error or 0 for result in results], dtype=np.int64),
        cycles=None if cycles is None else np.array(cycles, dtype=np.int64),
        learned=None if learned is None else np.array(learned, dtype=np.bool_),
        asks=None if asks is None else np.array(asks, dtype=np.bool_),
        ticks_run=None if ticks_run is None else np.array(ticks_run, dtype=np.int64),
    )


class Device(ABC):
    """Runs one IntegerNetwork. Use as a context manager: leaving it closes the device."""

    network: IntegerNetwork
    cycle_kind: CycleKind | None = None
    from_readings: bool = False
    """Whether a sample that has readings is given as readings, of which the device makes the events, and not as events."""

    from_samples: bool = False
    """Whether a sample that has a recording is given as that, of which the device makes the readings."""

    @property
    def takes_samples(self) -> bool:
        """Whether `from_samples` can be."""
        return False

    def take(self, source: Source) -> None:
        """Be given samples from here on as `source`, where they have it."""
        self.from_samples, self.from_readings = source == "samples", source == "readings"

    @abstractmethod
    def hello(self) -> DeviceInfo:
        """Who is there."""

    @abstractmethod
    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        """Run one sample, and learn it if `learn`."""

    def give_label(self, age: int, label: int) -> bool | None:
        """Label a sample that asked for it and is still in the device's ring, and learn it. age: how many samples were stored after it.

        Returns whether it was learned, and not known already; None where the device does not tell. Raises DeviceError where the target takes no late labels.
        """
        raise DeviceError(
            f"{self.hello().target} takes no label (age {age}, label {label}) after its sample; leave out learning.rehearsal"
        )

    @abstractmethod
    def state_crc(self) -> int:
        """CRC-32 of weights and feedback."""

    @abstractmethod
    def read_state(self) -> LearnedState:
        """A copy of everything learned."""

    @abstractmethod
    def write_state(self, state: LearnedState) -> None:
        """Replace everything learned."""

    @abstractmethod
    def reset(self) -> None:
        """Back to the initial state."""

    @abstractmethod
    def set_rate_scale(self, rate_scale: int) -> None:
        """Scale the learning rate, in 1/4096."""

    @abstractmethod
    def saturations(self) -> dict[str, int]:
        """Counts per tensor, section 10 of docs/ARITHMETIC.md."""

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        """Run samples in order; devices that can do better than one by one override it."""
        return together([self.run_sample(samples[index], learn) for index in range(len(samples))])

    def record_sample(self, sample: SpikeSample, learn: bool) -> TickRecord | None:
        """Run one sample and tell what happened in it, or only run it and return None where a device cannot tell."""
        self.run_sample(sample, learn)
        return None

    def close(self) -> None:  # noqa: B027  (most devices hold nothing that needs closing)
        """Let go of ports and processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
