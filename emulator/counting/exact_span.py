"""Linear algebra without rounding: which rows of integers are combinations of others, and what follows for values that belong to rows.

Everything is computed modulo primes, on whole arrays. Fractions are put together at the end from as many primes as they need, and are checked
against the rows: what passes is the solution, not a likely one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64

PRIME: Final = 2**31 - 1
"""Ranks are found modulo this prime. Once in two thousand million times a row that is no combination of others looks like one; it is left out then."""

Row = tuple[int, ...]
Objects = NDArray[Any]
"""Of Python's integers."""


@dataclass(frozen=True)
class Solution:
    """coefficients: for each value, one factor of each column, such that the products with every added row sum to its value. relations: factors of
    the columns whose products sum to 0 for every combination of the added rows and for no other row."""

    coefficients: list[list[Fraction]]
    relations: list[list[Fraction]]


class ExactSpan:
    """Rows of `width` integers, each with the same number of values that are thought to be linear in it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._rows: list[Row] = []
        self._values: list[Row] = []
        self._columns: list[int] = []
        self._echelon = np.empty((0, width), dtype=np.int64)
        """Rows added, modulo the prime, each with a 1 in its own column, where those after it have 0."""

    @property
    def rank(self) -> int:
        return len(self._rows)

    @property
    def measured(self) -> tuple[list[Row], list[Row]]:
        """The rows that were added, and their values."""
        return self._rows, self._values

    def _remainders(self, rows: Int64) -> Int64:
        """Rows (n, width) modulo the prime, less what follows from those added."""
        rest = rows % PRIME
        for column, other in zip(self._columns, self._echelon, strict=True):
            with_it = rest[:, column].nonzero()[0]
            rest[with_it] = (rest[with_it] - rest[with_it, column, None] * other) % PRIME
        return rest

    def outside(self, rows: Int64) -> Int64:
        """Which of some rows, (n, width), are no combinations of those added: their numbers."""
        return np.flatnonzero(np.any(self._remainders(rows), axis=1))

    def holds(self, row: Row) -> bool:
        """Whether a row is a combination of those added."""
        return not self.outside(np.array([row], dtype=np.int64)).size

    def add(self, row: Row, values: Row) -> bool:
        """Add a row and its values; returns False, changing nothing, if it is a combination of those before."""
        (remainder,) = self._remainders(np.array([row], dtype=np.int64))
        if not remainder.any():
            return False
        column = int(remainder.nonzero()[0][0])
        scaled = remainder * pow(int(remainder[column]), -1, PRIME) % PRIME
        self._echelon = np.vstack((self._echelon, scaled))
        self._columns.append(column)
        self._rows.append(row)
        self._values.append(values)
        return True

    def solution(self, values: int) -> Solution:
        """Of rows with so many values each. Factors of columns in which no row begins are 0 in `coefficients`."""
        rows = np.array(self._rows, dtype=object).reshape(self.rank, self.width)
        known = np.array(self._values, dtype=object).reshape(self.rank, values)
        free = [column for column in range(self.width) if column not in set(self._columns)]
        right = np.hstack((known, rows[:, free]))
        solved = _solve(rows[:, self._columns], right)
        coefficients, relations = (
            np.full((values, self.width), Fraction(0)),
            np.full((len(free), self.width), Fraction(0)),
        )
        coefficients[:, self._columns] = solved[:, :values].T
        relations[:, self._columns] = -solved[:, values:].T
        relations[range(len(free)), free] = Fraction(1)
        return Solution(coefficients.tolist(), relations.tolist())


def _solve(square: Objects, right: Objects) -> Objects:
    """Fractions x with square @ x = right, for a matrix (n, n) that is regular modulo PRIME, and right (n, k)."""
    modulus, residues = 1, np.zeros(right.shape, dtype=object)
    wanted = 1
    for count, prime in enumerate(_primes(), start=1):
        found = _solve_modulo(square, right, prime)
        if found is None:
            continue
        step = (found - residues) * pow(modulus, -1, prime) % prime
        residues, modulus = residues + modulus * step, modulus * prime
        if count >= wanted:  # rarely, since looking for fractions takes longer than another prime
            wanted = 2 * count
            solved = _fractions(residues, modulus)
            if solved is not None and _holds(square, solved, right):
                return solved
    raise AssertionError("there are more primes than any fraction needs")


def _primes() -> Iterator[int]:
    """Downwards from PRIME."""
    for candidate in range(PRIME, 2, -2):
        if all(candidate % factor for factor in range(3, isqrt(candidate) + 1, 2)):
            yield candidate


def _solve_modulo(square: Objects, right: Objects, prime: int) -> Objects | None:
    """x of `_solve` modulo a prime, or None where the matrix is singular."""
    size = len(square)
    both = (np.hstack((square, right)) % prime).astype(np.int64)
    for column in range(size):
        candidates = both[column:, column].nonzero()[0]
        if not candidates.size:
            return None
        pivot = column + int(candidates[0])
        both[[column, pivot]] = both[[pivot, column]]
        both[column] = both[column] * pow(int(both[column, column]), -1, prime) % prime
        others = both[:, column].nonzero()[0]
        others = others[others != column]
        both[others] = (both[others] - both[others, column, None] * both[column]) % prime
    return both[:, size:].astype(object)


def _fractions(residues: Objects, modulus: int) -> Objects | None:
    """The smallest fractions that are these residues, or None where one has no small one."""
    bound = isqrt(modulus // 2)
    found = [_fraction(int(residue), modulus, bound) for residue in residues.ravel()]
    if any(fraction is None for fraction in found):
        return None
    fractions = np.empty(len(found), dtype=object)
    fractions[:] = found
    return fractions.reshape(residues.shape)


def _fraction(residue: int, modulus: int, bound: int) -> Fraction | None:
    """Numerator and denominator up to the bound, by Euclid's algorithm stopped half way."""
    before, now, factor_before, factor = modulus, residue % modulus, 0, 1
    while now > bound:
        quotient = before // now
        before, now = now, before - quotient * now
        factor_before, factor = factor, factor_before - quotient * factor
    return Fraction(now, factor) if factor and abs(factor) <= bound else None


def _holds(square: Objects, solved: Objects, right: Objects) -> bool:
    for column in range(solved.shape[1]):
        common = lcm(*(fraction.denominator for fraction in solved[:, column]))
        whole = np.array([int(fraction * common) for fraction in solved[:, column]], dtype=object)
        if np.any(square @ whole != right[:, column] * common):
            return False
    return True
