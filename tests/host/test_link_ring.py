"""The receive ring: in order, nothing twice, and what finds no room is told once, in its place."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.board import boards, smallest_ring
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import FrameReader
from sfdfa_codegen.host.link.messages import RequestType

NONE, LOST = -1, -2
NETWORK = make_network(20, 6, 3)
MAX_PAYLOAD, WINDOW = 72, 4
CAPACITY = smallest_ring(MAX_PAYLOAD, WINDOW) - 1
LEARNED_S = 2.0
"""How long a slow device learns a sample."""
DEAF_S = 6.0
"""How long the device does not look at its ring: several repetitions of all requests."""


@pytest.fixture(scope="module")
def board(compile_cache: Path) -> HostBoard:
    return HostBoard(host_board_library(NETWORK, compile_cache, MAX_PAYLOAD, WINDOW))


class RingModel:
    """What sfdfa_ring.h promises."""

    def __init__(self) -> None:
        self.bytes: deque[int] = deque()
        self.overflowed = False

    def put(self, byte: int) -> None:
        self.overflowed = self.overflowed or len(self.bytes) == CAPACITY
        if not self.overflowed:
            self.bytes.append(byte)

    def take(self) -> int:
        if self.bytes:
            return self.bytes.popleft()
        told, self.overflowed = self.overflowed, False
        return LOST if told else NONE


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, CAPACITY + 40), st.integers(0, CAPACITY + 40)), max_size=6))
def test_ring_is_as_promised(board: HostBoard, steps: list[tuple[int, int]]) -> None:
    board.start()
    model = RingModel()
    byte = 0
    for puts, takes in steps:
        for _ in range(puts):
            byte = (byte + 1) % 256
            board.library.sfdfa_ring_put(byte)
            model.put(byte)
        assert [board.library.sfdfa_ring_take() for _ in range(takes)] == [model.take() for _ in range(takes)]
        assert board.library.sfdfa_ring_is_empty() % 256 == (not model.bytes and not model.overflowed)


class DeafLine(BoardLine):
    """A line to a device that now and then computes for `DEAF_S`, while the host repeats its requests into the ring."""

    def __init__(self, board: HostBoard, every: int) -> None:
        super().__init__(board)
        self._every, self._writes, self._hears_at = every, 0, 0.0

    def write(self, data: bytes) -> None:
        self._writes += 1
        if self._writes % self._every == 0 and self._now >= self._hears_at:
            self._hears_at = self._now + DEAF_S
        if self._now < self._hears_at:
            self.board.receive(data)
        else:
            super().write(data)

    def read(self, timeout_s: float) -> bytes:
        if self._now + timeout_s < self._hears_at:
            return super().read(timeout_s)
        self._now = max(self._now, self._hears_at)
        self._received += self.board.exchange(b"")
        return super().read(timeout_s)


def test_overflowing_ring_loses_nothing_but_time(board: HostBoard) -> None:
    samples = make_samples(NETWORK, 40)
    board.start()
    with SerialDevice(NETWORK, DeafLine(board, every=7), "deaf") as device, EmuDevice(NETWORK) as emulator:
        results, expected = device.run_samples(samples, True), emulator.run_samples(samples, True)
        assert results.counts.tolist() == expected.counts.tolist()
        assert device.state_crc() == emulator.state_crc()
        assert device.session.use.repeated > WINDOW
        dropped = device.session.hello().dropped
    assert dropped > 0, "no frame was lost: the ring did not overflow"


class RehearsingLine(DeafLine):
    """A line to a slow device that learns one sample more at each request, as its ring fills, up to 65 of them."""

    def __init__(self, board: HostBoard) -> None:
        super().__init__(board, every=1)
        self.samples = 0

    def write(self, data: bytes) -> None:
        if self._now >= self._hears_at and is_labelled(data):
            self.samples += 1
            rounds = 1 if self.samples == 1 else 65
            self._hears_at = self._now + LEARNED_S * rounds
        if self._now < self._hears_at:
            self.board.receive(data)
        else:
            BoardLine.write(self, data)


def is_labelled(data: bytes) -> bool:
    """Whether a sample to be learned is the first of what is sent."""
    (frame, *_) = FrameReader().feed(data)
    return frame.type == RequestType.SAMPLE and frame.payload[0] == 15


def test_a_slow_device_that_rehearses_is_waited_for(compile_cache: Path) -> None:
    """A learned sample of 2 s is one of 130 s from the second on: longer than any other request may take, and 65 times what the first answer took."""
    network = make_integrator(6, 5, 3, ring_slots=64, ring_rate=64)
    board = HostBoard(host_board_library(network, compile_cache, MAX_PAYLOAD, WINDOW))
    samples = make_samples(network, 5)
    line = RehearsingLine(board)
    with SerialDevice(network, line, "slow") as device, EmuDevice(network) as emulator:
        found = [device.run_sample(samples[index], True) for index in range(len(samples))]
        assert [result.counts for result in found] == [
            emulator.run_sample(samples[index], True).counts for index in range(len(samples))
        ]
        assert line.samples == len(samples) and line.now() > 4 * 65 * LEARNED_S
        assert device.state_crc() == emulator.state_crc()


@pytest.mark.parametrize(("window", "ring", "complaint"), [(4, 256, "too small for"), (2, 300, "power of two")])
def test_ring_of_a_wrong_size_is_refused_by_the_compiler(
    window: int, ring: int, complaint: str, compile_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose: Callable[[int, int], int] = lambda _payload, _window: ring
    monkeypatch.setattr("host_board.smallest_ring", choose)
    with pytest.raises(DeviceError, match=complaint):
        host_board_library(NETWORK, compile_cache, MAX_PAYLOAD, window)


def test_ring_of_every_board_holds_what_its_window_allows() -> None:
    """Also asserted by the C. A window of more than one request needs something that takes bytes while the device computes."""
    for board in boards().values():
        assert board.window == 1 or board.reception != "polled", board.name
        assert (board.ring_bytes > 0) == (board.reception in ("interrupt", "dma")), board.name
        assert board.ring_bytes == 0 or board.ring_bytes > board.window * (board.max_payload + 9), board.name
