"""Predictions of a cycle model against sums of fractions."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, ModeModel

NAMES = ("sample", "spikes", "inputs")
COUNTS = np.random.default_rng(3).integers(0, 5000, (200, len(NAMES)))


def model(*phases: tuple[Fraction, ...]) -> CycleModel:
    relation = (Fraction(1, 3), Fraction(-1, 6), Fraction(0))
    return CycleModel(NAMES, tuple(map(str, range(len(phases)))), {"learn": ModeModel(phases, (relation,))})


@pytest.mark.parametrize("denominator", [1, 2, 7, 3**700])
def test_cycles_are_sums_of_fractions_to_the_nearest_whole_a_half_upwards(denominator: int) -> None:
    odd = denominator // 3 + 1
    phases = tuple(
        tuple(Fraction(odd * (place + 2 * phase) - denominator, denominator) for place in range(3))
        for phase in range(4)
    )
    found = model(*phases).predict(["learn"] * len(COUNTS), COUNTS)
    for counts, cycles in zip(COUNTS.tolist(), found.cycles.tolist(), strict=True):
        sums = [sum(factor * count for factor, count in zip(factors, counts, strict=True)) for factors in phases]
        assert cycles == [floor(total + Fraction(1, 2)) for total in sums]


def test_a_sum_that_floats_cannot_tell_from_a_half() -> None:
    little = Fraction(1, 3**200)
    halves = [(Fraction(1, 2) + sign * little, Fraction(0), Fraction(0)) for sign in (-1, 0, 1)]
    found = model(*halves).predict(["learn"], np.array([[1, 0, 0]]))
    assert found.cycles.tolist() == [[0, 1, 1]]


def test_samples_that_break_a_relation_are_not_known() -> None:
    found = model((Fraction(1),) * 3).predict(["learn"] * 2, np.array([[1, 2, 5], [1, 1, 5]]))
    assert found.known.tolist() == [True, False]
    assert found.cycles.tolist() == [[8], [7]]
