"""Coefficients of cycles that are not quite a sum of counts."""

import numpy as np
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, solved
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.host.cycles.ridge import coefficients_of, ridge_model

NAMES = ("sample", "events", "spikes", "ticks")


def test_contradicting_equations_leave_the_factors_small() -> None:
    rng = np.random.default_rng(3)
    events = rng.integers(1, 200, 12)
    # Spikes differ from events by one at most: what tells them apart is less than the noise.
    counts = np.column_stack((np.ones(12, dtype=np.int64), events, events + rng.integers(0, 2, 12), np.full(12, 32)))
    counts[:, 3] += rng.integers(0, 3, 12)
    cycles = (counts @ [100, 30, 20, 7])[:, None] + rng.integers(0, 40, (12, 1))
    span, rows, values = ExactSpan(len(NAMES)), [], []
    for row, value in zip(map(tuple, counts.tolist()), map(tuple, cycles.tolist()), strict=True):
        if not span.holds(row):
            span.add(row, value)
            rows.append(row)
            values.append(value)
    apart = np.array([[1, 100, 50, 33]])
    truth = int((apart @ [100, 30, 20, 7])[0])
    errors = []
    for mode in (ridge_model(rows, values, span, 1), solved(span, 1)):
        predicted = CycleModel(NAMES, ("all",), {"learn": mode}).predict(["learn"], apart).cycles
        errors.append(abs(int(predicted[0, 0]) - truth) / truth)
    assert errors[0] < 0.2 < errors[1]


def test_coefficients_are_fractions_of_a_cycle() -> None:
    assert [float(value) for value in coefficients_of(np.array([1.5, -0.25, 2**-20]))] == [1.5, -0.25, 0.0]
