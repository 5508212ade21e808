"""From the counts of samples to their cycles: sums of counts, each times what the compiled image takes for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.counting.sample_work import Mode
from sfdfa_codegen.emulator.fixed_point import Int64

Coefficients = tuple[Fraction, ...]
_INT64_MAX: Final = (1 << 63) - 1


@dataclass(frozen=True)
class Predictions:
    """cycles: of each phase, (samples, phases). known: whether a sample's counts are a combination of those that were measured, so that the cycles must be right if
    they are linear in counts at all, (samples,)."""

    cycles: Int64
    known: NDArray[np.bool_]


class _Rows:
    """Rows of factors, nearly all of them 0, which are left out. A product of matrices would be as fast, but wakes the threads of BLAS, which then run on for a while."""

    def __init__(self, rows: NDArray[Any]) -> None:
        """rows: (rows, width) of any type."""
        kept = rows != 0
        kept[:, :1] = True  # so that no row is empty
        owners, self._columns = kept.nonzero()
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self._factors = rows[kept][:, None]

    def sums(self, counts: NDArray[Any]) -> NDArray[Any]:
        """Counts (samples, width) times the rows: (samples, rows)."""
        sums: NDArray[Any] = np.add.reduceat(counts.T[self._columns] * self._factors, self._starts, axis=0).T
        return sums


class _Exact:
    """Rows of fractions, as integers over a common denominator."""

    def __init__(self, rows: Sequence[Coefficients], width: int) -> None:
        self._denominator = _denominator(factor for row in rows for factor in row)
        integers = [[int(factor * self._denominator) for factor in row] for row in rows]
        self._largest = max((sum(map(abs, row)) for row in integers), default=0)
        dtype = np.int64 if self._largest <= _INT64_MAX else object
        self._rows = _Rows(np.array(integers, dtype=dtype).reshape(len(rows), width))

    def sums(self, counts: Int64) -> NDArray[Any]:
        """Counts (samples, width) times the rows: (samples, rows), times the denominator; Python's integers where 64 bits may not do."""
        fits = self._largest * int(np.abs(counts).max(initial=0)) <= _INT64_MAX
        return self._rows.sums(counts if fits else counts.astype(object))

    def rounded(self, counts: Int64) -> Int64:
        """The same, not times the denominator but to the nearest whole number, a half upwards."""
        common = self._denominator
        nearest = (2 * self.sums(counts).astype(object) + common) // (2 * common)
        return nearest.astype(np.int64)


class _Rounded:
    """Rows of fractions whose sums are rounded to whole numbers. A denominator may have hundreds of digits, so floats decide wherever their errors cannot change what is rounded to."""

    def __init__(self, rows: Sequence[Coefficients], width: int) -> None:
        floats = np.array(rows, dtype=np.float64).reshape(len(rows), width)
        self._exact = _Exact(rows, width)
        self._rows, self._sizes = _Rows(floats), _Rows(np.abs(floats))
        self._error = (width + 3) * np.finfo(np.float64).eps
        """Of a sum, relative to that of the sizes of its products: twice the bound of one rounding for each factor, product and addition."""

    def sums(self, counts: Int64) -> Int64:
        """Counts (samples, width) times the rows, to the nearest whole number, a half upwards: (samples, rows)."""
        floats = counts.astype(np.float64)
        raised = self._rows.sums(floats) + 0.5
        error = self._error * (self._sizes.sums(np.abs(floats)) + 1)
        sums = np.floor(raised).astype(np.int64)
        unsure = np.any(np.abs(raised - np.rint(raised)) <= error, axis=1)
        sums[unsure] = self._exact.rounded(counts[unsure])
        return sums


@dataclass(frozen=True)
class ModeModel:
    """Samples of one mode. phases: coefficients of the counts for each phase. relations: factors of the counts that sum to 0 in every sample measured."""

    phases: tuple[Coefficients, ...]
    relations: tuple[Coefficients, ...]

    @cached_property
    def _factors(self) -> tuple[_Rounded, _Exact]:
        width = len(self.phases[0])
        return _Rounded(self.phases, width), _Exact([_whole(row) for row in self.relations], width)

    def predict(self, counts: Int64) -> Predictions:
        """Cycles of samples with these counts, (samples, counts)."""
        phases, relations = self._factors
        unknown: NDArray[np.bool_] = np.any(relations.sums(counts) != 0, axis=1)
        return Predictions(phases.sums(counts), ~unknown)


def _denominator(row: Iterable[Fraction]) -> int:
    return lcm(*(factor.denominator for factor in row))


def _whole(row: Coefficients) -> Coefficients:
    """The same relation without fractions."""
    common = _denominator(row)
    return tuple(factor * common for factor in row)


@dataclass(frozen=True)
class CycleModel:
    """What an image takes for each count. names: of the counts; phases: in the order of `ModeModel.phases`."""

    names: tuple[str, ...]
    phases: tuple[str, ...]
    modes: dict[Mode, ModeModel]

    def predict(self, modes: Sequence[Mode], counts: Int64) -> Predictions:
        """Of samples with these modes and counts (samples, names). Raises KeyError for a mode that was not measured."""
        cycles = np.empty((len(modes), len(self.phases)), dtype=np.int64)
        known = np.empty(len(modes), dtype=np.bool_)
        for mode in set(modes):
            chosen = [index for index, other in enumerate(modes) if other == mode]
            found = self.modes[mode].predict(counts[chosen])
            cycles[chosen], known[chosen] = found.cycles, found.known
        return Predictions(cycles, known)


def solved(span: ExactSpan, phases: int) -> ModeModel:
    """The model of the samples in a span, whose values are the cycles of each phase."""
    solution = span.solution(phases)
    return ModeModel(
        tuple(tuple(factors) for factors in solution.coefficients),
        tuple(tuple(factors) for factors in solution.relations),
    )
