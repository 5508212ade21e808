"""Rounding and clamping, section 1."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.emulator.fixed_point import (
    DECAY_BITS,
    DECAY_ROUNDING,
    clamp_counted,
    decayed,
    keep_factor,
    rshift,
    sat,
)
from sfdfa_codegen.emulator.spike_list import SpikeList, occurrences, previous_of_same

words = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize(
    ("x", "n", "expected"),
    [
        (5, 1, 3),
        (-5, 1, -2),
        (-1, 1, 0),
        (1, 1, 1),
        (6, 2, 2),
        (-6, 2, -1),
        (7, 0, 7),
        (-3, -4, -48),
        (2047, 12, 0),
        (2048, 12, 1),
    ],
)
def test_rshift_rounds_half_up(x: int, n: int, expected: int) -> None:
    assert rshift(np.array([x]), n).tolist() == [expected]


@given(words, st.integers(0, 20))
def test_rshift_is_the_rounded_quotient(x: int, n: int) -> None:
    assert rshift(np.array([x]), n)[0] == math.floor(Fraction(x, 2**n) + Fraction(1, 2))


@given(st.lists(words, min_size=1, max_size=5), st.integers(1, 4095))
def test_the_fused_decay_is_the_decay_of_the_document(values: list[int], k: int) -> None:
    x = np.array(values)
    fused = (x * keep_factor(np.array(k)) + DECAY_ROUNDING) >> DECAY_BITS
    assert fused.tolist() == decayed(x, k).tolist() == [v - math.floor((v * k + 2048) / 4096) for v in values]


def test_clamps_count_what_they_change() -> None:
    x = np.array([-12, -10, 0, 10, 11])
    clamped, count = sat(x, 10)
    assert clamped.tolist() == [-10, -10, 0, 10, 10] and count == 2
    clamped, count = clamp_counted(x, -11, 10)
    assert clamped.tolist() == [-11, -10, 0, 10, 10] and count == 2
    assert sat(x[:0], 10)[1] == clamp_counted(x[:0], -1, 1)[1] == 0


ids = st.lists(st.integers(0, 5), max_size=20)


@given(ids)
def test_occurrences_count_equal_elements_before(values: list[int]) -> None:
    assert occurrences(np.array(values, dtype=np.int64)).tolist() == [values[:n].count(x) for n, x in enumerate(values)]


@given(ids)
def test_previous_of_same_is_the_last_equal_element(values: list[int]) -> None:
    expected = [max((m for m in range(n) if values[m] == x), default=-1) for n, x in enumerate(values)]
    assert previous_of_same(np.array(values, dtype=np.int64)).tolist() == expected


def test_starts_and_lengths_of_rows() -> None:
    spikes = SpikeList(np.array([0, 0, 3, 4, 4, 4]), np.arange(6))
    assert spikes.starts.tolist() == [0, 2, 3]
    assert spikes.lengths.tolist() == [2, 1, 3]
