"""Boards as devices: their image is built, a simulator started or a port opened, and the link greeted."""

import contextlib
from pathlib import Path

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.firmware import (
    IMAGE_NAME,
    ImageSize,
    compile_command,
    compile_firmware,
    firmware_sources,
    image_size,
)
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.codegen.toolchain.size_table import network_parts
from sfdfa_codegen.host.devices.device import RamBytes
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.line import Line, open_line
from sfdfa_codegen.host.link.session import SHORTEST_TIMEOUT_S
from sfdfa_codegen.host.simulators.table import start_simulator

SIMULATED_TIMEOUT_S = 0.5
"""A simulator loses nothing, and waits for its turn where other programs are busy."""


def cached_image(network: IntegerNetwork, board: Board) -> Path:
    """The image of `network` for `board`, built unless the cache has it. Raises as `compile_firmware` and `made_once`."""

    def make(target: Path) -> None:
        compile_firmware(network, board, target.parent, apart=True)
        (target.parent / IMAGE_NAME).rename(target)

    version = find_cross_compiler(board.architecture).version
    sources = firmware_sources(network, board, apart=True)
    key = content_key(compile_command(network, board), version, sorted(sources.items()))
    return made_once(cache_folder() / "firmware" / f"{board.name}-{key}.elf", make)


def ram_of(image: Path, size: ImageSize, *, compact: bool) -> RamBytes:
    """RAM by purpose; what learning adds is what is neither weights nor needed to predict. compact: built with SFDFA_COMPACT."""
    parts = {part.name: part.bytes for part in network_parts(image)}
    weights = parts["learned.weights"]
    learning = sum(count for name, count in parts.items() if name.startswith(("learned.", "learning."))) - weights
    kinds = ("sfdfa_neuron_t", "sfdfa_run_t") if compact else ("sfdfa_membranes_t",)
    inference = sum(part.bytes for kind in kinds for part in network_parts(image, kind))
    learning += max(0, parts.get("scratch", 0) - inference)  # what only predicts may have no scratch of its own
    return RamBytes(total=size.ram, weights=weights, learning=learning)


class BoardDevice(SerialDevice):
    """A board behind a port, or its simulator, which ends with the device."""

    def __init__(
        self,
        network: IntegerNetwork,
        board: Board,
        target: str,
        port: str | None = None,
        regions: tuple[Path, ...] = (),
    ) -> None:
        """Without a port the board's simulator is started, with `regions` to count cycles by region of the code. Raises ToolMissingError, DoesNotFitError and DeviceError."""
        image = cached_image(network, board)
        size = image_size(image)
        with contextlib.ExitStack() as stack:
            line = _open(board, image, port, stack, regions)
            super().__init__(
                network,
                line,
                target,
                board.cycles if port is None else "exact",
                ram=ram_of(image, size, compact=is_compact(network, board)),
                flash_bytes=size.flash,
                baud=board.baud,
                interrupted=board.reception == "interrupt",
                shortest_timeout_s=SIMULATED_TIMEOUT_S if port is None else SHORTEST_TIMEOUT_S,
            )
            self._stack = stack.pop_all()

    def close(self) -> None:
        super().close()
        self._stack.close()


def _open(board: Board, image: Path, port: str | None, stack: contextlib.ExitStack, regions: tuple[Path, ...]) -> Line:
    if port is not None:
        return open_line(port, board.baud)
    if board.simulator is None:
        raise ConfigError(f"{board.name} has no simulator: connect the board and give its --port")
    return start_simulator(board, board.simulator, image, regions, stack)
