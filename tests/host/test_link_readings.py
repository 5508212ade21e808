"""Readings over the line: the device makes the events, and what it learns is what the emulator learns."""

from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from networks import make_network
from reading_networks import KINDS, ReadingCase, reading_case
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.host.commands.options import feed
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import ERROR, ErrorCode, Request, RequestType, SampleFlag, readings_requests
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
        for index in range(len(samples)):
            unlabelled = samples[index]._replace(label=None)
            for sample, learn in ((samples[index], True), (samples[index], False), (unlabelled, True)):
                assert device.run_sample(sample, learn) == emu.run_sample(sample, learn)
        assert device.state_crc() == emu.state_crc()
        assert device.saturations() == emu.saturations()


@pytest.mark.parametrize("byte_readings", [True, False])
@pytest.mark.parametrize("features", [MAX_PAYLOAD, 300])
def test_readings_that_a_frame_does_not_hold_come_in_pieces(
    compile_cache: Path, features: int, byte_readings: bool
) -> None:
    case = reading_case("ttfs", features, byte_readings=byte_readings, max_events=90)
    samples = case.samples()
    emu = EmuDevice(case.network)
    with SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host") as device:
        device.from_readings = True
        found, expected = device.run_samples(samples, True), emu.run_samples(samples, True)
        assert found.predictions.tolist() == expected.predictions.tolist()
        assert device.state_crc() == emu.state_crc()
        assert device.traffic.sent_per_sample is not None and device.traffic.sent_per_sample > case.readings[0].nbytes


@pytest.mark.parametrize("byte_readings", [True, False])
@pytest.mark.parametrize("features", [7, MAX_PAYLOAD])
def test_pieces_that_make_no_sample_are_refused(compile_cache: Path, features: int, byte_readings: bool) -> None:
    case = reading_case("ttfs", features, byte_readings=byte_readings, max_events=90)
    device = SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host")
    before, size = device.state_crc(), 1 if byte_readings else 2
    first, last, label = int(SampleFlag.FIRST), int(SampleFlag.LAST), bytes(2)
    whole = bytes(80)
    wrong = (
        (ErrorCode.NOT_READY, [bytes([last]) + whole]),
        (ErrorCode.LENGTH, [bytes([first | last]) + label]),
        (ErrorCode.LENGTH, [bytes([first | last]) + bytes(1)]),
        (ErrorCode.LENGTH, [b""]),
        (ErrorCode.LENGTH, [bytes([first]) + label + bytes(size)] + [bytes([0]) + whole] * (1 + size * features // 80)),
    )
    for code, payloads in wrong:
        with pytest.raises(DeviceError, match=rf"\(error {code}\)$"):
            device.session.exchange(Request(RequestType.READINGS, payload) for payload in payloads)
    assert device.state_crc() == before


def test_a_sample_of_events_between_pieces_ends_theirs(compile_cache: Path) -> None:
    case = reading_case("ttfs", 2 * MAX_PAYLOAD, byte_readings=True, max_events=90)
    device = SerialDevice(case.network, BoardLine(board_of(case, compile_cache)), "host")
    sample = case.samples()[0]
    assert sample.readings is not None
    first, second, third = readings_requests(sample.readings, sample.label, True, MAX_PAYLOAD)
    device.session.exchange([first, second])
    expected = EmuDevice(case.network).run_sample(sample, True)
    assert device.run_sample(sample, True) == expected
    with pytest.raises(DeviceError, match=r"\(error 9\)$"):
        device.session.exchange([third])


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
        board.exchange(encode_frame(Frame(RequestType.READINGS, sequence, bytes([15] * length))))
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


def test_readings_of_a_network_without_features_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"^--from readings: tiny takes events, it has no features; leave --from out$"
    ):
        feed(EmuDevice(make_network()), "emu", "readings")


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
