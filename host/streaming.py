"""Streaming a data set to a device: learn the training samples, test, and follow the stream segments."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sfdfa_codegen.host.devices.device import BatchResult, Device
from sfdfa_codegen.host.spec import NetworkSpec
from sfdfa_codegen.host.spikes import EncodedData, SpikeDataset

BLOCK_SAMPLES = 500
"""Samples between two reports of progress."""
RATE_SCALE_ONE = 4096

Progress = Callable[[str, int, int, float], None]
"""Called with what is done, samples done, samples in all, and the accuracy so far in this part."""


@dataclass(frozen=True)
class RunPlan:
    """What to stream. None takes all samples, or the spec's epochs."""

    train: int | None = None
    test: int | None = None
    epochs: int | None = None
    learn: bool = True


@dataclass(frozen=True)
class EpochOutcome:
    """One pass over the training samples. online_accuracy: predicted before each was learned."""

    online_accuracy: float
    test_accuracy: float | None


@dataclass(frozen=True)
class SegmentOutcome:
    name: str
    samples: int
    accuracy: float


@dataclass
class RunOutcome:
    """What a run gave. Accuracies are fractions of 1."""

    train_samples: int
    test_samples: int
    epochs: tuple[EpochOutcome, ...]
    segments: tuple[SegmentOutcome, ...]
    accuracy_before: float | None
    test_accuracy: float | None
    seconds: float
    streamed: int
    cycles: list[int] = field(default_factory=list)

    @property
    def samples_per_second(self) -> float | None:
        return self.streamed / self.seconds if self.seconds > 0 and self.streamed else None

    def online_accuracy(self, learn: bool) -> float | None:
        """Mean over the segments if there are any, else over all samples that were learned; None without learning."""
        if not learn:
            return None
        values = [segment.accuracy for segment in self.segments] or [epoch.online_accuracy for epoch in self.epochs]
        return float(np.mean(values)) if values else None


class _Streamer:
    """Sends blocks to a device and keeps count."""

    def __init__(self, device: Device, progress: Progress | None) -> None:
        self._device, self._progress = device, progress
        self.streamed = 0
        self.seconds = 0.0
        self.cycles: list[int] = []

    def accuracy(self, samples: SpikeDataset, learn: bool, what: str) -> float | None:
        """Fraction predicted rightly, before learning; None of no samples."""
        right = 0
        for start in range(0, len(samples), BLOCK_SAMPLES):
            block = samples.take(np.arange(start, min(start + BLOCK_SAMPLES, len(samples)), dtype=np.int64))
            right += self._right(block, learn)
            if self._progress is not None:
                done = start + len(block)
                self._progress(what, done, len(samples), right / done)
        return right / len(samples) if len(samples) else None

    def _right(self, block: SpikeDataset, learn: bool) -> int:
        start = time.perf_counter()
        result: BatchResult = self._device.run_samples(block, learn)
        self.seconds += time.perf_counter() - start
        self.streamed += len(block)
        if result.cycles is not None:
            self.cycles.extend(result.cycles.tolist())
        return int((result.predictions == block.labels).sum())


def rate_scale(rate_decay: float, epoch: int) -> int:
    """The rate of an epoch, counted from 0, in 1/4096 of the first."""
    return round(RATE_SCALE_ONE * rate_decay**epoch)


def stream(
    device: Device, spec: NetworkSpec, data: EncodedData, plan: RunPlan, progress: Progress | None = None
) -> RunOutcome:
    """Run `plan` on a device as it stands.

    Learns the training samples for some epochs, testing after each; then streams the segments. Without `plan.learn` the segments
    are only predicted, and so are the training samples, unless there are segments: then the network is trained and frozen.
    """
    train = data.train if plan.train is None else data.train.head(plan.train)
    test = data.test if plan.test is None else data.test.head(plan.test)
    trains = plan.learn or bool(data.segments)
    count = (spec.learning.epochs if plan.epochs is None else plan.epochs) if trains else 1
    streamer = _Streamer(device, progress)
    before = streamer.accuracy(test, False, "before learning") if trains else None
    epochs = []
    for epoch in range(count if len(train) else 0):
        device.set_rate_scale(rate_scale(spec.learning.rate_decay, epoch))
        online = streamer.accuracy(train, trains, f"pass {epoch + 1} of {count}")
        epochs.append(EpochOutcome(online or 0.0, streamer.accuracy(test, False, f"test after pass {epoch + 1}")))
    if not epochs:
        before = streamer.accuracy(test, False, "test") if before is None else before
    segments = []
    for segment in data.segments:
        accuracy = streamer.accuracy(segment.samples, plan.learn, segment.name)
        segments.append(SegmentOutcome(segment.name, len(segment.samples), accuracy or 0.0))
    return RunOutcome(
        train_samples=len(train) if trains else 0,
        test_samples=len(test),
        epochs=tuple(epochs),
        segments=tuple(segments),
        accuracy_before=before,
        test_accuracy=epochs[-1].test_accuracy if epochs else before,
        seconds=streamer.seconds,
        streamed=streamer.streamed,
        cycles=streamer.cycles,
    )
