"""What a core may do to the world outside: send packets."""

from enum import Enum
from typing import Protocol

from sfdfa_codegen.emulator.mesh.packets import Packet


class To(Enum):
    """Who gets a packet."""

    ALL = "all cores"
    ALL_AND_HOST = "all cores and the host"
    ROOT = "core 0"
    PARENT = "the core that the key names"
    HOST = "the host"


class Port(Protocol):
    """Where packets go out."""

    def send(self, to: To, packet: Packet) -> None:
        """Hand a packet over; it arrives some time, or is lost."""
