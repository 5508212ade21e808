"""The coefficients of a cycle model, from running the compiled image on samples made for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.emulator.cycle_model import CycleModel, solved
from sfdfa_codegen.emulator.exact_span import ExactSpan
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.sample_counts import SampleCounter
from sfdfa_codegen.emulator.sample_work import Mode
from sfdfa_codegen.host.cycles.calibration_samples import calibration_sample, calibration_states
from sfdfa_codegen.host.spikes import SpikeSample

STATES: Final = 24
SAMPLES_PER_STATE: Final = 60
SEED: Final = 20_240


class Meter(Protocol):
    """Something that runs samples and counts the cycles of each phase."""

    phases: tuple[str, ...]

    def write_state(self, state: LearnedState) -> None:
        """Replace everything learned."""

    def measure(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        """Run one sample; the cycles of each phase."""


@dataclass(frozen=True)
class Calibration:
    """model, and how many samples were measured for it."""

    model: CycleModel
    measured: int


def calibrate(network: IntegerNetwork, meter: Meter) -> Calibration:
    """Measure samples until no other has counts that would tell more: they are chosen in the emulator, so only as many run on the meter as there are
    numbers to find."""
    rng = np.random.default_rng(SEED)
    counter = SampleCounter(network)
    spans: dict[Mode, ExactSpan] = {}
    for state in islice(calibration_states(network, rng), STATES):
        for sample, learn, mode, row in _telling(counter, state, rng, spans):
            spans[mode].add(row, _measured(meter, state, sample, learn))
    models = {mode: solved(span, len(meter.phases)) for mode, span in spans.items()}
    return Calibration(CycleModel(counter.names, meter.phases, models), sum(span.rank for span in spans.values()))


def _measured(meter: Meter, state: LearnedState, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
    meter.write_state(state)
    return meter.measure(sample, learn)


def _telling(
    counter: SampleCounter, state: LearnedState, rng: np.random.Generator, spans: dict[Mode, ExactSpan]
) -> Iterator[tuple[SpikeSample, bool, Mode, tuple[int, ...]]]:
    """Samples that, run in this state, have counts that do not follow from those in their span."""
    network = counter.network
    emulator = Emulator(network)
    learns = [network.learns and number % 3 > 0 for number in range(SAMPLES_PER_STATE)]
    samples = [calibration_sample(network, rng, label=number % 3 < 2) for number in range(SAMPLES_PER_STATE)]
    works = []
    for sample, learn in zip(samples, learns, strict=True):
        emulator.state = state
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        assert work is not None
        works.append(work)
    rows = counter.count(works).tolist()
    for sample, learn, work, row in zip(samples, learns, works, rows, strict=True):
        span = spans.setdefault(work.mode, ExactSpan(len(row)))
        if not span.holds(tuple(row)):
            yield sample, learn, work.mode, tuple(row)
