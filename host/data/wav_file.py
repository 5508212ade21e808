"""One WAV file as int16 samples."""

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.bounded import MAX_ARRAY_BYTES
from sfdfa_codegen.host.regular_file import check_regular

EXTENSIBLE: Final = b"\xfe\xff"
PCM: Final = bytes.fromhex("0100000000001000800000aa00389b71")
"""The GUID of the samples' format, Microsoft's KSDATAFORMAT_SUBTYPE_PCM."""
FORMAT_HEADER_BYTES: Final = 8
SUBFORMAT: Final = 24
"""Where the GUID begins in what follows the header of the chunk fmt."""
HEAD_BYTES: Final = 4096
"""That the chunk fmt is looked for in."""
HOW_TO_CONVERT: Final = "convert it to 16 bits PCM, as `ffmpeg -i IN.wav -c:a pcm_s16le OUT.wav` does"


@dataclass(frozen=True)
class Wav:
    """samples: (samples, channels) int16; wider ones keep their upper 16 bits."""

    samples: NDArray[np.int16]
    rate_hz: int


def read_wav(path: Path) -> Wav:
    """PCM of 8, 16, 24 or 32 bits. Raises DataError: missing, damaged, empty, too long, or no PCM."""
    try:
        check_regular(path)
        with path.open("rb") as whole, wave.open(_plain(whole), "rb") as file:
            frames, channels, width, rate = (
                file.getnframes(),
                file.getnchannels(),
                file.getsampwidth(),
                file.getframerate(),
            )
            if frames * channels * width > MAX_ARRAY_BYTES:
                raise DataError(f"{path}: {frames} samples are too many; cut the recording into shorter ones")
            data = file.readframes(frames)
    except (OSError, EOFError, RuntimeError, ValueError, ZeroDivisionError, wave.Error) as error:  # all are wave's
        raise DataError(
            f"{path}: no WAV file of PCM samples: {str(error) or 'it ends early'}; {HOW_TO_CONVERT}"
        ) from error
    if width not in (1, 2, 3, 4) or channels < 1 or rate < 1:
        raise DataError(f"{path}: {8 * width} bits, {channels} channels, {rate} Hz; {HOW_TO_CONVERT}")
    if not data or frames == 0:
        raise DataError(f"{path}: the recording has no sample; leave it out")
    if len(data) < frames * channels * width:
        raise DataError(
            f"{path}: it declares {frames} samples and ends after {len(data) // (channels * width)}; copy it again"
        )
    return Wav(_int16(data, width).reshape(-1, channels), rate)


def _plain(file: BinaryIO) -> BinaryIO:
    """The file, or, of one whose format is "extensible" and PCM all the same, as 24 bits often are, its content with the plain format: Python 3.11's wave knows no other."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    place = head.find(b"fmt ") + FORMAT_HEADER_BYTES
    if head[place : place + 2] != EXTENSIBLE or head[place + SUBFORMAT : place + SUBFORMAT + len(PCM)] != PCM:
        return file
    content = bytearray(file.read(MAX_ARRAY_BYTES + HEAD_BYTES))
    content[place : place + 2] = PCM[:2]
    return io.BytesIO(content)


def _int16(data: bytes, width: int) -> NDArray[np.int16]:
    """The upper 16 bits of samples of `width` bytes, little-endian; those of one byte are unsigned."""
    raw = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)
    if width == 1:
        return ((raw[:, 0].astype(np.int16) - 128) << 8).astype(np.int16)
    upper = np.ascontiguousarray(raw[:, width - 2 :])
    return upper.view("<i2")[:, 0].astype(np.int16)
