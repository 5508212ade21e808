"""Readings to events: the host's whole data sets against the emulator's single samples, and what the constants mean."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import make_network
from sfdfa_codegen.codegen.bounds import check_bounds
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.encoder import encode
from sfdfa_codegen.host.data.encoding import encode_levels
from sfdfa_codegen.host.data.fit_encoder import ReadingUnits, fit_encoder, fixed_ratio, units_of
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.data.readings import levels_of, schedule_of
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.spec import EncodingKind, EncodingSpec

KINDS: tuple[EncodingKind, ...] = ("ttfs", "signed-ttfs", "rate", "signed-rate", "population")


def with_encoder(encoder: Encoder, ticks: int, max_events: int = 65535) -> IntegerNetwork:
    """A network of which only the encoder matters."""
    return replace(make_network(), ticks=ticks, channels=encoder.channels, max_events=max_events, encoder=encoder)


@st.composite
def encoded_sets(draw: st.DrawFn) -> tuple[Encoder, np.ndarray[Any, Any], int]:
    """An encoder fitted to a random training set, readings beside and far beside it, and ticks."""
    features = draw(st.sampled_from([1, 2, 7, 40]))
    ticks = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(KINDS))
    spec = EncodingSpec(kind, ticks, draw(st.integers(0, ticks - 1)), draw(st.integers(2, 16)))
    if draw(st.booleans()):
        train = rng.integers(0, draw(st.sampled_from([1, 2, 256])), (9, features)).astype(np.uint8)
        other = rng.integers(0, 256, (5, features)).astype(np.uint8)
    else:
        scale = 10.0 ** draw(st.integers(-6, 6))
        train = (rng.normal(size=(9, features)) * scale).astype(np.float32)
        other = np.concatenate((rng.normal(size=(4, features)) * 100 * scale, train[:1])).astype(np.float32)
    train[:, 0] = train[0, 0]  # a feature that is constant
    units = units_of(train)
    encoder = fit_encoder(units, units.readings(train), spec, None, None)
    return encoder, units.readings(other), ticks


@given(encoded_sets())
def test_host_and_emulator_give_the_same_events(drawn: tuple[Encoder, np.ndarray[Any, Any], int]) -> None:
    encoder, readings, ticks = drawn
    samples = encode_levels(
        levels_of(encoder, readings), np.zeros(len(readings), np.int64), schedule_of(encoder, ticks)
    )
    network = with_encoder(encoder, ticks)
    for index, row in enumerate(readings):
        events = encode(network, row)
        assert events.ticks.tolist() == samples[index].ticks.tolist()
        assert events.channels.tolist() == samples[index].channels.tolist()


@given(st.floats(1e-12, 8191.0))
def test_a_ratio_is_near_what_it_stands_for(ratio: float) -> None:
    factor, shift = fixed_ratio(ratio)
    assert 0 <= factor <= 16383 and 0 <= shift <= 30
    assert abs(factor / 2**shift - ratio) <= max(ratio / 8191, 2.0**-30)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_events", [1, 20])
def test_events_past_the_capacity_are_left_out(kind: EncodingKind, max_events: int) -> None:
    rng = np.random.default_rng(3)
    train = rng.integers(0, 256, (50, 30)).astype(np.uint8)
    encoder = fit_encoder(units_of(train), train, EncodingSpec(kind), None, None)
    every = encode(with_encoder(encoder, 32), train[0])
    some = encode(with_encoder(encoder, 32, max_events), train[0])
    assert len(every.ticks) > max_events
    assert some.ticks.tolist() == every.ticks[:max_events].tolist()
    assert some.channels.tolist() == every.channels[:max_events].tolist()


def test_each_reading_meets_its_nearest_fields_first() -> None:
    train = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 2, axis=1)
    encoder = fit_encoder(units_of(train), train, EncodingSpec("population", 32, 16, 4), None, None)
    assert encoder.knots[0] == (1, 89, 166, 254)
    levels = levels_of(encoder, np.array([[89, 0]], np.uint8)).reshape(2, 4)
    assert levels[0].tolist() == [85, 255, 85, 0]
    assert levels[1].tolist() == [253, 83, 0, 0]


def test_levels_by_number_are_spread_over_the_window() -> None:
    """The strongest has 12 events in 24 ticks, half of it 6, each side of the mean a channel of its own, and a last channel always 6."""
    train = np.array([[-3.0], [3.0]], np.float32)
    units = units_of(train)
    encoder = fit_encoder(units, units.readings(train), EncodingSpec("signed-rate", window=23), None, None)
    network = with_encoder(encoder, 32)
    for value, channel, ticks in ((3.0, 0, range(1, 24, 2)), (-1.5, 1, range(2, 24, 4)), (0.0, 0, ())):
        events = encode(network, units.readings(np.array([[value]]))[0])
        steady = events.channels == 2
        assert events.ticks[~steady].tolist() == list(ticks)
        assert set(events.channels[~steady].tolist()) <= {channel}
        assert events.ticks[steady].tolist() == list(range(2, 24, 4))


@pytest.mark.parametrize(("window", "most"), [(23, 12), (5, 6), (0, 1)])
def test_events_of_a_level_have_a_tick_each(window: int, most: int) -> None:
    train = np.array([[0], [255]], np.uint8)
    encoder = fit_encoder(units_of(train), train, EncodingSpec("signed-rate", window=window), None, None)
    assert encoder.most == most
    check_bounds(with_encoder(encoder, 32))
    with pytest.raises(DoesNotFitError, match=f"most is {window + 2}, possible are 1 to {window + 1}"):
        check_bounds(with_encoder(replace(encoder, most=window + 2), 32))


def outer_knots(column: np.ndarray[Any, Any], fields: int = 3) -> list[int]:
    train = column.astype(np.int16)[:, None]
    encoder = fit_encoder(
        ReadingUnits(16, np.zeros(1), np.ones(1)), train, EncodingSpec("population", fields=fields), None, None
    )
    return [encoder.knots[0][0], encoder.knots[0][-1]]


def test_outermost_fields_reach_to_the_ends_of_a_normal_column_and_not_to_its_outliers() -> None:
    column = np.random.default_rng(5).normal(0, 1000, 4000)
    low, high = outer_knots(column)
    assert -3000 < low < -2600 and 2600 < high < 3000
    assert outer_knots(column, fields=6) == [low, high]

    column[:120] = 30_000  # so many that the quantile of 99.7 % is one of them
    same_low, higher = outer_knots(column)
    assert same_low == pytest.approx(low, abs=300)
    assert higher < 4500


def test_a_column_that_is_mostly_zero_has_fields_of_its_other_values() -> None:
    low, high = outer_knots(np.r_[np.zeros(970), np.arange(1, 31) * 100])
    assert low <= 100 and high >= 2800


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        ([1, 2], "3 integer readings are wanted, not an array of int64 with shape (2,)"),
        ([1.0, 2.0, 3.0], "3 integer readings are wanted, not an array of float64"),
        ([1, 256, 3], "reading 1 is 256, possible are 0 to 255"),
    ],
)
def test_readings_that_are_none(readings: list[float], message: str) -> None:
    train = np.arange(12, dtype=np.uint8).reshape(4, 3)
    encoder = fit_encoder(units_of(train), train, EncodingSpec("ttfs"), None, None)
    with pytest.raises(ValueError, match=r"wanted|possible") as raised:
        encode(with_encoder(encoder, 32), readings)
    assert message in str(raised.value)


def test_events_of_the_digits_are_those_of_their_readings() -> None:
    data = load_data(load_network_spec("digits"))
    assert data.encoder is not None and data.test.readings is not None
    network = with_encoder(data.encoder, 32)
    for sample in (data.test[index] for index in range(0, len(data.test), 7)):
        events = encode(network, sample.readings if sample.readings is not None else [])
        assert events.ticks.tolist() == sample.ticks.tolist()
        assert events.channels.tolist() == sample.channels.tolist()
