"""A board whose frames just fill a power of two did not compile: its ring was laid out for headers of the protocol's first version.

The size of a frame stood in two places, and one of them had kept the sequence number of one byte. 115 bytes is the smallest payload of a
board with a window of 1 that shows it.
"""

from sfdfa_codegen.codegen.board import FRAME_BYTES, smallest_ring
from sfdfa_codegen.host.link.frames import CRC, HEADER, Frame, encode_frame

PAYLOAD = b"\1" * 115


def test_ring_holds_the_longest_frame() -> None:
    assert smallest_ring(len(PAYLOAD), 1) > len(encode_frame(Frame(1, 0x101, PAYLOAD)))


def test_size_of_a_frame_is_that_of_its_layout() -> None:
    assert HEADER.size + CRC.size == FRAME_BYTES
