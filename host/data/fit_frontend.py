"""The constants of a front-end from a network file and the rate of its recordings."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.frontend import (
    FULL_WEIGHT,
    LARGEST_STEP,
    LOG_UNIT,
    MOST_ENDPOINT_FRAMES,
    VECTOR,
    WINDOWS,
    Endpoint,
    Frontend,
    FrontendKind,
    Sensor,
)
from sfdfa_codegen.host.network.spec import FrontendSpec

FloatArray = NDArray[np.float64]

MEL_WINDOW_MS: Final = 32.0
MEL_HOP_MS: Final = 20.0
BANDS: Final[dict[FrontendKind, int]] = {"mel": 20, "bands": 5, "stats": 0, "raw": 0}
MEL_SEGMENTS: Final = 8
MEL_LOW_HZ: Final = 100.0
MEL_SCALE_HZ: Final = 700.0
"""Mel are 1127 ln(1 + f / 700 Hz): HTK's."""


def fit_frontend(spec: FrontendSpec, rate_hz: float, sensor: Sensor, axes: int, origin: str) -> Frontend:
    """The front-end of recordings with `rate_hz` samples a second. Raises ConfigError for bands that this rate does not have."""
    mel = spec.kind == "mel"
    if spec.axes == "gravity" and axes % VECTOR:
        raise ConfigError(
            f'{origin}: [frontend] axes = "gravity" takes three axes of an accelerometer, and three of each other sensor after them; there are {axes}: leave it out'
        )
    window = _window(spec, rate_hz, sensor.recording_samples)
    hop_ms = spec.hop_ms if spec.hop_ms is not None else MEL_HOP_MS if mel else None
    hop = window // 2 if hop_ms is None else max(1, min(window, round(hop_ms * rate_hz / 1000)))
    bands = tuple(_bands(spec, rate_hz, window, origin)) if spec.kind in ("mel", "bands") else ()
    return Frontend(
        kind=spec.kind,
        axes=axes,
        window=window,
        hop=hop,
        segments=spec.segments if spec.segments is not None else MEL_SEGMENTS if mel else 1,
        slots=spec.slots,
        floor=round(spec.floor_octaves * LOG_UNIT),
        sliding=spec.sliding,
        centred=spec.centred if spec.centred is not None else mel,
        band_first=tuple(first for first, _ in bands),
        band_weights=tuple(weights for _, weights in bands),
        rate_hz=rate_hz,
        sensor=sensor,
        gravity=spec.axes == "gravity",
        endpoint=_endpoint(spec, hop / rate_hz, origin) if spec.endpoint else None,
    )


def _endpoint(spec: FrontendSpec, hop_s: float, origin: str) -> Endpoint:
    def frames(key: str, most: int) -> int:
        count: int = max(1, round(getattr(spec, key) / 1000 / hop_s))
        if count > most:
            raise ConfigError(
                f"{origin}: [frontend] {key} is {getattr(spec, key):g}, which is {count} frames; the most is {most}, {1000 * most * hop_s:.0f} ms"
            )
        return count

    return Endpoint(
        rise=max(1, round(spec.rise_octaves * LOG_UNIT)),
        drift=min(LARGEST_STEP, round(spec.drift_octaves_s * LOG_UNIT * hop_s)),
        lead=frames("lead_ms", spec.slots - 1),
        hangover=frames("hangover_ms", MOST_ENDPOINT_FRAMES),
        shortest=frames("shortest_ms", MOST_ENDPOINT_FRAMES),
    )


def _window(spec: FrontendSpec, rate_hz: float, recording_samples: int) -> int:
    """A movement is slow against its rate, so that a frame without a length is as long as recordings allow."""
    if spec.window_ms is None and spec.kind != "mel":
        longest: int = max(window for window in WINDOWS if window <= max(WINDOWS[0], recording_samples))
        return longest
    return nearest_window((MEL_WINDOW_MS if spec.window_ms is None else spec.window_ms) * rate_hz / 1000)


def nearest_window(samples: float) -> int:
    """The nearest of the possible lengths of a window, by ratio."""
    nearest: int = min(WINDOWS, key=lambda window: max(window / samples, samples / window))
    return nearest


def _bands(spec: FrontendSpec, rate_hz: float, window: int, origin: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """First bin and weights of each band."""
    bin_hz, half = rate_hz / window, rate_hz / 2
    low = spec.low_hz or (MEL_LOW_HZ if spec.kind == "mel" else bin_hz)
    high = spec.high_hz or half
    if high > half:
        raise ConfigError(
            f"{origin}: [frontend] high_hz is {high:g}, but {rate_hz:g} samples a second hold nothing above {half:g} Hz; lower it"
        )
    if low >= high:
        raise ConfigError(
            f"{origin}: [frontend] low_hz is {low:g}, at or above {high:g} Hz, the upper edge of the bands"
        )
    edges = band_edges(spec.kind, low, high, spec.bands or BANDS[spec.kind])
    return (
        band_of(edge, edges[number + 2], edges[number + 1], bin_hz, window // 2)
        for number, edge in enumerate(edges[:-2])
    )


def band_edges(kind: FrontendKind, low: float, high: float, bands: int) -> FloatArray:
    """(bands + 2,) in Hz: each band reaches from one edge to the next but one, and is full at the one between. Even steps in mel, or in octaves."""
    if kind == "mel":
        first, last = (math.log1p(edge / MEL_SCALE_HZ) for edge in (low, high))
        return np.asarray(MEL_SCALE_HZ * np.expm1(np.linspace(first, last, bands + 2)))
    return np.asarray(np.geomspace(low, high, bands + 2))


def band_of(low: float, high: float, middle: float, bin_hz: float, bins: int) -> tuple[int, tuple[int, ...]]:
    """A triangle as weights of bins 1 .. bins - 1; one that holds none is the bin nearest to its middle."""
    hertz = np.arange(1, bins) * bin_hz
    height = np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle))
    weights = np.rint(FULL_WEIGHT * np.maximum(height, 0)).astype(int)
    inside = np.flatnonzero(weights)
    if not inside.size:
        return int(np.clip(round(middle / bin_hz), 1, bins - 1)), (FULL_WEIGHT,)
    return int(inside[0]) + 1, tuple(weights[inside[0] : inside[-1] + 1].tolist())
