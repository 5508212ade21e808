"""Flash and EEPROM as they behave when the power fails: bits only fall, pages are erased whole, and what is under way is left half done."""

import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLANK: Final = 0xFF


@dataclass(frozen=True)
class FlashGeometry:
    """Sizes in bytes, as in sfdfa_flash_t of sfdfa_store.h. page_bytes: 0 for EEPROM, where bytes are programmed over."""

    unit_bytes: int
    page_bytes: int
    slot_bytes: int
    slots: int

    @property
    def size(self) -> int:
        return self.slots * self.slot_bytes


def slot_geometry(state_bytes: int, unit_bytes: int, page_bytes: int, slots: int, header_bytes: int) -> FlashGeometry:
    """The smallest slots that hold a state: header and state in whole units each, and the slot in whole pages."""
    needed = _whole(header_bytes, unit_bytes) + _whole(state_bytes, unit_bytes)
    return FlashGeometry(unit_bytes, page_bytes, _whole(needed, page_bytes or unit_bytes), slots)


def _whole(count: int, unit: int) -> int:
    return -(-count // unit) * unit


class FlashMisuseError(AssertionError):
    """Something was asked of the memory that its data sheet forbids."""


@dataclass
class FlashModel:
    """Memory with a plug. Every program and every erase is an operation; with `cut_after` of them left the power fails in the middle of the next.

    Without power nothing is done, and every function reports a failure, until `plug_in`.
    """

    geometry: FlashGeometry
    chance: random.Random
    cut_after: int | None = None
    memory: bytearray = field(init=False)
    powered: bool = True
    operations: int = 0
    erasures: NDArray[np.int64] = field(init=False)
    """Of each page; of EEPROM, how often each byte was changed."""

    def __post_init__(self) -> None:
        self.memory = bytearray([BLANK] * self.geometry.size)
        self._programmed = np.zeros(self.geometry.size, dtype=np.bool_)
        self.erasures = np.zeros(self.geometry.size // (self.geometry.page_bytes or 1), dtype=np.int64)

    def plug_in(self, cut_after: int | None = None) -> None:
        """The power comes back, to fail again after so many operations."""
        self.powered, self.cut_after = True, cut_after

    def read(self, address: int, size: int) -> bytes | None:
        """None without power. Raises FlashMisuseError outside the memory."""
        self._check_inside(address, size)
        return bytes(self.memory[address : address + size]) if self.powered else None

    def erase(self, address: int) -> bool:
        """Returns whether the page was erased as a whole. Raises FlashMisuseError for what is no page."""
        page = self.geometry.page_bytes
        if page == 0 or address % page:
            raise FlashMisuseError(f"there is no page at {address} to erase")
        self._check_inside(address, page)
        if not self.powered:
            return False
        self.erasures[address // page] += 1
        whole = self._goes_through()
        if whole:
            self.memory[address : address + page] = bytes([BLANK] * page)
        else:
            self.memory[address : address + page] = self._half_erased(self.memory[address : address + page])
        self._programmed[address : address + page] = not whole
        return whole

    def program(self, address: int, data: bytes) -> bool:
        """Returns whether all of it was programmed. Raises FlashMisuseError for bytes that are no units, or were programmed since they were erased."""
        unit = self.geometry.unit_bytes
        self._check_inside(address, len(data))
        if (unit <= len(data) and (address % unit or len(data) % unit)) or not data:
            raise FlashMisuseError(f"{len(data)} bytes at {address} are no units of {unit}")
        if not self.powered:
            return False
        place = slice(address, address + len(data))
        if self.geometry.page_bytes and self._programmed[place].any():
            raise FlashMisuseError(f"bytes at {address} are programmed again before they are erased")
        if self._goes_through():
            self._write(place, data)
            return True
        done = self.chance.randint(0, len(data))
        half = bytes(map(self._half_programmed, data[done : done + 1]))
        self._write(slice(address, address + done + len(half)), data[:done] + half)
        return False

    def _write(self, place: slice, data: bytes) -> None:
        before = self.memory[place]
        if self.geometry.page_bytes:
            self.memory[place] = bytes(old & new for old, new in zip(before, data, strict=True))
            self._programmed[place] = True
            return
        self.memory[place] = data
        self.erasures[place] += np.frombuffer(before, np.uint8) != np.frombuffer(data, np.uint8)

    def _half_programmed(self, wanted: int) -> int:
        """Some of the bits that were to fall have fallen; a byte of EEPROM is erased first, and may hold anything."""
        if not self.geometry.page_bytes:
            return self.chance.randrange(256)
        return wanted | self.chance.randrange(256)

    def _half_erased(self, before: bytes | bytearray) -> bytes:
        """Some bits have risen: none, all, or any of them."""
        strength = self.chance.choice((0.0, 0.02, 0.5, 0.98, 1.0))
        risen = (sum((self.chance.random() < strength) << bit for bit in range(8)) for _ in before)
        return bytes(byte | bits for byte, bits in zip(before, risen, strict=True))

    def _goes_through(self) -> bool:
        """Count an operation. Returns whether the power holds until its end."""
        self.operations += 1
        if self.cut_after is None:
            return True
        self.cut_after -= 1
        self.powered = self.cut_after >= 0
        return self.powered

    def _check_inside(self, address: int, size: int) -> None:
        if not 0 <= address <= len(self.memory) - size:
            raise FlashMisuseError(f"{size} bytes at {address} are outside the memory of {len(self.memory)}")
