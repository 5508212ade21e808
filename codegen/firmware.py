"""The image of a network for a board: sources, linking, and what takes how much."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import Board, Memory
from sfdfa_codegen.codegen.compilers import Compiler
from sfdfa_codegen.codegen.cross_compilers import COMMON_FLAGS, core_flags, find_cross_compiler, link_flags
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.native_library import write_sources
from sfdfa_codegen.codegen.render import folder_sources, render_network, render_template
from sfdfa_codegen.codegen.size_table import network_parts

IMAGE_NAME = "firmware.elf"
LINKER_SAYS_TOO_LARGE = ("overflowed by", "will not fit in region", "too little RAM", "is full", "is not within region")
ROOMY_BYTES = 1 << 24
LARGEST_PARTS = 8
LINKER_SCRIPT = "link.ld"


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


def firmware_sources(network: IntegerNetwork, board: Board) -> dict[str, str]:
    """All files that make up the image, by name."""
    files = {**folder_sources("runtime"), **folder_sources("link"), **render_network(network)}
    for folder in board.sources:
        files.update(folder_sources(f"boards/{folder}"))
    files["sfdfa_board_config.h"] = render_template("sfdfa_board_config.h", {"board": board})
    if board.architecture != "avr":
        files[LINKER_SCRIPT] = render_template(
            f"boards/{board.architecture.replace('-', '_')}/link.ld", {"board": board}
        )
    return files


def compile_firmware(network: IntegerNetwork, board: Board, folder: Path) -> Path:
    """Write the sources to `folder` and compile them there into one image.

    Raises ToolMissingError without a compiler, DoesNotFitError with a table of what takes how much, and DeviceError with what the
    compiler said if it fails otherwise.
    """
    compiler = find_cross_compiler(board.architecture)
    sources = firmware_sources(network, board)
    write_sources(sources, folder)
    try:
        image = _compile(board, compiler, folder, sources)
    except DeviceError as error:
        if not any(sign in str(error) for sign in LINKER_SAYS_TOO_LARGE):
            raise
        raise DoesNotFitError(_too_large(network, board, compiler)) from error
    size = image_size(image)
    if size.ram + board.stack_bytes > board.ram.size or size.flash > board.flash.size:
        raise DoesNotFitError(_explain(network, board, image))
    return image


def compile_firmware_sources(sources: dict[str, str], board: Board, folder: Path) -> Path:
    """Compile sources of one's own, as `compile_firmware` does those of a network."""
    write_sources(sources, folder)
    return _compile(board, find_cross_compiler(board.architecture), folder, sources)


def compile_command(board: Board) -> tuple[str, ...]:
    """The compiler and all its flags, without the files: what else an image depends on. Raises ToolMissingError."""
    compiler = find_cross_compiler(board.architecture)
    return (*compiler.command, *_flags(board, compiler), *_link_flags(board, compiler, LINKER_SCRIPT))


def _flags(board: Board, compiler: Compiler) -> tuple[str, ...]:
    return (*COMMON_FLAGS, *core_flags(board, compiler), *(f"-D{name}" for name in board.defines))


def _link_flags(board: Board, compiler: Compiler, script: str) -> tuple[str, ...]:
    return (*link_flags(board, script), "-lcompiler_rt" if compiler.name == "zig cc" else "-lgcc")


def _compile(board: Board, compiler: Compiler, folder: Path, sources: dict[str, str]) -> Path:
    folder = folder.resolve()
    image = folder / IMAGE_NAME
    files = sorted(str(folder / name) for name in sources if name.endswith((".c", ".S")))
    link = _link_flags(board, compiler, str(folder / LINKER_SCRIPT))
    # Some compilers leave their reports of the stack in the folder they run in.
    compiler.run([*_flags(board, compiler), "-I", str(folder), *files, *link, "-o", str(image)], folder)
    return image


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
        return _explain(network, board, _compile(roomy, compiler, Path(scratch), sources))


def _explain(network: IntegerNetwork, board: Board, image: Path) -> str:
    size = image_size(image)
    lines = [
        (
            f"network '{network.name}' does not fit {board.name} ({board.description}): it needs "
            f"{size.ram + board.stack_bytes} bytes of RAM ({board.stack_bytes} of them stack) where there are {board.ram.size}, "
            f"and {size.flash} bytes of flash where there are {board.flash.size}"
        )
    ]
    parts = network_parts(image)
    lines += [f"  {part.bytes:>9}  {part.name}" for part in parts[:LARGEST_PARTS]]
    lines.append(f"  {size.ram - sum(part.bytes for part in parts[:LARGEST_PARTS]):>9}  the rest of RAM")
    lines.append("use fewer neurons or narrower weights, or a larger board")
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
    if flags & 1:  # SHF_WRITE
        return "data"
    return "code" if flags & 4 else "constants"  # SHF_EXECINSTR
