"""Streaming a data set to a device: learn the training samples, test, and follow the stream segments."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import BatchResult, Device, SampleResult, together
from sfdfa_codegen.host.network.learning_rate import passes_over, rate_scale, stream_rate_scale
from sfdfa_codegen.host.network.spec import LearningSpec, NetworkSpec
from sfdfa_codegen.host.runs.learning_curve import Curve, CurvePoint, is_point
from sfdfa_codegen.host.runs.training_pass import TrainingPass, training_passes

BLOCK_SAMPLES = 500
"""Most samples between two reports of progress; divides STEP_SAMPLES of the rate's schedule. No block reaches over a multiple of it."""
FIRST_BLOCK_SAMPLES = 16
BLOCK_SECONDS = 0.5
"""How long a block should take: progress is shown, and Ctrl-C heeded, between blocks."""

LABELS_STREAM: Final = 3
"""Of the generator that draws which samples have labels, after the seed and the part; 1 and 2 are those of a training pass."""

Progress = Callable[[str, int, int, float], None]
"""Called with what is done, samples done, samples in all, and the accuracy so far in this part."""


@dataclass(frozen=True)
class RunPlan:
    """What to stream. None takes all samples, or the spec's epochs."""

    train: int | None = None
    test: int | None = None
    epochs: int | None = None
    learn: bool = True
    labels: float = 1.0
    """Share of the samples that have a label, drawn at random: of the segments where there are any, else of the training samples."""


@dataclass(frozen=True)
class RunPart:
    """One pass over some samples.

    rate: the rate scale from a sample on; None leaves it. shown: in which order and place; None is as they are. asks: whether labels are given
    only to samples that ask for one. known: which of `samples` have a label, (samples,); None: all.
    """

    kind: Literal["train", "test", "segment"]
    name: str
    samples: SpikeDataset
    learn: bool
    rate: Callable[[int], int] | None = None
    shown: TrainingPass | None = None
    asks: bool = False
    known: NDArray[np.bool_] | None = None

    def known_block(self, start: int, end: int) -> NDArray[np.bool_] | None:
        """Which samples of `block` have a label; None: all."""
        if self.known is None:
            return None
        return self.known[start:end] if self.shown is None else self.known[self.shown.order[start:end]]

    def block(self, start: int, end: int) -> SpikeDataset:
        """The samples shown from the `start`-th to before the `end`-th."""
        if self.shown is not None:
            return self.shown.block(start, end)
        return self.samples.take(np.arange(start, end, dtype=np.int64))


@dataclass
class CycleSummary:
    """Cycles of the samples so far that were counted."""

    samples: int = 0
    total: int = 0
    least: int | None = None
    most: int | None = None

    def add(self, cycles: list[int]) -> None:
        """Take in some samples' cycles."""
        if cycles:
            self.samples += len(cycles)
            self.total += sum(cycles)
            self.least = min(cycles) if self.least is None else min(self.least, *cycles)
            self.most = max(cycles) if self.most is None else max(self.most, *cycles)

    @property
    def mean(self) -> float | None:
        return self.total / self.samples if self.samples else None


@dataclass
class ShownTally:
    """What became of the samples so far."""

    labelled: int = 0
    """Shown to be learned with their label."""
    learned: int = 0
    """Of these, those that were not known already."""
    withheld: int = 0
    """Shown without their label, where a network learns,"""
    asked: int = 0
    """and of these, those that asked for it and got it."""
    ticks: int = 0
    """Run by all samples that were shown."""

    @property
    def learned_share(self) -> float | None:
        """Of the labelled samples, how many changed the state; None without any."""
        return self.learned / self.labelled if self.labelled else None


@dataclass
class RunPosition:
    """How far a run has come, and what it counted on the way. Everything that a checkpoint needs besides what was learned."""

    part: int = 0
    sample: int = 0
    """The next one of the part."""
    right: list[int] = field(default_factory=list)
    """Rightly predicted, of each part that has begun."""
    streamed: int = 0
    seconds: float = 0.0
    cycles: CycleSummary = field(default_factory=CycleSummary)
    tally: ShownTally = field(default_factory=ShownTally)
    saturations: dict[str, int] = field(default_factory=dict)
    """Counted by devices before this one took over."""
    curve: list[list[int]] = field(default_factory=list)
    """While learning training samples: part, samples of it so far, and how many of these were predicted rightly."""


