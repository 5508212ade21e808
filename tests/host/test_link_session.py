"""The session and the device on it: what goes well costs little, and what goes wrong is explained."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from host_board import BoardLine, HostBoard, host_board_library
from native_build import quick_native
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION, state_to_bytes
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.serial_device import SerialDevice, telling_difference
from sfdfa_codegen.host.link.frames import PROTOCOL_VERSION, SEQUENCE_NUMBERS, Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import ERROR, REPLY, Request, RequestType, parse_hello, parse_result
from sfdfa_codegen.host.link.session import ATTEMPTS, HELLO_ATTEMPTS, LONGEST_TIMEOUT_S, Session

NETWORK = make_network(100, 6, 3)
SAMPLES = make_samples(NETWORK, 40, 0.15)
MAX_PAYLOAD, WINDOW = 72, 4


@pytest.fixture(scope="module")
def board(compile_cache: Path) -> HostBoard:
    return HostBoard(host_board_library(NETWORK, compile_cache, MAX_PAYLOAD, WINDOW))


@pytest.fixture
def line(board: HostBoard) -> BoardLine:
    board.start()
    return BoardLine(board)


class AnsweringLine(BoardLine):
    """A device that is a function from requests to bytes."""

    name = "fake"

    def __init__(self, answer: Callable[[Frame], bytes]) -> None:
        self._answer, self._reader = answer, FrameReader()
        self.closed, self._received, self._now = False, b"", 0.0

    def write(self, data: bytes) -> None:
        self._received += b"".join(self._answer(frame) for frame in self._reader.feed(data))


def test_a_device_on_a_line_is_the_native_library(line: BoardLine, compile_cache: Path) -> None:
    with SerialDevice(NETWORK, line, "host") as device, quick_native(NETWORK, compile_cache) as native:
        for learn, rate in ((True, 4096), (False, 4096), (True, 1000)):
            device.set_rate_scale(rate)
            native.set_rate_scale(rate)
            found, expected = device.run_samples(SAMPLES, learn), native.run_samples(SAMPLES, learn)
            assert found.predictions.tolist() == expected.predictions.tolist()
            assert found.counts.tolist() == expected.counts.tolist()
            assert found.squared_errors.tolist() == expected.squared_errors.tolist()
            assert device.state_crc() == native.state_crc()
        unlabelled = SpikeSample(SAMPLES[0].ticks, SAMPLES[0].channels, None)
        for sample in (SAMPLES[0], unlabelled):
            assert device.run_sample(sample, True) == native.run_sample(sample, True)
        assert device.saturations() == native.saturations()
        state = device.read_state()
        assert state_to_bytes(NETWORK, state) == state_to_bytes(NETWORK, native.read_state())
        device.reset()
        native.reset()
        assert device.state_crc() == native.state_crc()
        device.write_state(state)
        assert state_to_bytes(NETWORK, device.read_state()) == state_to_bytes(NETWORK, state)
    assert line.closed


def test_opening_starts_over_unless_told_not_to(line: BoardLine) -> None:
    SerialDevice(NETWORK, line, "host").run_samples(SAMPLES, True)
    assert SerialDevice(NETWORK, line, "host", start_over=False).read_state().samples == len(SAMPLES)
    assert SerialDevice(NETWORK, line, "host").read_state().samples == 0


def test_what_goes_over_the_line_is_counted(line: BoardLine) -> None:
    device = SerialDevice(NETWORK, line, "host")
    assert device.traffic.sent_per_sample is None
    device.run_samples(SAMPLES, False)
    traffic = device.traffic
    assert traffic.samples == len(SAMPLES)
    assert traffic.sent_per_sample == traffic.bytes_sent / len(SAMPLES)
    assert traffic.bytes_received < device.session.use.bytes_received
    assert device.session.use.repeated == device.session.use.damaged == 0


def test_as_many_requests_are_under_way_as_the_window_allows(board: HostBoard) -> None:
    class Watched(BoardLine):
        most = under_way = 0

        def write(self, data: bytes) -> None:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            super().write(data)

        def read(self, timeout_s: float) -> bytes:
            self.under_way = 0
            return super().read(timeout_s)

    line = Watched(board)
    SerialDevice(NETWORK, line, "host").run_samples(SAMPLES, True)
    assert line.most == WINDOW


def test_a_reply_that_is_lost_is_asked_for_at_once_when_the_next_one_comes(line: BoardLine) -> None:
    device = SerialDevice(NETWORK, line, "host")
    before = line.now()
    board_answers = line.board.exchange
    lost = iter([True])

    def lossy(data: bytes) -> bytes:
        answer = board_answers(data)
        return b"" if next(lost, False) else answer

    line.board = type("Lossy", (), {"exchange": staticmethod(lossy)})()
    device.run_samples(SAMPLES, True)
    assert device.session.use.repeated > 0
    assert line.now() == before


SAMPLE_PROBLEMS = {
    "it has 301 events, the network was built for 300": (np.zeros(301), np.arange(301), 0),
    "an event's tick or channel is out of range": (np.array([16]), np.array([0]), 0),
    "events must increase strictly in tick and channel": (np.array([1, 1]), np.array([5, 5]), 0),
    "its label 3 is none of the 3 outputs": (np.array([1]), np.array([5]), 3),
}


@pytest.mark.parametrize("problem", SAMPLE_PROBLEMS)
def test_a_bad_sample_is_refused_before_anything_is_sent(line: BoardLine, problem: str) -> None:
    ticks, channels, label = SAMPLE_PROBLEMS[problem]
    device = SerialDevice(NETWORK, line, "host")
    sent = device.session.use.bytes_sent
    good = SAMPLES[0]
    samples = SpikeDataset(
        np.concatenate((good.ticks, ticks)).astype(np.uint16),
        np.concatenate((good.channels, channels)).astype(np.uint16),
        np.array([0, len(good.ticks), len(good.ticks) + len(ticks)], np.int64),
        np.array([good.label, label], np.uint16),
    )
    with pytest.raises(DataError, match=problem):
        device.run_samples(samples, True)
    assert device.session.use.bytes_sent == sent


def test_another_network_is_refused_before_the_first_sample(line: BoardLine) -> None:
    with pytest.raises(DeviceError, match=r"was built for another network, seed or version.*build and flash it again"):
        SerialDevice(replace(NETWORK, seed=99), line, "host")
    assert line.closed


def test_another_network_is_told_by_what_differs(board: HostBoard) -> None:
    """Hashes that begin alike, as those of two versions do not: never the same digits twice."""
    mine = NETWORK.model_hash
    other = f"{mine[:40]}{'0' if mine[40] != '0' else '1'}{mine[41:]}"
    assert telling_difference(other, mine) == (f"...{other[40:56]}", f"...{mine[40:56]}")
    assert telling_difference("a" * 64, mine) == ("a" * 16, mine[:16])


def test_another_version_of_the_arithmetic_is_told_as_that(board: HostBoard) -> None:
    hello = greeting(board)
    with pytest.raises(
        DeviceError,
        match=rf"computes by version {ARITHMETIC_VERSION + 1} of the arithmetic, this host by version {ARITHMETIC_VERSION}; build",
    ):
        SerialDevice(NETWORK, greeting_line(bytes([ARITHMETIC_VERSION + 1]) + hello[1:]), "host")


def test_the_name_of_a_board_commands_no_terminal(board: HostBoard) -> None:
    hello = greeting(board)[:69] + b"\x1b]0;owned\x07\xff" + b"x" * 300
    assert parse_hello(hello).board == ("?]0;owned??" + "x" * 300)[:64]


def test_nobody_answers() -> None:
    line = AnsweringLine(lambda _: b"")
    with pytest.raises(
        DeviceError, match=r"fake: no answer to HELLO in 12 s. Is this the right port and speed"
    ) as info:
        SerialDevice(NETWORK, line, "host")
    assert "flashed" in str(info.value)
    assert line.now() == HELLO_ATTEMPTS
    assert line.closed


def test_a_device_that_may_still_be_rehearsing_is_greeted_for_longer() -> None:
    line = AnsweringLine(lambda _: b"")
    with pytest.raises(DeviceError, match="no answer to HELLO in 28 s"):
        Session(line, rounds=65).hello()
    assert line.now() == HELLO_ATTEMPTS + 16


def test_noise_is_no_answer() -> None:
    chance = random.Random(1)
    line = AnsweringLine(lambda _: chance.randbytes(100))
    with pytest.raises(DeviceError, match="no answer to HELLO"):
        Session(line).hello()


def test_another_version_of_the_protocol() -> None:
    line = AnsweringLine(
        lambda frame: encode_frame(Frame(frame.type + REPLY, frame.sequence, b"", version=PROTOCOL_VERSION + 1))
    )
    with pytest.raises(DeviceError, match=r"another version of the protocol; build and flash it again.*\(it is 4\)"):
        Session(line).hello()


def greeting(board: HostBoard) -> bytes:
    board.start()
    (frame,) = FrameReader().feed(board.exchange(encode_frame(Frame(RequestType.HELLO, 0))))
    return frame.payload


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data[:68], "HELLO has 68 bytes, expected 69 or more"),
        (lambda data: data[:1] + b"\3" + data[2:], "a window of 3 and payloads of 72 bytes"),
        (lambda data: data[:1] + b"\x80" + data[2:], "a window of 128"),
        (lambda data: data[:12] + b"\x44\0" + data[14:], "payloads of 68 bytes"),
        (lambda data: data[:12] + b"\xff\xff" + data[14:], "payloads of 65535 bytes"),
        (lambda data: data[:68] + b"\6" + data[69:], "it woke with 6, which the protocol does not know"),
    ],
)
def test_a_hello_that_cannot_be(board: HostBoard, change: Callable[[bytes], bytes], text: str) -> None:
    with pytest.raises(DeviceError, match=text):
        parse_hello(change(greeting(board)))


def test_what_a_device_says_of_itself(board: HostBoard) -> None:
    hello = parse_hello(greeting(board))
    assert (hello.board, hello.window, hello.max_payload, hello.phases) == ("host"[: MAX_PAYLOAD - 69], 4, 72, 0)
    assert (hello.ticks, hello.channels, hello.outputs, hello.max_events) == (16, 100, 3, 300)
    assert (hello.model_hash, hello.samples, hello.executed) == (NETWORK.model_hash, 0, 1)


def test_results_with_cycles_and_without(board: HostBoard) -> None:
    hello = replace(parse_hello(greeting(board)), phases=2)
    reply = parse_result(b"\2\0\5" + bytes((1, 2, 3)) + b"\7\0\0\0" + b"\0\1\0\0", hello)
    assert (reply.prediction, reply.saturated, reply.counts, reply.cycles) == (2, 5, (1, 2, 3), (7, 256))
    with pytest.raises(DeviceError, match="RESULT has 6 bytes, expected 14"):
        parse_result(bytes(6), hello)
    with pytest.raises(DeviceError, match="predicted class 3 of 3"):
        parse_result(b"\3\0" + bytes(12), hello)


def greeting_line(hello: bytes, answer: Callable[[Frame], bytes] = lambda _: b"") -> AnsweringLine:
    """A device that greets with `hello` and then answers as it likes."""

    def answers(frame: Frame) -> bytes:
        if frame.type == RequestType.HELLO:
            return encode_frame(Frame(frame.type + REPLY, frame.sequence, hello))
        return answer(frame)

    return AnsweringLine(answers)


def after_hello(board: HostBoard, answer: Callable[[Frame], bytes]) -> Session:
    """A session whose device greets rightly and then answers as it likes."""
    session = Session(greeting_line(greeting(board), answer))
    session.hello()
    return session


def test_a_device_that_falls_silent(board: HostBoard) -> None:
    session = after_hello(board, lambda _: b"")
    with pytest.raises(DeviceError, match=r"fell silent: no answer to STATE_CRC in 45 s, sent 23 times.*--resume"):
        session.request(RequestType.STATE_CRC)
    assert session.use.repeated == 22
    assert 45 <= session.line.now() < 47


def test_what_is_lost_before_the_first_answer_does_not_make_the_host_wait_for_long(board: HostBoard) -> None:
    """Nobody knows yet how long an answer takes, so that what is lost says nothing about it; and a host that waits twice as long each time needs 15 s for four losses."""
    lost = iter([True] * 4 + [False])
    session = after_hello(
        board, lambda frame: b"" if next(lost) else encode_frame(Frame(frame.type + REPLY, frame.sequence, bytes(4)))
    )
    session.request(RequestType.STATE_CRC)
    assert session.line.now() == pytest.approx(7, abs=0.1)


def test_a_patient_session_waits_as_long_as_it_ever_does(board: HostBoard) -> None:
    session = after_hello(board, lambda _: b"")
    session.be_patient()
    with pytest.raises(DeviceError, match="fell silent"):
        session.request(RequestType.STATE_CRC)
    assert session.line.now() >= ATTEMPTS * LONGEST_TIMEOUT_S


def test_a_device_that_restarted(line: BoardLine) -> None:
    device = SerialDevice(NETWORK, line, "host")
    line.board.start()
    with pytest.raises(
        DeviceError, match=r"the device restarted, and what it had learned .* is lost.*--resume.*error 1"
    ):
        device.state_crc()


def test_a_device_that_is_always_elsewhere_is_given_up(board: HostBoard) -> None:
    session = after_hello(board, lambda frame: encode_frame(Frame(ERROR, frame.sequence, bytes((2, 77, 0)))))
    with pytest.raises(DeviceError, match="fell silent"):
        session.request(RequestType.RESET)


def test_replies_of_another_type_or_number_are_passed_over(board: HostBoard) -> None:
    def answer(frame: Frame) -> bytes:
        wrong_type = Frame(RequestType.RESET + REPLY, frame.sequence)
        wrong_number = Frame(frame.type + REPLY, (frame.sequence + 1) % SEQUENCE_NUMBERS, b"no")
        return b"".join(
            encode_frame(each) for each in (wrong_type, wrong_number, Frame(frame.type + REPLY, frame.sequence, b"yes"))
        )

    assert after_hello(board, answer).request(RequestType.STATE_CRC) == b"yes"


def test_a_refusal_is_raised_after_what_was_under_way(line: BoardLine) -> None:
    session = Session(line)
    session.hello()
    bad, good = Request(RequestType.RATE, b"\xff\xff"), Request(RequestType.STATE_CRC)
    with pytest.raises(DeviceError, match=r"host board: a number is out of the network's range.*\(error 6\)"):
        session.exchange([good, bad, good, good])
    assert len(session.request(RequestType.STATE_CRC)) == 4


def test_sequence_numbers_wrap(line: BoardLine) -> None:
    session = Session(line, first_sequence=SEQUENCE_NUMBERS - 6)
    session.hello()
    assert len(session.exchange([Request(RequestType.STATE_CRC)] * 20)) == 20
    assert session.use.repeated == 0


def test_the_rate_is_checked(line: BoardLine) -> None:
    with pytest.raises(DeviceError, match="refused the rate scale 4097; it must be 0 to 4096"):
        SerialDevice(NETWORK, line, "host").set_rate_scale(4097)
