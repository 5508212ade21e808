"""A mesh as a device: one network on many cores, emulated or in C."""

from random import Random

from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.mesh_emulator import CoreMaker, MeshEmulator
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.device import DeviceInfo, SampleResult
from sfdfa_codegen.host.devices.emulated import EmulatedDevice
from sfdfa_codegen.host.devices.mesh_kinds import MESH
from sfdfa_codegen.host.devices.mesh_native import native_cores


class MeshDevice(EmulatedDevice):
    """A `MeshEmulator` of the network, in this process; packets arrive in a mixed order, the same every time."""

    machine_name = "the mesh"

    def __init__(self, network: IntegerNetwork, cores: int, target: str = MESH) -> None:
        """target: whether the cores are emulated, or C that is compiled for this machine.

        Raises ConfigError for a number of cores that no mesh has, and for C whatever `native_cores` raises.
        """
        self.network, self._target = network, target
        try:
            mesh = even_map(network, cores)
            make_core: CoreMaker = Core if target == MESH else native_cores(network, mesh)
            self._mesh = MeshEmulator(network, mesh, Random(cores), make_core=make_core)
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
        return self._result(self._run(sample, learn))
