"""Boards as devices: their image is built, a simulator started or a port opened, and the link greeted."""

import contextlib
from pathlib import Path

from sfdfa_codegen.codegen.board import Board, Simulator
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError, ToolMissingError
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
from sfdfa_codegen.host.link.line import Line, SerialLine, SocketLine, open_line
from sfdfa_codegen.host.link.session import SHORTEST_TIMEOUT_S
from sfdfa_codegen.host.simulators.process import SimulatorProcess
from sfdfa_codegen.host.simulators.qemu import check_qemu, start_qemu
from sfdfa_codegen.host.simulators.rp2040js import check_rp2040js, start_rp2040js
from sfdfa_codegen.host.simulators.simavr import check_simavr, start_simavr
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine, check_unicorn
from sfdfa_codegen.host.simulators.verilated import check_picorv32, start_picorv32

SIMULATED_TIMEOUT_S = 0.5
"""A simulator loses nothing, and waits for its turn where other programs are busy."""


def cached_image(network: IntegerNetwork, board: Board) -> Path:
    """The image of `network` for `board`, built unless the cache has it. Raises as `compile_firmware` and `made_once`."""

    def make(target: Path) -> None:
        compile_firmware(network, board, target.parent)
        (target.parent / IMAGE_NAME).rename(target)

    version = find_cross_compiler(board.architecture).version
    key = content_key(compile_command(network, board), version, sorted(firmware_sources(network, board).items()))
    return made_once(cache_folder() / "firmware" / f"{board.name}-{key}.elf", make)


def ram_of(image: Path, size: ImageSize, *, compact: bool) -> RamBytes:
    """RAM by purpose; what learning adds is what is neither weights nor needed to predict. compact: built with SFDFA_COMPACT."""
    parts = {part.name: part.bytes for part in network_parts(image)}
    weights = parts["learned.weights"]
    learning = sum(count for name, count in parts.items() if name.startswith(("learned.", "learning."))) - weights
    kinds = ("sfdfa_neuron_t", "sfdfa_run_t") if compact else ("sfdfa_membranes_t",)
    inference = sum(part.bytes for kind in kinds for part in network_parts(image, kind))
    learning += max(0, parts["scratch"] - inference)
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
    if board.simulator.kind == "unicorn":
        return UnicornLine(board, board.simulator.arguments[0], image)
    process, line = _start(board, board.simulator, image, regions)
    stack.enter_context(process)
    return SerialLine(line) if isinstance(line, str) else SocketLine(line)


def _start(
    board: Board, simulator: Simulator, image: Path, regions: tuple[Path, ...]
) -> tuple[SimulatorProcess, str | tuple[str, int]]:
    if simulator.kind == "qemu":
        return start_qemu(simulator.arguments, image)
    if simulator.kind == "simavr":
        return start_simavr(simulator.arguments[0], board.clock_hz, image, regions)
    if simulator.kind == "verilator":
        return start_picorv32(image, regions)
    if simulator.kind == "rp2040js":
        return start_rp2040js(image, regions)
    raise ToolMissingError(f"no simulator of the kind {simulator.kind} is known; update sfdfa-codegen")


def check_board(board: Board, with_simulator: bool) -> None:
    """Raises ToolMissingError if the board's compiler, or its simulator if it is wanted, is not installed."""
    find_cross_compiler(board.architecture)
    if with_simulator and board.simulator is not None:
        if board.simulator.kind == "qemu":
            check_qemu(board.simulator.arguments[0])
        elif board.simulator.kind == "simavr":
            check_simavr()
        elif board.simulator.kind == "unicorn":
            check_unicorn()
        elif board.simulator.kind == "verilator":
            check_picorv32()
        elif board.simulator.kind == "rp2040js":
            check_rp2040js()
