"""The code that changes a board's flash, called by itself in unicorn: what the memory holds, and that nothing is read from it meanwhile.

The controllers are after their manuals. In each, bits only fall and a page is erased as a whole.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from needs import need
from networks import make_network
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.firmware import compile_firmware, image_size
from sfdfa_codegen.codegen.persistence import plan_store
from sfdfa_codegen.host.devices.targets import check_board
from sfdfa_codegen.host.simulators.unicorn_line import check_unicorn
from torn_flash import EspRomFlash, F4Flash, H7Flash, L4Flash, NvmcFlash, RpRomFlash, SerialFlash, TornFlash

NETWORK = make_network(8, 3, 2)
STOP = 0x0110_0000
"""Where functions return to; in no board's memory."""
SYSTEM = 0xE000_E000
"""System control of a Cortex-M, as plain memory."""
PAGE = 0x1000
LONGEST_CALL = 1_000_000
"""Instructions."""


class Core:
    """A processor with a board's image in it, of which single functions are called."""

    def __init__(self, board: Board, image: Path) -> None:
        import unicorn

        self.board = board
        if board.architecture == "riscv":
            from unicorn import riscv_const as names

            self.uc: Any = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
            self._sp, self._back = names.UC_RISCV_REG_SP, names.UC_RISCV_REG_RA
            self._arguments = (names.UC_RISCV_REG_A0, names.UC_RISCV_REG_A1, names.UC_RISCV_REG_A2)
            self._thumb = 0
        else:
            from unicorn import arm_const

            self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
            self.uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
            self._sp, self._back = arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR
            self._arguments = (arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1, arm_const.UC_ARM_REG_R2)
            self._thumb = 1
        for memory in (board.flash, board.ram):
            self.uc.mem_map(memory.origin, memory.size)
        constants = dict(board.config).get("CONSTANTS_ORIGIN")
        if constants is not None:
            self.uc.mem_map(constants, board.flash.size)
        self.uc.mem_map(STOP, PAGE)
        self.uc.mem_map(SYSTEM, PAGE)
        with image.open("rb") as file:
            elf = ELFFile(file)
            symbols: Any = elf.get_section_by_name(".symtab")
            self.places = {symbol.name.split(".")[0]: symbol["st_value"] & ~1 for symbol in symbols.iter_symbols()}
            for segment in elf.iter_segments("PT_LOAD"):
                for address in {segment["p_paddr"], segment["p_vaddr"]}:
                    if segment["p_filesz"]:
                        self.uc.mem_write(address, segment.data())

    def call(self, name: str, *arguments: int) -> int:
        """Returns what the function does, as a signed number."""
        top = self.board.ram.origin + self.board.ram.size
        self.uc.reg_write(self._sp, top)
        self.uc.reg_write(self._back, STOP | self._thumb)
        for register, value in zip(self._arguments, arguments, strict=False):
            self.uc.reg_write(register, value)
        self.uc.emu_start(self.places[name] | self._thumb, STOP, count=LONGEST_CALL)
        result = int(self.uc.reg_read(self._arguments[0]))
        return result - (1 << 32) if result >> 31 else result

    def claim(self, origin: int, owner: Any) -> None:
        page = origin // PAGE * PAGE
        self.uc.mmio_map(
            page,
            PAGE,
            lambda uc, offset, size, data: owner.read(page + offset - origin),
            None,
            lambda uc, offset, size, value, data: owner.write(page + offset - origin, value),
            None,
        )

    def watch(self, check: Callable[[], None]) -> None:
        """Call it for each instruction and each load from the flash."""
        from unicorn import UC_HOOK_CODE, UC_HOOK_MEM_READ

        flash = self.board.flash
        for kind in (UC_HOOK_CODE, UC_HOOK_MEM_READ):
            self.uc.hook_add(kind, lambda *_: check(), begin=flash.origin, end=flash.origin + flash.size - 1)

    def peek(self, address: int) -> int:
        return int.from_bytes(self.uc.mem_read(address, 4), "little")

    def set_counter(self, name: str, value: int) -> None:
        """Of the C's static variables of 4 bytes."""
        self.uc.mem_write(self.places[name], value.to_bytes(4, "little"))

    @property
    def buffer(self) -> int:
        """An address in RAM for bytes; where the stack does not reach."""
        return self.board.ram.origin + self.board.ram.size // 2


FLASHES: dict[str, type[TornFlash]] = {
    "hifive1": SerialFlash,
    "netduinoplus2": F4Flash,
    "nucleo-f401re": F4Flash,
    "blackpill-f411": F4Flash,
    "nucleo-l476rg": L4Flash,
    "nucleo-h743zi2": H7Flash,
    "esp32c3": EspRomFlash,
    "pico2": RpRomFlash,
    "pico2-riscv": RpRomFlash,
    "nrf52dk": NvmcFlash,
    "microbit-v2": NvmcFlash,
    "nano-33-ble": NvmcFlash,
    "xiao-nrf52840": NvmcFlash,
    "microbit": NvmcFlash,
}