BlockHook = Callable[[RunPosition, RunPart], None]
"""Called after each block; it may raise to end the run there."""

Watch = Callable[[RunPart, NDArray[np.uint16], NDArray[np.int64]], None]
"""Called with labels and predictions of each block, (samples,)."""


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
    cycles: CycleSummary
    tally: ShownTally
    curve: Curve
    """Over all passes; the accuracy is that of the pass so far."""

    @property
    def mean_ticks(self) -> float | None:
        """Ticks that a sample was run before it was decided."""
        return self.tally.ticks / self.streamed if self.streamed else None

    @property
    def samples_per_second(self) -> float | None:
        return self.streamed / self.seconds if self.seconds > 0 and self.streamed else None

    def online_accuracy(self, learn: bool) -> float | None:
        """Mean over the segments if there are any, else over all samples that were learned; None without learning."""
        if not learn:
            return None
        values = [segment.accuracy for segment in self.segments] or [epoch.online_accuracy for epoch in self.epochs]
        return float(np.mean(values)) if values else None


def _epoch_rate(learning: LearningSpec, epoch: int, epochs: int, samples: int, sample: int) -> int:
    return rate_scale(learning, epoch, sample, epochs, samples)


def _learning_parts(
    spec: NetworkSpec,
    passes: tuple[TrainingPass, ...],
    test: SpikeDataset,
    asks: bool,
    known: NDArray[np.bool_] | None,
) -> Iterator[RunPart]:
    yield RunPart("test", "before learning", test, learn=False)
    for epoch, shown in enumerate(passes):
        rate = partial(_epoch_rate, spec.learning, epoch, len(passes), len(shown.samples))
        name = f"pass {epoch + 1} of {len(passes)}"
        yield RunPart("train", name, shown.samples, learn=True, rate=rate, shown=shown, asks=asks, known=known)
        yield RunPart("test", f"test after pass {epoch + 1}", test, learn=False)


def _predicting_parts(train: SpikeDataset, test: SpikeDataset) -> Iterator[RunPart]:
    if len(train):
        yield RunPart("train", "pass 1 of 1", train, learn=False)
    yield RunPart("test", "test", test, learn=False)


def _chosen(samples: SpikeDataset, count: int | None) -> SpikeDataset:
    return samples if count is None else samples.head(count)


def run_parts(spec: NetworkSpec, data: EncodedData, plan: RunPlan) -> tuple[RunPart, ...]:
    """The parts of a run, in order.

    The training samples for some epochs with a test before and after each, then the segments. Without `plan.learn` the segments are only
    predicted, and so are the training samples, unless there are segments: then the network is trained and frozen. A network that asks for labels
    gets those that it asks for, and no others: of the segments where there are any, else of the training samples. So it is with labels that only
    a share of the samples has. Raises ConfigError for both.
    """
    _check_labels(spec, plan)
    train, test = _chosen(data.train, plan.train), _chosen(data.test, plan.test)
    if plan.learn or data.segments:
        epochs = passes_over(spec.learning, len(train)) if plan.epochs is None else plan.epochs
        passes = training_passes(spec, data, train, epochs if len(train) else 0)
        known = None if data.segments else known_labels(spec.seed, 0, len(train), plan.labels)
        parts = list(_learning_parts(spec, passes, test, spec.learning.ask > 0 and not data.segments, known))
    else:
        parts = list(_predicting_parts(train, test))
    rate = stream_rate_scale(spec.learning)
    asks = plan.learn and spec.learning.ask > 0
    for number, segment in enumerate(data.segments):
        known = known_labels(spec.seed, number, len(segment.samples), plan.labels)
        part = RunPart("segment", segment.name, segment.samples, plan.learn, lambda _: rate, asks=asks, known=known)
        parts.append(part)
    return tuple(parts)


