"""A mesh as a device: one network on many cores, emulated, in C, or in Verilog."""

from dataclasses import replace
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
from sfdfa_codegen.host.devices.mesh_kinds import MESH, RTL_MESH
from sfdfa_codegen.host.devices.mesh_native import native_cores
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh


def _make_mesh(network: IntegerNetwork, mesh: MeshMap, target: str) -> MeshEmulator:
    if target == RTL_MESH:
        return RtlMesh(network, mesh)
    make_core: CoreMaker = Core if target == MESH else native_cores(network, mesh)
    return MeshEmulator(network, mesh, Random(mesh.cores), make_core=make_core)


class MeshDevice(EmulatedDevice):
    """A `MeshEmulator` of the network, in this process; packets arrive in a mixed order, the same every time."""

    machine_name = "the mesh"

    def __init__(self, network: IntegerNetwork, cores: int, target: str = MESH) -> None:
        """target: whether the cores are emulated, or C that is compiled for this machine.

        Raises ConfigError for a number of cores that no mesh has, and whatever `native_cores` and `RtlMesh` raise.
        """
        self.network, self._target = network, target
        self.cycle_kind = "exact" if target == RTL_MESH else None
        try:
            mesh = even_map(network, cores)
            self._mesh = _make_mesh(network, mesh, target)
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
        if isinstance(self._mesh, RtlMesh):
            self._mesh.close()
        super().close()
