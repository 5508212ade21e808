"""The targets by name, and how a device of each is opened."""

from collections.abc import Callable
from dataclasses import dataclass

from sfdfa_codegen.codegen.compilers import find_host_compiler
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice


@dataclass(frozen=True)
class Target:
    """Something that runs a network."""

    name: str
    description: str
    open: Callable[[IntegerNetwork], Device]
    check: Callable[[], object]
    """Raises ToolMissingError if what the target needs is not installed."""

    def problem(self) -> str | None:
        """Why the target cannot be used here, or None."""
        try:
            self.check()
        except SfdfaError as error:
            return str(error)
        return None


TARGETS = {
    target.name: target
    for target in (
        Target("emu", "the Python emulator", EmuDevice, lambda: None),
        Target("native", "the generated C, compiled for this machine", NativeDevice, find_host_compiler),
    )
}


def find_target(name: str) -> Target:
    """Raises ConfigError for a name that is none."""
    if name not in TARGETS:
        raise ConfigError(f"there is no target '{name}'; the targets are {', '.join(TARGETS)}")
    return TARGETS[name]
