"""What `cycles` came to, for a program and for a person: predictions beside measurements, or predictions alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.cycles.comparison import Comparison, CyclesOutcome
from sfdfa_codegen.host.cycles.whole_passes import WholePasses
from sfdfa_codegen.host.report import Rows, Said, per_cent


@dataclass(frozen=True)
class CyclesSummary:
    """A model beside what a target counted. source: what samples were given as. by_line: phases are lines of the runtime."""

    network: str
    target: str
    source: str
    clock_hz: int
    outcome: CyclesOutcome
    by_line: bool

    @property
    def worst(self) -> int:
        """Cycles, of any sample or phase."""
        passes = 0 if self.outcome.passes is None else self.outcome.passes.max_abs_error
        return max(passes, *(comparison.max_abs_error for _, comparison in self._comparisons()))

    @property
    def largest(self) -> int:
        """Measured cycles of the longest sample."""
        passes = 0 if self.outcome.passes is None else self.outcome.passes.largest
        return max(passes, self.outcome.main.largest)

    def _comparisons(self) -> list[tuple[str, Comparison]]:
        """With what was done to the samples."""
        outcome = self.outcome
        named = (
            ("learned", outcome.learned),
            ("without their labels", outcome.unlabelled),
            ("labels that came late", outcome.late),
        )
        return [
            *((name, found) for name, found in named if found is not None and len(found.measured)),
            ("predicted only", outcome.predicted),
        ]

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        outcome = self.outcome
        return {
            "network": self.network,
            "target": self.target,
            "kind": outcome.kind,
            "from": self.source,
            **outcome.main.summary(),
            "max_abs_error": self.worst,
            "learned": outcome.learned is not None,
            "unlearned": outcome.predicted.summary(),
            "clock_hz": self.clock_hz,
            "assumptions": list(outcome.assumptions),
            **({} if outcome.unlabelled is None else {"without_label": outcome.unlabelled.summary()}),
            **({} if outcome.late is None else {"late_label": outcome.late.summary()}),
            **({} if outcome.passes is None else {"pass_mean": outcome.passes.json()}),
            **({} if outcome.fit is None else outcome.fit.json()),
        }

    def lines(self) -> Iterator[Said]:
        """For a person."""
        title = f"{self.network} on {self.target}, {self.outcome.kind}"
        for name, comparison in self._comparisons():
            yield from _wrong_lines(title, name, comparison) if self.by_line else _by_phase(title, name, comparison)
        if self.outcome.passes is not None:
            yield _passes(title, self.outcome.passes)
            yield from _kinds(self.outcome.passes)
        yield from self.outcome.remarks


def _wrong_lines(title: str, name: str, found: Comparison) -> Iterator[Said]:
    """Lines that were not predicted rightly, with the samples that show it."""
    errors = found.measured - found.predicted
    rows = [
        (line, str(int(of_line.astype(bool).sum())), str(int(abs(of_line).max())), _first_errors(of_line))
        for line, of_line in zip(found.phases, errors.T, strict=True)
        if of_line.any()
    ]
    if rows:
        yield Rows(f"{title}, {name}", ("line", "samples", "largest error", "sample: error"), tuple(rows))
    else:
        yield f"{title}, {name}: all lines as predicted in {len(errors)} samples"


def _first_errors(errors: NDArray[np.int64]) -> str:
    """What the first samples with an error took more than predicted."""
    shown = errors.nonzero()[0][:4].tolist()
    return ", ".join(f"{index}: {errors[index]:+d}" for index in shown)


def _by_phase(title: str, name: str, found: Comparison) -> Iterator[Said]:
    rows = [
        (phase, f"{before.mean():.1f}", f"{after.mean():.1f}", str(int(abs(before - after).max(initial=0))))
        for phase, before, after in zip(found.phases, found.predicted.T, found.measured.T, strict=True)
    ]
    before, after = found.predicted.sum(axis=1), found.measured.sum(axis=1)
    rows.append(("all", f"{before.mean():.1f}", f"{after.mean():.1f}", str(int(abs(before - after).max()))))
    columns = ("cycles a sample", "predicted", "measured", "largest error")
    yield Rows(f"{title}: {len(found.measured)} samples, {name}", columns, tuple(rows))
    if found.unknown:
        yield f"{found.unknown} samples have counts that no calibration sample could show"


def _kinds(found: WholePasses) -> Iterator[str]:
    """What calls of one kind take, and an operation."""
    for tally in (*found.passes, found.after):
        kinds = (
            ("a call that learns", tally.learned_cycles, tally.learned),
            ("one whose sample is known", tally.known_cycles, tally.known),
            ("a weight in the sums of inputs", tally.input_cycles, tally.operations),
        )
        told = [f"{name} {spent / count:.1f}" for name, spent, count in kinds if count]
        if told:
            yield f"{tally.name}: {', '.join(told)} cycles"


def _passes(title: str, found: WholePasses) -> Rows:
    """A line for each pass, and one for the predictions after the last."""
    rows = []
    for tally in (*found.passes, found.after):
        calls, ran = max(1, tally.calls), tally.decided or {found.network.ticks: tally.calls}
        ticks = sum(tick * number for tick, number in ran.items()) / calls
        error = str(tally.max_abs_error) if tally.measured_calls else "-"
        shares = (per_cent(count / calls) for count in (tally.learned, tally.known))
        rehearsed = f"{tally.rehearsed / calls:.2f}"
        rows.append(
            (
                tally.name,
                f"{tally.cycles / calls:.1f}",
                *shares,
                rehearsed,
                f"{ticks:.1f}",
                f"{error} of {tally.measured_calls}",
            )
        )
    columns = ("calls", "cycles a call", "learned", "known", "rehearsed a call", "ticks", "largest error")
    return Rows(f"{title}: whole passes", columns, tuple(rows))


@dataclass(frozen=True)
class PredictedCycles:
    """Cycles of a board from its file; nothing was measured. cycles: (samples, phases) int64. known: (samples,), whether the file's fit covers them."""

    phases: tuple[str, ...]
    cycles: NDArray[np.int64]
    known: NDArray[np.bool_]

    @property
    def means(self) -> NDArray[np.float64]:
        """Of each phase, (phases,); 0 without samples."""
        means: NDArray[np.float64] = self.cycles.sum(axis=0) / max(1, len(self.cycles))
        return means

    def json(self) -> dict[str, object]:
        """As that of a comparison; what was not measured is null."""
        unknown: dict[str, object] = {"measured_mean": None, "max_abs_error": None}
        samples = len(self.cycles)
        means = [float(mean) if samples else None for mean in self.means]
        total = float(self.cycles.sum() / samples) if samples else None
        by_phase = {phase: {"predicted_mean": mean, **unknown} for phase, mean in zip(self.phases, means, strict=True)}
        return {"samples": samples, "predicted_mean": total, **unknown, "phases": by_phase}


