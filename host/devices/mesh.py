"""A mesh as a device: one network on many cores, emulated, in C, or in Verilog."""

from dataclasses import replace
from pathlib import Path
from random import Random

from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.mesh_emulator import CoreMaker, MeshEmulator
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.device import DeviceInfo, SampleResult
from sfdfa_codegen.host.devices.emulated import EmulatedDevice
from sfdfa_codegen.host.devices.mesh_kinds import DEFAULT_CORES, MESH, RTL_MESH
from sfdfa_codegen.host.devices.mesh_native import native_cores
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh
from sfdfa_codegen.host.mesh.load import equal_load
from sfdfa_codegen.host.mesh.map_file import read_map
from sfdfa_codegen.host.mesh.mapping import fitting_map
from sfdfa_codegen.host.spinnaker.board_mesh import BoardMesh


def _make_mesh(network: IntegerNetwork, mesh: MeshMap, target: str, address: str | None) -> MeshEmulator:
    if address is not None:
        return BoardMesh(network, mesh, address)
    if target == RTL_MESH:
        return RtlMesh(network, mesh)
    make_core: CoreMaker = Core if target == MESH else native_cores(network, mesh)
    return MeshEmulator(network, mesh, Random(mesh.cores), make_core=make_core)


def _map_of(network: IntegerNetwork, cores: int | None, core_bytes: int | None, map_file: Path | None) -> MeshMap:
    if map_file is not None:
        return read_map(map_file, network)
    if core_bytes is None:
        return even_map(network, DEFAULT_CORES if cores is None else cores)
    return fitting_map(network, equal_load(network), cores, core_bytes)


class MeshDevice(EmulatedDevice):
    """A `MeshEmulator` of the network, in this process; packets arrive in a mixed order, the same every time."""

    machine_name = "the mesh"

    def __init__(
        self,
        network: IntegerNetwork,
        cores: int | None,
        target: str = MESH,
        core_bytes: int | None = None,
        map_file: Path | None = None,
        address: str | None = None,
    ) -> None:
        """target: whether the cores are emulated, or C that is compiled for this machine. core_bytes: data memory of a core, of which then the fewest are taken that fit
        where `cores` is None. map_file: what `build` wrote, in place of both. address: of a SpiNNaker board that has the cores.

        Raises ConfigError for a number of cores that no mesh has or a map that is none of this network, DoesNotFitError where one is too small, and whatever `native_cores`, `RtlMesh` and `BoardMesh` raise.
        """
        self.network, self._target = network, target
        self.cycle_kind = "exact" if target == RTL_MESH else None
        try:
            mesh = _map_of(network, cores, core_bytes, map_file)
            self._mesh = _make_mesh(network, mesh, target, address)
        except ValueError as error:
            raise ConfigError(f"--cores: {error}") from error

    @property
    def _machine(self) -> MeshEmulator:
        return self._mesh

    def hello(self) -> DeviceInfo:
        return DeviceInfo(target=self._target, model_hash=self.network.model_hash)

    def _run(self, sample: SpikeSample, learn: bool) -> EmulatedSample:
        try:
            if self.from_readings and sample.readings is not None:
                return self._mesh.classify(sample.readings, sample.label, learn)
            return self._mesh.run_sample(sample.ticks, sample.channels, sample.label, learn)
        except ValueError as error:
            raise DataError(f"the mesh refused a sample: {error}") from error

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        mesh = self._mesh
        if not isinstance(mesh, RtlMesh):
            return self._result(self._run(sample, learn))
        mesh.runs.clear()
        result = self._result(self._run(sample, learn))
        return replace(result, cycles=sum(cycles.makespan for cycles in mesh.runs))

    def close(self) -> None:
        if isinstance(self._mesh, (RtlMesh, BoardMesh)):
            self._mesh.close()
        super().close()
