"""The constants of an encoder from a training set: what a reading is, and how it becomes levels."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import FIELD_UNIT, FULL_LEVEL, LARGEST_FACTOR, LARGEST_SHIFT, Encoder
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import Readings
from sfdfa_codegen.host.network.spec import SIGNED_KINDS, EncodingKind, EncodingSpec

FloatArray = NDArray[np.float64]

READING_RANGE: Final = 16384
"""A real value at the edge of the training set's range is this far from the middle: half of what int16 holds, so that values may drift."""
MOST_BY_POPULATION: Final = 200
"""Features: with more of them a population of six takes more memory than it gains."""
MOST_TRIED: Final = 512
"""Features: with more of them even a population of three does."""
OUTER_SHARE: Final = 0.05
"""Of the training samples, beyond the outermost of the quantiles that the knots of a population stand at. The outermost knots themselves"""
OUTWARDS: Final = 1.7
"""are moved to so many times that quantile's distance from the median, where a normal distribution has its FARTHEST_SHARE,"""
FARTHEST_SHARE: Final = 0.003
"""and not past what has this share beyond it: what lies further out is hardly told apart."""
SIGNED_DEVIATIONS: Final = 3.0
SIGNED_RATE_EVENTS: Final = 12
"""Of the strongest level, where the window has ticks for them."""
SIGNED_SHIFT: Final = 7
"""uint8 readings are compared with their mean in 1/128."""


@dataclass(frozen=True)
class ReadingUnits:
    """What readings mean: `zero + unit * reading`, (features,) float64 each. bits: 8 where values are readings as they are."""

    bits: Literal[8, 16]
    zero: FloatArray
    unit: FloatArray

    def readings(self, values: NDArray[Any]) -> Readings:
        """(samples, features), to nearest; what the type cannot hold is clipped to its end."""
        if self.bits == 8:
            return values.astype(np.uint8, copy=False)
        scaled = np.rint((values.astype(np.float64) - self.zero) / self.unit)
        return np.clip(scaled, -32768, 32767).astype(np.int16)


def is_open(raw: RawData[Any], encoding: EncodingSpec) -> bool:
    """Whether folds of the training set are to say which encoding these samples have, DESIGN.md, "Defaults"."""
    if encoding.kind != "auto" or not isinstance(raw.train, Features):
        return False
    if raw.frontend is not None and raw.frontend.kind == "mel":
        return False
    return raw.train.values.dtype != np.uint8 and not raw.segments and raw.train.values.shape[1] <= MOST_TRIED


def chosen_kind(raw: RawData[Features]) -> EncodingKind:
    """What `kind = "auto"` means for features without a trial, DESIGN.md, "Defaults"."""
    if raw.train.values.dtype == np.uint8:
        return "ttfs"
    if raw.frontend is not None or raw.segments or raw.train.values.shape[1] > MOST_BY_POPULATION:
        return "signed-ttfs"
    return "population"


def signed_limits(values: NDArray[Any], one_scale: bool = False) -> tuple[FloatArray, FloatArray]:
    """The mean of each column, less and more SIGNED_DEVIATIONS of its standard deviations, or of those of all columns together."""
    mean, deviation = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    if one_scale:
        deviation = np.full_like(mean, np.sqrt(np.square(deviation).mean()))
    return mean - SIGNED_DEVIATIONS * deviation, mean + SIGNED_DEVIATIONS * deviation


def units_of(values: NDArray[Any], low: FloatArray | None = None, high: FloatArray | None = None) -> ReadingUnits:
    """uint8 as it is; anything else so that `low` to `high`, by default the range of the training set, is -READING_RANGE to READING_RANGE."""
    features = values.shape[1]
    if values.dtype == np.uint8:
        return ReadingUnits(8, np.zeros(features), np.ones(features))
    least = values.min(axis=0).astype(np.float64) if low is None else low
    most = values.max(axis=0).astype(np.float64) if high is None else high
    half = (most - least) / 2
    return ReadingUnits(16, (least + most) / 2, np.where(half > 0, half, 1.0) / READING_RANGE)


