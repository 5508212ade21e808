"""A board's own image in unicorn, from its reset, with models of what its serial line needs; for boards that no simulator has.

The models are after the chips' manuals: every other register holds what was written to it last. What is shown by them is that the image starts, sets up this
line and computes; not that the clocks and pins of a real board are as its manual says.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.host.link.line import Line

IDLE_LOOKS: Final = 3
"""Calls of sfdfa_board_read in a row with nothing to read and nothing sent, after which the firmware is waiting."""
LONGEST_RUN: Final = 200_000_000
"""Instructions."""


CLAIMED: Final = 0x400
"""Bytes of the registers of what claims some."""


class Peripheral(Protocol):
    """What has registers."""

    def read(self, address: int, /) -> int: ...

    def write(self, address: int, value: int, /) -> None: ...


class Registers:
    """Words by address, as they were written last. A Cortex-M finds its vector table at the beginning of the flash."""

    PERIPHERALS: tuple[tuple[int, int], ...] = ((0x4000_0000, 1 << 21), (0x5000_0000, 1 << 20), (0xE000_0000, 1 << 20))
    """Origin and size of what is modelled."""
    MIRROR: int | None = None
    """Where the flash is seen a second time, for data."""
    HANDLER = "sfdfa_board_interrupt"
    """What the interrupt of the line calls."""
    SKIPPED: tuple[str, ...] = ()
    """Functions whose instructions unicorn's core does not have; and always the sleep, which nothing would end here."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.config = dict(board.config)
        self.words: dict[int, int] = {}
        self.sent = bytearray()

    def start(self, flash: bytes) -> tuple[int | None, int]:
        """The stack pointer that the core begins with, if it has one, and its first instruction."""
        return struct.unpack_from("<2I", flash)

    def on_ram_written(self) -> None:
        """Called before each word of RAM is written."""

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

    def __init__(self, board: Board) -> None:
        super().__init__(board)
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


class Rp2350RiscvLine(Rp2350Line):
    """The same with the chip's RISC-V cores. RP2350 Datasheet, "Minimum RISC-V IMAGE_DEF"."""

    SKIPPED = ("sfdfa_rp_set_up_cycle_counter",)

    def start(self, flash: bytes) -> tuple[int | None, int]:
        place = flash.find(struct.pack("<3I", 0xFFFF_DED3, 0x1101_0142, 0x0000_0344), 0, 4096)
        entry, stack, last, following, end = struct.unpack_from("<5I", flash, place + 12)
        assert place >= 0 and (last, following, end) == (0x0000_04FF, 0, 0xAB12_3579)
        assert stack == self.board.ram.origin + self.board.ram.size
        return None, entry  # the program sets its stack itself


