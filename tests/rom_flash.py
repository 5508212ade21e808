"""The flash of an RP2350 in unicorn, changed by its boot ROM."""

from dataclasses import dataclass
from typing import Any, Final

PAGE: Final = 0x1000


@dataclass
class RomFlash:
    """The boot ROM of an RP2350, whose functions change the flash: RP2350 Datasheet, "Bootrom", "Flash Access Functions". It leaves a slow way of reading it."""

    core: Any
    """Has `uc`, the processor, and `board`."""
    start: int
    size: int
    mapped: bool = True
    connected: bool = False
    flushed: bool = True
    erased: int = 0

    FIND, FUNCTIONS, CODES = 0x100, 0x200, (b"IF", b"EX", b"RE", b"RP", b"FC", b"CX")
    QMI, AS_BOOTED, SLOW = 0x400D_0000, (0x6000_7203, 0x0004_92A8, 0xEB), (0x6000_7206, 0x1000, 0x03)

    def __post_init__(self) -> None:
        from unicorn import UC_HOOK_CODE, UC_HOOK_MEM_READ

        uc, flash = self.core.uc, self.core.board.flash
        uc.mem_map(0, PAGE)
        uc.mem_write(0x16, (self.FIND | 1).to_bytes(2, "little"))
        uc.hook_add(UC_HOOK_CODE, self._on_rom, begin=0, end=PAGE - 1)
        for kind in (UC_HOOK_CODE, UC_HOOK_MEM_READ):
            uc.hook_add(kind, self._on_flash, begin=flash.origin, end=flash.origin + flash.size - 1)
        self.ways = dict(zip((0x0C, 0x10, 0x14), self.AS_BOOTED, strict=True))
        uc.mmio_map(
            self.QMI,
            PAGE,
            lambda uc, offset, size, data: self.ways[offset],
            None,
            lambda uc, offset, size, value, data: self.ways.update({offset: value}),
            None,
        )

    def _on_flash(self, *details: Any) -> None:
        assert self.mapped and self.flushed, "the flash is read while it is not mapped"
        assert tuple(self.ways.values()) == self.AS_BOOTED, "it is read the slow way"

    def _on_rom(self, uc: Any, address: int, size: int, data: Any) -> None:
        from unicorn import arm_const

        first, second, third, fourth = (uc.reg_read(getattr(arm_const, f"UC_ARM_REG_R{k}")) for k in range(4))
        if address == self.FIND:
            assert second == 4, "for a secure Arm core"
            place = self.CODES.index(first.to_bytes(2, "little"))
            uc.reg_write(arm_const.UC_ARM_REG_R0, self.FUNCTIONS + 8 * place | 1)
        else:
            self._obey(self.CODES[(address - self.FUNCTIONS) // 8], first, second, third, fourth)
        uc.reg_write(arm_const.UC_ARM_REG_PC, uc.reg_read(arm_const.UC_ARM_REG_LR))

    def _obey(self, code: bytes, first: int, second: int, third: int, fourth: int) -> None:
        memory, address = self.core.uc, self.core.board.flash.origin + first
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
            assert (
                not self.mapped
                and self.start <= address
                and address + (PAGE if code == b"RE" else third) <= self.start + self.size
            )
            self.flushed = False
            if code == b"RE":
                assert (first % PAGE, second, third, fourth & 0xFF) == (0, PAGE, 1 << 16, 0xD8)
                self.erased += 1
                memory.mem_write(address, b"\xff" * PAGE)
            else:
                assert first % 256 == 0 and third == 256
                assert self.core.board.ram.origin <= second < self.core.board.ram.origin + self.core.board.ram.size
                pairs = zip(memory.mem_read(address, third), memory.mem_read(second, third), strict=True)
                memory.mem_write(address, bytes(held & new for held, new in pairs))
