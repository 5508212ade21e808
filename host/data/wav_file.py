"""One WAV file as int16 samples."""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.bounded import MAX_ARRAY_BYTES
from sfdfa_codegen.host.regular_file import check_regular

EXTENSIBLE: Final = 0xFFFE
SUBFORMAT: Final = bytes.fromhex("000000001000800000aa00389b71")
"""Of the GUIDs of Microsoft's KSDATAFORMAT_SUBTYPE all but the format, which is before it."""
FORMAT_BYTES: Final = 16
EXTENSIBLE_BYTES: Final = 40
UNKNOWN_SIZE: Final = 0xFFFFFFFF
"""Of samples that a program wrote to a pipe, and could not go back to say how many: all that follows."""
HOW_TO_CONVERT: Final = "convert it to 16 bits PCM, as `ffmpeg -i IN.wav -c:a pcm_s16le OUT.wav` does"


@dataclass(frozen=True)
class Wav:
    """samples: (samples, channels) int16; wider ones keep their upper 16 bits."""

    samples: NDArray[np.int16]
    rate_hz: int


class _Format(NamedTuple):
    """What the chunk fmt says. code: 1 PCM, 3 float, 6 A-law, 7 u-law. frame: bytes of a sample of all channels."""

    code: int
    channels: int
    rate_hz: int
    frame: int


def read_wav(path: Path) -> Wav:
    """PCM of 8, 16, 24 or 32 bits, floats, A-law and u-law. Raises DataError: missing, damaged, empty, too long, or another format."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            form, data, declared = _read(file, path)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    width, rest = divmod(form.frame, form.channels) if form.channels else (0, 1)
    decode = DECODERS.get((form.code, width))
    if decode is None or rest or form.rate_hz < 1:
        raise DataError(
            f"{path}: format {form.code}, {8 * width} bits, {form.channels} channels, {form.rate_hz} Hz is no WAV of PCM, float, A-law or u-law; {HOW_TO_CONVERT}"
        )
    count = len(data) // form.frame
    if count == 0:
        raise DataError(f"{path}: the recording has no sample; leave it out")
    if declared != UNKNOWN_SIZE and count < declared // form.frame:
        raise DataError(f"{path}: it declares {declared // form.frame} samples and ends after {count}; copy it again")
    return Wav(decode(data[: count * form.frame]).reshape(-1, form.channels), form.rate_hz)


def _read(file: BinaryIO, path: Path) -> tuple[_Format, bytes, int]:
    """The format, the samples, and how many bytes of them there should be. Chunks of other kinds are passed over."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise DataError(f"{path}: no WAV file: it does not begin with RIFF and WAVE; {HOW_TO_CONVERT}")
    form = None
    while len(chunk := file.read(8)) == 8:
        kind, size = struct.unpack("<4sI", chunk)
        if kind == b"data" and form is not None:
            there = min(size, os.fstat(file.fileno()).st_size - file.tell())
            if there > MAX_ARRAY_BYTES:
                raise DataError(f"{path}: {there} bytes of samples are too many; cut the recording into shorter ones")
            return form, file.read(there), size
        if kind == b"fmt ":
            form = _format_of(file.read(min(size, EXTENSIBLE_BYTES)), path)
            size -= min(size, EXTENSIBLE_BYTES)
        file.seek(size + size % 2, 1)
    raise DataError(
        f"{path}: no WAV file of samples: it ends before {'them' if form else 'their format'}; copy it again"
    )


def _format_of(content: bytes, path: Path) -> _Format:
    if len(content) < FORMAT_BYTES:
        raise DataError(f"{path}: no WAV file of samples: their format is cut off; copy it again")
    code, channels, rate_hz, _, frame, _ = struct.unpack("<HHIIHH", content[:FORMAT_BYTES])
    if code == EXTENSIBLE and len(content) == EXTENSIBLE_BYTES and content[26:] == SUBFORMAT:
        code = int.from_bytes(content[24:26], "little")
    return _Format(code, channels, rate_hz, frame)


def _upper_bits(width: int) -> Callable[[bytes], NDArray[np.int16]]:
    """The upper 16 bits of samples of `width` bytes, little-endian."""

    def decode(data: bytes) -> NDArray[np.int16]:
        raw = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)
        upper: NDArray[np.int16] = np.ascontiguousarray(raw[:, width - 2 :]).view("<i2")[:, 0].astype(np.int16)
        return upper

    return decode


def _unsigned_bytes(data: bytes) -> NDArray[np.int16]:
    return ((np.frombuffer(data, dtype=np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)


def _floats(width: int) -> Callable[[bytes], NDArray[np.int16]]:
    """Of numbers from -1 to 1; others are clipped, and what is no number is 0."""

    def decode(data: bytes) -> NDArray[np.int16]:
        values = np.frombuffer(data, dtype=f"<f{width}").astype(np.float64)
        return np.clip(np.rint(np.nan_to_num(values, posinf=1, neginf=-1) * 32768), -32768, 32767).astype(np.int16)

    return decode


def _logarithmic(table: NDArray[np.int16]) -> Callable[[bytes], NDArray[np.int16]]:
    return lambda data: table[np.frombuffer(data, dtype=np.uint8)]


def _a_law() -> NDArray[np.int16]:
    """(256,): ITU-T G.711, A-law, each code in 16 bits."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    size = np.where(exponent == 0, 16 * mantissa + 8, (16 * mantissa + 264) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _u_law() -> NDArray[np.int16]:
    """(256,): ITU-T G.711, u-law, each code in 16 bits."""
    code = np.arange(256) ^ 0xFF
    size = ((8 * (code & 15) + 132) << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -size, size).astype(np.int16)


DECODERS: Final[dict[tuple[int, int], Callable[[bytes], Any]]] = {
    (1, 1): _unsigned_bytes,
    **{(1, width): _upper_bits(width) for width in (2, 3, 4)},
    **{(3, width): _floats(width) for width in (4, 8)},
    (6, 1): _logarithmic(_a_law()),
    (7, 1): _logarithmic(_u_law()),
}
"""By format and bytes of a sample."""
