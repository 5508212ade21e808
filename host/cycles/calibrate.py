"""The coefficients of a cycle model, from running the compiled image on samples made for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

import numpy as np
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.integer_network import LEARN_ALWAYS, IntegerNetwork, LearnedState
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, ModeModel, solved
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import Mode, SampleWork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.calibration_samples import (
    calibration_sample,
    calibration_states,
    waiting_label,
    waiting_state,
)
from sfdfa_codegen.host.cycles.ridge import ridge_model
from sfdfa_codegen.host.data.spikes import SpikeSample

STATES: Final = 300
"""At most."""
QUIET_STATES: Final = 60
"""So many in a row that show nothing new end it, unless another number is asked for."""
SAMPLES_PER_STATE: Final = 60
LATE_LABELS_PER_STATE: Final = 12
"""Each with a ring of its own."""
SEED: Final = 20_240


class Meter(Protocol):
    """Something that runs samples and counts the cycles of each phase."""

    phases: tuple[str, ...]
    compact: bool
    """Whether the image is built with SFDFA_COMPACT."""

    @property
    def kind(self) -> CycleKind:
        """What its cycles are."""

    def write_state(self, state: LearnedState) -> None:
        """Replace everything learned."""

    def measure(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        """Run one sample; the cycles of each phase."""

    def measure_label(self, age: int, label: int) -> tuple[int, ...]:
        """Give a sample of the ring its label; the cycles of each phase."""


@dataclass(frozen=True)
class Calibration:
    """model, and how many samples were measured for it."""

    model: CycleModel
    measured: int


class _Calibrator:
    """Runs samples in the emulator, and those that tell something on the meter as well, which goes through the same states: writing one takes
    longer than a sample."""

    def __init__(self, network: IntegerNetwork, meter: Meter) -> None:
        self._network, self._meter = network, meter
        self._emulator = Emulator(network)
        self._rng = np.random.default_rng(SEED)
        self.counter = SampleCounter(network, meter.compact)
        self.spans: dict[Mode, ExactSpan] = {}
        self._runs: dict[Mode, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
        """Counts and cycles of what was measured."""

    @property
    def measured(self) -> int:
        return sum(span.rank for span in self.spans.values())

    def visit(self, state: LearnedState) -> None:
        """Try samples from a state on."""
        self._emulator.state = state
        written = False
        for sample, learn in self._telling(state):
            if not written:
                self._meter.write_state(state)
                written = True
            self._try(sample, learn)
        if self._network.asks and self._network.ring_slots:
            self._give_labels(state)

    def _give_labels(self, state: LearnedState) -> None:
        """Give samples that wait for it their labels, and measure those that tell something."""
        waiting = [waiting_state(state, self._network, self._rng) for _ in range(LATE_LABELS_PER_STATE)]
        given = [waiting_label(ring, self._network, self._rng) for ring in waiting]
        works: list[SampleWork] = []
        for ring, (age, label) in zip(waiting, given, strict=True):
            self._emulator.state = ring
            work = self._emulator.give_label(age, label, count=True).work
            assert work is not None
            works.append(work)
        rows = self.counter.count(works)
        for index in self._span("late").outside(rows):
            row = tuple(rows[index].tolist())
            if not self._span("late").holds(row):
                self._meter.write_state(waiting[index])
                self._keep("late", row, self._meter.measure_label(*given[index]))

    def _telling(self, state: LearnedState) -> list[tuple[SpikeSample, bool]]:
        """Samples that tell something, if they are run in this state; those that are learned are the last."""
        learns = [self._network.learns and number % 3 > 0 for number in range(SAMPLES_PER_STATE)]
        samples = [calibration_sample(self._network, self._rng, label=n % 3 < 2) for n in range(SAMPLES_PER_STATE)]
        if self._network.learn_below != LEARN_ALWAYS:
            samples[1::6] = [self._as_predicted(sample) for sample in samples[1::6]]
        works: dict[Mode, list[tuple[int, SampleWork]]] = {}
        for number, (sample, learn) in enumerate(zip(samples, learns, strict=True)):
            work = self._run(sample, learn)
            works.setdefault(work.call_mode, []).append((number, work))
            if learn:
                self._emulator.state = state
        found = []
        for mode, some in works.items():
            outside = self._span(mode).outside(self.counter.count([work for _, work in some]))
            found += [some[index][0] for index in outside]
        return [(samples[number], learns[number]) for number in sorted(found, key=lambda number: learns[number])]

    def _as_predicted(self, sample: SpikeSample) -> SpikeSample:
        """With the label that is predicted: one at random is hardly ever known."""
        result = self._emulator.run_sample(sample.ticks, sample.channels, None, learn=False)
        return sample._replace(label=result.prediction)

    def _run(self, sample: SpikeSample, learn: bool) -> SampleWork:
        work = self._emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        assert work is not None
        return work

    def _span(self, mode: Mode) -> ExactSpan:
        return self.spans.setdefault(mode, ExactSpan(len(self.counter.names)))

    def _try(self, sample: SpikeSample, learn: bool) -> None:
        """Measure a sample if its counts do not follow from those measured; if they do, it is as if it had not been."""
        before = self._emulator.state if learn else None
        work = self._run(sample, learn)
        row = tuple(self.counter.count([work])[0].tolist())
        if not self._span(work.call_mode).holds(row):
            self._keep(work.call_mode, row, self._meter.measure(sample, learn))
        elif before is not None:
            self._emulator.state = before

    def _keep(self, mode: Mode, row: tuple[int, ...], cycles: tuple[int, ...]) -> None:
        self._span(mode).add(row, cycles)
        self._runs.setdefault(mode, []).append((row, cycles))

    def states(self) -> Iterator[LearnedState]:
        return calibration_states(self._network, self._rng)

    def model(self, mode: Mode) -> ModeModel:
        """Exact, unless the cycles are an estimate: then the C has ways that are not counted."""
        span, phases = self.spans[mode], len(self._meter.phases)
        if self._meter.kind != "estimate":
            return solved(span, phases)
        counts, cycles = zip(*self._runs[mode], strict=True)
        return ridge_model(counts, cycles, span, phases)


def calibrate(
    network: IntegerNetwork,
    meter: Meter,
    progress: Callable[[int, int], None] | None = None,
    quiet_states: int = QUIET_STATES,
) -> Calibration:
    """Measure samples until no other has counts that would tell more: they are chosen in the emulator, so only as many run on the meter as there are
    numbers to find. progress: told the states visited, of at most STATES, and the samples measured."""
    calibrator, quiet = _Calibrator(network, meter), 0
    for visited, state in enumerate(islice(calibrator.states(), STATES), start=1):
        before = calibrator.measured
        calibrator.visit(state)
        quiet = 0 if calibrator.measured > before else quiet + 1
        if progress is not None:
            progress(visited, calibrator.measured)
        if quiet == quiet_states:
            break
    models = {mode: calibrator.model(mode) for mode in calibrator.spans}
    return Calibration(CycleModel(calibrator.counter.names, meter.phases, models), calibrator.measured)
