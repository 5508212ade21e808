"""Recordings over the line: the device makes readings and events of them, and what it learns is what the emulator learns."""

from pathlib import Path

import numpy as np
import pytest
from host_board import BoardLine, HostBoard, host_board_library
from reading_networks import reading_case
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.frontend import FrontendKind
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.messages import ErrorCode, Request, RequestType, SampleFlag, recording_requests
from signal_networks import KINDS, SignalCase, make_frontend, signal_case

MAX_PAYLOAD, WINDOW = 90, 2
LENGTHS = (1, 31, 32, 200, 333)


def case_of(kind: FrontendKind, axes: int = 1, **changes: bool) -> SignalCase:
    rng = np.random.default_rng(4)
    return signal_case(make_frontend(kind, rng, axes=axes, **changes), rng, LENGTHS)


def device_of(case: SignalCase, cache: Path, *, compact: bool = False) -> SerialDevice:
    board = HostBoard(host_board_library(case.network, cache, MAX_PAYLOAD, WINDOW, compact=compact))
    board.start()
    device = SerialDevice(case.network, BoardLine(board), "host")
    device.from_samples = True
    return device


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_recordings_are_learned_as_in_the_emulator(
    compile_cache: Path, kind: FrontendKind, axes: int, compact: bool
) -> None:
    case = case_of(kind, axes, sliding=axes > 1)
    samples, emu = case.samples(), EmuDevice(case.network)
    emu.from_samples = True
    with device_of(case, compile_cache, compact=compact) as device:
        for index in range(len(samples)):
            unlabelled = samples[index]._replace(label=None)
            for sample, learn in ((samples[index], True), (samples[index], False), (unlabelled, True)):
                assert device.run_sample(sample, learn) == emu.run_sample(sample, learn)
        assert device.run_samples(samples, True).counts.tolist() == emu.run_samples(samples, True).counts.tolist()
        assert device.state_crc() == emu.state_crc()
        assert device.saturations() == emu.saturations()


def test_no_piece_splits_a_sample_of_all_axes() -> None:
    recording = np.arange(7 * 50, dtype=np.int16).reshape(50, 7)
    requests = recording_requests(recording, 3, True, MAX_PAYLOAD)
    heads = [request.payload[:1] for request in requests]
    bodies = [request.payload[3 if index == 0 else 1 :] for index, request in enumerate(requests)]
    assert b"".join(bodies) == recording.tobytes()
    assert all(len(body) % 14 == 0 for body in bodies) and len(bodies) == 9
    assert heads[0][0] == SampleFlag.FIRST | SampleFlag.LEARN | SampleFlag.LABEL and heads[-1][0] & SampleFlag.LAST


def test_pieces_that_make_no_recording_are_refused(compile_cache: Path) -> None:
    case = case_of("raw", 2)
    device = device_of(case, compile_cache)
    before = device.state_crc()
    first, last, label = int(SampleFlag.FIRST), int(SampleFlag.LAST), bytes(2)
    wrong = (
        (ErrorCode.NOT_READY, [bytes([last]) + bytes(8)]),
        (ErrorCode.NOT_READY, [bytes([first | last]) + label]),
        (ErrorCode.LENGTH, [b""]),
        (ErrorCode.LENGTH, [bytes([first | last]) + bytes(1)]),
        (ErrorCode.LENGTH, [bytes([first | last]) + label + bytes(7)]),
        (ErrorCode.LENGTH, [bytes([first]) + label + bytes(8), bytes([last]) + bytes(2)]),
    )
    for code, payloads in wrong:
        with pytest.raises(DeviceError, match=rf"\(error {code}\)$"):
            device.session.exchange(Request(RequestType.RECORDING, payload) for payload in payloads)
        with pytest.raises(DeviceError, match=r"\(error 9\)$"):
            device.session.exchange([Request(RequestType.RECORDING, bytes([last]) + bytes(8))])
    assert device.state_crc() == before


@pytest.mark.parametrize("between", ["readings", "events"])
def test_another_sample_between_the_pieces_of_a_recording_ends_it(compile_cache: Path, between: str) -> None:
    case = case_of("mel")
    sample, device = case.samples()[4], device_of(case, compile_cache)
    assert sample.recording is not None
    *pieces, last = recording_requests(sample.recording, sample.label, True, MAX_PAYLOAD)
    device.session.exchange(pieces)
    device.from_samples, device.from_readings = False, between == "readings"
    assert device.run_sample(sample, True) == EmuDevice(case.network).run_sample(sample, True)
    with pytest.raises(DeviceError, match=r"\(error 9\)$"):
        device.session.exchange([last])


def test_a_network_without_a_front_end_takes_no_recordings(compile_cache: Path) -> None:
    network = reading_case("ttfs", 4).network
    board = HostBoard(host_board_library(network, compile_cache, MAX_PAYLOAD, WINDOW))
    board.start()
    device = SerialDevice(network, BoardLine(board), "host")
    assert not device.takes_samples
    with pytest.raises(DeviceError, match=r"\(error 3\)$"):
        device.session.exchange([Request(RequestType.RECORDING, bytes([3, 0, 0, 1, 1]))])


def test_what_is_no_recording_of_the_network_is_not_sent(compile_cache: Path) -> None:
    case = case_of("raw", 2)
    sample, device = case.samples()[2], device_of(case, compile_cache)
    for recording, message in (
        (np.empty((0, 2), np.int16), "its recording has no sample"),
        (np.ones((4, 1), np.int16), "its recording has 1 axes, the network 2"),
    ):
        with pytest.raises(DataError, match=message):
            device.run_sample(sample._replace(recording=recording), True)
