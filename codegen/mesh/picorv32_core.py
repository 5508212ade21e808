"""The image of a core of a mesh of PicoRV32, which is that of all: a core asks its mailbox for its number."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.board import Board, Memory, boards
from sfdfa_codegen.codegen.cores import Core, board_core
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError
from sfdfa_codegen.codegen.firmware import (
    LINKER_SAYS_TOO_LARGE,
    LINKER_SCRIPT,
    compile_firmware_sources,
    image_size,
)
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import STACK_BYTES, TICKS_IN_FLIGHT, TICKS_OF_BLOCK
from sfdfa_codegen.codegen.mesh.mesh_c import mesh_sources
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.render import folder_sources, render_template

MEMORY_BYTES: Final = 1 << 20
"""Of a node, code and data."""
CODE_BYTES: Final = 1 << 17
MAILBOX_PACKETS: Final = 8192


def core_board(core_bytes: int | None) -> Board:
    """A node, with so many bytes of data, or all that there are."""
    data = MEMORY_BYTES - CODE_BYTES if core_bytes is None else min(core_bytes, MEMORY_BYTES - CODE_BYTES)
    return replace(
        boards()["picorv32"],
        description="a node of a mesh, PicoRV32 in Verilog",
        flash=Memory(0, CODE_BYTES),
        ram=Memory(CODE_BYTES, data),
        stack_bytes=STACK_BYTES,
    )


def most_packets(network: IntegerNetwork, cores: int) -> int:
    """No more packets than this can be under way to a core: no core is two blocks of a layer ahead of another before that has run them, and what is told after the ticks is told when all of them are run, sections 4 to 7 of docs/MESH.md."""
    spiking = len(network.spiking_layers)
    events = (network.max_events + network.ticks) // 2 + 2
    ticks = min(TICKS_IN_FLIGHT, network.ticks, network.max_spikes) if spiking > 1 else 0
    ends = TICKS_IN_FLIGHT // TICKS_OF_BLOCK * spiking * cores if spiking > 1 else 0
    spikes = ticks * sum(layer.neurons for layer in network.layers[: spiking - 1]) + ends
    ranks = spiking * cores * (network.ticks + 1) // 2 if network.learns else 0
    sums = 2 * (4 * network.outputs + spiking + 1)
    grades = sum(layer.neurons for layer in network.hidden_layers)
    return events + max(spikes, ranks + sums + grades + 2 * network.outputs) + 8


def kernels(network: IntegerNetwork, board: Board) -> Core:
    """Whose kernels a node has; assembly walks back over slopes of a byte."""
    return board_core(network, board) if network.gradient == "sfdfa" else "words"


def weight_flip(network: IntegerNetwork, board: Board) -> int:
    """What is exclusive or with each byte of weights where they lie: SFDFA_CELL_FLIP of the core."""
    return 0x80 if kernels(network, board) == "riscv" else 0


def core_sources(network: IntegerNetwork, mesh: MeshMap, board: Board) -> dict[str, str]:
    """All files of the image, by name."""
    files = {**mesh_sources(network, mesh, kernels(network, board)), **folder_sources("mesh/picorv32")}
    for folder in ("freestanding", "riscv"):
        files.update(folder_sources(f"boards/{folder}"))
    files[LINKER_SCRIPT] = render_template("boards/riscv/link.ld", {"board": board})
    return files


def compile_core(network: IntegerNetwork, sources: dict[str, str], board: Board, folder: Path) -> Path:
    """Compile `core_sources`. Raises ToolMissingError, DoesNotFitError, and DeviceError if the compiler fails otherwise."""
    try:
        return compile_firmware_sources(network, sources, board, folder)
    except DeviceError as error:
        if not any(sign in str(error) for sign in LINKER_SAYS_TOO_LARGE):
            raise
        image = compile_firmware_sources(network, {**sources, LINKER_SCRIPT: _roomy()}, board, folder)
        raise DoesNotFitError(
            f"a core of the network '{network.name}' needs {image_size(image).ram + STACK_BYTES} bytes of data, {STACK_BYTES} of them stack, "
            f"where there are {board.ram.size}; take more cores with --cores"
        ) from error


def _roomy() -> str:
    return render_template(
        "boards/riscv/link.ld", {"board": replace(core_board(None), ram=Memory(CODE_BYTES, 1 << 28))}
    )
