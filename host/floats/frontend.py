"""The front-end of a network in real numbers, from numpy's transform: what the integers of section 14 of docs/ARITHMETIC.md approximate."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import FULL_WEIGHT, LOG_UNIT, VECTOR, Frontend
from sfdfa_codegen.host.data.raw import Recordings

FloatArray = NDArray[np.float64]


def frame_values(frontend: Frontend, recording: NDArray[np.int16]) -> FloatArray:
    """Values (frames, axes, values) of a recording, (samples, axes), in the units of the readings; of a network with bands."""
    padded = np.pad(recording.astype(np.float64), ((0, max(0, frontend.window - len(recording))), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, frontend.window, axis=0)[:: frontend.hop]
    if frontend.gravity:
        windows = turned_to_gravity(windows)
    if frontend.kind == "mel":
        return band_powers(frontend, windows)
    mean = windows.mean(axis=-1, keepdims=True)
    deviation = _octaves(windows.var(axis=-1, keepdims=True), frontend)
    return np.concatenate((mean, deviation, band_powers(frontend, windows - mean)), axis=-1)


def turned_to_gravity(windows: FloatArray) -> FloatArray:
    """Windows (frames, axes, window) as (frames, two thirds of the axes, window): of each three axes the part along the mean of the first three, and the length of the rest."""
    mean = windows[:, :VECTOR].mean(axis=-1)
    length = np.linalg.norm(mean, axis=-1, keepdims=True)
    up = (mean / np.where(length > 0, length, 1))[:, None, :, None]
    vectors = windows.reshape(len(windows), -1, VECTOR, windows.shape[-1])
    along = (vectors * up).sum(axis=2)
    across = np.linalg.norm(vectors - along[:, :, None] * up, axis=2)
    return np.stack((along, across), axis=2).reshape(len(windows), -1, windows.shape[-1])


def readings_of(frontend: Frontend, recordings: Recordings) -> FloatArray:
    """Readings (recordings, features) of whole recordings: means of equal parts of all frames, of a network with bands that does not slide.

    The integers join frames in slots first, and round.
    """
    whole = (recordings[index] for index in range(len(recordings)))
    return np.stack(
        [parts_of(frontend, frame_values(frontend, one).reshape(-1, frontend.frame_values)) for one in whole]
    )


def parts_of(frontend: Frontend, values: FloatArray) -> FloatArray:
    """Readings (features,) from values of frames, (frames, axes * values)."""
    segments, frames = frontend.segments, len(values)
    first = np.arange(segments) * frames // segments
    last = np.maximum(first + 1, np.arange(1, segments + 1) * frames // segments)
    parts = np.stack([values[a:b].mean(axis=0) for a, b in zip(first, last, strict=True)])
    return (parts - parts.mean() if frontend.centred else parts).ravel()


def band_powers(frontend: Frontend, windows: FloatArray) -> FloatArray:
    """Logarithms of the power in each band. windows: (..., window) samples."""
    hann = np.hanning(frontend.window + 1)[:-1]
    power = np.abs(np.fft.rfft(windows * hann)) ** 2 / (frontend.window / 2) ** 2
    bands = np.zeros((power.shape[-1], frontend.bands))
    for number, (first, weights) in enumerate(zip(frontend.band_first, frontend.band_weights, strict=True)):
        bands[first : first + len(weights), number] = weights
    return _octaves(power @ bands, frontend)


def _octaves(power: FloatArray, frontend: Frontend) -> FloatArray:
    """In 1/256 octave, not below the floor. FULL_WEIGHT is part of the integers' unit of power."""
    tiny = 1 / FULL_WEIGHT
    return np.asarray(np.maximum(LOG_UNIT * np.log2(np.maximum(power, tiny)), frontend.floor))
