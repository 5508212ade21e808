"""Lines to a device: bytes go out, bytes come in, and every wait has an end."""

import select
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import serial
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError

DEFAULT_BAUD: Final = 115200
WRITE_TIMEOUT_S: Final = 20.0
CONNECT_TIMEOUT_S: Final = 10.0
CONNECT_PAUSE_S: Final = 0.05
READ_SIZE: Final = 4096


class Line(ABC):
    """Bytes to and from a device, in order, perhaps not all of them and not all intact."""

    name: str

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes. Raises DeviceError if the line is gone or takes nothing for too long."""

    @abstractmethod
    def read(self, timeout_s: float) -> bytes:
        """The bytes that are there, or the first that come, or none when the time is over. Raises DeviceError if the line is gone."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the line. May be called again."""

    def now(self) -> float:
        """The clock that timeouts are measured with, in seconds."""
        return time.monotonic()


@contextmanager
def _explained(name: str, happening: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn a library's errors into the project's."""
    try:
        yield
    except errors as error:
        raise DeviceError(
            f"{name}: {happening}: {error}. Is the board plugged in and switched on, and may you use the port?"
        ) from error


_SERIAL_ERRORS: Final = (serial.SerialException, OSError, ValueError)


class SerialLine(Line):
    """A serial port, or the pseudo-terminal of a simulator."""

    def __init__(self, port: str, baud: int = DEFAULT_BAUD) -> None:
        self.name = port
        with _explained(port, "cannot open the port", _SERIAL_ERRORS):
            self._port = serial.Serial(port, baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
            self._port.reset_input_buffer()

    def write(self, data: bytes) -> None:
        with _explained(self.name, "cannot write to the port", _SERIAL_ERRORS):
            self._port.write(data)

    def read(self, timeout_s: float) -> bytes:
        with _explained(self.name, "cannot read from the port", _SERIAL_ERRORS):
            if not select.select([self._port.fileno()], [], [], max(0.0, timeout_s))[0]:
                return b""
            return bytes(self._port.read(READ_SIZE))

    def close(self) -> None:
        self._port.close()


class SocketLine(Line):
    """A simulator that offers its serial line as a TCP port or a Unix socket."""

    def __init__(self, address: tuple[str, int] | Path) -> None:
        """Connect, waiting a while for a simulator that is about to listen. Raises DeviceError."""
        self.name = str(address) if isinstance(address, Path) else f"{address[0]}:{address[1]}"
        with _explained(self.name, "cannot connect", (OSError,)):
            self._socket = _connect(address)
            self._socket.settimeout(WRITE_TIMEOUT_S)

    def write(self, data: bytes) -> None:
        with _explained(self.name, "cannot write to the socket", (OSError,)):
            self._socket.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        with _explained(self.name, "cannot read from the socket", (OSError, ValueError)):
            if not select.select([self._socket], [], [], max(0.0, timeout_s))[0]:
                return b""
            data = self._socket.recv(READ_SIZE)
        if not data:
            raise DeviceError(f"{self.name}: the other end closed the connection. Does the simulator still run?")
        return data

    def close(self) -> None:
        self._socket.close()


def _connect(address: tuple[str, int] | Path) -> socket.socket:
    deadline = time.monotonic() + CONNECT_TIMEOUT_S
    while True:
        try:
            return _connect_once(address)
        except (ConnectionRefusedError, FileNotFoundError):
            if time.monotonic() > deadline:
                raise
            time.sleep(CONNECT_PAUSE_S)


def _connect_once(address: tuple[str, int] | Path) -> socket.socket:
    if not isinstance(address, Path):
        connected = socket.create_connection(address, timeout=CONNECT_TIMEOUT_S)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        unix.connect(str(address))
    except OSError:
        unix.close()
        raise
    return unix


def open_line(port: str, baud: int = DEFAULT_BAUD) -> Line:
    """Open `tcp://HOST:PORT`, `unix:PATH`, or a serial port by its path.

    Raises ConfigError for an address that is none and DeviceError if there is nothing.
    """
    if port.startswith("tcp://"):
        host, colon, number = port.removeprefix("tcp://").rpartition(":")
        if not colon or not host or not number.isdecimal() or not 0 < int(number) < 1 << 16:
            raise ConfigError(f"port {port}: must look like tcp://localhost:4000")
        return SocketLine((host, int(number)))
    if port.startswith("unix:"):
        return SocketLine(Path(port.removeprefix("unix:").removeprefix("//")))
    return SerialLine(port, baud)
