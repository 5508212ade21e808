"""The flash of boards in unicorn, with what is left of an operation in which the power failed."""

import random
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

PAGE: Final = 0x1000
RETURN: Final = 0x0120_0000
"""Where the handler of an exception returns to; in no board's memory."""
RISCV_RETURN: Final = b"\x82\x80"
LOOKS: Final = 3
"""For which an operation is under way."""
KEYS: Final = [0x4567_0123, 0xCDEF_89AB]


@dataclass
class TornFlash:
    """Bits only fall, in whole units, and pages are erased whole. In operation `cut_at`, counted from 1, the power fails."""

    core: Any
    """Has `uc`, the processor, `board`, `places`, the addresses of its functions, and `claim`, by which it is asked for registers."""
    start: int
    size: int
    held: bytes | None = None
    """What it holds; None: what is in the memory now."""
    broken: set[int] = field(default_factory=set)
    """Addresses of units that an operation left half done. Each time they are read they hold something else."""
    cut_at: int = 0
    erased: int = 0
    operations: int = 0
    unreadable: int = 0
    """Reads of such units."""
    left: bytes | None = None
    """What it held when the power failed."""

    UNIT: ClassVar[int]

    def __post_init__(self) -> None:
        self.uc, self.origin = self.core.uc, self.core.board.flash.origin
        self.page = self.core.board.persistence.page_bytes
        self.chance = random.Random(self.cut_at)
        if self.held is not None:
            self.uc.mem_write(self.start, self.held)
        self.set_up()

    def set_up(self) -> None:
        """What the processor sees of it."""
        raise NotImplementedError

    def check_can_be_read(self) -> None:
        """Called before it is read, and in some tests before each instruction that comes from it."""

    def begin(self, address: int) -> bool:
        """An operation on a page or unit begins. Returns whether it goes through."""
        assert self.start <= address < self.start + self.size
        self.operations += 1
        return self.left is None and self.operations != self.cut_at

    def units(self, address: int, size: int) -> range:
        return range(address, address + size, self.UNIT)

    def erase(self, page: int) -> None:
        assert (page - self.origin) % self.page == 0
        self.erased += 1
        if self.begin(page):
            self.uc.mem_write(page, b"\xff" * self.page)
            self.broken -= set(self.units(page, self.page))
        else:
            self.tear(page, self.page)

    def tear(self, address: int, size: int) -> None:
        """The power fails in the middle: of a page, some units are as they were, some done, and some half done."""
        if self.left is not None:
            return
        content = bytearray(self.uc.mem_read(self.start, self.size))
        for unit in self.units(address, size):
            place = unit - self.start
            fate = 2 if size == self.UNIT else self.chance.randrange(3)
            if fate == 1:
                content[place : place + self.UNIT] = b"\xff" * self.UNIT
                self.broken.discard(unit)
            elif fate == 2:
                self.broken.add(unit)
        self.left = bytes(content)
        self.uc.emu_stop()

    def program(self, unit: int, new: bytes) -> None:
        """A whole unit, which must be erased."""
        assert unit not in self.broken, "programmed over what cannot be read"
        assert bytes(self.uc.mem_read(unit, self.UNIT)) == b"\xff" * self.UNIT, "programmed twice"
        if self.begin(unit):
            self.uc.mem_write(unit, new)
        else:
            self.tear(unit, self.UNIT)

    def watch_loads(self) -> None:
        """It is read as any memory."""
        from unicorn import UC_HOOK_MEM_READ

        self.uc.hook_add(UC_HOOK_MEM_READ, self._on_load, begin=self.start, end=self.start + self.size - 1)

    def _on_load(self, uc: Any, access: int, address: int, size: int, value: int, data: Any) -> None:
        self.check_can_be_read()
        if self.touch(address):
            self.fault(address)

    def fault(self, address: int) -> None:
        """A unit is read that was left half done. Where a code tells that two of its bits are wrong, it cannot be read."""

    def touch(self, address: int) -> bool:
        """A byte is about to be read. Returns whether its unit was left half done."""
        unit = address // self.UNIT * self.UNIT
        if unit not in self.broken:
            return False
        self.uc.mem_write(unit, self.chance.randbytes(self.UNIT))
        self.unreadable += 1
        return True


