"""The one interface to everything that runs an integer network: the emulator, the native library, boards and simulators."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample


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
    """What one sample gave. counts: spikes of each output."""

    prediction: int
    counts: tuple[int, ...]
    squared_error: int | None
    """sum of (target - count)^2; the loss is half of it. None without a label."""
    cycles: int | None = field(default=None, compare=False)
    """Results are equal if they agree on all that is computed, however long it took."""


@dataclass(frozen=True)
class BatchResult:
    """What many samples gave.

    predictions: (samples,) int64. counts: (samples, outputs) int64. squared_errors: (samples,) int64. cycles: (samples,) int64 or None.
    """

    predictions: NDArray[np.int64]
    counts: NDArray[np.int64]
    squared_errors: NDArray[np.int64]
    cycles: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class TickRecord:
    """What happened inside one sample, per layer.

    a, b: (ticks, neurons) int64, after any reset. spikes: (ticks, neurons) bool.
    """

    a: tuple[NDArray[np.int64], ...]
    b: tuple[NDArray[np.int64], ...]
    spikes: tuple[NDArray[np.bool_], ...]


class Device(ABC):
    """Runs one IntegerNetwork. Use as a context manager: leaving it closes the device."""

    network: IntegerNetwork
    cycle_kind: CycleKind | None = None
    from_readings: bool = False
    """Whether a sample that has readings is given as readings, of which the device makes the events, and not as events."""

    @property
    def takes_readings(self) -> bool:
        """Whether `from_readings` can be; without it samples are given as events, which come to the same."""
        return self.network.encoder is not None

    @abstractmethod
    def hello(self) -> DeviceInfo:
        """Who is there."""

    @abstractmethod
    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        """Run one sample, and learn it if `learn`."""

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
        results = [self.run_sample(samples[index], learn) for index in range(len(samples))]
        cycles = [result.cycles for result in results if result.cycles is not None]
        return BatchResult(
            predictions=np.array([result.prediction for result in results], dtype=np.int64),
            counts=np.array([result.counts for result in results], dtype=np.int64).reshape(len(results), -1),
            squared_errors=np.array([result.squared_error or 0 for result in results], dtype=np.int64),
            cycles=np.array(cycles, dtype=np.int64) if cycles and len(cycles) == len(results) else None,
        )

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
