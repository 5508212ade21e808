"""Float training on the host: Adam over batches, with SFDFA, DFA or backpropagation."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.floats.batch_engine import PREDICTION_BATCH, BatchEngine, BatchOutcome, EngineName
from sfdfa_codegen.host.floats.calibration import calibrate_thresholds
from sfdfa_codegen.host.floats.dynamics import Dynamics, IntArray
from sfdfa_codegen.host.floats.engines import make_engine
from sfdfa_codegen.host.floats.float_network import (
    FloatNetwork,
    init_float_network,
    initial_weights,
)
from sfdfa_codegen.host.floats.learning import LearningSetup, TrainingRule
from sfdfa_codegen.host.network.learning_rate import rate_factor
from sfdfa_codegen.host.network.spec import NetworkSpec


@dataclass(frozen=True)
class TrainingProgress:
    """Where training stands. `train_accuracy` is that of the samples seen so far in this epoch, before learning."""

    epoch: int
    epochs: int
    samples: int
    samples_in_epoch: int
    train_accuracy: float


@dataclass(frozen=True)
class BatchView:
    """One batch, its gradients known and the weights not yet changed. For studies: change nothing.

    step: number of the batch from 0, over all epochs. labels: (batch,). outcome: with the gradients before clipping.
    """

    step: int
    network: FloatNetwork
    labels: IntArray
    outcome: BatchOutcome


BatchHook = Callable[[BatchView], None]


@dataclass(frozen=True)
class EpochResult:
    """One pass over the training set. Accuracies are fractions of 1.

    train_accuracy: predicted before learning from each batch. test_accuracy: None without test samples.
    gradient_norms: mean over the batches of the L2 norm of each layer's mean gradient, in seconds, before clipping;
    largest_gradient_norms: their maximum. hidden_spikes, output_spikes: of all neurons, a sample.
    """

    train_accuracy: float
    test_accuracy: float | None
    seconds: float
    gradient_norms: tuple[float, ...]
    largest_gradient_norms: tuple[float, ...]
    hidden_spikes: float
    output_spikes: float


@dataclass(frozen=True)
class TrainingResult:
    """The trained network and what each epoch reached.

    engine: what computed it, "c" or "numpy". reason: why it was numpy, else empty.
    """

    network: FloatNetwork
    epochs: tuple[EpochResult, ...]
    engine: EngineName
    reason: str


def prepare_network(
    spec: NetworkSpec, data: EncodedData, *, seed: int | None = None, dtype: DTypeLike = np.float64
) -> FloatNetwork:
    """A fresh network for `data`, its thresholds calibrated if they are "auto"."""
    check_data(data, spec)
    seed = spec.seed if seed is None else seed
    thresholds = calibrate_thresholds(initial_weights(spec, data.channels, seed), data, spec)
    return init_float_network(spec, data.channels, seed, thresholds=thresholds, dtype=dtype)


def check_data(data: EncodedData, spec: NetworkSpec) -> None:
    """Raise DataError if the data do not fit the network."""
    if len(data.train) == 0:
        raise DataError("the training set is empty")
    parts = {"train": data.train, "test": data.test} | {part.name: part.samples for part in data.segments}
    for name, samples in parts.items():
        if samples.ticks.size and int(samples.ticks.max()) >= spec.encoding.ticks:
            raise DataError(
                f"{name}: an event at tick {samples.ticks.max()}, but samples have {spec.encoding.ticks} ticks"
            )
        if samples.channels.size and int(samples.channels.max()) >= data.channels:
            raise DataError(
                f"{name}: an event on channel {samples.channels.max()}, but there are {data.channels} channels"
            )
        if samples.labels.size and int(samples.labels.max()) >= spec.layer_sizes[-1]:
            raise DataError(f"{name}: label {samples.labels.max()}, but the network has {spec.layer_sizes[-1]} outputs")


def predict(network: FloatNetwork, dataset: SpikeDataset, spec: NetworkSpec) -> IntArray:
    """Predicted classes, (samples,) int64, without learning."""
    setup = LearningSetup("dfa", spec.learning, Dynamics.from_spec(spec))
    engine, _ = make_engine(network, setup, spec.seed, PREDICTION_BATCH)
    return engine.predict(dataset)


def accuracy_on(network: FloatNetwork, dataset: SpikeDataset, spec: NetworkSpec) -> float | None:
    """Fraction of `dataset` predicted rightly; None if it is empty."""
    if len(dataset) == 0:
        return None
    return float((predict(network, dataset, spec) == dataset.labels).mean())


def train(
    spec: NetworkSpec,
    data: EncodedData,
    rule: TrainingRule,
    epochs: int,
    batch: int = 50,
    rate: float = 3e-3,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    *,
    network: FloatNetwork | None = None,
    clip_norm: float | None = None,
    seed: int | None = None,
    after_batch: BatchHook | None = None,
    engine: EngineName | None = None,
) -> TrainingResult:
    """Train with Adam on the mean gradient of each batch, in float32 unless `network` is of another dtype.

    rate: Adam's, falling as the spec's rate_schedule says. network: continue from this one (changed in place).
    clip_norm: each layer's mean gradient is scaled down to at most this L2 norm, in seconds. seed: in the place of the
    spec's. after_batch: called with every batch. engine: what computes; None takes C where it can be compiled, else numpy.
    Raises DataError if the data do not fit the network.
    """
    spec = replace(spec, learning=replace(spec.learning, rule="none" if rule == "bp" else rule))
    seed = spec.seed if seed is None else seed
    check_data(data, spec)
    if network is None:
        network = prepare_network(spec, data, seed=seed, dtype=np.float32)
    setup = LearningSetup(rule, spec.learning, Dynamics.from_spec(spec))
    chosen, reason = make_engine(network, setup, seed, batch, engine)
    trainer = _Trainer(spec, network, chosen, rate, clip_norm, seed, after_batch)
    results: list[EpochResult] = []
    for epoch in range(epochs):
        started = time.perf_counter()

        def report(samples: int, accuracy: float, epoch: int = epoch) -> None:
            if on_progress is not None:
                on_progress(TrainingProgress(epoch, epochs, samples, len(data.train), accuracy))

        tally = trainer.run_epoch(data.train, epoch, epochs, batch, report)
        accuracy = float((chosen.predict(data.test) == data.test.labels).mean()) if len(data.test) else None
        results.append(tally.result(accuracy, time.perf_counter() - started))
    return TrainingResult(network, tuple(results), chosen.name, reason)


class _Tally:
    """What one epoch adds up to."""

    def __init__(self, layers: int) -> None:
        self.samples = self.right = self.batches = self.hidden_spikes = self.output_spikes = 0
        self.norms, self.largest_norms = np.zeros((2, layers))

    def add(self, outcome: BatchOutcome, labels: IntArray) -> None:
        self.batches += 1
        self.samples += len(labels)
        self.right += int((outcome.predictions == labels).sum())
        self.hidden_spikes += outcome.hidden_spikes
        self.output_spikes += outcome.output_spikes
        self.norms += outcome.norms
        self.largest_norms = np.maximum(self.largest_norms, outcome.norms)

    @property
    def accuracy(self) -> float:
        return self.right / self.samples

    def result(self, accuracy: float | None, seconds: float) -> EpochResult:
        return EpochResult(
            train_accuracy=self.accuracy,
            test_accuracy=accuracy,
            seconds=seconds,
            gradient_norms=tuple((self.norms / self.batches).tolist()),
            largest_gradient_norms=tuple(self.largest_norms.tolist()),
            hidden_spikes=self.hidden_spikes / self.samples,
            output_spikes=self.output_spikes / self.samples,
        )


class _Trainer:
    """The loop over one epoch's batches."""

    def __init__(
        self,
        spec: NetworkSpec,
        network: FloatNetwork,
        engine: BatchEngine,
        rate: float,
        clip_norm: float | None,
        seed: int,
        after_batch: BatchHook | None,
    ) -> None:
        self._network, self._engine, self._learning = network, engine, spec.learning
        self._rate, self._clip_norm, self._seed = rate, clip_norm, seed
        self._after_batch, self._step = after_batch, 0

    def run_epoch(
        self, dataset: SpikeDataset, epoch: int, epochs: int, batch: int, report: Callable[[int, float], None]
    ) -> _Tally:
        order = np.random.default_rng([self._seed, 3, epoch]).permutation(len(dataset))
        tally = _Tally(len(self._network.weights))
        for start in range(0, len(dataset), batch):
            scale = rate_factor(self._learning, epoch, start, epochs, len(dataset))
            self._learn_batch(dataset.take(order[start : start + batch]), self._rate * scale, tally)
            report(tally.samples, tally.accuracy)
        return tally

    def _learn_batch(self, samples: SpikeDataset, rate: float, tally: _Tally) -> None:
        labels = samples.labels.astype(np.int64)
        outcome = self._engine.learn(samples)
        if self._after_batch is not None:
            self._after_batch(BatchView(self._step, self._network, labels, outcome))
        self._step += 1
        self._engine.step(rate, [self._scale(norm) for norm in outcome.norms])
        tally.add(outcome, labels)

    def _scale(self, norm: float) -> float:
        return 1.0 if self._clip_norm is None else min(1.0, self._clip_norm / max(norm, 1e-30))