def _check_labels(spec: NetworkSpec, plan: RunPlan) -> None:
    if plan.labels < 1.0 and not plan.learn:
        raise ConfigError("--labels says which samples are learned, and --no-learn learns none: leave one of them out")
    if plan.labels < 1.0 and spec.learning.ask > 0:
        raise ConfigError(
            f"--labels gives labels at random, and [learning] ask = {spec.learning.ask:g} lets the network ask for them: leave one of them out"
        )


def known_labels(seed: int, part: int, samples: int, share: float) -> NDArray[np.bool_] | None:
    """Which samples of the `part`-th segment, or of the training set, have a label, (samples,); None: all. A sample keeps its own through all passes."""
    if share >= 1.0:
        return None
    known: NDArray[np.bool_] = np.random.default_rng([seed, part, LABELS_STREAM]).random(samples) < share
    return known


def stretches(samples: SpikeDataset, known: NDArray[np.bool_]) -> Iterator[tuple[SpikeDataset, bool]]:
    """Stretches of samples, in their order, in which all have a label, or none. known: (samples,)."""
    edges = [0, *(np.flatnonzero(np.diff(known)) + 1).tolist(), len(samples)]
    for start, end in itertools.pairwise(edges):
        yield samples.take(np.arange(start, end, dtype=np.int64)), bool(known[start])


def run_asking(device: Device, samples: SpikeDataset, tally: ShownTally) -> BatchResult:
    """Show samples without their labels, and give those that are asked for: to the sample in the device's ring, or with the sample once more."""
    results = []
    for index in range(len(samples)):
        sample = samples[index]
        results.append(_run_unlabelled(device, sample, tally))
    return together(results)


def _run_unlabelled(device: Device, sample: SpikeSample, tally: ShownTally) -> SampleResult:
    network = device.network
    result = device.run_sample(sample._replace(label=None), learn=True)
    tally.withheld += 1
    tally.ticks += network.ticks if result.ticks_run is None else result.ticks_run
    if result.asks and sample.label is not None:
        late = network.ring_slots > 0
        learned = device.give_label(0, sample.label) if late else device.run_sample(sample, learn=True).learned
        tally.asked += 1
        tally.labelled += 1
        tally.learned += learned is not False
    return result


