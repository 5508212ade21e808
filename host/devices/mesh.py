"""A mesh as a device: one network on many cores, emulated or in C."""

from dataclasses import replace
from random import Random

from sfdfa_codegen.codegen.errors import ConfigError, DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.mesh_emulator import CoreMaker, MeshEmulator
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.device import Device, DeviceInfo, SampleResult
from sfdfa_codegen.host.devices.mesh_native import native_cores

MESH, NATIVE_MESH = "mesh", "mesh-native"
MESH_TARGETS = (MESH, NATIVE_MESH)


class MeshDevice(Device):
    """A `MeshEmulator` of the network, in this process; packets arrive in a mixed order, the same every time."""

    def __init__(self, network: IntegerNetwork, cores: int, target: str = MESH) -> None:
        """target: whether the cores are emulated, or C that is compiled for this machine.

        Raises ConfigError for a number of cores that no mesh has, and for C as `native_cores`.
        """
        self.network, self._target = network, target
        try:
            mesh = even_map(network, cores)
            make_core: CoreMaker = Core if target == MESH else native_cores(network, mesh)
            self._mesh = MeshEmulator(network, mesh, Random(cores), make_core=make_core)
        except ValueError as error:
            raise ConfigError(f"--cores: {error}") from error

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
        outcome = self._run(sample, learn)
        result = SampleResult(outcome.prediction, tuple(outcome.counts.tolist()), outcome.squared_error)
        if not self.network.integrates:
            return result
        return replace(result, learned=outcome.learned, asks=outcome.asks, ticks_run=outcome.ticks_run)

    def give_label(self, age: int, label: int) -> bool | None:
        try:
            return self._mesh.give_label(age, label).learned
        except ValueError as error:
            raise DataError(f"the mesh refused a label: {error}") from error

    def state_crc(self) -> int:
        return self._mesh.state_crc()

    def read_state(self) -> LearnedState:
        return self._mesh.state

    def write_state(self, state: LearnedState) -> None:
        try:
            self._mesh.state = state
        except ValueError as error:
            raise DeviceError(f"the mesh refused the state: {error}") from error

    def reset(self) -> None:
        self._mesh.reset()

    def set_rate_scale(self, rate_scale: int) -> None:
        try:
            self._mesh.set_rate_scale(rate_scale)
        except ValueError as error:
            raise DeviceError(f"the mesh refused the rate scale: {error}") from error

    def saturations(self) -> dict[str, int]:
        return self._mesh.saturations