class MappedFlash(TornFlash):
    """Flash with a controller, which is programmed by storing whole units, and read as any memory."""

    REGISTERS: ClassVar[int]
    BANK: ClassVar[int] = 1 << 32

    def set_up(self) -> None:
        from unicorn import UC_HOOK_MEM_WRITE

        self.busy: dict[int, int] = {}
        """Looks by bank for which an operation is under way."""
        self.keys: dict[int, list[int]] = {}
        self.stores: list[int] = []
        """Of the unit that is being programmed."""
        self.core.claim(self.REGISTERS, self)
        self.uc.hook_add(UC_HOOK_MEM_WRITE, self._on_store, begin=self.start, end=self.start + self.size - 1)
        self.watch_loads()

    def read(self, offset: int) -> int:
        raise NotImplementedError

    def write(self, offset: int, value: int) -> None:
        raise NotImplementedError

    def check_can_be_programmed(self, bank: int) -> None:
        raise NotImplementedError

    def bank_of(self, address: int) -> int:
        return int(address - self.origin) // self.BANK

    def unlock(self, bank: int, value: int) -> bool:
        """Whether the second of two keys is there."""
        self.keys[bank] = [*self.keys.get(bank, []), value]
        assert self.keys[bank] == KEYS[: len(self.keys[bank])], "wrong key: the controller stays locked until a reset"
        return self.keys[bank] == KEYS

    def look(self, bank: int) -> bool:
        """Whether an operation is under way."""
        self.busy[bank] = max(self.busy.get(bank, 0) - 1, 0)
        return self.busy[bank] > 0

    def begin(self, address: int) -> bool:
        assert not self.busy.get(self.bank_of(address)), "an operation is under way"
        self.busy[self.bank_of(address)] = LOOKS
        return super().begin(address)

    def _on_store(self, uc: Any, access: int, address: int, size: int, value: int, data: Any) -> None:
        if self.left is not None:
            return
        self.check_can_be_programmed(self.bank_of(address))
        assert size == 4 and address % self.UNIT == 4 * len(self.stores), "not one unit in order"
        assert bytes(uc.mem_read(address, 4)) == b"\xff" * 4, "programmed twice"
        self.stores.append(value)
        if len(self.stores) < self.UNIT // 4:
            return
        unit, self.stores = address // self.UNIT * self.UNIT, []
        assert unit not in self.broken, "programmed over what cannot be read"
        if not self.begin(unit):
            self.tear(unit, self.UNIT)


class F4Flash(MappedFlash):
    """The STM32F4's controller: RM0368, "Embedded Flash memory interface"."""

    REGISTERS, UNIT = 0x4002_3C00, 4
    KEY, STATUS, CONTROL = 0x04, 0x0C, 0x10
    PROGRAM, ERASE, BY_WORDS, START, LOCK = 1, 2, 2 << 8, 1 << 16, 1 << 31

    def set_up(self) -> None:
        super().set_up()
        self.control = self.LOCK

    def read(self, offset: int) -> int:
        return self.look(0) << 16 if offset == self.STATUS else {self.CONTROL: self.control}[offset]

    def write(self, offset: int, value: int) -> None:
        if offset == self.KEY:
            if self.unlock(0, value):
                self.control &= ~self.LOCK
        elif offset == self.CONTROL:
            assert not self.control & self.LOCK and not self.busy.get(0), "locked, or an operation is under way"
            self.control, self.keys = value, {}
            if value & self.START:
                sector = value >> 3 & 0xF
                assert value & ~(0xF << 3) == self.ERASE | self.BY_WORDS | self.START and sector >= 5, "a small sector"
                self.erase(self.origin + (sector - 4) * 0x2_0000)
        else:
            assert offset == self.STATUS and value & ~0xF2 == 0

    def check_can_be_programmed(self, bank: int) -> None:
        assert self.control == self.PROGRAM | self.BY_WORDS


class NvmcFlash(MappedFlash):
    """The NVMC of the nRF51 and the nRF52: Product Specification, "NVMC"."""

    REGISTERS, UNIT = 0x4001_E400, 4
    READY, CONFIG, ERASEPAGE = 0x000, 0x104, 0x108
    access = 0

    def read(self, offset: int) -> int:
        assert offset == self.READY
        return int(not self.look(0))

    def write(self, offset: int, value: int) -> None:
        assert not self.busy.get(0), "an operation is under way"
        if offset == self.CONFIG:
            self.access = value
        else:
            assert offset == self.ERASEPAGE and self.access == 2
            self.erase(value)

    def check_can_be_programmed(self, bank: int) -> None:
        assert self.access == 1


