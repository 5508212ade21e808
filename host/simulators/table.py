"""The simulators by kind: what each needs, how it is started, and whether it counts cycles by region of the code."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.board import Board, Simulator, SimulatorKind
from sfdfa_codegen.host.link.line import Line, SerialLine, SocketLine
from sfdfa_codegen.host.simulators.process import SimulatorProcess
from sfdfa_codegen.host.simulators.qemu import check_qemu, start_qemu
from sfdfa_codegen.host.simulators.rp2040js import check_rp2040js, start_rp2040js
from sfdfa_codegen.host.simulators.simavr import check_simavr, start_simavr
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine, check_unicorn
from sfdfa_codegen.host.simulators.verilated import check_picorv32, start_picorv32

Regions = tuple[Path, ...]
"""The files of `RegionFiles`, or none."""
Starter = Callable[[Board, Simulator, Path, Regions, contextlib.ExitStack], Line]
"""Starts a board on an ELF image and gives the line to it. What has to end with the line is pushed on the stack."""


@dataclass(frozen=True)
class Kind:
    """One kind of simulator.

    check: raises ToolMissingError if what it needs is not installed. tells_regions: whether it counts cycles by region of the code.
    """

    check: Callable[[Simulator], None]
    start: Starter
    tells_regions: bool = False


def _qemu(board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack) -> Line:
    process, terminal = start_qemu(simulator.arguments, image)
    stack.enter_context(process)
    return SerialLine(terminal)


def _simavr(board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack) -> Line:
    return _connect(start_simavr(simulator.arguments[0], board.clock_hz, image, regions), stack)


def _verilator(board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack) -> Line:
    return _connect(start_picorv32(image, regions), stack)


def _rp2040js(board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack) -> Line:
    return _connect(start_rp2040js(image, regions), stack)


def _unicorn(board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack) -> Line:
    return UnicornLine(board, simulator.arguments[0], image)


def _connect(started: tuple[SimulatorProcess, tuple[str, int]], stack: contextlib.ExitStack) -> Line:
    process, address = started
    stack.enter_context(process)
    return SocketLine(address)


KINDS: Final[dict[SimulatorKind, Kind]] = {
    "qemu": Kind(lambda simulator: check_qemu(simulator.arguments[0]), _qemu),
    "simavr": Kind(lambda simulator: check_simavr(), _simavr, tells_regions=True),
    "verilator": Kind(lambda simulator: check_picorv32(), _verilator, tells_regions=True),
    "rp2040js": Kind(lambda simulator: check_rp2040js(), _rp2040js, tells_regions=True),
    "unicorn": Kind(lambda simulator: check_unicorn(), _unicorn),
}


def check_simulator(simulator: Simulator) -> None:
    """Raises ToolMissingError if what a simulator needs is not installed."""
    KINDS[simulator.kind].check(simulator)


def start_simulator(
    board: Board, simulator: Simulator, image: Path, regions: Regions, stack: contextlib.ExitStack
) -> Line:
    """Start a board's simulator on an ELF image; it ends with `stack`. Raises ToolMissingError, ConfigError and DeviceError."""
    return KINDS[simulator.kind].start(board, simulator, image, regions, stack)


def tells_regions(board: Board) -> bool:
    """Whether a board has a simulator that counts cycles by region of the code."""
    return board.simulator is not None and KINDS[board.simulator.kind].tells_regions