class Stm32Usart(Registers):
    """A USART of an STM32, with its clock and pins. Reference manuals RM0368, RM0351 and RM0433, "USART", "GPIO"."""

    STATUS, RECEIVED, TRANSMITTED, BAUD, CONTROL, ENABLED = 0x00, 0x04, 0x04, 0x08, 0x0C, 0x202C
    NVIC_ENABLE = 0xE000_E100

    def read(self, address: int) -> int:
        if address == self.config["UART"] + self.STATUS:
            return super().read(address) | 1 << 7
        if address == self.config["UART"] + self.RECEIVED:
            self.words[self.config["UART"] + self.STATUS] = 0
        return super().read(address)

    def write(self, address: int, value: int) -> None:
        if address == self.config["UART"] + self.TRANSMITTED:
            self.check()
            self.sent.append(value & 0xFF)
            return
        super().write(address, value)

    def check(self) -> None:
        """Whether what the line needs is on."""
        config = self.config
        assert self.words[config["UART"] + self.CONTROL] == self.ENABLED
        assert self.words[config["UART"] + self.BAUD] == round(self.board.clock_hz / self.board.baud)
        for unit in ("UART", "GPIO"):
            assert self.words[config[f"{unit}_ENABLE_REGISTER"]] >> config[f"{unit}_ENABLE_BIT"] & 1
        for pin in (config["TX_PIN"], config["RX_PIN"]):
            assert self.words[config["GPIO"]] >> 2 * pin & 3 == 2
            alternate = self.words[config["GPIO"] + 0x20 + 4 * (pin // 8)]
            assert alternate >> 4 * (pin % 8) & 15 == config["ALTERNATE_FUNCTION"]

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        self.check()
        interrupt = self.config["RECEIVE_INTERRUPT"]
        assert self.read(self.NVIC_ENABLE + 4 * (interrupt // 32)) >> interrupt % 32 & 1
        self.words[self.config["UART"] + self.RECEIVED] = byte
        self.words[self.config["UART"] + self.STATUS] = 1 << 5
        core.interrupt()


class Stm32L4Usart(Stm32Usart):
    """The later USART, the oscillator of 16 MHz, and the voltage detector. RM0351, "RCC", "PWR"."""

    STATUS, RECEIVED, TRANSMITTED, BAUD, CONTROL, ENABLED = 0x1C, 0x24, 0x28, 0x0C, 0x00, 0x2D
    RCC_CONTROL, RCC_CONFIGURATION = 0x4002_1000, 0x4002_1008
    CLOCKS, DETECTOR, DETECTOR_STATUS = 0x4002_1058, 0x4000_7004, 0x4000_7014
    PERIPHERALS = (*Registers.PERIPHERALS, (0x4800_0000, 1 << 16))
    falls = False
    """What the supply does."""

    def read(self, address: int) -> int:
        if address == self.DETECTOR_STATUS:
            assert self.words[self.CLOCKS] >> 28 & 1 and self.words[self.DETECTOR] == 0x0D, "not at 2.9 V"
            return self.falls << 11
        value = super().read(address)
        return value | (value >> 8 & 1) << 10 if address == self.RCC_CONTROL else value

    def check(self) -> None:
        super().check()
        assert self.words[self.RCC_CONFIGURATION] & 3 == 1


class Stm32H7Usart(Stm32Usart):
    """The later USART, a RAM that must not be written before the supply is ready, and its voltage detector. RM0433, "PWR"."""

    STATUS, RECEIVED, TRANSMITTED, BAUD, CONTROL, ENABLED = 0x1C, 0x24, 0x28, 0x0C, 0x00, 0x2D
    PWR_CONTROL, PWR_STATUS, PWR_SUPPLY = 0x5802_4800, 0x5802_4804, 0x5802_480C
    PERIPHERALS = (*Registers.PERIPHERALS, (0x5200_0000, 1 << 16), (0x5802_0000, 1 << 16))

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.looks = 0
        self.falls = False

    def read(self, address: int) -> int:
        if address == self.PWR_STATUS and self.words.get(self.PWR_SUPPLY, 0) & 2:
            self.looks += 1
            watched = self.words.get(self.PWR_CONTROL, 0) == 0xD0
            return (self.looks > 2) << 13 | (watched and self.falls) << 4
        return super().read(address)

    def on_ram_written(self) -> None:
        assert self.looks > 2, "RAM is written before the supply is ready"


class ImxrtLine(Registers):
    """LPUART6 of an i.MX RT1062, its boot ROM and a watchdog that runs. i.MX RT1060 Reference Manual, "System Boot", "LPUART", "IOMUXC", "RTWDOG"."""

    UART, CLOCKS, PINS, WATCHDOG = 0x4019_8000, 0x400F_C000, 0x401F_8000, 0x400B_C000
    NVIC_ENABLE = 0xE000_E100

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.words[self.WATCHDOG] = 0x2980
        self.unlocked = False

    def start(self, flash: bytes) -> tuple[int | None, int]:
        assert flash[:4] == b"FCFB" and struct.unpack_from("<2I", flash, 0x80) == (0x0A18_04EB, 0x2604_3206)
        assert flash[0x44:0x47] == bytes([1, 4, 3])
        header, table, _, configuration, data, itself = struct.unpack_from("<6I", flash, 0x1000)
        assert header & 0xFF00_00FF == 0x4300_00D1 & 0xFF00_00FF and itself == 0x6000_1000 and configuration == 0
        origin, size = struct.unpack_from("<2I", flash, data - self.board.flash.origin)
        assert origin == self.board.flash.origin and 0 < size <= self.board.flash.size
        assert table % 1024 == 0
        return struct.unpack_from("<2I", flash, table - self.board.flash.origin)

    def read(self, address: int) -> int:
        if address == self.UART + 0x14:
            return super().read(address) | 1 << 23
        if address == self.UART + 0x1C:
            self.words[self.UART + 0x14] = 0
        return super().read(address)

    def write(self, address: int, value: int) -> None:
        if address == self.WATCHDOG + 4:
            self.unlocked = value == 0xD928_C520
        if address == self.WATCHDOG:
            assert self.unlocked
        if address == self.UART + 0x1C:
            self.check()
            self.sent.append(value & 0xFF)
            return
        super().write(address, value)

    def check(self) -> None:
        assert not self.words[self.WATCHDOG] & 1 << 7, "the watchdog runs"
        baud = self.words[self.UART + 0x10]
        assert abs(24_000_000 / ((baud >> 24) + 1) / (baud & 0x1FFF) / self.board.baud - 1) < 0.01
        assert self.words[self.CLOCKS + 0x24] & 0x7F == 1 << 6 and self.words[self.CLOCKS + 0x74] >> 6 & 3 == 3
        assert [self.words[self.PINS + offset] for offset in (0xC4, 0xC8, 0x550, 0x554)] == [2, 2, 1, 1]

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        self.check()
        assert self.words[self.UART + 0x18] == 1 << 21 | 1 << 19 | 1 << 18
        assert self.read(self.NVIC_ENABLE) >> self.config["RECEIVE_INTERRUPT"] & 1
        self.words |= {self.UART + 0x1C: byte, self.UART + 0x14: 1 << 21}
        core.interrupt()


class Esp32C3Line(Registers):
    """UART0 of an ESP32-C3, its boot ROM and its watchdogs. ESP32-C3 Technical Reference Manual, "UART Controller", "Watchdog Timers"; "Direct Boot"."""

    PERIPHERALS = ((0x6000_0000, 1 << 20),)
    MIRROR = 0x3C00_0000
    LOCKS: Final = {
        0x6000_8090: (0x6000_80A8, 0x50D8_3AA1),
        0x6000_80AC: (0x6000_80B0, 0x8F1D_312A),
        0x6001_F048: (0x6001_F064, 0x50D8_3AA1),
    }
    """Registers of watchdogs, each with that of its lock and what opens it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.words |= {0x6000_8090: 1 << 31, 0x6001_F048: 1 << 31, 0x600C_0058: 1}
        self.queue: list[int] = []

    def start(self, flash: bytes) -> tuple[int | None, int]:
        assert flash[:8] == 2 * bytes.fromhex("1d04dbae")
        return None, self.board.flash.origin + 8

    def read(self, address: int) -> int:
        if address == 0x6000_001C:
            return len(self.queue)
        return self.queue.pop(0) if address == 0x6000_0000 else super().read(address)

    def write(self, address: int, value: int) -> None:
        if address in self.LOCKS:
            lock, key = self.LOCKS[address]
            assert self.words.get(lock) == key, "the watchdog is locked"
        if address == 0x6000_0000:
            assert not self.words[0x6000_8090] and not self.words[0x6001_F048] and self.words[0x6000_80AC] >> 31
            divider = self.words[0x6000_0014]
            assert abs(40_000_000 / ((divider & 0xFFF) + (divider >> 20) / 16) / self.board.baud - 1) < 0.001
            assert self.words[0x6000_0078] >> 20 & 3 == 3 and self.words[0x600C_0058] & 0xFFF == 0
            self.sent.append(value & 0xFF)
            return
        super().write(address, value)

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        self.queue.append(byte)
        assert len(self.queue) <= 128


class SifiveUart(Registers):
    """UART0 of an FE310, its crystal, and the controller of its interrupts. FE310-G002 Manual, "PRCI", "GPIO", "PLIC", "UART"."""

    PERIPHERALS = ((0x0C00_0000, 1 << 22), (0x1000_0000, 1 << 20))
    HANDLER = "sfdfa_plic_interrupt"
    CRYSTAL, PLL, PINS, UART = 0x1000_8004, 0x1000_8008, 0x1001_2038, 0x1001_3000
    PLIC_PRIORITY, PLIC_ENABLE, PLIC_THRESHOLD, PLIC_CLAIM = 0x0C00_0000, 0x0C00_2000, 0x0C20_0000, 0x0C20_0004
    EMPTY = 1 << 31

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.queue: list[int] = []
        self.served = True

    def start(self, flash: bytes) -> tuple[int | None, int]:
        return None, self.board.flash.origin

    def read(self, address: int) -> int:
        if address == self.CRYSTAL:
            return super().read(address) | (super().read(address) << 1 & 1 << 31)
        if address == self.UART:
            return 0
        if address == self.UART + 4:
            return self.queue.pop(0) if self.queue else self.EMPTY
        if address == self.PLIC_CLAIM:
            self.served = False
            return self.config["RECEIVE_INTERRUPT"]
        return super().read(address)

    def write(self, address: int, value: int) -> None:
        super().write(address, value)
        if address == self.UART:
            self.check()
            self.sent.append(value & 0xFF)
        if address == self.PLIC_CLAIM:
            assert value == self.config["RECEIVE_INTERRUPT"] and not self.served
            self.served = True

    def check(self) -> None:
        pins = 1 << 16 | 1 << 17
        assert self.words[self.CRYSTAL] >> 30 & 1 and self.words[self.PLL] == 7 << 16
        assert self.words[self.PINS] & pins == pins and not self.words[self.PINS + 4] & pins
        assert self.words[self.UART + 8] & 1 and self.words[self.UART + 0xC] == 1
        assert abs(self.board.clock_hz / (self.words[self.UART + 0x18] + 1) / self.board.baud - 1) < 0.01

    def arrive(self, byte: int, core: "ModelledLine") -> None:
        self.check()
        source = self.config["RECEIVE_INTERRUPT"]
        assert self.words[self.UART + 0x10] == 2 and self.words[self.PLIC_ENABLE] >> source & 1
        assert self.words[self.PLIC_PRIORITY + 4 * source] > self.words[self.PLIC_THRESHOLD]
        assert self.served, "no interrupt comes before the one before is served"
        self.queue.append(byte)
        core.interrupt()


class ModelledLine(Line):
    """The emulated processor with `model` around it, and the line to it."""

    def __init__(
        self,
        board: Board,
        image: Path,
        model: Callable[[Board], Registers],
        attach: Callable[["ModelledLine"], object] = lambda _: None,
    ) -> None:
        """attach: called before the first instruction."""
        import unicorn
        from unicorn import arm_const, riscv_const

        self.board = board
        self.name = f"unicorn {board.name}"
        self.registers = model(board)
        self._claims: list[tuple[int, Peripheral]] = []
        self._pending: list[int] = []
        self._looks = self._sent_before = 0
        self._waiting = False
        self._resume: int | None = None
        if board.architecture == "riscv":
            self.uc: Any = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
            stack_pointer = riscv_const.UC_RISCV_REG_SP
            self._pc, self._link, self._thumb = riscv_const.UC_RISCV_REG_PC, riscv_const.UC_RISCV_REG_RA, 0
        else:
            self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
            self.uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_{board.core.upper().replace('-', '_')}"))
            stack_pointer = arm_const.UC_ARM_REG_SP
            self._pc, self._link, self._thumb = arm_const.UC_ARM_REG_PC, arm_const.UC_ARM_REG_LR, 1
        for memory in (board.flash, board.ram):
            self.uc.mem_map(memory.origin, memory.size)
        for origin, size in self.registers.PERIPHERALS:
            self.uc.mmio_map(
                origin,
                size,
                lambda uc, offset, size, base: self.peek(base + offset),
                origin,
                lambda uc, offset, size, value, base: self._write(base + offset, value),
                origin,
            )
        with image.open("rb") as file:
            elf = ELFFile(file)
            symbols: Any = elf.get_section_by_name(".symtab")
            self.places = {symbol.name: symbol["st_value"] & ~1 for symbol in symbols.iter_symbols()}
            for segment in elf.iter_segments("PT_LOAD"):
                if segment["p_filesz"]:
                    self.uc.mem_write(segment["p_paddr"], segment.data())
        flash = bytes(self.uc.mem_read(board.flash.origin, board.flash.size))
        if self.registers.MIRROR is not None:
            self.uc.mem_map(self.registers.MIRROR, board.flash.size)
            self.uc.mem_write(self.registers.MIRROR, flash)
        self._interrupt = self.places.get(self.registers.HANDLER, 0)
        self._look_at = self.places["sfdfa_board_read"]
        self.uc.hook_add(unicorn.UC_HOOK_CODE, self._on_look, begin=self._look_at, end=self._look_at)
        for name in {"sfdfa_board_wait", *self.registers.SKIPPED} & self.places.keys():
            self.uc.hook_add(unicorn.UC_HOOK_CODE, self._on_skipped, begin=self.places[name], end=self.places[name])
        self.uc.hook_add(
            unicorn.UC_HOOK_MEM_WRITE,
            lambda *_: self.registers.on_ram_written(),
            begin=board.ram.origin,
            end=board.ram.origin + board.ram.size - 1,
        )
        stack, reset = self.registers.start(flash)
        if stack is not None:
            self.uc.reg_write(stack_pointer, stack)
        self.uc.reg_write(self._pc, reset)
        attach(self)
        self._run()

    def peek(self, address: int) -> int:
        """What a register reads as."""
        owner, offset = self._owner(address)
        return owner.read(offset)

    def _write(self, address: int, value: int) -> None:
        owner, offset = self._owner(address)
        owner.write(offset, value)

    def claim(self, origin: int, owner: Peripheral) -> None:
        """From now on `owner` is asked for the registers from `origin` on."""
        self._claims.append((origin, owner))

    def _owner(self, address: int) -> tuple[Peripheral, int]:
        for origin, owner in self._claims:
            if origin <= address < origin + CLAIMED:
                return owner, address - origin
        return self.registers, address

    def interrupt(self) -> None:
        """Call the handler, and come back to where it interrupted; that is at the beginning of a function, where nothing is lost by it."""
        self._resume = self.uc.reg_read(self._link)
        self.uc.reg_write(self._link, self._look_at | self._thumb)
        self.uc.reg_write(self._pc, self._interrupt | self._thumb)

    def _on_skipped(self, uc: Any, *_: Any) -> None:
        uc.reg_write(self._pc, uc.reg_read(self._link))

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
            self.uc.emu_start(self.uc.reg_read(self._pc) | self._thumb, 0xFFFF_FFFE, count=LONGEST_RUN)
        except UcError as error:
            place = self.uc.reg_read(self._pc)
            raise DeviceError(f"{self.name}: the firmware stopped at 0x{place:08x}: {error}") from error
        if not self._waiting:
            raise DeviceError(f"{self.name}: the firmware does not come back")

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
