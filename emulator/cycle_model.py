"""From the counts of a sample to its cycles: sums of counts, each times what the compiled image takes for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.exact_span import ExactSpan
from sfdfa_codegen.emulator.sample_counts import Mode, SampleCounts

Coefficients = tuple[Fraction, ...]


@dataclass(frozen=True)
class Prediction:
    """cycles: of each phase. known: whether the sample's counts are a combination of those that were measured, so that the cycles must be right if
    they are linear in counts at all."""

    cycles: tuple[int, ...]
    known: bool

    @property
    def total(self) -> int:
        return sum(self.cycles)


@dataclass(frozen=True)
class ModeModel:
    """Samples of one mode. phases: coefficients of the counts for each phase. relations: factors of the counts that sum to 0 in every sample measured."""

    phases: tuple[Coefficients, ...]
    relations: tuple[Coefficients, ...]

    @cached_property
    def _scaled(self) -> tuple[NDArray[np.object_], NDArray[np.object_], int]:
        """Coefficients (phases, counts) times a common denominator, relations (n, counts) times theirs, and the first."""
        common = _denominator(self.phases)
        relations = [[int(factor * _denominator([row])) for factor in row] for row in self.relations]
        phases = [[int(factor * common) for factor in row] for row in self.phases]
        width = len(self.phases[0])
        return np.array(phases, dtype=object), np.array(relations, dtype=object).reshape(-1, width), common

    def predict(self, row: tuple[int, ...]) -> Prediction:
        """Cycles of a sample with these counts."""
        phases, relations, common = self._scaled
        counts = np.array(row, dtype=object)
        cycles = tuple((2 * int(value) + common) // (2 * common) for value in phases @ counts)
        return Prediction(cycles, not np.any(relations @ counts))


def _denominator(rows: Iterable[Coefficients]) -> int:
    return lcm(*(factor.denominator for row in rows for factor in row))


@dataclass(frozen=True)
class CycleModel:
    """What an image takes for each count. names: of the counts; phases: in the order of `ModeModel.phases`."""

    names: tuple[str, ...]
    phases: tuple[str, ...]
    modes: dict[Mode, ModeModel]

    def predict(self, work: SampleCounts) -> Prediction:
        """Raises KeyError for a mode that was not measured."""
        return self.modes[work.mode].predict(work.row())


def solved(span: ExactSpan, phases: int) -> ModeModel:
    """The model of the samples in a span, whose values are the cycles of each phase."""
    return ModeModel(
        tuple(tuple(span.coefficients(phase)) for phase in range(phases)),
        tuple(tuple(relation) for relation in span.relations()),
    )
