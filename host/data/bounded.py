"""Reading from streams whose declared lengths are not to be trusted."""

from typing import Final, Protocol

MAX_ARRAY_BYTES: Final = 1 << 30
"""Largest array that is read from a data file: beyond every data set for microcontrollers, and safe to allocate."""
_CHUNK_BYTES: Final = 1 << 20


class ByteStream(Protocol):
    """What is needed of a file or a decompressor."""

    def read(self, size: int, /) -> bytes: ...


class TruncatedError(Exception):
    """The stream ended early. The text gives the number of bytes there were."""


def read_exactly(stream: ByteStream, count: int) -> bytearray:
    """`count` bytes, allocated only as they arrive. Raises TruncatedError."""
    data = bytearray()
    while len(data) < count:
        chunk = stream.read(min(_CHUNK_BYTES, count - len(data)))
        if not chunk:
            raise TruncatedError(f"{len(data)} bytes instead of {count}")
        data += chunk
    return data