@dataclass(frozen=True)
class PredictionSummary:
    """What a board is predicted to take. learned: None for a network that does not learn. error: of the file's fit, as a part of 1."""

    network: str
    board: str
    clock_hz: int
    error: float
    predicted: PredictedCycles
    learned: PredictedCycles | None
    passes: WholePasses | None = None

    @property
    def main(self) -> PredictedCycles:
        """Of learned samples if there are such."""
        return self.predicted if self.learned is None else self.learned

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        return {
            "network": self.network,
            "target": "emu",
            "board": self.board,
            "kind": "measured",
            **self.main.json(),
            "learned": self.learned is not None,
            "unlearned": self.predicted.json(),
            "unknown": int(np.count_nonzero(~self.main.known)),
            "clock_hz": self.clock_hz,
            "assumptions": [],
            **({} if self.passes is None else {"pass_mean": self.passes.json()}),
        }

    def lines(self) -> Iterator[Said]:
        """For a person."""
        title = f"{self.network} on {self.board}, measured (mean error {per_cent(self.error)})"
        learned = () if self.learned is None else (("learned", self.learned),)
        for verb, found in (("predicted only", self.predicted), *learned):
            rows = [(phase, f"{mean:.1f}") for phase, mean in zip(found.phases, found.means, strict=True)]
            rows.append(("all", f"{found.means.sum():.1f}"))
            yield Rows(f"{title}: {len(found.cycles)} samples, {verb}", ("cycles a sample", "predicted"), tuple(rows))
        if self.passes is not None:
            yield _passes(title, self.passes)
            yield from _kinds(self.passes)