class _Streamer:
    """Sends the samples of parts to a device, block by block, and keeps count in a RunPosition."""

    def __init__(
        self,
        device: Device,
        position: RunPosition,
        progress: Progress | None,
        after_block: BlockHook | None,
        watch: Watch | None,
    ):
        self._device, self._position = device, position
        self._progress, self._after_block, self._watch = progress, after_block, watch
        self._block = FIRST_BLOCK_SAMPLES

    def run(self, parts: tuple[RunPart, ...]) -> None:
        """Everything from the position on."""
        position = self._position
        while position.part < len(parts):
            self._run_part(parts[position.part])
            position.part += 1
            position.sample = 0

    def _run_part(self, part: RunPart) -> None:
        position = self._position
        if len(position.right) == position.part:
            position.right.append(0)
        while position.sample < len(part.samples):
            if part.learn and part.rate is not None:
                self._device.set_rate_scale(part.rate(position.sample))
            start = position.sample
            boundary = start - start % BLOCK_SAMPLES + BLOCK_SAMPLES
            end = min(start + self._block, boundary, len(part.samples))
            known = part.known_block(start, end)
            block = part.block(start, end)
            predictions = self._run_block(block, part, known)
            self._count(part, predictions == block.labels)
            if self._watch is not None:
                self._watch(part, block.labels, predictions)
            if self._progress is not None:
                self._progress(part.name, end, len(part.samples), position.right[-1] / end)
            if self._after_block is not None:
                self._after_block(position, part)

    def _count(self, part: RunPart, hits: NDArray[np.bool_]) -> None:
        """Take in which samples of a block were predicted rightly."""
        position = self._position
        for hit in hits.tolist():
            position.sample += 1
            position.right[-1] += hit
            if part.kind == "train" and part.learn and is_point(position.sample, len(part.samples)):
                position.curve.append([position.part, position.sample, position.right[-1]])

    def _tally(self, result: BatchResult, learn: bool) -> None:
        """Take in what became of samples that were shown with their labels."""
        samples, tally = len(result.predictions), self._position.tally
        all_ticks = samples * self._device.network.ticks
        tally.ticks += all_ticks if result.ticks_run is None else int(result.ticks_run.sum())
        if learn and self._device.network.learns:
            tally.labelled += samples
            tally.learned += samples if result.learned is None else int(result.learned.sum())

    def _shown(self, block: SpikeDataset, part: RunPart, known: NDArray[np.bool_] | None) -> Iterator[BatchResult]:
        """Show a block, in parts. known: which samples have a label, where some have none; the others are only predicted."""
        if part.asks:
            yield run_asking(self._device, block, self._position.tally)
            return
        for samples, learn in ((block, part.learn),) if known is None else stretches(block, known):
            result = self._device.run_samples(samples, learn)
            self._tally(result, learn)
            if not learn and known is not None:
                self._position.tally.withheld += len(samples)
            yield result

    def _run_block(self, block: SpikeDataset, part: RunPart, known: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Returns what was predicted, (samples,)."""
        start = time.perf_counter()
        results = list(self._shown(block, part, known))
        elapsed = time.perf_counter() - start
        position = self._position
        position.streamed += len(block)
        position.seconds += elapsed
        for result in results:
            if result.cycles is not None:
                position.cycles.add(result.cycles.tolist())
        wanted = int(len(block) * BLOCK_SECONDS / max(elapsed, 1e-9))
        self._block = max(1, min(wanted, 4 * self._block, BLOCK_SAMPLES))
        return np.concatenate([result.predictions for result in results])


def stream(
    device: Device,
    spec: NetworkSpec,
    data: EncodedData,
    plan: RunPlan,
    progress: Progress | None = None,
    position: RunPosition | None = None,
    after_block: BlockHook | None = None,
    watch: Watch | None = None,
) -> RunOutcome:
    """Run `plan` on a device as it stands.

    position: where to begin, kept up to date; left out, the start.
    """
    position = RunPosition() if position is None else position
    parts = run_parts(spec, data, plan)
    _Streamer(device, position, progress, after_block, watch).run(parts)
    trained = len(_chosen(data.train, plan.train)) if plan.learn or data.segments else 0
    return _outcome(parts, position, trained)


def _outcome(parts: tuple[RunPart, ...], position: RunPosition, train_samples: int) -> RunOutcome:
    def accuracies(kind: str) -> list[float | None]:
        return [
            right / len(part.samples) if len(part.samples) else None
            for part, right in zip(parts, position.right, strict=True)
            if part.kind == kind
        ]

    trains = [part for part in parts if part.kind == "train"]
    segments = [part for part in parts if part.kind == "segment"]
    tests = accuracies("test")
    before, after = (tests[0], tests[1:]) if len(tests) > len(trains) else (None, tests)
    epochs = tuple(EpochOutcome(online or 0.0, test) for online, test in zip(accuracies("train"), after, strict=True))
    return RunOutcome(
        train_samples=train_samples,
        test_samples=len(next(part for part in parts if part.kind == "test").samples),
        epochs=epochs,
        segments=tuple(
            SegmentOutcome(part.name, len(part.samples), accuracy or 0.0)
            for part, accuracy in zip(segments, accuracies("segment"), strict=True)
        ),
        accuracy_before=before,
        test_accuracy=tests[-1],
        seconds=position.seconds,
        streamed=position.streamed,
        cycles=position.cycles,
        tally=position.tally,
        curve=_curve(parts, position),
    )


def _curve(parts: tuple[RunPart, ...], position: RunPosition) -> Curve:
    trains = [index for index, part in enumerate(parts) if part.kind == "train"]
    return tuple(
        CurvePoint(trains.index(part) * len(parts[part].samples) + samples, right / samples)
        for part, samples, right in position.curve
    )