class L4Flash(MappedFlash):
    """RM0351, "Embedded Flash memory". What cannot be read is told by the interrupt that cannot be masked; the data cache keeps what the flash held before."""

    REGISTERS, UNIT, BANK = 0x4002_2000, 8, 0x8_0000
    ACCESS, KEY, STATUS, CONTROL, CODE = 0x00, 0x08, 0x10, 0x14, 0x18
    PROGRAM, ERASE, SECOND_BANK, START, LOCK = 1, 2, 1 << 11, 1 << 16, 1 << 31
    DATA_CACHE, DATA_CACHE_RESET = 1 << 10, 1 << 12
    TWO_BITS = 1 << 31

    def set_up(self) -> None:
        from unicorn import UC_HOOK_CODE

        super().set_up()
        self.access, self.control, self.code, self.stale = 0x600, self.LOCK, 0, False
        self.interrupted: list[int] | None = None
        self.uc.mem_map(RETURN, PAGE)
        self.uc.hook_add(UC_HOOK_CODE, self._on_return, begin=RETURN, end=RETURN)
        place = self.core.places["sfdfa_board_recall"]
        self.uc.hook_add(UC_HOOK_CODE, self._on_instruction, begin=place, end=place + 0x100)

    def read(self, offset: int) -> int:
        if offset == self.STATUS:
            return int(self.look(0) | self.look(1)) << 16
        return {self.ACCESS: self.access, self.CONTROL: self.control, self.CODE: self.code}[offset]

    def write(self, offset: int, value: int) -> None:
        if offset == self.KEY:
            if self.unlock(0, value):
                self.control &= ~self.LOCK
        elif offset == self.ACCESS:
            if value & self.DATA_CACHE_RESET:
                assert not value & self.DATA_CACHE and not self.access & self.DATA_CACHE
                self.stale = False
            self.access = value
        elif offset == self.CODE:
            self.code &= ~value
        elif offset == self.CONTROL:
            assert not self.control & self.LOCK and not any(self.busy.values()), "locked, or an operation is under way"
            self.control, self.keys = value, {}
            if value & self.START:
                assert value & 0x8006 == self.ERASE and not self.access & self.DATA_CACHE
                number = value >> 3 & 0xFF
                bank = self.BANK if value & self.SECOND_BANK else 0
                self.stale = True
                self.erase(self.origin + bank + number * 0x800)
        else:
            assert offset == self.STATUS and value & ~0xC3FA == 0

    def check_can_be_programmed(self, bank: int) -> None:
        assert self.control == self.PROGRAM and not self.access & self.DATA_CACHE
        self.stale = True

    def check_can_be_read(self) -> None:
        assert not (self.stale and self.access & self.DATA_CACHE), "the data cache holds what the flash held before"

    def fault(self, address: int) -> None:
        self.code |= self.TWO_BITS

    def _registers(self) -> list[int]:
        from unicorn import arm_const

        numbers = [getattr(arm_const, f"UC_ARM_REG_{name}") for name in ("R0", "R1", "R2", "R3", "R12", "LR", "XPSR")]
        return numbers

    def _on_instruction(self, uc: Any, address: int, size: int, data: Any) -> None:
        """The interrupt comes before the next instruction."""
        from unicorn import arm_const

        if not self.code & self.TWO_BITS or self.interrupted is not None:
            return
        handler, fault = (int.from_bytes(uc.mem_read(self.origin + 4 * k, 4), "little") for k in (2, 3))
        assert handler != fault, "the interrupt has no handler"
        self.interrupted = [uc.reg_read(number) for number in self._registers()] + [address]
        uc.reg_write(arm_const.UC_ARM_REG_LR, RETURN | 1)
        uc.reg_write(arm_const.UC_ARM_REG_PC, handler)

    def _on_return(self, uc: Any, *_: Any) -> None:
        from unicorn import arm_const

        assert self.interrupted is not None and not self.code & self.TWO_BITS, "it would come again for ever"
        for number, value in zip(self._registers(), self.interrupted, strict=False):
            uc.reg_write(number, value)
        uc.reg_write(arm_const.UC_ARM_REG_PC, self.interrupted[-1] | 1)
        self.interrupted = None


