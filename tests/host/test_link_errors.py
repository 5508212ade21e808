"""The device's answers to requests that are not as they should be: every code of ERROR, and that the link goes on."""

from pathlib import Path
from zlib import crc32

import pytest
from device_talk import Talk
from host_board import HostBoard, host_board_library
from networks import make_network, make_samples
from sfdfa_codegen.codegen.integer_network import initial_state, state_to_bytes
from sfdfa_codegen.host.link.event_code import pack_events
from sfdfa_codegen.host.link.frames import PROTOCOL_VERSION
from sfdfa_codegen.host.link.messages import (
    ADVICE,
    REPLY,
    ErrorCode,
    ErrorReply,
    RequestType,
    SampleFlag,
    parse_error,
    sample_requests,
)

NETWORK = make_network()
MAX_PAYLOAD, WINDOW = 80, 4
FIRST, LAST, LABEL = SampleFlag.FIRST, SampleFlag.LAST, SampleFlag.LABEL
STATE = state_to_bytes(NETWORK, initial_state(NETWORK))


@pytest.fixture(scope="module")
def board(compile_cache: Path) -> HostBoard:
    return HostBoard(host_board_library(NETWORK, compile_cache, MAX_PAYLOAD, WINDOW))


@pytest.fixture
def talk(board: HostBoard) -> Talk:
    talk = Talk(board)
    talk.ask(RequestType.HELLO)
    return talk


def chunk(flags: int, gaps: list[int], label: int = 0, head: bool = True) -> bytes:
    (events,) = pack_events(gaps, 60, 60)
    first = label.to_bytes(2, "little") if head else b""
    return bytes([flags]) + first + events.events.to_bytes(2, "little") + events.data


@pytest.mark.parametrize("kind", [kind for kind in RequestType if kind != RequestType.HELLO])
def test_hello_must_come_first(board: HostBoard, kind: RequestType) -> None:
    assert Talk(board).refused(kind) == ErrorCode.HELLO_FIRST


def test_a_number_that_is_not_due_is_refused_with_the_one_that_is(talk: Talk) -> None:
    for number in (3, 256, 257, 40_000, 65_000):
        answer = talk.frame(RequestType.STATE_CRC, sequence=number)
        assert parse_error(answer.payload) == ErrorReply(ErrorCode.SEQUENCE, 1)
    assert len(talk.ask(RequestType.STATE_CRC)) == 4


def test_a_number_older_than_the_window_is_refused(talk: Talk) -> None:
    for _ in range(WINDOW + 3):
        talk.ask(RequestType.STATE_CRC)
    assert talk.refused(RequestType.STATE_CRC, sequence=talk.next - WINDOW - 1) == ErrorCode.SEQUENCE
    assert talk.frame(RequestType.STATE_CRC, sequence=talk.next - WINDOW).type == RequestType.STATE_CRC + REPLY


def test_nothing_before_the_last_hello_is_answered_again(talk: Talk) -> None:
    for _ in range(3):
        talk.ask(RequestType.RESET)
    talk.ask(RequestType.HELLO)
    assert talk.refused(RequestType.RESET, sequence=talk.next - 2) == ErrorCode.SEQUENCE


def test_a_repeated_sample_is_answered_again_and_not_learned_again(talk: Talk) -> None:
    sample = make_samples(NETWORK, 1, 0.2)[0]
    (request,) = sample_requests(sample, NETWORK.channels, True, MAX_PAYLOAD)
    answer = talk.frame(request.type, request.payload)
    crc = talk.ask(RequestType.STATE_CRC)
    for _ in range(3):
        assert talk.frame(request.type, request.payload, sequence=talk.next - 2) == answer
    assert talk.ask(RequestType.STATE_CRC) == crc
    assert talk.ask(RequestType.READ, bytes(4) + b"\4\0") == b"\1\0\0\0"


def test_a_repeated_error_is_answered_again(talk: Talk) -> None:
    answer = talk.frame(RequestType.RATE, b"\xff\xff")
    assert talk.frame(RequestType.RATE, b"\xff\xff", sequence=talk.next - 1) == answer


@pytest.mark.parametrize("kind", [0, 10, 0x7F, 0x82, 0xFF])
def test_unknown_types_are_refused(talk: Talk, kind: int) -> None:
    assert talk.refused(kind) == ErrorCode.TYPE


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (RequestType.HELLO, b"x"),
        (RequestType.STATE_CRC, b"x"),
        (RequestType.ACCEPT, b"x"),
        (RequestType.RESET, b"x"),
        (RequestType.STATISTICS, b"x"),
        (RequestType.RATE, b"x"),
        (RequestType.RATE, b"xxx"),
        (RequestType.READ, bytes(5)),
        (RequestType.READ, bytes(7)),
        (RequestType.WRITE, bytes(3)),
        (RequestType.SAMPLE, b""),
        (RequestType.SAMPLE, bytes([FIRST])),
        (RequestType.SAMPLE, bytes([FIRST, 0])),
        (RequestType.SAMPLE, bytes([FIRST, 0, 0])),
        (RequestType.SAMPLE, bytes([FIRST, 0, 0, 0])),
    ],
)
def test_wrong_lengths_are_refused(talk: Talk, kind: RequestType, payload: bytes) -> None:
    assert talk.refused(kind, payload) == ErrorCode.LENGTH


