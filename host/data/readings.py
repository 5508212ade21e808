"""Readings of a whole data set to levels and events, vectorised: section 13 of docs/ARITHMETIC.md."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import FIELD_REACH, FIELD_SLOPE, FIELD_UNIT, FULL_LEVEL, STEADY_LEVEL, Encoder
from sfdfa_codegen.host.data.encoding import Schedule, spike_rate_schedule, ttfs_schedule
from sfdfa_codegen.host.data.spikes import Readings


def schedule_of(encoder: Encoder, ticks: int) -> Schedule:
    """The ticks of each level."""
    if encoder.kind == "rate":
        return spike_rate_schedule(ticks)
    if encoder.kind == "signed-rate":
        return spike_rate_schedule(encoder.window + 1, encoder.most)
    return ttfs_schedule(encoder.window)


def levels_of(encoder: Encoder, readings: Readings) -> NDArray[np.uint8]:
    """Levels of the channels of the encoding, (samples, source_channels). readings: (samples, features)."""
    if encoder.levels_are_readings:
        return readings.astype(np.uint8, copy=False)
    if encoder.kind == "population":
        return _field_levels(encoder, readings)
    centred = (readings.astype(np.int64) << encoder.reading_shift) - np.array(encoder.offset)
    values = _scaled(centred, np.array(encoder.factor), np.array(encoder.shift))
    if encoder.is_signed:
        values = np.stack((values, -values), axis=2).reshape(len(values), -1)
    levels: NDArray[np.uint8] = np.clip(values, 0, FULL_LEVEL).astype(np.uint8)
    return np.pad(levels, ((0, 0), (0, 1)), constant_values=STEADY_LEVEL) if encoder.has_steady_channel else levels


def _scaled(values: NDArray[np.int64], factor: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    scaled: NDArray[np.int64] = (values * factor + (1 << shift >> 1)) >> shift
    return scaled


def _field_levels(encoder: Encoder, readings: Readings) -> NDArray[np.uint8]:
    knots = np.array(encoder.knots, dtype=np.int64)
    values = readings.astype(np.int64)
    features = np.arange(encoder.features)
    gap = (values[:, :, None] >= knots[None, :, 1:-1]).sum(axis=2)
    factor, shift = np.array(encoder.gap_factor)[features, gap], np.array(encoder.gap_shift)[features, gap]
    place = FIELD_UNIT * gap + _scaled(values - knots[features, gap], factor, shift)
    place = np.clip(place, -FIELD_REACH, FIELD_UNIT * (encoder.fields - 1) + FIELD_REACH)
    away = np.abs(place[:, :, None] - FIELD_UNIT * np.arange(encoder.fields))
    levels = (np.maximum(0, FIELD_REACH - away) * FIELD_SLOPE + 128) >> 8
    flat: NDArray[np.uint8] = levels.reshape(len(values), -1).astype(np.uint8)
    return flat
