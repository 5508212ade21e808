"""Readings over the line: the device makes the events, and what it learns is what the emulator learns."""

from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from networks import make_network
from reading_networks import KINDS, ReadingCase, reading_case
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.options import feed
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import ERROR, ErrorCode, RequestType
from sfdfa_codegen.host.network.spec import EncodingKind

MAX_PAYLOAD, WINDOW = 90, 2


def board_of(case: ReadingCase, cache: Path) -> HostBoard:
    board = HostBoard(host_board_library(case.network, cache, MAX_PAYLOAD, WINDOW))
    board.start()
    return board


@pytest.mark.parametrize("byte_readings", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_readings_are_learned_as_in_the_emulator(compile_cache: Path, kind: EncodingKind, byte_readings: bool) -> None:
    case = reading_case(kind, 7, byte_readings=byte_readings, left_out=0.2)
    samples = case.samples()
    emu = EmuDevice(case.network)
    with SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host") as device:
        device.from_readings = True
        assert device.takes_readings
        for index in range(len(samples)):
            unlabelled = samples[index]._replace(label=None)
            for sample, learn in ((samples[index], True), (samples[index], False), (unlabelled, True)):
                assert device.run_sample(sample, learn) == emu.run_sample(sample, learn)
        assert device.state_crc() == emu.state_crc()
        assert device.saturations() == emu.saturations()


def test_readings_that_a_frame_does_not_hold_are_sent_as_events(compile_cache: Path) -> None:
    case = reading_case("ttfs", MAX_PAYLOAD, max_events=90)
    samples = case.samples()
    emu = EmuDevice(case.network)
    with SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host") as device:
        device.from_readings = True
        assert not device.takes_readings
        found, expected = device.run_samples(samples, True), emu.run_samples(samples, True)
        assert found.predictions.tolist() == expected.predictions.tolist()
        assert device.state_crc() == emu.state_crc()


@pytest.mark.parametrize("length", [0, 2, 9, 11])
def test_readings_of_another_length_are_an_error_and_nothing_is_learned(compile_cache: Path, length: int) -> None:
    case = reading_case("ttfs", 7, byte_readings=True)
    board = board_of(case, compile_cache)
    device = SerialDevice(case.network, BoardLine(board), "host")
    before = device.state_crc()
    sequence = next(
        frame.sequence + 1
        for frame in FrameReader().feed(board.exchange(encode_frame(Frame(RequestType.HELLO, 7, b""))))
    )
    answers = FrameReader().feed(
        board.exchange(encode_frame(Frame(RequestType.READINGS, sequence, bytes([12] * length))))
    )
    assert [(answer.type, answer.payload[0]) for answer in answers] == [(ERROR, ErrorCode.LENGTH)]
    assert SerialDevice(case.network, BoardLine(board), "host", start_over=False).state_crc() == before


def test_a_sample_of_readings_is_one_message(compile_cache: Path) -> None:
    case = reading_case("signed-ttfs", 40, max_events=40)
    device = SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host")
    device.from_readings = True
    device.run_samples(case.samples(), False)
    frame = 6 + 3 + 2 * 40 + 4  # header, flags and label, readings, CRC
    assert device.traffic.sent_per_sample == frame + 3  # COBS and both zeros


def test_readings_that_a_target_cannot_be_given_are_refused(compile_cache: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^--from readings: tiny takes events, it has no features; leave --from out$"
    ):
        feed(EmuDevice(make_network()), "emu", "readings")
    case = reading_case("ttfs", MAX_PAYLOAD, max_events=90)
    device = SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host")
    with pytest.raises(ConfigError, match=r"a message to host does not hold 90 readings; use --from events$"):
        feed(device, "host", "readings")


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [("emu", None, False), ("native", None, True), ("emu", "readings", True), ("native", "events", False)],
)
def test_targets_but_the_emulator_are_given_readings_unless_told_otherwise(
    target: str, source: str | None, expected: bool
) -> None:
    device = EmuDevice(reading_case("ttfs", 3).network)
    feed(device, target, source)
    assert device.from_readings == expected
