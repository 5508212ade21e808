"""Exact linear algebra: spans, coefficients and relations of rows of integers."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.emulator.counting.exact_span import PRIME, ExactSpan, Row

ROWS = st.lists(st.tuples(*[st.integers(-50, 50)] * 4), min_size=1, max_size=8)


def product(factors: list[Fraction], row: Row) -> Fraction:
    return sum((factor * entry for factor, entry in zip(factors, row, strict=True)), Fraction(0))


def test_a_row_that_follows_from_others_is_not_added() -> None:
    span = ExactSpan(3)
    assert span.add((1, 2, 0), (10,)) and span.add((0, 1, 1), (5,))
    assert span.holds((2, 5, 1)) and not span.add((2, 5, 1), (1000,))
    assert not span.holds((0, 0, 1)) and span.rank == 2


@given(ROWS, st.tuples(*[st.integers(-9, 9)] * 4))
def test_coefficients_give_every_value_of_a_linear_function(rows: list[Row], function: Row) -> None:
    span = ExactSpan(4)
    for row in rows:
        span.add(row, (sum(a * b for a, b in zip(row, function, strict=True)),))
    for row in rows:
        assert product(span.solution(1).coefficients[0], row) == sum(a * b for a, b in zip(row, function, strict=True))


@given(ROWS, st.tuples(*[st.integers(-50, 50)] * 4))
def test_relations_hold_for_combinations_and_for_nothing_else(rows: list[Row], other: Row) -> None:
    span = ExactSpan(4)
    for row in rows:
        span.add(row, (0,))
    relations = span.solution(1).relations
    assert len(relations) == 4 - span.rank
    assert all(product(relation, row) == 0 for relation in relations for row in rows)
    assert span.holds(other) == all(product(relation, other) == 0 for relation in relations)


def test_two_values_are_solved_apart() -> None:
    span = ExactSpan(2)
    span.add((2, 0), (6, 1))
    span.add((1, 1), (5, 0))
    assert span.solution(2).coefficients == [[3, 2], [Fraction(1, 2), Fraction(-1, 2)]]


def test_coefficients_of_what_was_not_seen_are_zero() -> None:
    span = ExactSpan(2)
    span.add((0, 4), (8,))
    assert span.solution(1).coefficients == [[0, 2]]


def test_fractions_that_need_many_primes() -> None:
    rng = np.random.default_rng(5)
    span = ExactSpan(20)
    rows = [tuple(row) for row in rng.integers(-1000, 1000, (15, 20)).tolist()]
    values = rng.integers(-1000, 1000, 15).tolist()
    for row, value in zip(rows, values, strict=True):
        assert span.add(row, (value,))
    solution = span.solution(1)
    assert [product(solution.coefficients[0], row) for row in rows] == values
    assert max(factor.denominator for factor in solution.coefficients[0]) > PRIME
    assert all(product(relation, row) == 0 for relation in solution.relations for row in rows)


def test_nothing_added() -> None:
    solution = ExactSpan(2).solution(1)
    assert solution.coefficients == [[Fraction(0)] * 2]
    assert solution.relations == [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]]
