"""A device that rehearsed told whether it was certain of the rehearsed sample, not of the one that it was asked about.

What a reply says is of the result that the sample gave; what the network holds afterwards is of whatever was learned again since.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from networks import make_integrator, make_samples
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice


@pytest.mark.parametrize("compact", [False, True])
def test_certainty_is_that_of_the_sample(compile_cache: Path, compact: bool) -> None:
    steep = replace(make_integrator(12, 9, 3), softmax_shift=0, softmax_factor=32768, ring_slots=2, ring_rate=2)
    samples = make_samples(steep, 12, density=0.3)
    emu = EmuDevice(steep)
    board = HostBoard(host_board_library(steep, compile_cache, 80, 1, compact=compact))
    with SerialDevice(steep, BoardLine(board), "board") as device:
        for index in range(12):
            assert device.run_sample(samples[index], True) == emu.run_sample(samples[index], True)
