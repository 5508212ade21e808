"""Coefficients of cycles that are a sum of counts but for little things, as those of a core that has no counter and is estimated.

Equations that contradict each other by a cycle or two have no solution, or one with large factors that cancel out in them and nowhere else. Here
each factor is drawn towards 0 by a little (ridge regression), so that factors that nothing tells apart stay small.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.cycle_model import Coefficients, ModeModel
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan

PULL: Final = 1e-6
"""Of the mean square of a column."""
FRACTION_BITS: Final = 16
"""Of a coefficient that is kept, in cycles."""


def coefficients_of(values: NDArray[np.float64]) -> Coefficients:
    """To 2^-16 of a cycle."""
    return tuple(Fraction(round(value * (1 << FRACTION_BITS)), 1 << FRACTION_BITS) for value in values.tolist())


def ridge_model(
    counts: Sequence[tuple[int, ...]], cycles: Sequence[tuple[int, ...]], span: ExactSpan, phases: int
) -> ModeModel:
    """Of samples with such counts (names each) and cycles (phases each), whose errors count relative to their cycles. span: of the same counts."""
    rows, values = np.array(counts, dtype=np.float64), np.array(cycles, dtype=np.float64)
    weights = 1 / np.maximum(values.sum(axis=1, keepdims=True), 1)
    rows, values = rows * weights, values * weights
    sizes = np.sqrt((rows**2).mean(axis=0))
    sizes[sizes == 0] = 1
    scaled = rows / sizes
    pull = PULL * len(rows) * np.eye(rows.shape[1])
    solution = np.linalg.solve(scaled.T @ scaled + pull, scaled.T @ values) / sizes[:, None]
    relations = span.solution(phases).relations
    return ModeModel(tuple(coefficients_of(column) for column in solution.T), tuple(tuple(row) for row in relations))
