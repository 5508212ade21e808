"""The image of a network for a board: sources, linking, and what takes how much."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import FRAME_BYTES, Board, Memory
from sfdfa_codegen.codegen.cores import (
    board_core,
    compiled_files,
    core_variant,
    is_compact,
    merge_sources,
    runtime_sources,
)
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, weight_row_bytes
from sfdfa_codegen.codegen.persistence import flash_left, plan_store
from sfdfa_codegen.codegen.render import folder_sources, render_template
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import Compiler
from sfdfa_codegen.codegen.toolchain.cross_compilers import COMMON_FLAGS, core_flags, find_cross_compiler, link_flags
from sfdfa_codegen.codegen.toolchain.size_table import network_parts
from sfdfa_codegen.codegen.toolchain.stack_usage import (
    CALL_BYTES,
    deepest_stack,
    interrupt_stack,
    read_calls,
    read_frames,
    read_pushes,
)

IMAGE_NAME = "firmware.elf"
LINKER_SAYS_TOO_LARGE = ("overflowed by", "will not fit in region", "too little RAM", "is full", "is not within region")
ROOMY_BYTES = 1 << 24
LARGEST_PARTS = 8
TO_FIT = "use fewer neurons or narrower weights, or a larger board"
LINKER_SCRIPT = "link.ld"
LARGEST_AVR_ARRAY = (1 << 15) - 1
"""Bytes: avr-gcc refuses to declare more."""


@dataclass(frozen=True)
class ImageSize:
    """Bytes of an image. ram is data and bss, without the stack."""

    code: int
    constants: int
    data: int
    bss: int

    @property
    def flash(self) -> int:
        return self.code + self.constants + self.data

    @property
    def ram(self) -> int:
        return self.data + self.bss


def link_sources(network: IntegerNetwork, store: bool) -> dict[str, str]:
    """The serial application by name, with the requests that the network can answer. store: it keeps what it learns."""
    needed = {
        "sfdfa_request_readings.h": network.encoder is not None,
        "sfdfa_request_label.h": network.ring_slots > 0,
        "sfdfa_keeper.c": store,
    }
    return {name: text for name, text in folder_sources("link").items() if needed.get(name, True)}


def firmware_sources(network: IntegerNetwork, board: Board, *, apart: bool = False) -> dict[str, str]:
    """All files that make up the image, by name. apart: every file as it was written, and not in few; the code is the same."""
    # Where there is very little RAM, frames of the line are received into the network's scratch.
    lent_bytes = board.max_payload + FRAME_BYTES if is_compact(network, board) else 0
    store = plan_store(network, board) if board.persist_every else None
    core = board_core(network, board)
    runtime = runtime_sources(network, (core,), lent_bytes, store=store is not None, apart=True)
    files = {**runtime, **link_sources(network, store is not None)}
    kept_by = () if store is None else (*store.memory.sources, *(store.memory.brown_out if board.brown_out else ()))
    for folder in (*board.sources, *kept_by):
        files.update(folder_sources(f"boards/{folder}"))
    files.update(board.own_files)
    files["sfdfa_board_config.h"] = render_template("sfdfa_board_config.h", {"board": board, "store": store})
    if board.architecture != "avr":
        files[LINKER_SCRIPT] = render_template(
            f"boards/{board.architecture.replace('-', '_')}/link.ld",
            {"board": replace(board, flash=flash_left(board, store))},
        )
    return files if apart else merge_sources(files, core_variant(network, core))


def compile_firmware(network: IntegerNetwork, board: Board, folder: Path, *, apart: bool = False) -> Path:
    """Write the sources to `folder` and compile them there into one image. apart: as `firmware_sources` has it, for debugging information by file.

    Raises ToolMissingError without a compiler, DoesNotFitError with a table of what takes how much, and DeviceError with what the
    compiler said if it fails otherwise.
    """
    compiler = find_cross_compiler(board.architecture)
    _check_declarable(network, board)
    sources = firmware_sources(network, board, apart=apart)
    write_sources(sources, folder)
    try:
        image = _compile(network, board, compiler, folder, sources)
    except DeviceError as error:
        if not any(sign in str(error) for sign in LINKER_SAYS_TOO_LARGE):
            raise
        raise DoesNotFitError(_too_large(network, board, compiler)) from error
    size = image_size(image)
    if size.ram + _stack_bytes(board, image) > board.ram.size or size.flash > _flash_bytes(network, board):
        raise DoesNotFitError(_explain(network, board, image))
    return image


def _flash_bytes(network: IntegerNetwork, board: Board) -> int:
    """What there is for the program."""
    return flash_left(board, plan_store(network, board) if board.persist_every else None).size


def compile_firmware_sources(network: IntegerNetwork, sources: dict[str, str], board: Board, folder: Path) -> Path:
    """Compile sources of one's own for a network, as `compile_firmware` does its own."""
    write_sources(sources, folder)
    return _compile(network, board, find_cross_compiler(board.architecture), folder, sources)


