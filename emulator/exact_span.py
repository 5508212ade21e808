"""Linear algebra without rounding: which rows of integers are combinations of others, and what follows for values that belong to rows."""

from dataclasses import dataclass
from fractions import Fraction

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

    def holds(self, row: Row) -> bool:
        """Whether a row is a combination of those added."""
        return not any(self._reduced(row, ())[0])

    def add(self, row: Row, values: Row) -> bool:
        """Add a row and its values; returns False, changing nothing, if it is a combination of those before."""
        rest, left = self._reduced(row, values)
        column = next((column for column, entry in enumerate(rest) if entry), None)
        if column is None:
            return False
        scale = 1 / rest[column]
        new = _Pivot(column, [entry * scale for entry in rest], [value * scale for value in left])
        for pivot in self._pivots:
            factor = pivot.row[column]
            if factor:
                _subtract(pivot.row, factor, new.row)
                _subtract(pivot.values, factor, new.values)
        self._pivots.append(new)
        return True

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