class H7Flash(MappedFlash):
    """RM0433, "Embedded flash memory". What cannot be read is a bus fault, which an Armv7-M ignores where it is told to, and faults are masked."""

    REGISTERS, UNIT, BANK = 0x5200_2000, 32, 0x10_0000
    KEY, CONTROL, STATUS, CLEAR = 0x04, 0x0C, 0x10, 0x14
    LOCK, PROGRAM, ERASE, BY_WORDS, START = 1, 2, 4, 2 << 4, 1 << 7
    TWO_BITS = 1 << 26
    CONFIGURATION_CONTROL, IGNORE_BUS_FAULTS = 0xE000_ED14, 1 << 8

    def set_up(self) -> None:
        super().set_up()
        self.control, self.status = [0x31, 0x31], [0, 0]

    def read(self, offset: int) -> int:
        bank, place = divmod(offset, 0x100)
        if place == self.STATUS:
            return self.status[bank] | self.look(bank) << 2
        assert place == self.CONTROL
        return self.control[bank]

    def write(self, offset: int, value: int) -> None:
        bank, place = divmod(offset, 0x100)
        if place == self.KEY:
            if self.unlock(bank, value):
                self.control[bank] &= ~self.LOCK
        elif place == self.CLEAR:
            self.status[bank] &= ~value
        else:
            assert place == self.CONTROL and not self.control[bank] & self.LOCK and not self.busy.get(bank)
            self.control[bank], self.keys[bank] = value, []
            if value & self.START:
                sector = value >> 8 & 7
                assert value & ~(7 << 8) == self.ERASE | self.BY_WORDS | self.START
                self.erase(self.origin + bank * self.BANK + sector * 0x2_0000)

    def check_can_be_programmed(self, bank: int) -> None:
        assert self.control[bank] == self.PROGRAM | self.BY_WORDS

    def fault(self, address: int) -> None:
        from unicorn import arm_const

        assert self.uc.reg_read(arm_const.UC_ARM_REG_FAULTMASK) == 1, "a bus fault"
        assert self.core.peek(self.CONFIGURATION_CONTROL) & self.IGNORE_BUS_FAULTS, "a bus fault"
        self.status[self.bank_of(address)] |= self.TWO_BITS


