"""Boards in simulators whose power is cut while they learn: they wake with a snapshot, and end with the state of a run without cuts, to the bit."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.errors import DoesNotFitError, ToolMissingError
from sfdfa_codegen.codegen.firmware import compile_firmware, image_size
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.codegen.persistence import plan_store
from sfdfa_codegen.host.devices.boards import check_board
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.line import SerialLine, SocketLine
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.simulators.qemu import start_qemu
from sfdfa_codegen.host.simulators.simavr import start_simavr

NETWORK = make_network(20, 6, 3)
EVERY = 8
SAMPLES = make_samples(NETWORK, 60, 0.1)
TIMEOUT_S = 0.5


def keeping_board(name: str) -> Board:
    """Skips where its tools are missing, but not in continuous integration."""
    board = replace(boards()[name], persist_every=EVERY)
    try:
        check_board(board, with_simulator=True)
    except ToolMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return board


def expected() -> bytes:
    device = EmuDevice(NETWORK)
    device.run_samples(SAMPLES, learn=True)
    return state_to_bytes(NETWORK, device.read_state())


def learn_with_cuts(device: KeepingDevice, cut: Callable[[], None], pauses_s: tuple[float, ...]) -> None:
    """Learn all samples; the power fails before some blocks, and so long after each of some others began."""
    for number, start in enumerate(range(0, len(SAMPLES), 10)):
        timer = threading.Timer(pauses_s[number], cut)
        timer.start()
        device.run_samples(SAMPLES.take(range(start, start + 10)), learn=True)  # type: ignore[arg-type]
        timer.join()
    assert state_to_bytes(NETWORK, device.read_state()) == expected()
    assert len(device.restarts) >= 3 and set(device.restarts) <= {Woke.RESTORED, Woke.EARLIER}


def test_avr_keeps_in_its_eeprom_what_it_learns(tmp_path: Path) -> None:
    board = keeping_board("atmega1284p")
    image = compile_firmware(NETWORK, board, tmp_path)
    process, address = start_simavr(board.core, board.clock_hz, image)
    with process:
        device = KeepingDevice(NETWORK, SocketLine(address), "avr", every=EVERY, shortest_timeout_s=TIMEOUT_S)
        with device:
            assert device.greeting.woke == Woke.EMPTY
            learn_with_cuts(device, process.cut_power, (0, 0.05, 0.1, 0.2, 0.4, 0.8))


class Monitor:
    """QEMU's monitor."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._answers = self._socket.makefile("r", encoding="utf-8")
        self._answers.readline()
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: object) -> None:
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self._answers.readline())
            assert "error" not in answer, answer
            if "return" in answer:
                return

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


class Microbit:
    """QEMU's board, which is switched off and on: its flash is saved and loaded by the monitor."""

    def __init__(self, board: Board, image: Path, folder: Path) -> None:
        self.board, self.image = board, image
        self.flash, self.socket = folder / "flash.bin", folder / "monitor"
        plan = plan_store(NETWORK, board)
        self.start, self.size = plan.start, plan.size

    def switch_on(self, stack: ExitStack) -> tuple[str, Monitor]:
        assert self.board.simulator is not None
        more: tuple[str, ...] = ("-qmp", f"unix:{self.socket},server=on,wait=off")
        if self.flash.exists():
            more += ("-device", f"loader,file={self.flash},addr=0x{self.start:x},force-raw=on")
        process, terminal = start_qemu((*self.board.simulator.arguments, *more), self.image)
        stack.enter_context(process)
        monitor = Monitor(self.socket)
        stack.callback(monitor.close)
        return terminal, monitor

    def keep_flash(self, monitor: Monitor) -> None:
        """Stop the processor, wherever it is, and save what its flash holds."""
        monitor.execute("stop")
        monitor.execute("memsave", val=self.start, size=self.size, filename=str(self.flash))


@pytest.fixture(scope="module")
def microbit_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield compile_firmware(NETWORK, keeping_board("microbit"), tmp_path_factory.mktemp("microbit"))


def test_nrf51_keeps_in_its_flash_what_it_learns(microbit_image: Path, tmp_path: Path) -> None:
    microbit = Microbit(keeping_board("microbit"), microbit_image, tmp_path)
    with ExitStack() as stack:
        terminal, monitor = microbit.switch_on(stack)
        device = KeepingDevice(NETWORK, SerialLine(terminal), "nrf51", every=EVERY, shortest_timeout_s=TIMEOUT_S)
        stack.enter_context(device)
        learn_with_cuts(device, lambda: monitor.execute("system_reset"), (0, 0.01, 0.02, 0.03, 0.05, 0.1))


def test_nrf51_that_was_switched_off_goes_on(microbit_image: Path, tmp_path: Path) -> None:
    microbit = Microbit(keeping_board("microbit"), microbit_image, tmp_path)
    kept = 0
    for _ in range(3):
        with ExitStack() as stack:
            terminal, monitor = microbit.switch_on(stack)
            line = SerialLine(terminal)
            device = SerialDevice(NETWORK, line, "nrf51", start_over=False, shortest_timeout_s=TIMEOUT_S)
            stack.enter_context(device)
            assert device.greeting.woke == (Woke.RESTORED if kept else Woke.EMPTY)
            assert device.greeting.samples == kept
            device.run_samples(SAMPLES.take(range(kept, kept + 20)), learn=True)  # type: ignore[arg-type]
            state = state_to_bytes(NETWORK, device.read_state())
            microbit.keep_flash(monitor)
        kept += 2 * EVERY
    model = EmuDevice(NETWORK)
    model.run_samples(SAMPLES.head(kept - 2 * EVERY + 20), learn=True)
    assert state == state_to_bytes(NETWORK, model.read_state())


def test_a_network_that_is_too_large_for_the_eeprom(tmp_path: Path) -> None:
    network = make_network(200, 10, 3)
    board = replace(boards()["atmega1284p"], persist_every=EVERY)
    with pytest.raises(
        DoesNotFitError,
        match=r"the memory in which atmega1284p would keep it: two slots of \d+ bytes are needed where there are 4096",
    ):
        plan_store(network, board)


def test_slots_lie_behind_the_program(microbit_image: Path) -> None:
    board = keeping_board("microbit")
    plan = plan_store(NETWORK, board)
    assert plan.start + plan.size == board.flash.origin + board.flash.size
    assert board.flash.origin + image_size(microbit_image).flash <= plan.start
    assert plan.slots == 8 and plan.snapshots_a_day == 20_000 * 8 // 3650
