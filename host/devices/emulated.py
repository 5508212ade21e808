"""What emulators have in common as devices: one core, or a mesh of them."""

from abc import abstractmethod
from dataclasses import replace
from typing import Protocol

from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import LearnedState
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.host.devices.device import Device, SampleResult


class Machine(Protocol):
    """Runs a network in this process."""

    state: LearnedState

    def give_label(self, age: int, label: int) -> EmulatedSample: ...
    def state_crc(self) -> int: ...
    def reset(self) -> None: ...
    def set_rate_scale(self, rate_scale: int) -> None: ...

    @property
    def saturations(self) -> dict[str, int]: ...


class EmulatedDevice(Device):
    """A machine as a device. machine_name: in messages."""

    machine_name: str

    @property
    @abstractmethod
    def _machine(self) -> Machine:
        """What runs the network."""

    def _result(self, outcome: EmulatedSample) -> SampleResult:
        result = SampleResult(outcome.prediction, tuple(outcome.counts.tolist()), outcome.squared_error)
        if not self.network.integrates:
            return result
        return replace(result, learned=outcome.learned, asks=outcome.asks, ticks_run=outcome.ticks_run)

    def give_label(self, age: int, label: int) -> bool | None:
        try:
            return self._machine.give_label(age, label).learned
        except ValueError as error:
            raise DataError(f"{self.machine_name} refused a label: {error}") from error

    def state_crc(self) -> int:
        return self._machine.state_crc()

    def read_state(self) -> LearnedState:
        return self._machine.state

    def write_state(self, state: LearnedState) -> None:
        try:
            self._machine.state = state
        except ValueError as error:
            raise DeviceError(f"{self.machine_name} refused the state: {error}") from error

    def reset(self) -> None:
        self._machine.reset()

    def set_rate_scale(self, rate_scale: int) -> None:
        try:
            self._machine.set_rate_scale(rate_scale)
        except ValueError as error:
            raise DeviceError(f"{self.machine_name} refused the rate scale: {error}") from error

    def saturations(self) -> dict[str, int]:
        return self._machine.saturations
