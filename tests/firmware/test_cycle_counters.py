"""The cycle counters of boards: what the C does to switch them on, against models of the peripherals, and what simulators without one say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from needs import need, need_target
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.render import folder_sources, render_template
from sfdfa_codegen.codegen.toolchain.cross_compilers import core_flags, find_cross_compiler
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import find_target

CODE, STACK, PAGE = 0x0800_0000, 0x2000_0000, 0x1000
END = CODE + 0x8000
RING = """\
#include <stdint.h>
static inline void sfdfa_ring_put(uint8_t byte) { (void)byte; }
static inline int16_t sfdfa_ring_take(void) { return -1; }
"""
"""In the place of the real one: nothing is received."""
Peripheral = Callable[[int, int | None], int]
"""Of an address and, if it is written, the value; what is read."""


class Processor:
    """Some C files of a board, in a Cortex-M whose peripherals are functions."""

    def __init__(
        self, board_name: str, folders: tuple[str, ...], folder: Path, peripherals: dict[int, Peripheral]
    ) -> None:
        """folders: below firmware_templates/boards, all C of which is compiled. peripherals: by the address of their page."""
        unicorn: Any = pytest.importorskip("unicorn")
        compiler = need(lambda: find_cross_compiler("cortex-m"))
        board = boards()[board_name]
        own = {name: text for where in folders for name, text in folder_sources(f"boards/{where}").items()}
        for name, text in {
            "sfdfa_board.h": folder_sources("link")["sfdfa_board.h"],
            "sfdfa_nvic.h": folder_sources("boards/cortex_m")["sfdfa_nvic.h"],
            "sfdfa_board_config.h": render_template("sfdfa_board_config.h", {"board": board, "store": None}),
            "sfdfa_ring.h": RING,
            **own,
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
        image = folder / "board.elf"
        flags = ["-std=c11", "-O2", "-ffreestanding", "-nostdlib", *core_flags(board, compiler), "-I", str(folder)]
        compiler.run(
            [
                *flags,
                *(str(folder / name) for name in own if name.endswith(".c")),
                f"-Wl,-Ttext={CODE:#x},--entry=sfdfa_board_cycles",
                "-o",
                str(image),
            ],
            folder,
        )
        self._arm = unicorn.arm_const
        self._machine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._machine.mem_map(CODE, 0x1_0000)
        self._machine.mem_map(STACK, PAGE)
        with image.open("rb") as file:
            elf: Any = ELFFile(file)
            self._machine.mem_write(CODE, elf.get_section_by_name(".text").data())
            table = elf.get_section_by_name(".symtab")
            self._places = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
        for page, peripheral in peripherals.items():
            self._connect(page, peripheral)

    def _connect(self, page: int, peripheral: Peripheral) -> None:
        self._machine.mmio_map(
            page,
            PAGE,
            lambda _, offset, size, data: peripheral(page + offset, None),
            None,
            lambda _, offset, size, value, data: peripheral(page + offset, value),
            None,
        )

    def call(self, function: str) -> int:
        """What it returns."""
        arm = self._arm
        self._machine.reg_write(arm.UC_ARM_REG_SP, STACK + PAGE)
        self._machine.reg_write(arm.UC_ARM_REG_LR, END | 1)
        self._machine.emu_start(self._places[function] | 1, END)
        return int(self._machine.reg_read(arm.UC_ARM_REG_R0))


class Dwt:
    """That of a Cortex-M7: locked after a reset, off without trace, and counting once it is told to."""

    def __init__(self) -> None:
        self.now, self.trace, self.unlocked, self.counts = 0, False, False, False

    def __call__(self, address: int, value: int | None) -> int:
        self.now += 1000
        if address == 0xE000_EDFC:
            self.trace = self.trace if value is None else bool(value & 1 << 24)
            return int(self.trace) << 24
        if not self.trace:
            return 0
        if address == 0xE000_1FB0 and value is not None:
            self.unlocked = value == 0xC5AC_CE55
        if address == 0xE000_1000:
            if value is not None and self.unlocked:
                self.counts = bool(value & 1)
            return 0x4000_0000 | int(self.counts)
        return self.now if address == 0xE000_1004 and self.counts else 0


@pytest.mark.parametrize("board", ["netduinoplus2", "mps2-an500", "stm32vldiscovery"])
def test_dwt_is_unlocked_switched_on_and_read(board: str, tmp_path: Path) -> None:
    dwt = Dwt()
    processor = Processor(board, ("dwt",), tmp_path, {0xE000_1000: dwt, 0xE000_E000: dwt})
    first, second = (processor.call("sfdfa_board_cycles") for _ in range(2))
    assert 0 < first < second
    assert second - first == 6000, "accesses of the second reading: two of DEMCR, the lock, two of CTRL, CYCCNT"


class Timer:
    """TIMER0 of an nRF51: 16 bits and a prescaler of 16 after a reset."""

    def __init__(self) -> None:
        self.cycles, self.started, self.captured = 0, False, 0
        self.bits, self.prescaler = {0: 16, 1: 8, 2: 24, 3: 32}, 4
        self.mode = 0

    def __call__(self, address: int, value: int | None) -> int:
        offset = address & 0xFFF
        if value is not None and offset == 0x508:
            self.mode = value
        elif value is not None and offset == 0x510:
            self.prescaler = value
        elif offset == 0x000:
            self.started = True
        elif offset == 0x040:
            self.captured = (self.cycles >> self.prescaler) % (1 << self.bits[self.mode]) if self.started else 0
        return self.captured if offset == 0x540 else 0


def test_the_timer_of_the_microbit_counts_all_cycles(tmp_path: Path) -> None:
    timer = Timer()

    def ready(_: int, value: int | None) -> int:
        return 1

    others = dict.fromkeys((0x4000_0000, 0x4000_2000, 0x5000_0000, 0xE000_E000), ready)
    processor = Processor("microbit", ("nrf_uart", "nrf51"), tmp_path, {0x4000_8000: timer, **others})
    processor.call("sfdfa_board_init")
    for cycles in (0, 1, 16_000_000, (1 << 32) - 1):
        timer.cycles = cycles
        assert processor.call("sfdfa_board_cycles") == cycles


@pytest.mark.parametrize(("target", "counts"), [("qemu-netduinoplus2", False), ("qemu-sifive-e", True)])
def test_simulators_whose_counter_does_not_count_cycles_report_none(target: str, counts: bool) -> None:
    """QEMU's DWT stands still, and its mcycle counts the host's time."""
    need_target(target)
    network = make_network(6, 5, 3)
    with find_target(target).open(network) as device:
        assert isinstance(device, SerialDevice)
        assert device.cycle_kind is None
        sample = make_samples(network, 1)[0]
        assert device.run_sample(sample, True).cycles is None
        cycles = device.exchange_sample(sample, True).cycles
        assert len(cycles) == 2
        assert any(cycles) == counts
