"""A line held back a frame while 256 others went by: with sequence numbers of 8 bits it was taken for a new one, and executed."""

from pathlib import Path

from device_talk import Talk
from host_board import HostBoard, host_board_library
from networks import make_network
from sfdfa_codegen.host.link.messages import ErrorCode, RequestType


def test_what_comes_again_256_frames_late_is_not_executed(compile_cache: Path) -> None:
    talk = Talk(HostBoard(host_board_library(make_network(), compile_cache, 80, 4)))
    talk.ask(RequestType.HELLO)
    late = talk.next
    talk.ask(RequestType.RATE, b"\x00\x08")
    for _ in range(255):
        talk.ask(RequestType.STATE_CRC)
    assert talk.refused(RequestType.RATE, b"\x00\x08", sequence=late) == ErrorCode.SEQUENCE
    assert talk.refused(RequestType.RATE, b"\x00\x08", sequence=late + 512) == ErrorCode.SEQUENCE
