"""A Cortex-M board's own image in unicorn, from its reset, with models of what its serial line needs; for boards that no simulator has.

The models are after the chips' manuals: every other register holds what was written to it last. What is shown by them is that the image starts, sets up this
line and computes; not that the clocks and pins of a real board are as its manual says.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.host.link.line import Line

PERIPHERALS: Final = ((0x4000_0000, 1 << 21), (0x5000_0000, 1 << 20), (0xE000_0000, 1 << 20))
"""Origin and size of what is modelled."""
IDLE_LOOKS: Final = 3
"""Calls of sfdfa_board_read in a row with nothing to read and nothing sent, after which the firmware is waiting."""
LONGEST_RUN: Final = 200_000_000
"""Instructions."""


class Registers:
    """Words by address, as they were written last."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        self.sent = bytearray()

    def read(self, address: int) -> int:
        return self.words.get(address, 0)

    def write(self, address: int, value: int) -> None:
        self.words[address] = value

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        """A byte arrives at the line."""
        raise NotImplementedError


class NordicUart(Registers):
    """UART0 of an nRF52 and the crystal. nRF52840 Product Specification, "UART", "CLOCK"; an interrupt is taken before the next look at the ring."""

    ENABLE, RXDRDY, TXDRDY, RXD, TXD, INTENSET = (
        0x4000_2000 + offset for offset in (0x500, 0x108, 0x11C, 0x518, 0x51C, 0x304)
    )
    HFCLKSTART, HFCLKSTARTED = 0x4000_0000, 0x4000_0100
    NVIC_ENABLE = 0xE000_E100

    def write(self, address: int, value: int) -> None:
        super().write(address, value)
        if address == self.HFCLKSTART:
            self.words[self.HFCLKSTARTED] = value
        if address == self.TXD:
            assert self.read(self.ENABLE) == 4
            self.sent.append(value & 0xFF)
            self.words[self.TXDRDY] = 1

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        assert self.read(self.INTENSET) & 1 << 2 and self.read(self.NVIC_ENABLE) & 1 << 2
        self.words |= {self.RXD: byte, self.RXDRDY: 1}
        core.interrupt()


class Rp2350Line(Registers):
    """UART0 of an RP2350, DMA channel 0, and what says that clocks and subsystems are ready. RP2350 Datasheet, "Resets", "XOSC", "PLL", "Clocks", "UART", "DMA"."""

    RESETS, CLOCKS, XOSC, PLL, UART, DMA = 0x4002_0000, 0x4001_0000, 0x4004_8000, 0x4005_0000, 0x4007_0000, 0x5000_0000
    PADS, IO = 0x4003_8000, 0x4002_8000
    ATOMIC = (0x4000_0000, 0x5020_0000)

    def __init__(self) -> None:
        super().__init__()
        self.words[self.RESETS] = (1 << 29) - 1

    def read(self, address: int) -> int:
        if address == self.RESETS + 8:
            return ~self.words[self.RESETS] & 0xFFFF_FFFF
        if address in (self.XOSC + 4, self.PLL):
            return super().read(address) | 1 << 31
        if address in (self.CLOCKS + 0x38, self.CLOCKS + 0x44):
            return 1 << (super().read(address - 8) & 3)
        return super().read(address)

    def write(self, address: int, value: int) -> None:
        if self.ATOMIC[0] <= address < self.ATOMIC[1]:
            kind, address = address >> 12 & 3, address & ~0x3000
            old = super().read(address)
            value = (value, old ^ value, old | value, old & ~value)[kind]
        super().write(address, value)
        if address == self.UART:
            assert self.words[self.UART + 0x30] == 0x301 and self.words[self.IO + 4] == 2
            self.sent.append(value & 0xFF)

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        control, destination, left = (self.words[self.DMA + offset] for offset in (0xC, 4, 8))
        assert control & 1 and control >> 17 & 63 == 29 and control >> 6 & 1, "the DMA takes what the UART receives"
        assert not self.words[self.PADS + 8] & 1 << 8 and self.words[self.IO + 12] == 2, "the pin is isolated"
        assert left >> 28 == 0 and left > 0
        ring = 1 << (control >> 8 & 15)
        core.uc.mem_write(destination, bytes([byte]))
        self.words[self.DMA + 4] = destination & ~(ring - 1) | (destination + 1) & ring - 1
        self.words[self.DMA + 8] = left - 1


