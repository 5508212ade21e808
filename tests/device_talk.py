"""Requests to a device, one by one, and what it answers."""

from host_board import HostBoard
from sfdfa_codegen.host.link.frames import PROTOCOL_VERSION, SEQUENCE_NUMBERS, Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import ERROR, REPLY, ErrorCode, parse_error


class Talk:
    """Requests one by one; the sequence number counts up from 0."""

    def __init__(self, board: HostBoard) -> None:
        self.board = board
        board.start()
        self.next = 0

    def frame(
        self, kind: int, payload: bytes = b"", sequence: int | None = None, version: int = PROTOCOL_VERSION
    ) -> Frame:
        number = self.next if sequence is None else sequence
        (answer,) = FrameReader().feed(
            self.board.exchange(encode_frame(Frame(kind, number % SEQUENCE_NUMBERS, payload, version)))
        )
        assert answer.sequence == number % SEQUENCE_NUMBERS
        if sequence is None:
            self.next += 1
        return answer

    def ask(self, kind: int, payload: bytes = b"") -> bytes:
        answer = self.frame(kind, payload)
        assert answer.type == kind + REPLY
        return answer.payload

    def refused(
        self, kind: int, payload: bytes = b"", sequence: int | None = None, version: int = PROTOCOL_VERSION
    ) -> ErrorCode:
        answer = self.frame(kind, payload, sequence, version)
        assert answer.type == ERROR
        return ErrorCode(parse_error(answer.payload).code)
