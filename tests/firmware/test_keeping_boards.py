"""Boards in simulators whose power is cut while they learn: they wake with a snapshot, and end with the state of a run without cuts, to the bit."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from needs import need
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError
from sfdfa_codegen.codegen.firmware import compile_firmware, image_size
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.persistence import StorePlan, plan_store
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import check_board
from sfdfa_codegen.host.link.line import Line, SerialLine, SocketLine
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.simulators.qemu import start_qemu
from sfdfa_codegen.host.simulators.rp2040js import start_rp2040js
from sfdfa_codegen.host.simulators.simavr import start_simavr
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine

NETWORK = make_network(20, 6, 3)
EVERY = 8
SAMPLES = make_samples(NETWORK, 60, 0.1)
TIMEOUT_S = 0.5


def keeping_board(name: str) -> Board:
    """Skips where its tools are missing, but not in continuous integration."""
    board = replace(boards()[name], persist_every=EVERY)
    need(lambda: check_board(board, with_simulator=True))
    return board


def expected(network: IntegerNetwork, samples: SpikeDataset) -> bytes:
    device = EmuDevice(network)
    device.run_samples(samples, learn=True)
    return state_to_bytes(network, device.read_state())


def learn_with_cuts(
    device: KeepingDevice, cut: Callable[[], None], pauses_s: tuple[float, ...], samples: SpikeDataset = SAMPLES
) -> None:
    """Learn all samples; the power fails before some blocks, and so long after each of some others began."""
    for number, start in enumerate(range(0, len(samples), 10)):
        timer = threading.Timer(pauses_s[number], cut)
        timer.start()
        device.run_samples(samples.take(range(start, start + 10)), learn=True)  # type: ignore[arg-type]
        timer.join()
    assert state_to_bytes(device.network, device.read_state()) == expected(device.network, samples)
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


LARGE: Final = {"arduino-mega": (300, 8, 3), "atmega1284p": (300, 8, 3), "arduino-uno": (50, 8, 3)}
"""Networks of which two snapshots are more than the EEPROM of an AVR holds."""


@pytest.mark.parametrize("name", LARGE)
def test_avr_keeps_in_its_flash_what_its_eeprom_is_too_small_for(name: str, tmp_path: Path) -> None:
    """The simulator leaves half done what the power fails in."""
    board, network = keeping_board(name), make_network(*LARGE[name])
    assert board.larger_persistence is not None
    image, plan = compile_firmware(network, board, tmp_path), plan_store(network, board)
    assert plan.memory is board.larger_persistence
    assert plan.start + plan.size + plan.memory.boot_bytes == board.flash.size
    process, address = start_simavr(board.core, board.clock_hz, image)
    samples = make_samples(network, 60, 0.05)
    with process:
        device = KeepingDevice(network, SocketLine(address), "avr", every=EVERY, shortest_timeout_s=TIMEOUT_S)
        with device:
            assert device.greeting.woke == Woke.EMPTY
            learn_with_cuts(device, process.cut_power, (0, 0.05, 0.1, 0.2, 0.4, 0.8), samples)


def test_what_changes_the_flash_of_an_avr_calls_nothing_outside_the_boot_section(tmp_path: Path) -> None:
    """The rest cannot be read meanwhile."""
    image = compile_firmware(make_network(*LARGE["arduino-mega"]), keeping_board("arduino-mega"), tmp_path)
    words = ["avr-objdump", "-d", "-j", ".bootloader", str(image)]
    listing = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    instructions = [line.split("\t")[2] for line in listing.splitlines() if line.count("\t") > 1]
    assert {"spm", "cli", "ret"} <= set(instructions)
    assert not {"call", "rcall", "icall", "eicall", "jmp", "ijmp", "eijmp", "lpm", "elpm"} & set(instructions)


def test_avr_keeps_what_it_learned_when_its_supply_sinks(tmp_path: Path) -> None:
    board = replace(keeping_board("atmega1284p"), brown_out=True)
    process, address = start_simavr(board.core, board.clock_hz, compile_firmware(NETWORK, board, tmp_path))
    with process:
        line = SocketLine(address)
        device = SerialDevice(NETWORK, line, "avr", shortest_timeout_s=TIMEOUT_S)
        device.run_samples(SAMPLES.head(EVERY + 3), learn=True)
        state = state_to_bytes(NETWORK, device.read_state())
        process.sag_power()
        for _ in range(3):  # the supply is measured meanwhile, and the snapshot taken
            device.state_crc()
        process.cut_power()
        with greet_when_woken(lambda: line) as device:
            assert (device.greeting.woke, device.greeting.samples) == (Woke.RESTORED, EVERY + 3)
            assert state_to_bytes(NETWORK, device.read_state()) == state


def test_rp2040_keeps_in_its_flash_what_it_learns(user_cache: Path, tmp_path: Path) -> None:
    """The simulator ends if anything reads the flash while the ROM changes it, and leaves half done what the power fails in."""
    board = keeping_board("pico")
    process, address = start_rp2040js(compile_firmware(NETWORK, board, tmp_path))
    with process:
        device = KeepingDevice(NETWORK, SocketLine(address), "pico", every=EVERY, shortest_timeout_s=TIMEOUT_S)
        with device:
            assert device.greeting.woke == Woke.EMPTY
            learn_with_cuts(device, process.cut_power, (0, 0.05, 0.1, 0.2, 0.4, 0.8))


def test_rp2040_keeps_what_it_learned_when_its_supply_goes(user_cache: Path, tmp_path: Path) -> None:
    board = replace(keeping_board("pico"), brown_out=True)
    process, address = start_rp2040js(compile_firmware(NETWORK, board, tmp_path))
    with process:
        with SerialDevice(NETWORK, SocketLine(address), "pico", shortest_timeout_s=TIMEOUT_S) as device:
            device.run_samples(SAMPLES.head(EVERY + 3), learn=True)
            state = state_to_bytes(NETWORK, device.read_state())
            process.sag_power()
            device.state_crc()
            process.cut_power()
        device = greet_when_woken(lambda: SocketLine(address))
        with device:
            assert (device.greeting.woke, device.greeting.samples) == (Woke.RESTORED, EVERY + 3)
            assert state_to_bytes(NETWORK, device.read_state()) == state


def greet_when_woken(connect: Callable[[], Line]) -> SerialDevice:
    """Greet a board until it says that it has restarted."""
    for _ in range(50):
        device = SerialDevice(NETWORK, connect(), "board", start_over=False, shortest_timeout_s=TIMEOUT_S)
        if device.greeting.woke != Woke.EMPTY:
            break
        device.close()
        time.sleep(0.1)
    return device


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


def test_a_network_that_is_too_large_for_eeprom_and_flash() -> None:
    network = make_network(2000, 40, 3)
    board = replace(boards()["atmega1284p"], persist_every=EVERY)
    with pytest.raises(
        DoesNotFitError,
        match=r"the memory in which atmega1284p would keep it: two slots of \d+ bytes are needed where there are 4096, "
        r"and two slots of \d+ bytes are needed where there are 122880",
    ):
        plan_store(network, board)


def test_slots_lie_behind_the_program(microbit_image: Path) -> None:
    board = keeping_board("microbit")
    plan = plan_store(NETWORK, board)
    assert plan.start + plan.size == board.flash.origin + board.flash.size
    assert board.flash.origin + image_size(microbit_image).flash <= plan.start
    assert plan.slots == 8 and plan.snapshots_a_day == 20_000 * 8 // 3650


@pytest.mark.parametrize("name", [name for name, board in boards().items() if board.persistence is not None])
def test_every_board_with_such_memory_compiles(name: str, tmp_path: Path) -> None:
    network = make_network(8, 3, 2)
    board = replace(boards()[name], persist_every=EVERY)
    need(lambda: check_board(board, with_simulator=False))
    compile_firmware(network, board, tmp_path)


FLASH_CONTROLLER = 0x40022000
KEY, STATUS, CONTROL, ADDRESS = 0x04, 0x0C, 0x10, 0x14
PROGRAM, ERASE_PAGE, START, LOCK = 1, 2, 1 << 6, 1 << 7
KEYS = (0x45670123, 0xCDEF89AB)


class Controller:
    """The flash controller of an STM32F1, as its manual has it, in unicorn. Before operation `cut_at` the power fails."""

    def __init__(self, plan: StorePlan, flash: bytes | None, cut_at: int) -> None:
        """flash: what it holds; None: it is erased."""
        self._plan, self._held = plan, flash or bytes([0xFF] * plan.size)
        self._control, self._keys, self._address = LOCK, 0, 0
        self._operations, self._cut_at = 0, cut_at
        self.left: bytes | None = None
        """What the flash held when the power failed."""

    def attach(self, processor: Any) -> None:
        from unicorn import UC_HOOK_MEM_WRITE

        start, size = self._plan.start, self._plan.size
        self._processor = processor
        processor.mmio_map(FLASH_CONTROLLER, 0x1000, self._on_read, None, self._on_write, None)
        processor.mem_write(start, self._held)
        processor.hook_add(UC_HOOK_MEM_WRITE, self._on_store, begin=start, end=start + size - 1)

    def held(self) -> bytes:
        """What the flash holds."""
        return bytes(self._processor.mem_read(self._plan.start, self._plan.size))

    def _on_read(self, processor: Any, offset: int, size: int, data: Any) -> int:
        return self._control if offset == CONTROL else 0

    def _on_write(self, processor: Any, offset: int, size: int, value: int, data: Any) -> None:
        if offset == KEY:
            assert value == KEYS[self._keys]
            self._keys += 1
            self._control &= ~LOCK if self._keys == len(KEYS) else -1
        elif offset == ADDRESS:
            self._address = value
        elif offset == CONTROL:
            assert not self._control & LOCK, "the flash is locked"
            self._control, self._keys = value, 0
            if value == ERASE_PAGE | START and self._goes_through():
                processor.mem_write(self._address, bytes([0xFF] * self._plan.page_bytes))

    def _on_store(self, processor: Any, access: int, address: int, size: int, value: int, data: Any) -> None:
        assert self._control == PROGRAM and size == 2 and address % 2 == 0
        assert processor.mem_read(address, 2) == b"\xff\xff", "programmed twice"
        self._goes_through()

    def _goes_through(self) -> bool:
        self._operations += 1
        if self._operations == self._cut_at:
            self.left = self.held()
            self._processor.emu_stop()
        return self.left is None


def test_stm32f1_keeps_in_its_flash_what_it_learns(tmp_path: Path) -> None:
    """The power fails in the middle of most snapshots; each time the device wakes with what it had kept last, and is shown the rest."""
    memory = boards()["stm32vldiscovery"].persistence
    board = replace(keeping_board("unicorn-cortex-m3"), persistence=memory)
    image, plan = compile_firmware(NETWORK, board, tmp_path), plan_store(NETWORK, board)
    model = EmuDevice(NETWORK)
    states = [state_to_bytes(NETWORK, model.read_state())]
    for index in range(len(SAMPLES)):
        model.run_sample(SAMPLES[index], learn=True)
        states.append(state_to_bytes(NETWORK, model.read_state()))
    flash: bytes | None = None
    kept = cuts = 0
    while kept < 4 * EVERY:
        controller = Controller(plan, flash, cut_at=3 + 37 * cuts % 160)
        device = SerialDevice(
            NETWORK, UnicornLine(board, "m3", image, attach=controller.attach), "m3", start_over=False
        )
        assert device.greeting.samples in (kept, kept + EVERY)
        kept = device.greeting.samples
        assert device.greeting.woke in ((Woke.RESTORED, Woke.EARLIER) if kept else (Woke.EMPTY, Woke.DAMAGED))
        assert state_to_bytes(NETWORK, device.read_state()) == states[kept]
        with pytest.raises(DeviceError, match="does not come back"):
            device.run_samples(SAMPLES.take(range(kept, kept + 2 * EVERY)), learn=True)  # type: ignore[arg-type]
        cuts += 1
        flash = controller.left
    assert cuts > 4


POWER, POWER_CONTROL, POWER_STATUS = 0x4000_7000, 0x00, 0x04
DETECTOR_AT_2_9_V, BELOW = 0xF0, 4
RESET_CLOCK, APB1_ENABLE = 0x4002_1000, 0x1C


class Detector(Controller):
    """The same with its voltage detector, RM0041: `falls` is what the supply does."""

    falls = False

    def attach(self, processor: Any) -> None:
        super().attach(processor)
        self._enabled = self._threshold = 0
        processor.mmio_map(POWER, 0x1000, self._on_power_read, None, self._on_power_write, None)
        processor.mmio_map(RESET_CLOCK, 0x1000, lambda *_: self._enabled, None, self._on_clock_write, None)

    def _on_power_read(self, processor: Any, offset: int, size: int, data: Any) -> int:
        watched = self._enabled >> 28 & 1 and self._threshold == DETECTOR_AT_2_9_V
        return self._threshold if offset == POWER_CONTROL else BELOW if watched and self.falls else 0

    def _on_power_write(self, processor: Any, offset: int, size: int, value: int, data: Any) -> None:
        assert offset == POWER_CONTROL and self._enabled >> 28 & 1
        self._threshold = value

    def _on_clock_write(self, processor: Any, offset: int, size: int, value: int, data: Any) -> None:
        assert offset == APB1_ENABLE
        self._enabled = value


def test_stm32_keeps_what_it_learned_when_its_supply_goes(tmp_path: Path) -> None:
    memory = boards()["stm32vldiscovery"].persistence
    plain = keeping_board("unicorn-cortex-m3")
    config = (*plain.config, ("POWER_ENABLE_REGISTER", RESET_CLOCK + APB1_ENABLE))
    board = replace(plain, persistence=memory, brown_out=True, config=config)
    image, plan = compile_firmware(NETWORK, board, tmp_path), plan_store(NETWORK, board)
    detector = Detector(plan, None, cut_at=10_000)
    line = UnicornLine(board, "m3", image, attach=detector.attach)
    device = SerialDevice(NETWORK, line, "m3")
    device.run_samples(SAMPLES.head(3), learn=True)
    state = state_to_bytes(NETWORK, device.read_state())
    detector.falls = True
    device.state_crc()
    device = SerialDevice(
        NETWORK,
        UnicornLine(board, "m3", image, attach=Detector(plan, detector.held(), cut_at=10_000).attach),
        "m3",
        start_over=False,
    )
    assert (device.greeting.woke, device.greeting.samples) == (Woke.RESTORED, 3)
    assert state_to_bytes(NETWORK, device.read_state()) == state
