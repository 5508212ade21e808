"""Linear algebra without rounding: which rows of integers are combinations of others, and what follows for values that belong to rows."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

PRIME: Final = 2**31 - 1
"""Ranks are found modulo this prime. Once in two thousand million times a row that is no combination of others looks like one; it is left out then."""

Row = tuple[int, ...]


@dataclass
class _Pivot:
    """A row of the reduced echelon form: 1 in its own column, 0 in the columns of all other pivots."""

    column: int
    row: list[Fraction]
    values: list[Fraction]


def _subtract(target: list[Fraction], factor: Fraction, row: list[Fraction]) -> None:
    for column, entry in enumerate(row[: len(target)]):
        if entry:
            target[column] -= factor * entry


class ExactSpan:
    """Rows of `width` integers, each with the same number of values that are thought to be linear in it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._pivots: list[_Pivot] = []
        self._remainders: list[tuple[int, NDArray[np.int64]]] = []

    @property
    def rank(self) -> int:
        return len(self._pivots)

    def _reduced(self, row: Row, values: Row) -> tuple[list[Fraction], list[Fraction]]:
        rest, left = [Fraction(entry) for entry in row], [Fraction(value) for value in values]
        for pivot in self._pivots:
            factor = rest[pivot.column]
            if factor:
                _subtract(rest, factor, pivot.row)
                _subtract(left, factor, pivot.values)
        return rest, left

    def _remainder(self, row: Row) -> NDArray[np.int64]:
        """The row modulo the prime, less what follows from those added."""
        rest = np.array(row, dtype=np.int64) % PRIME
        for column, other in self._remainders:
            if rest[column]:
                rest = (rest - rest[column] * other) % PRIME
        return rest

    def holds(self, row: Row) -> bool:
        """Whether a row is a combination of those added."""
        return not self._remainder(row).any()

    def add(self, row: Row, values: Row) -> bool:
        """Add a row and its values; returns False, changing nothing, if it is a combination of those before."""
        remainder = self._remainder(row)
        if not remainder.any():
            return False
        pivot = int(remainder.nonzero()[0][0])
        self._remainders.append((pivot, remainder * pow(int(remainder[pivot]), -1, PRIME) % PRIME))
        self._add_exactly(row, values)
        return True

    def _add_exactly(self, row: Row, values: Row) -> None:
        rest, left = self._reduced(row, values)
        column = next(column for column, entry in enumerate(rest) if entry)
        scale = 1 / rest[column]
        new = _Pivot(column, [entry * scale for entry in rest], [value * scale for value in left])
        for pivot in self._pivots:
            factor = pivot.row[column]
            if factor:
                _subtract(pivot.row, factor, new.row)
                _subtract(pivot.values, factor, new.values)
        self._pivots.append(new)

    def coefficients(self, value: int) -> list[Fraction]:
        """One for each column, such that the products with every added row sum to its value of that number."""
        found = [Fraction(0)] * self.width
        for pivot in self._pivots:
            found[pivot.column] = pivot.values[value]
        return found

    def relations(self) -> list[list[Fraction]]:
        """Factors of the columns whose products sum to 0 for every combination of the added rows and for no other row."""
        columns = {pivot.column for pivot in self._pivots}
        found = []
        for free in range(self.width):
            if free not in columns:
                relation = [Fraction(0)] * self.width
                relation[free] = Fraction(1)
                for pivot in self._pivots:
                    relation[pivot.column] = -pivot.row[free]
                found.append(relation)
        return found
