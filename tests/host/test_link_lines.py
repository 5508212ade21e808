"""Real lines of this machine: a pseudo-terminal, TCP and a Unix socket, with a HostBoard behind them."""

import os
import pty
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from host_board import HostBoard, host_board_library
from networks import make_network, make_samples
from served_port import pty_port, serve
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link import line as lines
from sfdfa_codegen.host.link.line import open_line

NETWORK = make_network(100, 6, 3)
SAMPLES = make_samples(NETWORK, 20, 0.15)


@pytest.fixture(scope="module")
def board(compile_cache: Path) -> HostBoard:
    return HostBoard(host_board_library(NETWORK, compile_cache, 72, 4))


@pytest.fixture(params=["pty", "tcp", "unix"])
def port(request: pytest.FixtureRequest, board: HostBoard, tmp_path: Path) -> Iterator[str]:
    board.start()
    if request.param == "pty":
        with pty_port(board) as name:
            yield name
        return
    if request.param == "tcp":
        listener = socket.create_server(("127.0.0.1", 0))
        name = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "line"))
        listener.listen()
        name = f"unix:{tmp_path / 'line'}"

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            serve(board, connection.recv, connection.sendall)

    thread = threading.Thread(target=accept)
    thread.start()
    yield name
    thread.join(5.0)
    listener.close()


def test_a_device_learns_over_a_real_line(port: str) -> None:
    with SerialDevice(NETWORK, open_line(port), "host") as device:
        device.run_samples(SAMPLES, True)
        assert device.read_state().samples == len(SAMPLES)


def test_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CONNECT_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for port in (str(tmp_path / "ttyNone"), f"tcp://127.0.0.1:{free}", f"unix:{tmp_path / 'none'}"):
        with pytest.raises(DeviceError, match=r"cannot (open|connect).*Is the board plugged in and switched on"):
            open_line(port)


@pytest.mark.parametrize("port", ["tcp://nowhere", "tcp://:80", "tcp://host:0", "tcp://host:99999", "tcp://host:x"])
def test_an_address_that_is_none(port: str) -> None:
    with pytest.raises(ConfigError, match="must look like tcp://localhost:4000"):
        open_line(port)


def test_the_other_end_closes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_line(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        server.accept()[0].close()
        with pytest.raises(DeviceError, match=r"the other end closed the connection. Does the simulator still run"):
            line.read(1.0)
        line.close()


def test_waiting_ends() -> None:
    ours, theirs = pty.openpty()
    line = open_line(os.ttyname(theirs))
    assert line.read(0.01) == b""
    with pytest.raises(DeviceError, match=r"cannot open the port.*may you use the port"):
        open_line(os.ttyname(theirs))
    line.close()
    line.close()
    with pytest.raises(DeviceError, match="cannot write to the port"):
        line.write(b"x")
    with pytest.raises(DeviceError, match="cannot read from the port"):
        line.read(0.01)
    os.close(ours)
    os.close(theirs)
