"""Frames on a serial line, docs/PROTOCOL.md:

0x00 | COBS(body) | 0x00
body = version u8 | type u8 | sequence u16 | length u16 | payload | crc u32 (CRC-32 of all before it), little-endian
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

from cobs import cobs
from sfdfa_codegen.codegen.board import FRAME_BYTES

PROTOCOL_VERSION: Final = 3
SEQUENCE_NUMBERS: Final = 1 << 16
"""Numbers of frames, which count up and wrap."""
LARGEST_PAYLOAD: Final = 8191
"""Bytes; no device may have a larger max_payload."""
HEADER: Final = struct.Struct("<BBHH")
CRC: Final = struct.Struct("<I")
DELIMITER: Final = b"\0"


@dataclass(frozen=True)
class Frame:
    """One whole frame. version is the sender's; another one means that nothing else is certain."""

    type: int
    sequence: int
    payload: bytes = b""
    version: int = PROTOCOL_VERSION


def encode_frame(frame: Frame) -> bytes:
    """The bytes for the line."""
    covered = HEADER.pack(frame.version, frame.type, frame.sequence, len(frame.payload)) + frame.payload
    encoded: bytes = cobs.encode(covered + CRC.pack(zlib.crc32(covered)))
    return DELIMITER + encoded + DELIMITER


def _parse(encoded: bytes) -> Frame | None:
    """The frame between two zeros, or None if it is not whole."""
    try:
        body = cobs.decode(encoded)
    except cobs.DecodeError:
        return None
    end = len(body) - CRC.size
    if end < HEADER.size or CRC.unpack_from(body, end)[0] != zlib.crc32(body[:end]):
        return None
    version, kind, sequence, length = HEADER.unpack_from(body)
    if length != end - HEADER.size:
        return None
    return Frame(kind, sequence, body[HEADER.size : end], version)


class FrameReader:
    """Finds frames in a stream of bytes that comes in pieces of any size. Holds no more than the longest frame."""

    def __init__(self, max_payload: int = LARGEST_PAYLOAD) -> None:
        body = FRAME_BYTES + max_payload
        self._longest = body + body // 254 + 1
        self._partial = b""
        self._broken = False
        self.dropped = 0
        """Stretches between zeros that were no whole frame."""

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes from the line; returns the frames that they complete."""
        *ended, rest = data.split(DELIMITER)
        frames = []
        for piece in ended:
            frame = self._end(piece)
            if frame is not None:
                frames.append(frame)
        self._append(rest)
        return frames

    def _append(self, piece: bytes) -> None:
        self._partial += piece
        if len(self._partial) > self._longest:
            self._partial = b""
            self._broken = True

    def _end(self, piece: bytes) -> Frame | None:
        self._append(piece)
        encoded, broken = self._partial, self._broken
        self._partial, self._broken = b"", False
        if not encoded and not broken:
            return None
        frame = None if broken else _parse(encoded)
        self.dropped += frame is None
        return frame
