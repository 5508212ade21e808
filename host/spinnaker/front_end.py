"""A mesh on a SpiNNaker machine by SpiNNaker's own front end, spinnakergraphfrontend: it places, routes, loads and starts the cores. This module is only imported where that is installed."""

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import numpy as np
import spinnaker_graph_front_end as spinnaker
from numpy.typing import NDArray
from pacman.model.graphs.application import ApplicationEdge
from pacman.model.graphs.application.abstract import AbstractOneAppOneMachineVertex
from pacman.model.graphs.machine import SimpleMachineVertex
from pacman.model.partitioner_splitters import SplitterOneAppOneMachine
from pacman.model.resources import ConstantSDRAM, IPtagResource
from pacman.model.routing_info import BaseKeyAndMask
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.mesh.cells import Bytes
from sfdfa_codegen.host.spinnaker.flows import GATE, Flow
from sfdfa_codegen.host.spinnaker.gate import Place
from spinn_front_end_common.abstract_models import AbstractHasAssociatedBinary
from spinn_front_end_common.data import FecDataView
from spinn_front_end_common.utilities.database import DatabaseConnection
from spinnman.model.enums import ExecutableType, UserRegister

TAG: Final = 1
"""Of the messages to the host: sfdfa_mesh_gate_spin1.c."""
SETTINGS_FILE: Final = ".spiNNakerGraphFrontEnd.cfg"
PLACES_BYTES: Final = 6 * 4
START_S: Final = 120


class _Core(SimpleMachineVertex, AbstractHasAssociatedBinary):
    """A core with an image that runs as soon as it is loaded. port: of this machine, for the gate's messages; None: it has none."""

    def __init__(self, name: str, image: str, port: int | None) -> None:
        super().__init__(ConstantSDRAM(0), label=name)
        self._image, self._port = image, port

    def get_binary_file_name(self) -> str:
        return self._image

    def get_binary_start_type(self) -> ExecutableType:
        return ExecutableType.RUNNING

    @property
    def iptags(self) -> list[IPtagResource]:
        return [] if self._port is None else [IPtagResource("localhost", self._port, strip_sdp=False, tag=TAG)]


class _Vertex(AbstractOneAppOneMachineVertex):
    """What is asked for the keys of a core. keys: by the name of the flow."""

    def __init__(self, core: _Core, keys: dict[str, BaseKeyAndMask]) -> None:
        super().__init__(core, core.label)
        core._app_vertex = self
        self.splitter = SplitterOneAppOneMachine()
        self._keys = keys

    def get_fixed_key_and_mask(self, partition_id: str) -> BaseKeyAndMask:
        return self._keys[partition_id]


@contextlib.contextmanager
def _settings(folder: Path, address: str | None) -> Iterator[None]:
    """The front end reads its settings in the home of the user; here they are those of one board, and in a folder of their own."""
    machine = "virtual_board = True" if address is None else f"machine_name = {address}"
    text = f"[Machine]\n{machine}\nversion = 5\n[Reports]\ndefault_report_file_path = {folder}\n[Logging]\ndefault = warning\n"
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        del os.environ["HOME"]
        if before is not None:
            os.environ["HOME"] = before


class FrontEnd:
    """The machine with the mesh. placed: where is what, of each core, by its number, and of the gate.

    images: the folder of core_N.aplx and gate.aplx. address: of the board; None: of a virtual one, on which nothing runs.
    """

    def __init__(self, images: Path, cores: int, flows: Sequence[Flow], address: str | None, port: int) -> None:
        """port: of this machine. Raises DeviceError where the front end does not get to the start of the cores."""
        folder = tempfile.mkdtemp(prefix="sfdfa-spinnaker-")
        atexit.register(
            shutil.rmtree, folder, ignore_errors=True
        )  # after the front end, which writes there at its own exit
        self._started = Event()
        self._thread: Thread | None = None
        self._is_over = False
        try:
            with contextlib.redirect_stdout(sys.stderr):  # its progress is no result
                with _settings(Path(folder), address):
                    spinnaker.setup(model_binary_folder=str(images), n_boards_required=1)
                vertices = self._vertices(cores, flows, port)
                self._run(virtual=address is None)
            placed = {name: FecDataView.get_placement_of_vertex(v.machine_vertex) for name, v in vertices.items()}
        except Exception as error:  # of many packages, with no base of their own
            raise DeviceError(f"SpiNNaker's front end: {error}") from error
        self.placed = {name: Place(place.x, place.y, place.p) for name, place in placed.items()}

    @staticmethod
    def _vertices(cores: int, flows: Sequence[Flow], port: int) -> dict[str, _Vertex]:
        images = {str(core): f"core_{core}.aplx" for core in range(cores)} | {GATE: "gate.aplx"}
        vertices = {}
        for name, image in images.items():
            keys = {flow.name: BaseKeyAndMask(flow.key, flow.mask) for flow in flows if flow.sender == name}
            vertices[name] = _Vertex(_Core(name, image, port if name == GATE else None), keys)
            spinnaker.add_vertex_instance(vertices[name])
        for flow in flows:
            for receiver in flow.receivers:
                edge = ApplicationEdge(vertices[flow.sender], vertices[receiver])
                spinnaker.add_edge_instance(edge, flow.name)
        return vertices

    def _run(self, *, virtual: bool) -> None:
        """Until the cores run, or nothing is left to do on a virtual board."""
        if virtual:
            spinnaker.run(None)
            return
        connection = DatabaseConnection(self._started.set, local_port=None)
        spinnaker.add_socket_address(None, "localhost", connection.local_port)
        self._thread = Thread(target=self._until_stopped, name="SpiNNaker", daemon=True)
        self._thread.start()
        if not self._started.wait(START_S) or self._is_over:
            raise TimeoutError("the cores did not start")

    def _until_stopped(self) -> None:
        try:
            spinnaker.run(None)
        finally:
            self._is_over = True
            self._started.set()

    def routing_tables(self) -> dict[tuple[int, int], int]:
        """How many entries the router of each chip has before they are compressed."""
        tables = FecDataView.get_uncompressed().routing_tables
        return {(table.x, table.y): table.number_of_entries for table in tables}

    @staticmethod
    def _transceiver() -> Any:
        return FecDataView.get_transceiver()

    def places(self, node: int) -> NDArray[np.uint32]:
        """Where a core says that its parts lie: sfdfa_mesh_spin1.c."""
        place = self.placed[str(node)]
        address = self._transceiver().read_user(place.x, place.y, place.core, UserRegister.USER_0)
        return self.read(node, address, PLACES_BYTES).view("<u4")

    def read(self, node: int, address: int, count: int) -> Bytes:
        """Bytes of the own memory of a core."""
        place = self.placed[str(node)]
        raw = self._transceiver().read_memory(place.x, place.y, int(address), count, cpu=place.core)
        return np.frombuffer(bytes(raw), np.uint8).copy()

    def write(self, node: int, address: int, data: Bytes) -> None:
        """Into the own memory of a core."""
        place = self.placed[str(node)]
        self._transceiver().write_memory(place.x, place.y, int(address), data.tobytes(), cpu=place.core)

    def close(self) -> None:
        """Once every core has been told to leave."""
        if self._thread is not None:
            spinnaker.stop_run()
            self._thread.join(START_S)
        with contextlib.redirect_stdout(sys.stderr):
            spinnaker.stop()