def checked(board: Board) -> Board:
    """The board, if its tools are here."""
    need(lambda: check_board(board, with_simulator=False))
    need(check_unicorn)
    return board


@pytest.mark.parametrize("name", FLASHES)
def test_pages_are_erased_programmed_and_read(name: str, tmp_path: Path) -> None:
    board = checked(replace(boards()[name], persist_every=8))
    image, plan = compile_firmware(NETWORK, board, tmp_path), plan_store(NETWORK, board)
    core = Core(board, image)
    flash = FLASHES[name](core, plan.start, plan.size)
    if isinstance(flash, EspRomFlash | RpRomFlash | SerialFlash):
        core.watch(flash.check_can_be_read)
    chance = random.Random(name)
    last = plan.start + plan.size - plan.page_bytes
    core.uc.mem_write(plan.start, chance.randbytes(plan.size))
    around = bytes(core.uc.mem_read(plan.start, plan.size))
    assert core.call("sfdfa_board_erase", last) == 0 and flash.erased == 1
    expected = bytearray(around[: -plan.page_bytes] + b"\xff" * plan.page_bytes)
    for place in range(0, 512, 32):
        piece = chance.randbytes(32)
        core.uc.mem_write(core.buffer, piece)
        assert core.call("sfdfa_board_program", last + place, core.buffer, 32) == 0
        begin = len(expected) - plan.page_bytes + place
        expected[begin : begin + 32] = piece
    assert bytes(core.uc.mem_read(plan.start, plan.size)) == bytes(expected)
    assert core.call("sfdfa_board_recall", last + 16, core.buffer, 100) == 0
    assert bytes(core.uc.mem_read(core.buffer, 100)) == bytes(expected[-plan.page_bytes + 16 :][:100])
    if isinstance(flash, L4Flash | H7Flash):
        flash.broken.add(last + 64)
        statuses = [core.call("sfdfa_board_recall", last + place, core.buffer, 32) for place in (32, 64, 96)]
        assert statuses == [0, -1, 0] and flash.unreadable


def test_code_that_runs_from_ram_is_counted_there(tmp_path: Path) -> None:
    board = boards()["hifive1"]
    need(lambda: check_board(board, with_simulator=False))
    without = image_size(compile_firmware(NETWORK, board, tmp_path / "without"))
    keeping = image_size(compile_firmware(NETWORK, replace(board, persist_every=8), tmp_path / "keeping"))
    assert keeping.data > without.data + 100


class SupplyComparator:
    """The power-fail comparator of an nRF51 or nRF52: nRF52832 Product Specification, "POWER". It warns when the supply falls, and only while it is on."""

    WARNING, CONTROL = 0x108, 0x510

    def __init__(self, core: Core) -> None:
        self.warned = 0
        self.control = 0
        core.uc.mmio_map(0x4000_0000, PAGE, self._on_read, None, self._on_write, None)

    def fall(self) -> None:
        self.warned = self.control & 1

    def _on_read(self, uc: Any, offset: int, size: int, data: Any) -> int:
        return {self.WARNING: self.warned, self.CONTROL: self.control}.get(offset, 0)

    def _on_write(self, uc: Any, offset: int, size: int, value: int, data: Any) -> None:
        if offset == self.WARNING:
            self.warned = value
        elif offset == self.CONTROL:
            self.control = value


@pytest.mark.parametrize(("name", "on_at_2_7_v"), [("nrf52dk", 1 | 14 << 1), ("microbit", 1 | 3 << 1)])
def test_the_flash_can_be_programmed_while_the_supply_falls(name: str, on_at_2_7_v: int, tmp_path: Path) -> None:
    """It could not while the comparator is on. It is on again a while later, and a supply that falls at once again is not told."""
    board = checked(replace(boards()[name], persist_every=8, brown_out=True))
    core = Core(board, compile_firmware(NETWORK, board, tmp_path))
    supply = SupplyComparator(core)
    assert not core.call("sfdfa_board_power_fails") and supply.control == on_at_2_7_v
    supply.fall()
    assert core.call("sfdfa_board_power_fails") and supply.control == 0
    for _ in range(3):
        assert core.call("sfdfa_board_power_fails") and supply.control == 0
    core.set_counter("looks_off", 1)
    assert core.call("sfdfa_board_power_fails") and supply.control == 0
    assert not core.call("sfdfa_board_power_fails") and supply.control == on_at_2_7_v
