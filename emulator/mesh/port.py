"""What a core may do to the world outside: send packets, and tell what it does."""

from enum import Enum
from typing import Any, Protocol

import numpy as np
from sfdfa_codegen.emulator.mesh.packets import Packet

Count = int | np.signedinteger[Any] | np.bool_
"""How often something was done."""


class To(Enum):
    """Who gets a packet."""

    ALL = "all cores"
    ALL_AND_HOST = "all cores and the host"
    ROOT = "core 0"
    PARENT = "the parent of the core that the key names"
    ITSELF = "the core that the key names"
    HOST = "the host"


class Port(Protocol):
    """Where packets go out."""

    def send(self, to: To, packet: Packet) -> None:
        """Hand a packet over; it arrives some time, or is lost."""

    def note(self, what: str, count: Count = 1) -> None:
        """Something that takes time has been done so often since the last packet; of interest to who counts cycles."""
