"""Means over whole passes: every call of them is predicted in the emulator, and some, spread over each pass, are measured as well."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import SampleWork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.calibrate import Meter
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeSample
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.network.learning_rate import rate_scale
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.runs.training_pass import TrainingPass, training_passes

BLOCK_CALLS: Final = 200
"""That are counted at once; divides the samples between two rates of a schedule."""

INPUT: Final = "input"
"""The phase of sums of inputs; a board that counts whole samples does not tell it apart."""

Progress = Callable[[str, int, int], None]
"""Called with what is done, samples done, and samples in all."""


@dataclass
class PassTally:
    """Calls of one pass, or of the predictions after it. name: of what. decided: how many calls ended after how many ticks. largest: measured cycles of the longest call that was measured. learned_cycles, known_cycles: of the calls that learned, and of those that knew their sample. input_cycles, operations: of the
    sums of inputs, and how many weights they add."""

    name: str
    calls: int = 0
    cycles: int = 0
    unknown: int = 0
    learned: int = 0
    known: int = 0
    asked: int = 0
    rehearsed: int = 0
    rehearsed_learned: int = 0
    decided: Counter[int] = field(default_factory=Counter)
    measured_calls: int = 0
    measured_cycles: int = 0
    max_abs_error: int = 0
    largest: int = 0
    learned_cycles: int = 0
    known_cycles: int = 0
    input_cycles: int = 0
    operations: int = 0

    def take(self, works: list[SampleWork], cycles: Int64) -> None:
        """Count what became of some calls. cycles: (calls,) that they are predicted to take."""
        self.calls += len(works)
        self.cycles += int(cycles.sum())
        for work, taken in zip(works, cycles.tolist(), strict=True):
            self.learned += work.mode == "learn"
            self.known += work.mode == "known"
            self.learned_cycles += taken if work.mode == "learn" else 0
            self.known_cycles += taken if work.mode == "known" else 0
            self.asked += work.ring.asks
            again = work.ring.rehearsed or ()
            self.rehearsed += len(again)
            self.rehearsed_learned += sum(run.mode == "learn" for run in again)
            if work.readout is not None:
                self.decided[work.readout.ticks_run] += 1

    def compare(self, predicted: NDArray[np.int64], measured: NDArray[np.int64]) -> None:
        """Take in calls that were measured; cycles of their phases, (calls, phases) each."""
        totals = measured.sum(axis=1)
        errors = np.abs(predicted - measured).max(initial=0), np.abs(predicted.sum(axis=1) - totals).max(initial=0)
        self.measured_calls += len(measured)
        self.measured_cycles += int(totals.sum())
        self.max_abs_error = max(self.max_abs_error, *map(int, errors))
        self.largest = max(self.largest, int(totals.max(initial=0)))

    def json(self, network: IntegerNetwork) -> dict[str, object]:
        """Means of a call and shares of the calls; null where there is none, or nothing was measured."""

        def share(count: int) -> float | None:
            return count / self.calls if self.calls else None

        ticks = sum(ran * calls for ran, calls in self.decided.items()) if self.decided else self.calls * network.ticks
        measured = self.measured_calls
        return {
            "calls": self.calls,
            "mean": share(self.cycles),
            "learned_mean": self.learned_cycles / self.learned if self.learned else None,
            "skipped_mean": self.known_cycles / self.known if self.known else None,
            "cycles_an_operation": self.input_cycles / self.operations if self.operations else None,
            "learned": share(self.learned),
            "skipped": share(self.known),
            "asked": share(self.asked) if network.asks else None,
            "rehearsed": share(self.rehearsed),
            "rehearsed_learned": share(self.rehearsed_learned),
            "mean_ticks": share(ticks),
            "decided_at": {str(ran): share(self.decided[ran]) for ran in sorted(self.decided)},
            "measured_calls": measured,
            "measured_mean": self.measured_cycles / measured if measured else None,
            "max_abs_error": self.max_abs_error if measured else None,
            "unknown": self.unknown,
        }


def _forward_operations(work: SampleWork, network: IntegerNetwork) -> int:
    """Weights that the sums of inputs add in a call: those from each event and hidden spike to the layer after it."""
    inputs = [work.events.size, *(layer.spikes.size for layer in work.layers)]
    again = sum(_forward_operations(run, network) for run in work.ring.rehearsed or ())
    return again + sum(count * layer.neurons for count, layer in zip(inputs, network.layers, strict=False))


@dataclass(frozen=True)
class WholePasses:
    """passes: of each, in order. after: predictions of the test set after the last one."""

    network: IntegerNetwork
    passes: tuple[PassTally, ...]
    after: PassTally

    @property
    def max_abs_error(self) -> int:
        """Of any call or phase that was measured."""
        return max(tally.max_abs_error for tally in (*self.passes, self.after))

    @property
    def largest(self) -> int:
        """Measured cycles of the longest call."""
        return max(tally.largest for tally in (*self.passes, self.after))

    def json(self) -> dict[str, object]:
        """Those of the last pass, and of each as `passes`."""
        passes = [tally.json(self.network) for tally in self.passes]
        return {**passes[-1], "passes": passes, "predicted": self.after.json(self.network)}


class _Walker:
    """Goes through passes in the emulator, as `run` does on a device."""

    def __init__(
        self, network: IntegerNetwork, model: CycleModel, compact: bool, meter: Meter | None, progress: Progress
    ) -> None:
        self._network, self._model, self._meter, self._progress = network, model, meter, progress
        self._counter = SampleCounter(network, compact)
        self.emulator = Emulator(network)

    def walk(self, name: str, samples: Iterator[SpikeSample], count: int, measured: int, learn: bool) -> PassTally:
        """Show `count` samples, of which so many are measured. They are spread evenly."""
        tally, block = PassTally(name), list[tuple[SampleWork, tuple[int, ...] | None]]()
        chosen = set(np.linspace(0, count - 1, min(measured, count), dtype=np.int64).tolist()) if self._meter else set()
        for done, sample in enumerate(samples):
            block += self._call(sample, learn, done in chosen)
            if (done + 1) % BLOCK_CALLS == 0:
                self._settle(tally, block)
                self._progress(name, done + 1, count)
        self._settle(tally, block)
        return tally

    def _call(
        self, sample: SpikeSample, learn: bool, measured: bool
    ) -> Iterator[tuple[SampleWork, tuple[int, ...] | None]]:
        """One sample, and its label where the network asks for that: for the sample of its ring, or without a ring with the sample once more; each with its measured cycles."""
        asks = learn and self._network.asks
        shown = sample._replace(label=None) if asks else sample
        work, cycles = self._run(shown, learn, measured)
        yield work, cycles
        if not asks or not work.ring.asks or sample.label is None:
            return
        if self._network.ring_slots:
            yield from self._label(sample.label, measured)
        else:
            yield self._run(sample, learn, measured)

    def _label(self, label: int, measured: bool) -> Iterator[tuple[SampleWork, tuple[int, ...] | None]]:
        """The newest sample of the ring gets its label. A model of a board that never got one does not say what that takes."""
        cycles = None
        if measured and self._meter is not None:
            self._meter.write_state(self.emulator.state)
            cycles = self._meter.measure_label(0, label)
        work = self.emulator.give_label(0, label, count=True).work
        assert work is not None
        if "late" in self._model.modes:
            yield work, cycles

    def _run(self, sample: SpikeSample, learn: bool, measured: bool) -> tuple[SampleWork, tuple[int, ...] | None]:
        cycles = None
        if measured and self._meter is not None:
            self._meter.write_state(self.emulator.state)
            cycles = self._meter.measure(sample, learn)
        work = self.emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        assert work is not None
        return work, cycles

    def _settle(self, tally: PassTally, block: list[tuple[SampleWork, tuple[int, ...] | None]]) -> None:
        """Count, predict and forget calls."""
        if not block:
            return
        works = [work for work, _ in block]
        found = self._model.predict([work.call_mode for work in works], self._counter.count(works))
        tally.take(works, found.cycles.sum(axis=1))
        if INPUT in self._model.phases:
            tally.input_cycles += int(found.cycles[:, self._model.phases.index(INPUT)].sum())
            tally.operations += sum(_forward_operations(work, self._network) for work in works)
        tally.unknown += int(np.count_nonzero(~found.known))
        measured = [index for index, (_, cycles) in enumerate(block) if cycles is not None]
        if measured:
            cycles = np.array([block[index][1] for index in measured], dtype=np.int64)
            tally.compare(found.cycles[measured], cycles)
        block.clear()


def _shown(emulator: Emulator, spec: NetworkSpec, shown: TrainingPass, epochs: int) -> Iterator[SpikeSample]:
    """Samples of a pass, with the rate that they are learned at."""
    count = len(shown.samples)
    for start in range(0, count, BLOCK_CALLS):
        emulator.set_rate_scale(rate_scale(spec.learning, shown.epoch, start, epochs, count))
        block = shown.block(start, min(start + BLOCK_CALLS, count))
        for index in range(len(block)):
            yield block[index]


def _learned(
    network: IntegerNetwork, spec: NetworkSpec, passes: Sequence[TrainingPass], epochs: int, progress: Progress
) -> LearnedState:
    """The state after the first passes, from the generated C on this machine."""
    if not passes:
        return initial_state(network)
    with NativeDevice(network) as native:
        for shown in passes:
            count = len(shown.samples)
            for start in range(0, count, BLOCK_CALLS):
                native.set_rate_scale(rate_scale(spec.learning, shown.epoch, start, epochs, count))
                native.run_samples(shown.block(start, min(start + BLOCK_CALLS, count)), learn=True)
            progress(f"pass {shown.epoch + 1} of {epochs}, in C", count, count)
        return native.read_state()


def whole_passes(
    network: IntegerNetwork,
    spec: NetworkSpec,
    data: EncodedData,
    model: CycleModel,
    compact: bool,
    epochs: int,
    measured: int,
    progress: Progress,
    meter: Meter | None = None,
    last: int | None = None,
) -> WholePasses:
    """Learn the training samples for some epochs from the initial state on, as `run` does, then predict the test samples.

    measured: calls of each pass, and of the predictions, that the meter runs as well, each from the state that the pass has then. last: so many passes, the last ones,
    are predicted, and those before them learned in the generated C, which is a hundred times as fast; left out, all. Raises ConfigError as
    `training_passes`, and ToolMissingError without a compiler for that; KeyError for a mode that the model does not have.
    """
    walker = _Walker(network, model, compact, meter, progress)
    passes = []
    to_show = training_passes(spec, data, data.train, epochs)
    first = 0 if last is None else max(0, epochs - last)
    walker.emulator.state = _learned(network, spec, to_show[:first], epochs, progress)
    for shown in to_show[first:]:
        samples = _shown(walker.emulator, spec, shown, epochs)
        passes.append(walker.walk(f"pass {shown.epoch + 1} of {epochs}", samples, len(data.train), measured, True))
    test = (data.test[index] for index in range(len(data.test)))
    after = walker.walk("predictions", test, len(data.test), measured, False)
    return WholePasses(network, tuple(passes), after)
