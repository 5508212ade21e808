"""A device with a store behind a line: it wakes with what it kept, says so, and a run goes on over any number of restarts to the state of a run without."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import Cli
from faulty_line import FaultyLine
from host_board import BoardLine, HostBoard, flash_of, host_board_library
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice, ReplayLog
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.persistence.flash_model import FlashModel

NETWORK = make_network(20, 6, 3)
EVERY = 4
SAMPLES = make_samples(NETWORK, 40, 0.1)


@pytest.fixture(scope="module")
def library(compile_cache: Path) -> Path:
    return host_board_library(NETWORK, compile_cache, 96, 4, persist_every=EVERY)


@pytest.fixture
def board(library: Path) -> Iterator[HostBoard]:
    """With empty flash."""
    board = HostBoard(library, FlashModel(flash_of(NETWORK), random.Random(1)))
    yield board
    board.flash = None


def keeping(board: HostBoard) -> KeepingDevice:
    return KeepingDevice(NETWORK, BoardLine(board), "host", every=EVERY)


def state(device: SerialDevice | EmuDevice) -> bytes:
    return state_to_bytes(NETWORK, device.read_state())


def expected(samples: int = len(SAMPLES)) -> bytes:
    device = EmuDevice(NETWORK)
    device.set_rate_scale(3000)
    device.run_samples(SAMPLES.head(samples), learn=True)
    return state(device)


def test_a_device_says_what_it_woke_with(board: HostBoard) -> None:
    device = keeping(board)
    assert device.greeting.woke == Woke.EMPTY
    device.set_rate_scale(3000)
    device.run_samples(SAMPLES.head(10), learn=True)
    board.start()
    woken = SerialDevice(NETWORK, BoardLine(board), "host", start_over=False)
    assert (woken.greeting.woke, woken.greeting.samples) == (Woke.RESTORED, 8)
    assert state(woken) == expected(8)


def test_a_device_that_restarts_is_shown_again_what_it_lost(board: HostBoard) -> None:
    device = keeping(board)
    device.set_rate_scale(3000)
    for start in range(0, 40, 5):
        device.run_samples(SAMPLES.take(range(start, start + 5)), learn=True)  # type: ignore[arg-type]
        board.start()
    assert state(device) == expected()
    assert device.restarts == [Woke.RESTORED] * 8


def test_a_reset_is_kept_before_anything_else(board: HostBoard) -> None:
    """The snapshots of a run before are of the same network: after a reset the device must not wake with one."""
    keeping(board).run_samples(SAMPLES.head(12), learn=True)
    device = keeping(board)
    board.start()
    device.set_rate_scale(3000)
    device.run_samples(SAMPLES, learn=True)
    assert state(device) == expected()
    assert device.restarts == [Woke.RESTORED]


def test_a_state_that_was_written_is_kept(board: HostBoard) -> None:
    learned = EmuDevice(NETWORK)
    learned.run_samples(SAMPLES.head(7), learn=True)
    device = keeping(board)
    device.write_state(learned.read_state())
    board.start()
    assert state(device) == state(learned)


class FailingBoard(HostBoard):
    """Its power fails in the middle of snapshots."""

    chance: random.Random

    def exchange(self, data: bytes) -> bytes:
        answer = super().exchange(data)
        assert self.flash is not None
        if not self.flash.powered:
            self.start()
            self.flash.plug_in(self.chance.randrange(100))
        return answer


@pytest.mark.parametrize("seed", range(12))
def test_restarts_at_random_while_the_power_also_fails_in_snapshots(library: Path, seed: int) -> None:
    board = FailingBoard(library, FlashModel(flash_of(NETWORK), random.Random(seed)))
    board.chance = random.Random(seed)
    line = FaultyLine(board, ("restarts", seed), {})
    device = KeepingDevice(NETWORK, line, "host", every=EVERY)
    device.set_rate_scale(3000)
    line.faults = {"reset": 0.05, "cut": 0.01, "split": 0.05}
    assert board.flash is not None
    board.flash.plug_in(20)
    for start in range(0, 40, 8):
        device.run_samples(SAMPLES.take(range(start, start + 8)), learn=True)  # type: ignore[arg-type]
    line.make_good()
    board.flash.plug_in()
    assert state(device) == expected()
    assert device.restarts


def test_a_device_that_lost_all_snapshots_says_so(board: HostBoard) -> None:
    device = keeping(board)
    device.run_samples(SAMPLES.head(30), learn=True)
    assert board.flash is not None
    board.flash.memory[:] = bytes([0xFF] * len(board.flash.memory))
    board.start()
    with pytest.raises(
        DeviceError,
        match=r"the device restarted; its store was empty, 0 samples learned where 30 were shown, and .* again. Run again with --resume",
    ):
        device.run_samples(SAMPLES.head(2), learn=True)


def test_a_device_that_does_not_stay_awake_is_given_up(board: HostBoard) -> None:
    device = keeping(board)
    device.run_samples(SAMPLES.head(5), learn=True)
    exchange = board.exchange

    def restarting(data: bytes) -> bytes:
        answer = exchange(data)
        board.start()
        return answer

    board.exchange = restarting  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match="restarted 20 times in a row; is its power supply steady"):
        device.run_samples(SAMPLES.head(2), learn=True)


def test_the_log_gives_what_came_after_a_count() -> None:
    log = ReplayLog()
    samples = tuple(SAMPLES[index] for index in range(6))
    log.add(0, 4000, -12)
    log.add(0, samples, -12)
    log.add(6, 2000, -6)
    assert list(log.since(4)) == [samples[4:], 2000]
    assert list(log.since(6)) == [2000]
    log.add(6, samples, 6)
    assert list(log.since(6)) == [2000, samples]
    log.add(9, 1000, 9)
    with pytest.raises(ValueError, match="does not go back so far"):
        list(log.since(5))


def test_what_keeps_nothing_is_refused(cli: Cli) -> None:
    for target in ("emu", "qemu-lm3s6965evb"):
        refused = cli("run", "digits", "--target", target, "--persist", "10")
        assert refused.status == 2
        assert (
            f"{target} has no memory that outlives the power: leave --persist out, or add [persistence]"
            in refused.message
        )