def compile_command(network: IntegerNetwork, board: Board) -> tuple[str, ...]:
    """The compiler and all its flags, without the files: what else an image depends on. Raises ToolMissingError."""
    compiler = find_cross_compiler(board.architecture)
    return (*compiler.command, *_flags(network, board, compiler), *_link_flags(board, compiler, LINKER_SCRIPT))


def _flags(network: IntegerNetwork, board: Board, compiler: Compiler) -> tuple[str, ...]:
    defines = (f"-D{name}" for name in board.defines)
    return (*COMMON_FLAGS, *core_flags(board, compiler), *defines)


def _link_flags(board: Board, compiler: Compiler, script: str) -> tuple[str, ...]:
    return (*link_flags(board, script), "-lcompiler_rt" if compiler.name == "zig cc" else "-lgcc")


def _compile(network: IntegerNetwork, board: Board, compiler: Compiler, folder: Path, sources: dict[str, str]) -> Path:
    folder = folder.resolve()
    image = folder / IMAGE_NAME
    files = [str(folder / path) for path in compiled_files(sources)]
    link = _link_flags(board, compiler, str(folder / LINKER_SCRIPT))
    # Some compilers leave their reports of the stack in the folder they run in.
    compiler.run(
        [*_flags(network, board, compiler), "-I", str(folder), *files, *link, "-o", str(image)], folder, result=image
    )
    return image


def _check_declarable(network: IntegerNetwork, board: Board) -> None:
    """Raise DoesNotFitError for weights that the compiler would refuse before it came to what takes how much."""
    weights = sum(layer.inputs * weight_row_bytes(layer, network.weight_bits) for layer in network.layers)
    if board.architecture == "avr" and weights > LARGEST_AVR_ARRAY:
        raise DoesNotFitError(
            f"network '{network.name}' does not fit {board.name} ({board.description}): it needs more than {weights} bytes of RAM "
            f"where there are {board.ram.size}\n  {weights:>9}  learned.weights\n{TO_FIT}"
        )


def _too_large(network: IntegerNetwork, board: Board, compiler: Compiler) -> str:
    """Why a network does not fit, found by linking it for a board with room for everything."""
    roomy = replace(
        board,
        flash=Memory(board.flash.origin, ROOMY_BYTES),
        ram=Memory(board.ram.origin if board.ram.origin > board.flash.origin else ROOMY_BYTES * 2, ROOMY_BYTES),
    )
    with tempfile.TemporaryDirectory() as scratch:
        sources = firmware_sources(network, roomy)
        write_sources(sources, Path(scratch))
        return _explain(network, board, _compile(network, roomy, compiler, Path(scratch), sources))


def _stack_bytes(board: Board, image: Path) -> int:
    """What must be free for the stack: what the board keeps, and on an AVR, where nothing would tell, at least what can be needed."""
    return max(board.stack_bytes, proven_stack(board, image)) if board.architecture == "avr" else board.stack_bytes


def proven_stack(board: Board, image: Path) -> int:
    """Bytes of the deepest chain of calls and an interrupt on top of it, in an image that lies where it was compiled.

    Raises ToolMissingError without a disassembler.
    """
    calls = read_calls(image, board.architecture)
    assembly = {} if board.architecture == "riscv" else read_pushes(image, board.architecture)
    frames = {**assembly, **read_frames(image.parent)}
    deepest = deepest_stack(frames, calls, "main", CALL_BYTES[board.architecture])
    return deepest + interrupt_stack(frames, calls, board.architecture)


def _explain(network: IntegerNetwork, board: Board, image: Path) -> str:
    size = image_size(image)
    stack = _stack_bytes(board, image)
    lines = [
        (
            f"network '{network.name}' does not fit {board.name} ({board.description}): it needs "
            f"{size.ram + stack} bytes of RAM ({stack} of them stack) where there are {board.ram.size}, "
            f"and {size.flash} bytes of flash where there are {_flash_bytes(network, board)}"
        )
    ]
    parts = network_parts(image)
    lines += [f"  {part.bytes:>9}  {part.name}" for part in parts[:LARGEST_PARTS]]
    lines.append(f"  {size.ram - sum(part.bytes for part in parts[:LARGEST_PARTS]):>9}  the rest of RAM")
    lines.append(TO_FIT)
    return "\n".join(lines)


def image_size(image: Path) -> ImageSize:
    """Sizes by section. Raises DeviceError for what is not an ELF file."""
    sums = {"code": 0, "constants": 0, "data": 0, "bss": 0}
    try:
        with image.open("rb") as file:
            for section in ELFFile(file).iter_sections():
                if section["sh_flags"] & 2:  # SHF_ALLOC
                    sums[_kind(section.name, section["sh_flags"], section["sh_type"])] += section["sh_size"]
    except (OSError, ELFError) as error:
        raise DeviceError(f"{image}: not a readable ELF image: {error}; build it again") from error
    return ImageSize(**sums)


def _kind(name: str, flags: int, section_type: str) -> str:
    if section_type == "SHT_NOBITS":
        return "bss"
    if flags & 1 or name == ".data":  # SHF_WRITE; code that runs from RAM lies there too
        return "data"
    return "code" if flags & 4 else "constants"  # SHF_EXECINSTR
