"""A mesh on a SpiNNaker board: placed, routed, loaded and started by SpiNNaker's front end, and asked through the gate. Never run on a real board."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sfdfa_codegen.codegen.cache import cache_folder, content_key
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.spinnaker import TOOLS_VARIABLE, check_spinnaker_tools, spinnaker_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.emulator.mesh.host import MeshHost
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.host.devices.mesh_rtl import Nodes, RtlCore
from sfdfa_codegen.host.spinnaker.flows import GATE, flows
from sfdfa_codegen.host.spinnaker.gate import BOARD_PORT, EXIT, GateLink
from sfdfa_codegen.host.spinnaker.installed import check_front_end

if TYPE_CHECKING:
    from sfdfa_codegen.host.spinnaker.front_end import FrontEnd

VIRTUAL: Final = "virtual"
"""In place of a board's address: everything is done that needs none."""


def images(network: IntegerNetwork, mesh: MeshMap) -> Path:
    """The folder of the images of all cores, made now or earlier. Raises ToolMissingError without spinnaker_tools, and DeviceError where they do not compile."""
    sources = spinnaker_sources(network, mesh)
    folder = cache_folder() / "spinnaker" / content_key(os.environ.get(TOOLS_VARIABLE, ""), sorted(sources.items()))
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        write_sources(sources, Path(made) / "chip")
        check_spinnaker_tools(Path(made) / "chip")
        done = subprocess.run(["make"], cwd=Path(made) / "chip", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DeviceError(f"spinnaker_tools do not compile the cores: {done.stderr.strip()[-500:]}")
        (Path(made) / "chip").rename(folder)
    return folder


class BoardMesh(MeshEmulator):
    """A `MeshEmulator` whose cores are on a board; state and counts are read from their memory."""

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, address: str) -> None:
        """address: of the board, or `VIRTUAL`. Raises ToolMissingError for what is missing, a board included, and DeviceError where the front end or a core stops."""
        check_front_end()
        self._address, self._board, self._link = address, None, None
        super().__init__(network, mesh)

    _board: "FrontEnd | None"
    _link: GateLink | None

    def _begin_from(self, state: LearnedState) -> None:
        self._host_state = self._state_of_host(state)
        if self._board is None:
            self._open()
        assert self._board is not None
        nodes: Nodes = self._board
        self._cores = [RtlCore(nodes, part, state) for part in self._parts]

    def _open(self) -> None:
        from sfdfa_codegen.host.spinnaker.front_end import FrontEnd

        virtual = self._address == VIRTUAL
        made = Path() if virtual else images(self.network, self.mesh)
        self._link = link = GateLink(self.mesh.cores)
        wanted = flows(self.network, self.mesh)
        self._board = board = FrontEnd(made, self.mesh.cores, wanted, None if virtual else self._address, link.port)
        if virtual:
            entries = board.routing_tables()
            chips = {(place.x, place.y) for place in board.placed.values()}
            self.close()
            raise ToolMissingError(
                f"{self.mesh.cores} cores and the gate are placed on {len(chips)} {'chip' if len(chips) == 1 else 'chips'} of a virtual SpiNN-5 board, and {len(wanted)} keys routed, "
                f"with {max(entries.values())} entries in a router at most; to run them get a board, and give its address with --port"
            )
        host = MeshHost(self.network, link)
        self.host = host
        link.connect((self._address, BOARD_PORT), board.placed[GATE], host.receive)

    def close(self) -> None:
        """Let every core leave, and go."""
        if self._board is None or self._link is None:
            return
        if self._address != VIRTUAL:
            for place in self._board.placed.values():
                self._link.tell(place, EXIT)
        self._board.close()
        self._link.close()
        self._board = None
