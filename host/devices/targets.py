"""The targets by name, and how a device of each is opened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.host.devices.mesh_kinds import MESH_TARGETS, NATIVE_MESH, RTL_MESH, SPINNAKER, USUAL_SIZE, MeshSize

if TYPE_CHECKING:  # what a device needs is loaded when one is opened: the list of targets needs none of it
    from sfdfa_codegen.codegen.integer_network import IntegerNetwork
    from sfdfa_codegen.host.devices.device import Device


Opener = Callable[["IntegerNetwork", str | None], "Device"]


@dataclass(frozen=True)
class Target:
    """Something that runs a network."""

    name: str
    description: str
    opener: Opener
    check: Callable[[], object]
    """Raises ToolMissingError if what the target needs is not installed."""
    board: Board | None = None
    needs_port: bool = False

    def open(self, network: "IntegerNetwork", port: str | None = None) -> "Device":
        """A device in its initial state. port: of a real board; ConfigError for a target that has none."""
        return self.opener(network, port)

    def problem(self) -> str | None:
        """Why the target cannot be used here, or None."""
        try:
            self.check()
        except SfdfaError as error:
            return str(error)
        return None


def check_board(board: Board, with_simulator: bool) -> None:
    """Raises ToolMissingError if the board's compiler, or its simulator if it is wanted, is not installed."""
    find_cross_compiler(board.architecture)
    if with_simulator and board.simulator is not None:
        from sfdfa_codegen.host.simulators.table import check_simulator

        check_simulator(board.simulator)


def _check_mesh_rtl() -> None:
    from sfdfa_codegen.host.simulators.verilated import check_mesh_rtl

    check_mesh_rtl()


def _check_spinnaker() -> None:
    from sfdfa_codegen.host.spinnaker.installed import check_front_end

    check_front_end()


def _without_port(name: str, open_device: Callable[["IntegerNetwork"], "Device"]) -> Opener:
    def open_target(network: "IntegerNetwork", port: str | None) -> "Device":
        if port is not None:
            raise ConfigError(f"the target {name} has no port: leave out --port")
        return open_device(network)

    return open_target


def _open_emulator(network: "IntegerNetwork") -> "Device":
    from sfdfa_codegen.host.devices.emu import EmuDevice

    return EmuDevice(network)


def _open_native(network: "IntegerNetwork") -> "Device":
    from sfdfa_codegen.host.devices.native import NativeDevice

    return NativeDevice(network)


def _open_keeping_native(every: int, network: "IntegerNetwork") -> "Device":
    from sfdfa_codegen.host.devices.keeping_native import KeepingNative

    return KeepingNative(network, every)


def _open_mesh(size: MeshSize, name: str, network: "IntegerNetwork") -> "Device":
    from sfdfa_codegen.host.devices.mesh import MeshDevice

    return MeshDevice(network, size.cores, name, size.core_bytes, size.map_file)


def _open_board(network: "IntegerNetwork", board: Board, name: str, port: str | None = None) -> "Device":
    from sfdfa_codegen.host.devices.boards import BoardDevice
    from sfdfa_codegen.host.devices.keeping_board import KeepingBoard

    if board.persist_every:
        return KeepingBoard(network, board, name, port, every=board.persist_every)
    return BoardDevice(network, board, name, port)


def _simulated(board: Board, name: str) -> Target:
    def open_simulator(network: "IntegerNetwork") -> "Device":
        return _open_board(network, board, name)

    description = f"{board.description}, simulated"
    return Target(name, description, _without_port(name, open_simulator), partial(check_board, board, True), board)


def _real(board: Board) -> Target:
    def open_board(network: "IntegerNetwork", port: str | None) -> "Device":
        if port is None:
            raise ConfigError(f"{board.name} is a real board: give the port it is on with --port")
        return _open_board(network, board, board.name, port)

    description = f"{board.description}, with --port"
    return Target(board.name, description, open_board, partial(check_board, board, False), board, needs_port=True)


def mesh_target(name: str, size: MeshSize) -> Target:
    """A mesh of that size."""
    open_mesh = _without_port(name, partial(_open_mesh, size, name))
    if name == NATIVE_MESH:
        return Target(name, "the same in C, compiled for this machine", open_mesh, find_host_compiler)
    if name == RTL_MESH:
        return Target(name, "the same on PicoRV32 cores and routers in Verilog, simulated", open_mesh, _check_mesh_rtl)
    return Target(name, "one network on many cores (--cores), emulated", open_mesh, lambda: None)


def spinnaker_target(size: MeshSize) -> Target:
    """A mesh of that size on a SpiNNaker board."""

    def open_board(network: "IntegerNetwork", port: str | None) -> "Device":
        if port is None:
            raise ConfigError(
                f"{SPINNAKER} is a real board: give its address with --port, or --port virtual for all that needs none"
            )
        from sfdfa_codegen.host.devices.mesh import MeshDevice

        return MeshDevice(network, size.cores, SPINNAKER, size.core_bytes, size.map_file, port)

    description = "the same on cores of a SpiNNaker 1 board, with --port ADDRESS; build writes the C, for your own spinnaker_tools"
    return Target(SPINNAKER, description, open_board, _check_spinnaker, needs_port=True)


def _targets() -> list[Target]:
    found = [
        Target("emu", "the Python emulator", _without_port("emu", _open_emulator), lambda: None),
        Target(
            "native",
            "the generated C, compiled for this machine",
            _without_port("native", _open_native),
            find_host_compiler,
        ),
    ]
    found += [mesh_target(name, USUAL_SIZE) for name in MESH_TARGETS]
    found.append(spinnaker_target(USUAL_SIZE))
    found += [_simulated(board, board.simulator.target) for board in boards().values() if board.simulator is not None]
    found += [_real(board) for board in boards().values() if board.flash_tool is not None]
    return found


TARGETS = {target.name: target for target in _targets()}


def find_target(name: str, size: MeshSize = USUAL_SIZE) -> Target:
    """size: of the mesh. Raises ConfigError for a name that is none."""
    if name in MESH_TARGETS and size.given:
        return mesh_target(name, size)
    if name == SPINNAKER:
        return spinnaker_target(size)
    if name not in TARGETS:
        raise ConfigError(f"there is no target '{name}'; the targets are {', '.join(TARGETS)}")
    return TARGETS[name]


def keeping(target: Target, every: int, brown_out: bool = False) -> Target:
    """The same with an image that keeps what it learns, every so many samples; the C on this machine keeps it in a file.

    brown_out: also when the supply is going. Raises ConfigError for what is no board, or has no memory for it or nothing that tells of its supply.
    """
    board = target.board
    if brown_out and (board is None or board.persistence is None or not board.persistence.brown_out):
        raise ConfigError(
            f"nothing tells {target.name} that its supply is going: leave --brown-out out, or add brown_out to the [persistence] of its description"
        )
    if target.name == "native":
        return replace(target, opener=_without_port(target.name, partial(_open_keeping_native, every)))
    if board is None or board.persistence is None:
        raise ConfigError(
            f"{target.name} has no memory that outlives the power: leave --persist out, or add [persistence] to its description"
        )
    board = replace(board, persist_every=every, brown_out=brown_out)
    return _real(board) if target.needs_port else _simulated(board, target.name)


def own_target(description: Path, port: str | None) -> Target:
    """A board of one's own, behind a port, else its simulator. Raises ConfigError for a description that is wrong."""
    from sfdfa_codegen.host.devices.board_description import read_board

    board = read_board(description)
    if port is None and board.simulator is not None:
        return _simulated(board, board.simulator.target)
    return _real(board)
