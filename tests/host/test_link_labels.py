"""Labels that come later, over the line: the device learns the sample that waits in its ring, as the emulator does."""

from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from native_build import quick_native
from networks import make_integrator, make_samples
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.runs.streaming import ShownTally, run_asking

ASKS = {"ask_up": 51, "ask_down": 461}
RING = make_integrator(6, 8, 3, **ASKS, ring_slots=4, ring_rate=2, learn_below=120)


def board_of(network: IntegerNetwork, cache: Path) -> SerialDevice:
    return SerialDevice(network, BoardLine(HostBoard(host_board_library(network, cache))), "host")


def outcome(device: Device) -> tuple[object, ...]:
    """Of a run in which labels come where they are asked for."""
    tally = ShownTally()
    result = run_asking(device, make_samples(RING, 40, density=0.3), tally)
    return result.predictions.tolist(), tally, state_to_bytes(RING, device.read_state()), device.saturations()


def test_a_board_asks_and_learns_as_the_emulator(compile_cache: Path) -> None:
    expected = outcome(EmuDevice(RING))
    assert outcome(board_of(RING, compile_cache)) == expected
    assert outcome(quick_native(RING, compile_cache)) == expected
    tally = expected[1]
    assert isinstance(tally, ShownTally) and 0 < tally.learned < tally.asked


def test_what_waits_for_no_label_is_refused_and_nothing_is_learned(compile_cache: Path) -> None:
    device = board_of(RING, compile_cache)
    device.run_sample(make_samples(RING, 1)[0], True)
    before = device.state_crc()
    with pytest.raises(DeviceError, match=r"a written state is not one of this network \(error 9\)$"):
        device.give_label(0, 1)
    with pytest.raises(DeviceError, match=r"was the device built for this network\? \(error 6\)$"):
        device.give_label(1, 1)
    with pytest.raises(DataError, match=r"^host cannot take the label 3: it is none of the 3 outputs$"):
        device.give_label(0, 3)
    assert device.state_crc() == before


def test_a_device_without_a_ring_does_not_know_the_message(compile_cache: Path) -> None:
    network = make_integrator(6, 8, 3, **ASKS)
    with pytest.raises(DeviceError, match=r"^host takes no label .* after its sample; leave out learning\.rehearsal$"):
        board_of(network, compile_cache).give_label(0, 1)