class EspRomFlash(TornFlash):
    """The boot ROM of an ESP32-C3, whose functions read and change the flash: ESP-IDF, "esp32c3.rom.ld". Meanwhile the cache that the program comes by must rest."""

    UNIT = 32
    ROM, RAM, RAM_TO_RUN = 0x4000_0000, 0x3FC8_0000, 0x4038_0000
    ERASE, PROGRAM, READ, DESCRIBE, SUSPEND, RESUME = (
        0x4000_0000 + place for place in (0x128, 0x12C, 0x130, 0x134, 0x524, 0x528)
    )
    AUTOLOAD = 0x8000_0000
    """What suspending returns."""

    def set_up(self) -> None:
        from unicorn import UC_HOOK_CODE

        self.described, self.suspended = False, False
        self.uc.mem_map(self.ROM, PAGE)
        self.uc.mem_write(self.ROM, RISCV_RETURN * (PAGE // 2))
        self.uc.hook_add(UC_HOOK_CODE, self._on_rom, begin=self.ROM, end=self.ROM + PAGE - 1)
        self.uc.mem_map(self.RAM_TO_RUN, self.core.board.ram.size)
        self.copied = False
        for name in ("sfdfa_board_erase", "sfdfa_board_program", "sfdfa_board_recall"):
            place = self.core.places[name]
            self.uc.hook_add(UC_HOOK_CODE, self._on_call, begin=place, end=place)

    def check_can_be_read(self) -> None:
        assert not self.suspended, "the program comes by a cache that rests"

    def _on_call(self, uc: Any, *_: Any) -> None:
        """The memory that is run is the one that is read and written at the other address."""
        if not self.copied:
            uc.mem_write(self.RAM_TO_RUN, bytes(uc.mem_read(self.RAM, self.core.board.ram.size)))
            self.copied = True

    def _on_rom(self, uc: Any, address: int, size: int, data: Any) -> None:
        from unicorn import riscv_const

        first, second, third, fourth = (uc.reg_read(getattr(riscv_const, f"UC_RISCV_REG_A{k}")) for k in range(4))
        back = uc.reg_read(riscv_const.UC_RISCV_REG_RA)
        if address == self.DESCRIBE:
            assert (second, third, fourth) == (self.core.board.flash.size, 0x1_0000, self.page)
            self.described = True
        else:
            assert self.RAM_TO_RUN <= back < self.RAM_TO_RUN + self.core.board.ram.size, "called from the flash"
            self._obey(address, first, second, third)
        result = self.AUTOLOAD if address == self.SUSPEND else 0
        uc.reg_write(riscv_const.UC_RISCV_REG_A0, result)
        uc.reg_write(riscv_const.UC_RISCV_REG_PC, back)

    def _obey(self, address: int, first: int, second: int, third: int) -> None:
        if address == self.SUSPEND:
            assert not self.suspended
            self.suspended = True
        elif address == self.RESUME:
            assert self.suspended and first == self.AUTOLOAD
            self.suspended = False
        else:
            assert self.suspended and self.described
            if address == self.ERASE:
                self.erase(self.origin + first * self.page)
            else:
                assert address in (self.PROGRAM, self.READ) and first % 4 == second % 4 == third % 4 == 0
                assert second >= self.RAM and second + third <= self.RAM + self.core.board.ram.size
                (self._program if address == self.PROGRAM else self._read)(self.origin + first, second, third)

    def _program(self, address: int, words: int, size: int) -> None:
        assert size == self.UNIT and address % self.UNIT == 0
        self.program(address, bytes(self.uc.mem_read(words, size)))

    def _read(self, address: int, words: int, size: int) -> None:
        assert self.start <= address and address + size <= self.start + self.size
        for unit in range(address // self.UNIT * self.UNIT, address + size, self.UNIT):
            self.touch(unit)
        self.uc.mem_write(words, bytes(self.uc.mem_read(address, size)))


class RpRomFlash(TornFlash):
    """The boot ROM of an RP2350, whose functions change the flash: RP2350 Datasheet, "Bootrom", "Flash Access Functions". It leaves a slow way of reading it."""

    UNIT = 32
    ROM_BYTES = 0x8000
    FIND, FUNCTIONS, CODES = 0x100, 0x200, (b"IF", b"EX", b"RE", b"RP", b"FC", b"CX")
    QMI, AS_BOOTED, SLOW = 0x400D_0000, (0x6000_7203, 0x0004_92A8, 0xEB), (0x6000_7206, 0x1000, 0x03)

    def set_up(self) -> None:
        from unicorn import UC_HOOK_CODE

        self.mapped, self.connected, self.flushed = True, False, True
        self.ways = dict(zip((0x0C, 0x10, 0x14), self.AS_BOOTED, strict=True))
        from unicorn import arm_const, riscv_const

        if self.core.board.architecture == "riscv":
            place, self.kind, self.thumb = 0x7DFA, 1, 0
            self.arguments = [getattr(riscv_const, f"UC_RISCV_REG_A{k}") for k in range(4)]
            self.back, self.pc = riscv_const.UC_RISCV_REG_RA, riscv_const.UC_RISCV_REG_PC
        else:
            place, self.kind, self.thumb = 0x16, 4, 1
            self.arguments = [getattr(arm_const, f"UC_ARM_REG_R{k}") for k in range(4)]
            self.back, self.pc = arm_const.UC_ARM_REG_LR, arm_const.UC_ARM_REG_PC
        self.uc.mem_map(0, self.ROM_BYTES)
        if not self.thumb:
            self.uc.mem_write(0, RISCV_RETURN * (self.ROM_BYTES // 2))
        self.uc.mem_write(place, (self.FIND | self.thumb).to_bytes(2, "little"))
        self.uc.hook_add(UC_HOOK_CODE, self._on_rom, begin=0, end=self.ROM_BYTES - 1)
        self.watch_loads()
        self.core.claim(self.QMI, self)

    def read(self, offset: int) -> int:
        return self.ways[offset]

    def write(self, offset: int, value: int) -> None:
        self.ways[offset] = value

    def check_can_be_read(self) -> None:
        assert self.mapped and self.flushed, "the flash is read while it is not mapped"
        assert tuple(self.ways.values()) == self.AS_BOOTED, "it is read the slow way"

    def _on_rom(self, uc: Any, address: int, size: int, data: Any) -> None:
        first, second, third, fourth = map(uc.reg_read, self.arguments)
        back = uc.reg_read(self.back)
        if address == self.FIND:
            assert second == self.kind, "for another core"
            place = self.CODES.index(first.to_bytes(2, "little"))
            uc.reg_write(self.arguments[0], self.FUNCTIONS + 8 * place | self.thumb)
        else:
            ram = self.core.board.ram
            assert ram.origin <= back < ram.origin + ram.size, "called from the flash"
            self._obey(self.CODES[(address - self.FUNCTIONS) // 8], first, second, third, fourth)
        uc.reg_write(self.pc, back)

    def _obey(self, code: bytes, first: int, second: int, third: int, fourth: int) -> None:
        if code == b"IF":
            self.connected = True
        elif code == b"EX":
            assert self.connected
            self.mapped = False
        elif code == b"FC":
            self.flushed = True
        elif code == b"CX":
            self.mapped = True
            self.ways.update(zip(self.ways, self.SLOW, strict=True))
        else:
            assert not self.mapped
            self.flushed = False
            if code == b"RE":
                assert (second, third, fourth & 0xFF) == (self.page, 1 << 16, 0xD8)
                self.erase(self.origin + first)
            else:
                assert first % 256 == 0 and third == 256
                self._program(self.origin + first, bytes(self.uc.mem_read(second, third)))

    def _program(self, address: int, page: bytes) -> None:
        """Bits that stay set are not programmed; a driver has its unit among them."""
        (offset,) = {place // self.UNIT * self.UNIT for place, byte in enumerate(page) if byte != 0xFF} or {0}
        unit, new = address + offset, page[offset : offset + self.UNIT]
        self.program(unit, new)


class SerialFlash(TornFlash):
    """A serial flash behind the FE310's controller: FE310-G002 Manual, "SPI"; IS25LP128 data sheet, "Command Set". A command ends when the chip is deselected, and what it asks for begins then."""

    UNIT = 32
    REGISTERS, SELECT, FORMAT, TRANSMIT, RECEIVE, MAPPED = 0x1001_4000, 0x18, 0x40, 0x48, 0x4C, 0x60
    HOLD, BYTES_BOTH_WAYS, EMPTY = 2, 8 << 16, 1 << 31
    PROGRAM, READ_STATUS, WRITE_ENABLE, ERASE = 0x02, 0x05, 0x06, 0x20
    CHIP: Final = 0x2000_0000
    """Where it is seen."""

    def set_up(self) -> None:
        self.mapped, self.selected, self.enabled = True, False, False
        self.busy_looks, self.format = 0, 0x8_0008
        self.command, self.answers = bytearray(), list[int]()
        self.core.claim(self.REGISTERS, self)
        self.watch_loads()

    def check_can_be_read(self) -> None:
        assert self.mapped, "the flash is read while it is not mapped"

    def read(self, offset: int) -> int:
        if offset == self.RECEIVE:
            return self.answers.pop(0) if self.answers else self.EMPTY
        return {self.FORMAT: self.format, self.MAPPED: int(self.mapped)}.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        if offset == self.MAPPED:
            assert not self.selected and not self.busy_looks, "mapped again too early"
            self.mapped = bool(value & 1)
        elif offset == self.FORMAT:
            self.format = value
        elif offset == self.SELECT:
            self.selected = value == self.HOLD
            if not self.selected:
                self._obey(bytes(self.command))
                self.command.clear()
        elif offset == self.TRANSMIT:
            assert self.selected and not self.mapped and self.format == self.BYTES_BOTH_WAYS
            self.command.append(value & 0xFF)
            self.answers.append(self._answer())

    def _answer(self) -> int:
        if self.command[0] != self.READ_STATUS or len(self.command) == 1:
            return 0xFF
        self.busy_looks = max(self.busy_looks - 1, 0)
        return int(self.busy_looks > 0)

    def _obey(self, command: bytes) -> None:
        if command[:1] == bytes([self.WRITE_ENABLE]):
            self.enabled = True
        elif command[:1] in (bytes([self.PROGRAM]), bytes([self.ERASE])):
            assert self.enabled and not self.busy_looks
            self.enabled, self.busy_looks = False, LOOKS
            address = self.CHIP + int.from_bytes(command[1:4], "big")
            if command[0] == self.ERASE:
                assert len(command) == 4
                self.erase(address // self.page * self.page)
            else:
                assert len(command) == 4 + self.UNIT and address % self.UNIT == 0, "no unit"
                self.program(address, command[4:])
