"""WAV files for tests: tones, in two classes, and files that are damaged."""

import struct
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000


def write_wav(path: Path, samples: NDArray[np.int64], width: int = 2, rate_hz: int = RATE_HZ) -> Path:
    """samples: (samples, channels), of so many bytes each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        words = samples.ravel() + (128 if width == 1 else 0)
        file.writeframes(b"".join(int(word).to_bytes(width, "little", signed=width > 1) for word in words))
    return path


def tone(hertz: float, seconds: float = 0.4, size: float = 8000, rate_hz: int = RATE_HZ) -> NDArray[np.int64]:
    """(samples, 1)."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.rint(size * np.sin(2 * np.pi * hertz * time)).astype(np.int64)[:, None]


def write_tones(folder: Path, each: int = 8) -> Path:
    """Two classes: low and high."""
    rng = np.random.default_rng(0)
    for name, hertz in (("low", 400), ("high", 1600)):
        for number in range(each):
            noise = rng.normal(0, 200, (3200, 1)).astype(np.int64)
            write_wav(folder / name / f"{number}.wav", tone(hertz * rng.uniform(0.9, 1.1)) + noise)
    return folder


NETWORK = """\
name = "tones"
[data]
source = "wav"
path = "{path}"
[frontend]
kind = "mel"
[[layer]]
neurons = 8
[[layer]]
neurons = 2
"""


def bytes_of(format_tag: int, data: bytes) -> bytes:
    """A WAV file of another format than PCM."""
    header = struct.pack("<HHIIHH", format_tag, 1, 8000, 8000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
