"""Values of the draws, and that the dither leaves no bias."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scalar_oracle import mix as scalar_mix
from sfdfa_codegen.emulator.randomness import (
    directions,
    draws_of_sample,
    event_draws,
    event_indices,
    feedback_dither,
    mix,
    mix_word,
    nearest_dither,
    neuron_draws,
    neuron_indices,
    sample_key,
    weight_dither,
)

words = st.integers(0, 2**32 - 1)


def test_mix_has_golden_values() -> None:
    """Worked out with integers of any size from the five lines of section 4."""
    golden = {0: 0, 1: 0x688990C0, 2024: 0x6AAFFCFF, 0x80000000: 0xCC4B4124, 0xFFFFFFFF: 0x6768824A}
    assert mix(np.array(list(golden), dtype=np.uint32)).tolist() == list(golden.values())


@given(st.lists(words, min_size=1, max_size=20))
def test_mix_is_the_same_for_arrays_and_words(values: list[int]) -> None:
    mixed = mix(np.array(values, dtype=np.uint32)).tolist()
    assert mixed == [mix_word(x) for x in values] == [scalar_mix(x) for x in values]


def test_mix_leaves_its_argument() -> None:
    values = np.array([5, 6], dtype=np.uint32)
    mix(values)
    assert values.tolist() == [5, 6]


@given(words, words, st.integers(0, 10), st.integers(0, 254), st.integers(0, 65535))
def test_draws_are_those_of_section_4(seed: int, samples: int, layer: int, tick: int, index: int) -> None:
    key = scalar_mix(scalar_mix(seed) ^ samples)
    assert sample_key(seed, samples) == key
    neurons = neuron_draws(key, neuron_indices(layer, index % 50 + 1))
    assert int(neurons[-1]) == scalar_mix(key ^ (0x80000000 | layer << 24 | index % 50))
    events = event_draws(key, event_indices(layer, np.array([tick]), np.array([index])))
    assert events.tolist() == [scalar_mix(key ^ (layer << 24 | tick << 16 | index))]


def _draws(samples: int = 200, neurons: int = 100) -> np.ndarray:
    keys = [sample_key(1, n) for n in range(samples)]
    return np.array([neuron_draws(key, neuron_indices(0, neurons)) for key in keys])


def test_directions_are_balanced_and_not_alike_in_neurons() -> None:
    v = np.array([directions(draws) for draws in _draws()])
    assert set(np.unique(v)) == {-1, 1}
    assert abs(v.mean()) < 0.03
    correlation = np.corrcoef(v.T)
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 0.4


def test_weight_dither_rounds_without_bias() -> None:
    """Adding the dither and cutting off 8 bits keeps the mean of a small update, for every synapse of a layer."""
    inputs = np.arange(60)
    update, bits, total = 37, 8, np.zeros((60, 100))
    for n in range(400):
        key = sample_key(3, n)
        dither = weight_dither(
            event_draws(key, event_indices(0, 4, inputs)), neuron_draws(key, neuron_indices(0, 100)), bits
        )
        assert dither.min() >= 0 and dither.max() < 1 << bits
        total += (update + dither) >> bits
    mean = total / 400
    assert abs(mean.mean() - update / 256) < 0.002
    assert np.abs(mean - update / 256).max() < 5 * np.sqrt(update / 256 / 400)


def test_feedback_dither_is_uniform() -> None:
    draws = _draws(neurons=30)
    values = np.concatenate([feedback_dither(d, np.arange(20), slice(20, 30), 4).ravel() for d in draws])
    shares = np.bincount(values, minlength=16) / values.size
    assert np.abs(shares - 1 / 16).max() < 0.004


def test_no_dither_where_no_bits_are_cut() -> None:
    draws = neuron_draws(7, neuron_indices(0, 5))
    assert not weight_dither(draws, draws, 0).any()
    assert not feedback_dither(draws, np.arange(3), slice(3, 5), 0).any()


def test_draws_of_a_sample_hold_the_directions() -> None:
    drawn = draws_of_sample(7, neuron_indices(0, 50))
    assert drawn.directions.tolist() == [-1 if word >> 31 else 1 for word in drawn.words.tolist()]


@given(words, st.integers(0, 14))
def test_feedback_dither_takes_bits_16_and_up(key: int, bits: int) -> None:
    draws = neuron_draws(key, neuron_indices(1, 4))
    a, b, c, d = draws.tolist()
    expected = [[((x ^ y) >> 16) % 2**bits for y in (c, d)] for x in (a, b)]
    assert feedback_dither(draws, np.arange(2), slice(2, 4), bits).tolist() == expected


def test_nearest_dither_rounds_half_up() -> None:
    updates = np.array([-384, -257, -256, -129, -128, -127, 0, 127, 128, 255, 256, 384], np.int16)
    events, neurons = np.zeros(1, np.uint32), np.zeros(updates.size, np.uint32)
    rounded = (updates + nearest_dither(events, neurons, 8)) >> 8
    assert rounded.tolist() == [[math.floor(update / 256 + 0.5) for update in updates.tolist()]]
    assert not nearest_dither(events, neurons, 0).any()
