"""The link of a network without an encoder did not compile: it named the readings that such a network does not take."""

from pathlib import Path

from host_board import BoardLine, HostBoard, host_board_library
from networks import make_network
from sfdfa_codegen.host.devices.serial_device import SerialDevice


def test_it_compiles_and_takes_no_readings(compile_cache: Path) -> None:
    network = make_network(2, 2, 2)
    assert network.encoder is None
    board = HostBoard(host_board_library(network, compile_cache))
    with SerialDevice(network, BoardLine(board), "board") as device:
        assert device.greeting.features == 0
