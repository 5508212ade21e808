"""The serial application of firmware_templates in this process: bytes go in and come out by function calls."""

import ctypes
from pathlib import Path

from native_build import QUICK_FLAGS
from sfdfa_codegen.codegen.board import FRAME_BYTES, smallest_ring
from sfdfa_codegen.codegen.cache import content_key, made_once
from sfdfa_codegen.codegen.cores import Core, compiled_files, runtime_sources
from sfdfa_codegen.codegen.firmware import link_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import folder_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.link.line import Line
from sfdfa_codegen.host.persistence.flash_model import FlashGeometry, FlashModel
from sfdfa_codegen.host.persistence.native_store import memory_functions, network_geometry

LIBRARY_NAME = "host_board.so"
REPLY_CAPACITY = 1 << 16


def host_board_sources(network: IntegerNetwork, lent_bytes: int = 0, *, store: bool = False) -> dict[str, str]:
    """All C files of the application for this machine, by path. lent_bytes: of a compact network's scratch; 0 for an ordinary one."""
    core: Core = "compact" if lent_bytes else "words"
    runtime = runtime_sources(network, (core,), lent_bytes, store=store, apart=True)
    sources = {**runtime, **link_sources(network, store), **folder_sources("boards/host")}
    del sources["sfdfa_main.c"]
    return sources


def host_board_library(
    network: IntegerNetwork,
    cache: Path,
    max_payload: int = 256,
    window: int = 4,
    extra: dict[str, str] | None = None,
    *,
    compact: bool = False,
    persist_every: int = 0,
) -> Path:
    """Compile it, unless the folder `cache` has it. extra: more C files, such as one that opens static functions to a test.

    compact: as for a board with very little RAM. persist_every: learned samples between two snapshots, in memory as `flash_of` describes; 0 for none.
    """
    sources = {**host_board_sources(network, max_payload + FRAME_BYTES if compact else 0, store=persist_every > 0)}
    sources |= extra or {}
    ring = smallest_ring(max_payload, window)
    settings = [f"-DSFDFA_MAX_PAYLOAD={max_payload}", f"-DSFDFA_WINDOW={window}", f"-DSFDFA_RING_BYTES={ring}"]
    settings += _store_settings(network, persist_every)

    def make(folder: Path) -> None:
        write_sources(sources, folder)
        files = [str(folder / path) for path in compiled_files(sources)]
        find_host_compiler().run([*QUICK_FLAGS, *settings, "-I", str(folder), *files, "-o", str(folder / LIBRARY_NAME)])

    return made_once(cache / content_key(sorted(sources.items()), settings), make) / LIBRARY_NAME


def flash_of(network: IntegerNetwork) -> FlashGeometry:
    """The memory of a board that keeps what it learns."""
    return network_geometry(network, 4, 128, 3)


def _store_settings(network: IntegerNetwork, persist_every: int) -> list[str]:
    if not persist_every:
        return []
    flash = flash_of(network)
    sizes = {"START": 0, "SLOTS": flash.slots, "SLOT_BYTES": flash.slot_bytes}
    sizes |= {"PAGE_BYTES": flash.page_bytes, "UNIT_BYTES": flash.unit_bytes}
    return [
        f"-DSFDFA_PERSIST_EVERY={persist_every}",
        *(f"-DSFDFA_STORE_{name}={size}" for name, size in sizes.items()),
    ]


class HostBoard:
    """One device. There is one for each library file: a second object is the same board."""

    def __init__(self, library: Path, flash: FlashModel | None = None) -> None:
        """Load it and switch it on. flash: of a board that keeps what it learns."""
        self.library = ctypes.CDLL(str(library))
        self.flash = flash
        if flash is not None:
            self._functions = memory_functions(flash)
            self.library.sfdfa_host_flash(*self._functions)
        self.library.sfdfa_host_exchange.restype = ctypes.c_uint32
        self._reply = ctypes.create_string_buffer(REPLY_CAPACITY)
        self.start()

    def start(self) -> None:
        """Power on, or restart; what was under way in the flash was cut."""
        if self.flash is not None:
            self.flash.plug_in()
        self.library.sfdfa_host_start()

    def receive(self, data: bytes) -> None:
        """Give the device bytes that wait in its ring until the next exchange."""
        self.library.sfdfa_host_receive(data, len(data))

    def exchange(self, data: bytes) -> bytes:
        """Give the device bytes; returns what it sent."""
        size = self.library.sfdfa_host_exchange(data, len(data), self._reply, REPLY_CAPACITY)
        assert size < REPLY_CAPACITY
        return self._reply.raw[:size]


class BoardLine(Line):
    """A line to a HostBoard on which nothing goes wrong. Time stands still, but for waiting in vain."""

    name = "host board"

    def __init__(self, board: HostBoard) -> None:
        self.board = board
        self.closed = False
        self._received = b""
        self._now = 0.0

    def write(self, data: bytes) -> None:
        self._received += self.board.exchange(data)

    def read(self, timeout_s: float) -> bytes:
        data, self._received = self._received, b""
        self._now += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        self.closed = True

    def now(self) -> float:
        return self._now
