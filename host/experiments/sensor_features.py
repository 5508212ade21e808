"""Features of raw recordings, as a device would compute them before a network: bands of movements, bands of sound."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NumpyArchive

WATCH_HZ: Final = 50
WINDOW: Final = 150
STEP: Final = 75
"""Readings: windows of three seconds, half of each in the next."""
WATCH_BANDS_HZ: Final = (0.25, 0.75, 1.5, 3.0, 6.0, 12.0, 25.0)
AXES: Final = ("ax", "ay", "az", "wx", "wy", "wz")
SOUND_HZ: Final = 8000
MEL_BANDS: Final = 20
MEL_FRAMES: Final = 8
FRAME: Final = 256
LEAST_POWER: Final = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """values: (samples, features) float64; labels, groups: (samples,) int64, groups being subjects or speakers; names: of the features."""

    values: Floats
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]


def watch_names() -> tuple[str, ...]:
    """Of the features of `watch_features`, in their order."""
    bands = [f"band{number}" for number in range(1, len(WATCH_BANDS_HZ))]
    return tuple(f"{axis}_{what}" for what in ("mean", "deviation", *bands) for axis in AXES)


def watch_features(archive: NumpyArchive) -> Table:
    """Windows of a smartwatch's recordings: of each axis the mean, the deviation and the logarithm of the power in each band."""
    readings, offsets = archive.read("x", "f", (2,)).astype(np.float64), archive.read("offsets", INTEGERS)
    labels, subjects = archive.read("y", INTEGERS), archive.read("subject", INTEGERS)
    rows: list[Floats] = []
    recording: list[int] = []
    for number in range(len(labels)):
        for start in range(int(offsets[number]), int(offsets[number + 1]) - WINDOW + 1, STEP):
            rows.append(_of_window(readings[start : start + WINDOW]))
            recording.append(number)
    which = np.array(recording)
    return Table(np.stack(rows), labels[which].astype(np.int64), subjects[which].astype(np.int64), watch_names())


def _of_window(readings: Floats) -> Floats:
    """readings: (WINDOW, axes)."""
    mean, deviation = readings.mean(axis=0), readings.std(axis=0)
    power = np.abs(np.fft.rfft((readings - mean) * np.hanning(len(readings))[:, None], axis=0)) ** 2
    hertz = np.fft.rfftfreq(len(readings), 1 / WATCH_HZ)
    places = np.digitize(hertz, WATCH_BANDS_HZ) - 1
    bands = [power[places == band].mean(axis=0) for band in range(len(WATCH_BANDS_HZ) - 1)]
    return np.concatenate((mean, deviation, np.log(np.maximum(np.array(bands), LEAST_POWER)).ravel()))


def sound_features(archive: NumpyArchive) -> Table:
    """Spoken digits as the logarithm of the power in MEL_BANDS bands and MEL_FRAMES stretches of each clip, of the same mean in each clip."""
    sound, offsets = archive.read("pcm", "i").astype(np.float64), archive.read("off", INTEGERS)
    labels, speakers = archive.read("digit", INTEGERS), archive.read("speaker", "uiU")
    bank = mel_bank()
    clips = [sound[int(offsets[k]) : int(offsets[k + 1])] for k in range(len(labels))]
    names = tuple(f"frame{frame}_band{band}" for frame in range(MEL_FRAMES) for band in range(MEL_BANDS))
    groups = np.unique(speakers, return_inverse=True)[1].astype(np.int64)
    return Table(np.stack([_of_clip(clip, bank) for clip in clips]), labels.astype(np.int64), groups, names)


def _of_clip(sound: NDArray[Any], bank: Floats) -> Floats:
    """sound: (readings,); bank: (bands, FRAME // 2 + 1). (MEL_FRAMES * MEL_BANDS,)."""
    padded = np.pad(sound, (0, max(0, FRAME - len(sound))))
    starts = np.linspace(0, len(padded) - FRAME, 4 * MEL_FRAMES).astype(int)
    frames = np.stack([padded[start : start + FRAME] for start in starts]) * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ bank.T
    stretches = np.log(power.reshape(MEL_FRAMES, 4, -1).mean(axis=1) + 1.0)
    return np.asarray(stretches - stretches.mean(), np.float64).ravel()


def mel_bank() -> Floats:
    """Triangular filters, evenly spaced in mel. (MEL_BANDS, FRAME // 2 + 1)."""
    top = 2595 * np.log10(1 + SOUND_HZ / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, MEL_BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(FRAME, 1 / SOUND_HZ)
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    return np.maximum(0.0, np.minimum(rising, falling))
