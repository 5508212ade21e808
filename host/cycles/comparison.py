"""Predicted cycles against measured ones, sample by sample."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, Predictions
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import Mode, SampleWork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.calibrate import Meter
from sfdfa_codegen.host.cycles.sensing_models import SensingModels
from sfdfa_codegen.host.cycles.whole_passes import WholePasses
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample


@dataclass(frozen=True)
class Comparison:
    """predicted, measured: (samples, phases) int64. unknown: samples with counts of which the calibration could not tell what they take."""

    phases: tuple[str, ...]
    predicted: NDArray[np.int64]
    measured: NDArray[np.int64]
    unknown: int

    @property
    def max_abs_error(self) -> int:
        """Of any sample or phase."""
        totals = np.abs(self.predicted.sum(axis=1) - self.measured.sum(axis=1)).max(initial=0)
        return int(max(totals, np.abs(self.predicted - self.measured).max(initial=0)))

    @property
    def mean_abs_error(self) -> float | None:
        """Of the totals of samples; None without samples."""
        errors = np.abs(self.predicted.sum(axis=1) - self.measured.sum(axis=1))
        return float(errors.mean()) if errors.size else None

    @property
    def relative_error(self) -> float | None:
        """The same as a part of the mean total; None without samples or cycles."""
        total = self.measured.sum()
        return (
            None
            if self.mean_abs_error is None or not total
            else float(self.mean_abs_error * len(self.measured) / total)
        )

    @property
    def largest(self) -> int:
        """Measured cycles of the longest sample."""
        return int(self.measured.sum(axis=1).max(initial=0))

    def summary(self) -> dict[str, object]:
        """For JSON: of all phases together, and of each."""
        together = _summary(self.predicted.sum(axis=1), self.measured.sum(axis=1))
        by_phase = zip(self.phases, self.predicted.T, self.measured.T, strict=True)
        phases = {phase: _summary(predicted, measured) for phase, predicted, measured in by_phase}
        return {"samples": len(self.measured), **together, "phases": phases, "unknown": self.unknown}


def _summary(predicted: NDArray[np.int64], measured: NDArray[np.int64]) -> dict[str, object]:
    if not measured.size:
        return {"predicted_mean": None, "measured_mean": None, "max_abs_error": None}
    return {
        "predicted_mean": float(predicted.mean()),
        "measured_mean": float(measured.mean()),
        "max_abs_error": int(np.abs(predicted - measured).max()),
    }


@dataclass(frozen=True)
class SampleCycles:
    """Samples that ran. modes: of each; counts: (samples, names) int64; cycles: what was measured, (samples, phases) int64."""

    phases: tuple[str, ...]
    modes: tuple[Mode, ...]
    counts: NDArray[np.int64]
    cycles: NDArray[np.int64]

    def part(self, chosen: NDArray[np.bool_]) -> "SampleCycles":
        """Some of them. chosen: (samples,)."""
        modes = tuple(mode for mode, taken in zip(self.modes, chosen, strict=True) if taken)
        return SampleCycles(self.phases, modes, self.counts[chosen], self.cycles[chosen])

    def against(self, model: CycleModel, sensing: Mapping[str, Predictions] | None = None) -> Comparison:
        """What a model predicts for them. sensing: by their names, what phases before the network take. Raises KeyError for a mode that the model does not have."""
        found = model.predict(self.modes, self.counts)
        cycles, known = found.cycles, found.known
        for phase, predicted in (sensing or {}).items():
            cycles[:, self.phases.index(phase)] = predicted.cycles[:, 0]
            known = known & predicted.known
        return Comparison(self.phases, cycles, self.cycles, int(np.count_nonzero(~known)))


@dataclass(frozen=True)
class BoardFit:
    """How a model was fitted to what a board counts. mean_abs_error: cycles, of the samples held out; None where there is none."""

    measured_file: str
    fitted_samples: int
    coefficients: int
    mean_abs_error: float | None

    def json(self) -> dict[str, object]:
        """For the report; `board_file` is what `measured_file` was called."""
        return {**asdict(self), "board_file": self.measured_file}


@dataclass(frozen=True)
class CyclesOutcome:
    """A model and how it does. learned: None for a network that does not learn. unlabelled: shown to be learned, without a label; None for a network that asks for none. late: labels that come late, for samples of the ring; None where there is no ring or nothing is asked. passes: whole ones, if they were asked for. assumptions: what has to be true for the figures to be. fit:
    of a board that was measured; remarks: what there is to say of it."""

    kind: CycleKind
    model: CycleModel
    predicted: Comparison
    learned: Comparison | None
    assumptions: tuple[str, ...] = ()
    fit: BoardFit | None = None
    remarks: tuple[str, ...] = ()
    unlabelled: Comparison | None = None
    late: Comparison | None = None
    passes: WholePasses | None = None

    @property
    def main(self) -> Comparison:
        """Of learned samples if there are such."""
        return self.predicted if self.learned is None else self.learned


def _emulate(network: IntegerNetwork, samples: Iterable[SpikeSample], learn: bool) -> list[SampleWork]:
    """Run samples from the initial state on."""
    emulator = Emulator(network)
    works = []
    for sample in samples:
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        assert work is not None
        works.append(work)
    return works


def _shown(samples: SpikeDataset, labelled: bool = True) -> Iterator[SpikeSample]:
    for index in range(len(samples)):
        yield samples[index] if labelled else samples[index]._replace(label=None)


def predict_cycles(
    network: IntegerNetwork, model: CycleModel, samples: SpikeDataset, learn: bool, compact: bool
) -> Predictions:
    """Run samples from the initial state on in the emulator. compact: whether the image is built with SFDFA_COMPACT.

    Raises ConfigError for samples of a mode that the model does not have.
    """
    works = _emulate(network, _shown(samples), learn)
    missing = {work.call_mode for work in works} - set(model.modes)
    if missing:
        raise ConfigError(f"the model knows no samples of the mode '{missing.pop()}': measure some")
    return model.predict([work.call_mode for work in works], SampleCounter(network, compact).count(works))


def measure_cycles(
    network: IntegerNetwork,
    meter: Meter,
    samples: SpikeDataset,
    learn: bool,
    progress: Callable[[int], None] | None = None,
    labelled: bool = True,
) -> SampleCycles:
    """Run samples from the initial state on, in the emulator and on the meter. progress: told how many the meter has run. labelled: whether their labels come with them."""
    meter.write_state(initial_state(network))
    works = _emulate(network, _shown(samples, labelled), learn)
    measured = []
    for done, sample in enumerate(_shown(samples, labelled), start=1):
        measured.append(meter.measure(sample, learn))
        if progress is not None:
            progress(done)
    return SampleCycles(
        meter.phases,
        tuple(work.call_mode for work in works),
        SampleCounter(network, meter.compact).count(works),
        np.array(measured, dtype=np.int64).reshape(len(works), len(meter.phases)),
    )


def compare_late_labels(network: IntegerNetwork, model: CycleModel, meter: Meter, samples: SpikeDataset) -> Comparison:
    """Show samples without their labels, from the initial state on, and give each label at once where it is asked for: what the meter measures of these
    labels, against what a model predicts."""
    meter.write_state(initial_state(network))
    emulator, works, measured = Emulator(network), list[SampleWork](), list[tuple[int, ...]]()
    for index, sample in enumerate(_shown(samples, labelled=False)):
        meter.measure(sample, learn=True)
        if emulator.run_sample(sample.ticks, sample.channels, None, learn=True).asks:
            label = int(samples.labels[index])
            work = emulator.give_label(0, label, count=True).work
            assert work is not None
            works.append(work)
            measured.append(meter.measure_label(0, label))
    found = SampleCycles(
        meter.phases,
        tuple(work.call_mode for work in works),
        SampleCounter(network, meter.compact).count(works),
        np.array(measured, dtype=np.int64).reshape(len(works), len(meter.phases)),
    )
    return found.against(model)


def compare_cycles(
    network: IntegerNetwork,
    model: CycleModel,
    meter: Meter,
    samples: SpikeDataset,
    learn: bool,
    sensing: SensingModels | None = None,
    labelled: bool = True,
) -> Comparison:
    """What the meter measures, against what a model predicts. labelled: whether labels come with the samples. sensing: where the samples are given as readings or recordings, what these take."""
    found = None if sensing is None else sensing.predict(network, samples)
    return measure_cycles(network, meter, samples, learn, labelled=labelled).against(model, found)
