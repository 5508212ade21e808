"""Finding the compiler of a board's architecture, and the flags for its core."""

import importlib.util
import shutil
import sys

from sfdfa_codegen.codegen.board import Architecture, Board
from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.codegen.toolchain.compilers import Compiler

COMMON_FLAGS = (
    "-std=c11",
    "-O2",
    "-gdwarf-4",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-common",
    "-fstack-usage",
    "-Wall",
    "-Wextra",
    "-Wconversion",
)

GCC_NAMES: dict[Architecture, str] = {
    "cortex-m": "arm-none-eabi-gcc",
    "riscv": "riscv64-unknown-elf-gcc",
    "avr": "avr-gcc",
}
PACKAGES: dict[Architecture, str] = {
    "cortex-m": "gcc-arm-none-eabi",
    "riscv": "gcc-riscv64-unknown-elf",
    "avr": "gcc-avr avr-libc binutils-avr",
}


AVR_CODE_FLAGS = ("-fno-tree-pre", "-fno-tree-switch-conversion", "-fno-move-loop-invariants")
"""GCC 5's partial redundancy elimination forgets __flash in the loads it moves, and so reads RAM instead; what it makes of a switch is a table
in RAM; and what it moves out of a loop it keeps on the stack."""


def find_cross_compiler(architecture: Architecture) -> Compiler:
    """The GCC of an architecture, else zig's clang from PyPI for Arm and RISC-V.

    Raises ToolMissingError where there is none.
    """
    name = GCC_NAMES[architecture]
    if shutil.which(name):
        return Compiler((name,), name)
    if architecture != "avr" and importlib.util.find_spec("ziglang") is not None:
        return Compiler((sys.executable, "-m", "ziglang", "cc"), "zig cc")
    pip = "" if architecture == "avr" else ", or run: pip install 'sfdfa-codegen[toolchain]'"
    raise ToolMissingError(
        f"no compiler for {architecture} found ({name}); install {PACKAGES[architecture]} (apt){pip}"
    )


def core_flags(board: Board, compiler: Compiler) -> tuple[str, ...]:
    """Flags that choose the board's core."""
    if board.architecture == "avr":
        # gnu11 is C11 and __flash, the address space of constant tables.
        return (f"-mmcu={board.core}", "-std=gnu11", "-Os", *AVR_CODE_FLAGS)
    if compiler.name == "zig cc":
        return _zig_flags(board)
    if board.architecture == "riscv":
        return (f"-march={board.core}", "-mabi=ilp32")
    return ("-mthumb", f"-mcpu={board.core}")


def _zig_flags(board: Board) -> tuple[str, ...]:
    shared = ("-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-fno-sanitize=undefined", "-rtlib=compiler-rt")
    if board.architecture == "riscv":
        features = "+".join(("generic_rv32", *board.core.removeprefix("rv32i").split("_")[0]))
        return ("-target", "riscv32-freestanding-none", f"-mcpu={features}", *shared)
    names = {"cortex-m0plus": "cortex_m0plus"}
    return (
        "-target",
        "thumb-freestanding-eabi",
        f"-mcpu={names.get(board.core, board.core.replace('-', '_'))}",
        *shared,
    )


def link_flags(board: Board, script: str) -> tuple[str, ...]:
    """Flags that link an image; `script` is the linker script, which AVR does without."""
    if board.architecture == "avr":
        regions = {"__DATA_REGION_LENGTH__": board.ram.size, "__TEXT_REGION_LENGTH__": board.flash.size}
        return (
            "-Wl,--gc-sections",
            *(f"-Wl,--defsym={name}={size}" for name, size in regions.items()),
            *_boot_section(board),
        )
    return ("-nostartfiles", "-nostdlib", "-Wl,--gc-sections", "-T", script)


def _boot_section(board: Board) -> tuple[str, ...]:
    """Where an AVR has the code that changes its flash."""
    memory = board.larger_persistence or board.persistence
    if memory is None or not memory.boot_bytes:
        return ()
    return (f"-Wl,--section-start=.bootloader={board.flash.origin + board.flash.size - memory.boot_bytes:#x}",)
