"""The store of the C (sfdfa_store.h) for a network in the native library, on any memory that is given in Python."""

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_size
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.persistence.flash_model import FlashGeometry, slot_geometry

HEADER: Final = struct.Struct("<4sIII32sI")
"""Of a slot, docs/PERSISTENCE.md: magic, format, generation, bytes of the state, model hash, CRC."""
MAGIC: Final = b"SFDS"
FORMAT: Final = 1
ERROR_MEMORY: Final = -6
ERROR_STATE: Final = -4
MORE: Final = 1

_ERASE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32)
_TRANSFER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint16)


class Memory(Protocol):
    """What keeps its contents without power. Each function tells whether it was done."""

    geometry: FlashGeometry

    def read(self, address: int, size: int) -> bytes | None: ...
    def erase(self, address: int) -> bool: ...
    def program(self, address: int, data: bytes) -> bool: ...


class _Flash(ctypes.Structure):
    _fields_ = (
        ("start", ctypes.c_uint32),
        ("slot_bytes", ctypes.c_uint32),
        ("page_bytes", ctypes.c_uint32),
        ("unit_bytes", ctypes.c_uint16),
        ("slots", ctypes.c_uint8),
        ("erase", _ERASE),
        ("program", _TRANSFER),
        ("read", _TRANSFER),
    )


class _Store(ctypes.Structure):
    _fields_ = (
        ("flash", ctypes.c_void_p),
        ("generation", ctypes.c_uint32),
        ("every", ctypes.c_uint32),
        ("kept", ctypes.c_uint32),
        ("position", ctypes.c_uint32),
        ("crc", ctypes.c_uint32),
        ("slot", ctypes.c_uint8),
        ("phase", ctypes.c_uint8),
        ("erased", ctypes.c_bool),
        ("due", ctypes.c_bool),
        ("ahead", ctypes.c_bool),
        ("failing", ctypes.c_bool),
    )


def network_geometry(network: IntegerNetwork, unit_bytes: int, page_bytes: int, slots: int) -> FlashGeometry:
    """Slots for a network's state."""
    return slot_geometry(state_size(network), unit_bytes, page_bytes, slots, HEADER.size)


@dataclass(frozen=True)
class SlotHeader:
    """What a slot says of itself."""

    generation: int
    state_bytes: int
    model_hash: str
    crc: int


def read_header(slot: bytes) -> SlotHeader | None:
    """The header at the start of a slot; None where there is none of this format."""
    magic, version, generation, size, digest, crc = HEADER.unpack_from(slot)
    return SlotHeader(generation, size, digest.hex(), crc) if (magic, version) == (MAGIC, FORMAT) else None


class MemoryFunctions(tuple[Any, Any, Any]):
    """erase, program and read of a memory as C calls them. problem: what was raised in one, which cannot cross the C."""

    problem: BaseException | None = None


def memory_functions(memory: Memory) -> MemoryFunctions:
    """Keep them as long as C may call them."""

    def guarded(do: Callable[..., bool]) -> Callable[..., int]:
        def call(*arguments: Any) -> int:
            try:
                return 0 if do(*arguments) else -1
            except Exception as error:  # noqa: BLE001  (raised again by who called the C)
                functions.problem = error
                return -1

        return call

    def read(address: int, data: Any, size: int) -> bool:
        found = memory.read(address, size)
        if found is not None:
            ctypes.memmove(data, found, size)
        return found is not None

    def program(address: int, data: Any, size: int) -> bool:
        return memory.program(address, ctypes.string_at(data, size))

    functions = MemoryFunctions((_ERASE(guarded(memory.erase)), _TRANSFER(guarded(program)), _TRANSFER(guarded(read))))
    return functions


class NativeStore:
    """A store on `memory` for the network that `device` holds. Everything in the RAM of a device that is switched off and on is made anew by `wake`."""

    def __init__(self, device: NativeDevice, memory: Memory, every: int = 0) -> None:
        """every: learned samples between two snapshots; 0 takes none by itself. Raises DeviceError for slots that do not fit."""
        self.device, self.memory, self.every = device, memory, every
        self._library = device.library
        geometry = memory.geometry
        self._functions = memory_functions(memory)
        self._flash = _Flash(
            0, geometry.slot_bytes, geometry.page_bytes, geometry.unit_bytes, geometry.slots, *self._functions
        )
        self._store = _Store()
        self._call("sfdfa_store_init", ctypes.byref(self._flash), every)

    @property
    def generation(self) -> int:
        """Of the newest snapshot."""
        return int(self._store.generation)

    def wake(self) -> Woke:
        """What happens when the power comes on: the store forgets what was under way, and the network takes the newest whole snapshot."""
        self._call("sfdfa_store_init", ctypes.byref(self._flash), self.every)
        return Woke(self._checked(self._library.sfdfa_store_wake(ctypes.byref(self._store), self.device.memory)))

    def save(self) -> bool:
        """Take a snapshot. Returns whether it is there; if not, the one before is."""
        return self._checked(self._library.sfdfa_store_save(ctypes.byref(self._store), self.device.memory)) == 0

    def begin(self) -> None:
        """Begin a snapshot that `step` takes."""
        self._library.sfdfa_store_begin(ctypes.byref(self._store))

    def step(self) -> int:
        """One step of a snapshot; MORE, 0 or an error."""
        return self._checked(self._library.sfdfa_store_step(ctypes.byref(self._store), self.device.memory))

    def prepare(self) -> bool:
        """Erase the next slot. Returns whether it is."""
        return self._checked(self._library.sfdfa_store_prepare(ctypes.byref(self._store))) == 0

    def mark(self) -> None:
        """Ask for a snapshot at the next `idle`."""
        self._library.sfdfa_store_mark(ctypes.byref(self._store))

    def idle(self) -> None:
        """Take the snapshot that is due, if one is."""
        while self._checked(self._library.sfdfa_store_idle(ctypes.byref(self._store), self.device.memory)):
            pass

    def idle_once(self) -> bool:
        """One step of the snapshot that is due or under way. Returns whether there was one."""
        return bool(self._checked(self._library.sfdfa_store_idle(ctypes.byref(self._store), self.device.memory)))

    def watch(self, *, power_fails: bool) -> None:
        """What a firmware with a brown-out line does between samples, until there is nothing to do."""
        arguments = (ctypes.byref(self._store), self.device.memory, ctypes.c_bool(power_fails))
        while self._checked(self._library.sfdfa_store_watch(*arguments)):
            pass

    def _call(self, name: str, *arguments: Any) -> None:
        if getattr(self._library, name)(ctypes.byref(self._store), *arguments) != 0:
            raise DeviceError(f"{self.memory.geometry} does not hold snapshots of {self.device.network.name}")

    def _checked(self, status: int) -> int:
        """Raise what went wrong in a function of the memory, which could not cross the C."""
        problem, self._functions.problem = self._functions.problem, None
        if problem is not None:
            raise problem
        return status
