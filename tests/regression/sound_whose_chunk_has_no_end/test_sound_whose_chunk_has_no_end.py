"""A damaged WAV file with a chunk that reaches beyond its end was called a bug: Python's reader raises RuntimeError then, and others elsewhere.

Whatever a library raises for a file of a stranger, the answer is one message that says what to do.
"""

from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.wav_file import read_wav

FORMAT = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0"
SOUND = b"data\x08\0\0\0" + bytes(8)


def wav(chunks: bytes) -> bytes:
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WAVE" + chunks


@pytest.mark.parametrize(
    "chunks",
    [
        b"LIST\xff\xff\xff\x7f" + FORMAT + SOUND,
        FORMAT.replace(b"\x10\0\0\0", b"\x11\0\0\x70", 1) + SOUND,
        FORMAT[:-6] + b"\0\0\0\0\0\0" + SOUND,
        FORMAT[:12],
        FORMAT.replace(b"\x01\0\x01\0", b"\x01\0\0\0", 1) + SOUND,
    ],
    ids=["other chunk", "format", "no bits", "short", "no channel"],
)
def test_it_is_refused(chunks: bytes, tmp_path: Path) -> None:
    path = tmp_path / "s.wav"
    path.write_bytes(wav(FORMAT + SOUND))
    assert read_wav(path).samples.shape == (4, 1)
    path.write_bytes(wav(chunks))
    with pytest.raises(DataError, match=r"no WAV file of samples|copy it again|bits, .* channels"):
        read_wav(path)