class ModelledLine(Line):
    """The emulated processor with `model` around it, and the line to it."""

    def __init__(self, board: Board, image: Path, model: Callable[[], Registers]) -> None:
        import unicorn
        from unicorn import arm_const

        self.name = f"unicorn {board.name}"
        self.registers = model()
        self._pending: list[int] = []
        self._looks = self._sent_before = 0
        self._waiting = False
        self._resume: int | None = None
        self.uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_{board.core.upper().replace('-', '_')}"))
        self._pc, self._link = arm_const.UC_ARM_REG_PC, arm_const.UC_ARM_REG_LR
        for memory in (board.flash, board.ram):
            self.uc.mem_map(memory.origin, memory.size)
        for origin, size in PERIPHERALS:
            self.uc.mmio_map(
                origin,
                size,
                lambda uc, offset, size, base: self.registers.read(base + offset),
                origin,
                lambda uc, offset, size, value, base: self.registers.write(base + offset, value),
                origin,
            )
        with image.open("rb") as file:
            elf = ELFFile(file)
            symbols: Any = elf.get_section_by_name(".symtab")
            places = {symbol.name: symbol["st_value"] & ~1 for symbol in symbols.iter_symbols()}
            for segment in elf.iter_segments("PT_LOAD"):
                if segment["p_filesz"]:
                    self.uc.mem_write(segment["p_paddr"], segment.data())
        self._interrupt = places.get("sfdfa_board_interrupt", 0)
        self._look_at = places["sfdfa_board_read"]
        self.uc.hook_add(unicorn.UC_HOOK_CODE, self._on_look, begin=self._look_at, end=self._look_at)
        stack, reset = struct.unpack("<2I", self.uc.mem_read(board.flash.origin, 8))
        self.uc.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self.uc.reg_write(self._pc, reset)
        self._run()

    def interrupt(self) -> None:
        """Call the handler, and come back to where it interrupted; that is at the beginning of a function, where nothing is lost by it."""
        self._resume = self.uc.reg_read(self._link)
        self.uc.reg_write(self._link, self._look_at | 1)
        self.uc.reg_write(self._pc, self._interrupt | 1)

    def _on_look(self, uc: Any, address: int, size: int, data: Any) -> None:
        if self._resume is not None:
            uc.reg_write(self._link, self._resume)
            self._resume = None
            return
        if self._pending:
            self.registers.arrive(self._pending.pop(0), self)
            self._looks = 0
            return
        self._looks = self._looks + 1 if len(self.registers.sent) == self._sent_before else 0
        self._sent_before = len(self.registers.sent)
        if self._looks >= IDLE_LOOKS:
            self._waiting = True
            uc.emu_stop()

    def _run(self) -> None:
        from unicorn import UcError

        self._waiting, self._looks = False, 0
        try:
            self.uc.emu_start(self.uc.reg_read(self._pc) | 1, 0xFFFF_FFFF, count=LONGEST_RUN)
        except UcError as error:
            place = self.uc.reg_read(self._pc)
            raise DeviceError(f"{self.name}: the firmware stopped at 0x{place:08x}: {error}") from error
        assert self._waiting, "the firmware does not come back"

    def write(self, data: bytes) -> None:
        self._pending.extend(data)

    def read(self, timeout_s: float) -> bytes:
        if self._pending:
            self._run()
        answer = bytes(self.registers.sent)
        self.registers.sent.clear()
        self._sent_before = 0
        return answer

    def close(self) -> None:
        self._pending.clear()
