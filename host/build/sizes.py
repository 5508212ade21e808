"""Code, data and stack of a network on every board: the table of docs/SIZES.md, made anew and compared by the tests."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.firmware import ImageSize, compile_firmware, image_size, proven_stack
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.prepare import load_spec, prepare

NETWORKS = {"digits": tuple(boards()), "digits-uno": ("arduino-uno",)}
"""Boards by network."""
HEADER = """# Sizes

Bytes on each board, of the whole firmware: network, runtime, link and start-up. `code` and `constants` lie in the flash, `data` in both, `bss` in RAM;
`stack` is the deepest chain of calls from `main` and the interrupt of the UART on top of it (`-fstack-usage` and the disassembly). Made by
`python -m sfdfa_codegen.host.build.sizes` with the GCC of Debian 12; the tests make it again and compare.

"""


@dataclass(frozen=True)
class Sizes:
    """One row; None where the network does not fit."""

    board: Board
    image: ImageSize | None
    stack: int | None


def measure(network: IntegerNetwork, board: Board) -> Sizes:
    """Build and measure. Raises ToolMissingError without the board's compiler."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            image = compile_firmware(network, board, folder)
        except DoesNotFitError:
            return Sizes(board, None, None)
        return Sizes(board, image_size(image), proven_stack(board, image))


def _row(sizes: Sizes) -> str:
    board, image = sizes.board, sizes.image
    cells = [board.name, board.core]
    if image is None:
        cells += ["does not fit", "", "", "", "", str(board.ram.size)]
    else:
        numbers = (image.code, image.constants, image.data, image.bss, sizes.stack, board.ram.size)
        cells += [str(number) for number in numbers]
    return f"| {' | '.join(cells)} |"


def size_table() -> str:
    """The text of docs/SIZES.md."""
    text = HEADER
    for name, board_names in NETWORKS.items():
        network = prepare(load_spec(name)).integer_network
        text += f"## {name}\n\n| board | core | code | constants | data | bss | stack | RAM of the board |\n"
        text += "|---|---|---|---|---|---|---|---|\n"
        text += "\n".join(_row(measure(network, boards()[board])) for board in board_names) + "\n\n"
    return text.rstrip() + "\n"


if __name__ == "__main__":
    print(size_table(), end="")
