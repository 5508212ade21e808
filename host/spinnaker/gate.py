"""The way of packets between the host and the gate of a chip: SDP messages in UDP, each with pairs of words, key and payload."""

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import To

BOARD_PORT: Final = 17893
"""Where a board takes SDP messages."""
PACKETS, ROUTES, EXIT = 1, 2, 3
"""Ports of the gate: packets; set the routes of a chip that nobody else routes. And one of every core: leave."""
MOST_PAIRS: Final = 32
HEADER: Final = struct.Struct("<2x8B16x")
"""Flags, tag, port and core at both ends, y and x of both; the words of a command, which nobody reads."""
NO_ANSWER, NO_TAG, OUTSIDE = 0x07, 0xFF, 0xFF
PAUSE_S: Final = 0.001
"""Between two messages: a monitor that is given more at a time drops some."""
TIMEOUT_S: Final = 1.0
"""Longer than any packet takes."""
MOST_SILENT: Final = 10
LARGEST_DATAGRAM: Final = 2048


@dataclass(frozen=True)
class Place:
    """A core of a machine."""

    x: int
    y: int
    core: int


def message(place: Place, port: int, packets: Iterable[Packet] = ()) -> bytes:
    """To a port of a core."""
    head = HEADER.pack(NO_ANSWER, NO_TAG, port << 5 | place.core, OUTSIDE, place.y, place.x, 0, 0)
    return head + b"".join(struct.pack("<2I", *packet) for packet in packets)


def packets_of(datagram: bytes) -> list[Packet]:
    """Of a message of the gate; what is no whole pair is left out."""
    pairs = max(0, len(datagram) - HEADER.size) // 8
    words = struct.unpack_from(f"<{2 * pairs}I", datagram, HEADER.size) if pairs else ()
    return [Packet(*words[first : first + 2]) for first in range(0, 2 * pairs, 2)]


class GateLink:
    """A `HostPort` of `MeshHost`. cores: of the mesh. port: of this machine, where the answers arrive."""

    def __init__(self, cores: int, timeout_s: float = TIMEOUT_S) -> None:
        self.cores = cores
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", 0))
        self._socket.settimeout(timeout_s)
        self.port: int = self._socket.getsockname()[1]
        self._board, self._gate, self._heard = ("", 0), Place(0, 0, 0), ""
        self._receiver: Callable[[Packet], None] = lambda packet: None
        self._waiting: list[Packet] = []
        self._silent = 0

    def connect(self, board: tuple[str, int], gate: Place, receiver: Callable[[Packet], None]) -> None:
        """board: its address and port; what others send is not heard. gate: where it is. receiver: who is given what it says. Raises DeviceError for an address that is none."""
        self._board, self._gate, self._receiver = board, gate, receiver
        try:
            self._heard = socket.gethostbyname(board[0])
        except OSError as error:
            raise DeviceError(f"the board at {board[0]} cannot be reached: {error}") from error

    def send(self, to: To, packet: Packet) -> None:
        """To whom it is the routers know from the key."""
        self._waiting.append(packet)

    def tell(self, place: Place, port: int) -> None:
        """Send a message without packets."""
        self._socket.sendto(message(place, port), self._board)

    def deliver(self) -> bool:
        """Send what waits, and hand on one message. Raises DeviceError where the gate is silent for long, or cannot be reached."""
        try:
            for first in range(0, len(self._waiting), MOST_PAIRS):
                packets = self._waiting[first : first + MOST_PAIRS]
                self._socket.sendto(message(self._gate, PACKETS, packets), self._board)
                time.sleep(PAUSE_S)
            self._waiting.clear()
            return self._take()
        except OSError as error:
            raise DeviceError(f"the board at {self._board[0]} cannot be reached: {error}") from error

    def _take(self) -> bool:
        try:
            datagram, sender = self._socket.recvfrom(LARGEST_DATAGRAM)
        except TimeoutError:
            self._silent += 1
            if self._silent == MOST_SILENT:
                raise DeviceError(
                    f"the gate on the board at {self._board[0]} does not answer; is it on, and does it run?"
                ) from None
            return False
        if sender[0] != self._heard:
            return False
        self._silent = 0
        for packet in packets_of(datagram):
            self._receiver(packet)
        return True

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(OSError):
            self._socket.close()
