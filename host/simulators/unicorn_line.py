"""A Cortex-M in this process, by the Unicorn CPU emulator: the line to its CMSDK UART is a pair of queues.

The firmware runs only while it has bytes to take: when it asks for one and there is none, the emulator stops.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.host.link.line import Line

UART_PAGE: Final = 0x1000
"""Bytes; the least that can be mapped."""
DATA: Final = 0x0
STATE: Final = 0x4
STATE_RECEIVE_FULL: Final = 2
IDLE_LOOKS: Final = 3
"""Looks at the UART's state in a row, with no byte there and none sent, after which the firmware is waiting."""
LONGEST_RUN_INSTRUCTIONS: Final = 2_000_000_000
"""Between two bytes; firmware that runs longer hangs."""


def check_unicorn() -> None:
    """Raises ToolMissingError if Unicorn is not installed."""
    try:
        import unicorn  # noqa: F401
    except ImportError as error:
        raise ToolMissingError(
            "the Unicorn CPU emulator is not installed; run: pip install 'sfdfa-codegen[simulators]'"
        ) from error


def _segments(image: Path) -> list[tuple[int, bytes]]:
    with image.open("rb") as file:
        return [
            (segment["p_paddr"], segment.data())
            for segment in ELFFile(file).iter_segments("PT_LOAD")
            if segment["p_filesz"]
        ]


class UnicornLine(Line):
    """The emulated processor, and the line to it."""

    def __init__(
        self,
        board: Board,
        model: str,
        image: Path,
        watch: Callable[[int, int], None] | None = None,
        attach: Callable[[Any], None] | None = None,
    ) -> None:
        """Load `image` and run it until it waits for its first byte. model: m0, m3, m4, m7 or m33.

        watch: called with address and bytes of each stretch of code without jumps, before it is executed. attach: called with the processor before it
        runs, to connect more hardware to it.
        """
        check_unicorn()
        from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

        self.name = f"unicorn {model}"
        self._received: list[int] = []
        self._sent = bytearray()
        self._waiting = False
        self._idle_looks = 0
        self._uc: Any = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_CORTEX_{model.upper()}"))
        self._program_counter = arm_const.UC_ARM_REG_PC
        for memory in (board.flash, board.ram):
            self._uc.mem_map(memory.origin, memory.size)
        for address, data in _segments(image):
            self._uc.mem_write(address, data)
        self._uc.mmio_map(dict(board.config)["UART"], UART_PAGE, self._on_read, None, self._on_write, None)
        self._watch = watch
        self._hook: int | None = None
        self._begin_watching()
        if attach is not None:
            attach(self._uc)
        vectors = bytes(self._uc.mem_read(board.flash.origin, 8))
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, int.from_bytes(vectors[:4], "little"))
        self._uc.reg_write(self._program_counter, int.from_bytes(vectors[4:], "little"))
        self._run()

    def _begin_watching(self) -> None:
        from unicorn import UC_HOOK_BLOCK

        if (watch := self._watch) is not None:
            self._hook = self._uc.hook_add(UC_HOOK_BLOCK, lambda uc, address, size, data: watch(address, size))

    @contextlib.contextmanager
    def unwatched(self) -> Iterator[None]:
        """What runs meanwhile is not told to `watch`, and so takes a hundredth of the time."""
        if self._hook is not None:
            self._uc.hook_del(self._hook)
            self._uc.ctl_flush_tb()  # translated code calls the hooks that there were
        try:
            yield
        finally:
            self._begin_watching()
            self._uc.ctl_flush_tb()

    def _on_read(self, uc: Any, offset: int, size: int, user_data: Any) -> int:
        if offset == STATE:
            if self._received:
                return STATE_RECEIVE_FULL
            self._idle_looks += 1
            if self._idle_looks >= IDLE_LOOKS:
                self._waiting = True
                uc.emu_stop()
            return 0
        return self._received.pop(0) if offset == DATA and self._received else 0

    def _on_write(self, uc: Any, offset: int, size: int, value: int, user_data: Any) -> None:
        if offset == DATA:
            self._idle_looks = 0
            self._sent.append(value & 0xFF)

    def _run(self) -> None:
        """Run until the firmware waits for a byte. Raises DeviceError if it faults or never waits."""
        from unicorn import UcError

        self._waiting, self._idle_looks = False, 0
        try:
            start = self._uc.reg_read(self._program_counter) | 1
            self._uc.emu_start(start, 0xFFFF_FFFF, count=LONGEST_RUN_INSTRUCTIONS)
        except UcError as error:
            place = self._uc.reg_read(self._program_counter)
            raise DeviceError(f"{self.name}: the firmware stopped at 0x{place:08x}: {error}; this is a bug") from error
        if not self._waiting:
            raise DeviceError(f"{self.name}: the firmware does not come back; this is a bug")

    def write(self, data: bytes) -> None:
        self._received.extend(data)

    def read(self, timeout_s: float) -> bytes:
        """What the firmware answers to the bytes written so far; it takes no time that the caller could wait for."""
        if self._received:
            self._run()
        answer = bytes(self._sent)
        self._sent.clear()
        return answer

    def close(self) -> None:
        self._received.clear()