def test_another_version_is_refused_even_before_hello(board: HostBoard) -> None:
    assert Talk(board).refused(RequestType.HELLO, version=PROTOCOL_VERSION + 1) == ErrorCode.VERSION


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (RequestType.RATE, (4097).to_bytes(2, "little")),
        (RequestType.READ, bytes(4) + (MAX_PAYLOAD + 1).to_bytes(2, "little")),
        (RequestType.READ, len(STATE).to_bytes(4, "little") + b"\1\0"),
        (RequestType.READ, b"\xff\xff\xff\xff\2\0"),
        (RequestType.WRITE, len(STATE).to_bytes(4, "little") + b"x"),
        (RequestType.SAMPLE, chunk(FIRST | LAST | LABEL, [0], label=3)),
        (RequestType.SAMPLE, chunk(FIRST | LAST | LABEL, [0], label=65535)),
        (RequestType.SAMPLE, chunk(FIRST, [NETWORK.ticks * NETWORK.channels])),
        (RequestType.SAMPLE, chunk(FIRST, [(1 << 24) - 1, (1 << 24) - 1])),
    ],
)
def test_numbers_out_of_range_are_refused(talk: Talk, kind: RequestType, payload: bytes) -> None:
    assert talk.refused(kind, payload) == ErrorCode.RANGE


def test_more_events_than_were_built_for_are_refused(talk: Talk) -> None:
    assert talk.refused(RequestType.SAMPLE, chunk(FIRST, [0] * (NETWORK.max_events + 1))) == ErrorCode.CAPACITY


def test_not_ready_without_a_first_chunk(talk: Talk) -> None:
    assert talk.refused(RequestType.SAMPLE, chunk(LAST, [], head=False)) == ErrorCode.NOT_READY


def test_an_error_ends_the_sample(talk: Talk) -> None:
    crc = talk.ask(RequestType.STATE_CRC)
    assert talk.ask(RequestType.SAMPLE, chunk(FIRST | LABEL | SampleFlag.LEARN, [1])) == b""
    assert talk.refused(RequestType.SAMPLE, chunk(0, [1 << 20], head=False)) == ErrorCode.RANGE
    assert talk.refused(RequestType.SAMPLE, chunk(LAST, [1], head=False)) == ErrorCode.NOT_READY
    assert talk.ask(RequestType.STATE_CRC) == crc


@pytest.mark.parametrize(("kind", "payload"), [(RequestType.RESET, b""), (RequestType.WRITE, bytes(4) + STATE[:4])])
def test_reset_and_write_end_a_sample(talk: Talk, kind: RequestType, payload: bytes) -> None:
    talk.ask(RequestType.SAMPLE, chunk(FIRST, [1]))
    talk.ask(kind, payload)
    assert talk.refused(RequestType.SAMPLE, chunk(LAST, [1], head=False)) == ErrorCode.NOT_READY


def test_not_ready_until_a_written_state_is_accepted(talk: Talk) -> None:
    talk.ask(RequestType.WRITE, bytes(4) + STATE[:20])
    assert talk.refused(RequestType.SAMPLE, chunk(FIRST | LAST, [1])) == ErrorCode.NOT_READY
    talk.ask(RequestType.ACCEPT, crc32(STATE).to_bytes(4, "little"))
    assert len(talk.ask(RequestType.SAMPLE, chunk(FIRST | LAST, [1]))) == 3 + NETWORK.outputs


def test_not_ready_with_an_unsound_state_until_reset(talk: Talk) -> None:
    talk.ask(RequestType.WRITE, (4).to_bytes(4, "little") + b"\xff\xff")
    whole = STATE[:4] + b"\xff\xff" + STATE[6:]
    assert talk.refused(RequestType.ACCEPT, crc32(whole).to_bytes(4, "little")) == ErrorCode.NOT_READY
    talk.ask(RequestType.RESET)
    talk.ask(RequestType.SAMPLE, chunk(FIRST | LAST, [1]))


def test_not_ready_with_half_of_a_written_state(talk: Talk) -> None:
    other = bytes([*STATE[:6], *(byte ^ 1 for byte in STATE[6:])])
    crc = crc32(other).to_bytes(4, "little")
    talk.ask(RequestType.WRITE, bytes(4) + other[: len(other) // 2])
    assert talk.refused(RequestType.ACCEPT, crc) == ErrorCode.NOT_READY
    half = len(other) // 2
    talk.ask(RequestType.WRITE, half.to_bytes(4, "little") + other[half:])
    talk.ask(RequestType.ACCEPT, crc)
    assert talk.ask(RequestType.READ, bytes(4) + (40).to_bytes(2, "little")) == other[:40]


def test_damaged_events_are_refused(talk: Talk) -> None:
    assert talk.refused(RequestType.SAMPLE, chunk(FIRST, [1, 2, 3])[:-1]) == ErrorCode.DAMAGED


def test_a_first_chunk_begins_anew(talk: Talk) -> None:
    sample = make_samples(NETWORK, 1, 0.2)[0]
    (request,) = sample_requests(sample, NETWORK.channels, False, MAX_PAYLOAD)
    expected = talk.ask(RequestType.SAMPLE, request.payload)
    talk.ask(RequestType.SAMPLE, chunk(FIRST, [0, 0, 0]))
    assert talk.ask(RequestType.SAMPLE, request.payload) == expected


def test_every_code_has_advice() -> None:
    assert set(ADVICE) == set(ErrorCode)
    assert all(f"error {code.value})" in ErrorReply(code, 0).text for code in ErrorCode)
    assert "unknown error 99; build and flash it again" in ErrorReply(99, 0).text