def fit_encoder(
    units: ReadingUnits, train: Readings, encoding: EncodingSpec, low: FloatArray | None, high: FloatArray | None
) -> Encoder:
    """The encoder of a network from the readings of its training set, (samples, features).

    low, high: readings that become level 0 and 255 (ttfs, rate), or -255 and 255 (signed-ttfs, signed-rate), (features,); None: for uint8 the levels
    themselves, or the mean and the largest distance from it of all features together; else the range of each feature.
    """
    kind = encoding.kind
    if kind in ("events", "auto"):
        raise ConfigError(f'[encoding] kind = "{kind}" is no encoder of readings')
    features = train.shape[1]
    common = {
        "kind": kind,
        "window": encoding.last_input_tick,
        "features": features,
        "reading_bits": units.bits,
        "zero": tuple(units.zero.tolist()),
        "unit": tuple(units.unit.tolist()),
    }
    if kind == "population":
        return Encoder(**common, **_fields(train, encoding.fields))
    if kind == "signed-rate":
        common["most"] = min(SIGNED_RATE_EVENTS, encoding.last_input_tick + 1)
    signed = kind in SIGNED_KINDS
    if units.bits == 8 and low is None:
        return Encoder(**common, **(_signed_bytes(train) if signed else _plain(features)))
    least = train.min(axis=0).astype(np.float64) if low is None else low
    most = train.max(axis=0).astype(np.float64) if high is None else high
    start = (least + most) / 2 if signed else least
    span = (most - least) / 2 if signed else most - least
    return Encoder(**common, **_linear(start, FULL_LEVEL / np.where(span > 0, span, np.inf), 0))


def _plain(features: int) -> dict[str, Any]:
    return {"offset": (0,) * features, "factor": (1,) * features, "shift": (0,) * features}


def _signed_bytes(train: Readings) -> dict[str, Any]:
    """Above and below the mean of each feature, by the largest distance from it of all features together."""
    mean = train.mean(axis=0)
    largest = float(np.maximum(train.max(axis=0) - mean, mean - train.min(axis=0)).max())
    scale = 1 << SIGNED_SHIFT
    ratio = FULL_LEVEL / (scale * (largest if largest > 0 else 1.0))
    return _linear(mean * scale, np.full(len(mean), ratio), SIGNED_SHIFT)


def _linear(start: FloatArray, ratio: FloatArray, reading_shift: int) -> dict[str, Any]:
    """offset, factor and shift of `(reading * 2^reading_shift - start) * ratio`."""
    pairs = [fixed_ratio(value) for value in ratio.tolist()]
    return {
        "reading_shift": reading_shift,
        "offset": tuple(np.clip(np.rint(start), -32768, 32767).astype(int).tolist()),
        "factor": tuple(factor for factor, _ in pairs),
        "shift": tuple(shift for _, shift in pairs),
    }


def fixed_ratio(ratio: float) -> tuple[int, int]:
    """(factor, shift) with `factor / 2^shift` nearest to `ratio`, a positive number below 2^13, or (0, 0) for what is too small."""
    if not ratio > 0:
        return 0, 0
    shift = min(LARGEST_SHIFT, math.floor(math.log2(LARGEST_FACTOR / ratio)))
    factor = min(LARGEST_FACTOR, round(ratio * 2**shift)) if shift >= 0 else LARGEST_FACTOR
    return (factor, max(shift, 0)) if factor > 0 else (0, 0)


def _fields(train: Readings, fields: int) -> dict[str, Any]:
    """Knots at quantiles of the training set, one reading apart at least."""
    knots = np.stack([_knots(column, fields) for column in train.T])
    gaps = np.diff(knots, axis=1)
    pairs = [[fixed_ratio(FIELD_UNIT / gap) for gap in row] for row in gaps.tolist()]
    return {
        "fields": fields,
        "knots": tuple(map(tuple, knots.tolist())),
        "gap_factor": tuple(tuple(factor for factor, _ in row) for row in pairs),
        "gap_shift": tuple(tuple(shift for _, shift in row) for row in pairs),
    }


def _knots(column: Readings, fields: int) -> NDArray[np.int64]:
    """Of one feature: (fields,) rising. Where a value is so frequent that quantiles coincide, those of its distinct values."""
    knots = _quantiles(column, fields)
    if (np.diff(knots) <= 0).any():
        knots = _quantiles(np.unique(column), fields)
    steps = np.arange(fields)
    knots = np.maximum.accumulate(knots - steps) + steps
    return np.minimum(knots, 32767 - steps[::-1])


def _quantiles(column: NDArray[Any], fields: int) -> NDArray[np.int64]:
    """(fields,), the first and the last moved outwards."""
    knots = np.quantile(column, np.linspace(OUTER_SHARE, 1.0 - OUTER_SHARE, fields))
    least, median, most = np.quantile(column, (FARTHEST_SHARE, 0.5, 1.0 - FARTHEST_SHARE))
    knots[0] = min(knots[0], max(least, median - OUTWARDS * (median - knots[0])))
    knots[-1] = max(knots[-1], min(most, median + OUTWARDS * (knots[-1] - median)))
    rounded: NDArray[np.int64] = np.rint(knots).astype(np.int64)
    return rounded
