"""The kernels of each kind of core, assembly among them: random networks learn on it as in the emulator."""

import os
from pathlib import Path

import pytest
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.bounds import layer_can_saturate, narrow_inputs
from sfdfa_codegen.codegen.cross_compilers import find_cross_compiler
from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine, check_unicorn

CORES = ("m0", "m4")


def large_steps(network: IntegerNetwork) -> IntegerNetwork:
    """D is clamped, and weights at both ends of their range; few spikes are remembered."""
    for index in range(len(network.layers)):
        network = with_layer(network, index, rate=2**18 - 1, spike_capacity=5, threshold=60)
    return network


def narrow(network: IntegerNetwork) -> IntegerNetwork:
    return with_layer(network, 0, state_fraction_bits=6, threshold=25)


NETWORKS = {
    "odd": make_network(7, 5, 3),
    "words": make_network(12, 8, 4),
    "half-words": make_network(30, 16, 10),
    "many-neurons": make_network(20, 36, 12, 4),
    "many-inputs": make_network(300, 8, 4),
    "limited": with_layer(make_network(12, 9, 4), 0, state_limit=4095),
    "wide-states": with_layer(make_network(12, 9, 4), 0, state_fraction_bits=13, threshold=2700),
    "narrow": narrow(make_network(20, 12, 4)),
    "large-steps": large_steps(make_network(20, 12, 4)),
    "exact": make_network(20, 12, 4, gradient="exact"),
    "wide-weights": make_network(12, 8, 4, weight_bits=16),
    "nibbles": make_network(12, 9, 4, weight_bits=4),
    "16-bit-states": make_network(12, 8, 4, state_bits=16),
}


def device(network: IntegerNetwork, core: str, folder: Path) -> SerialDevice:
    """A core in the Unicorn emulator. Without the tools the test is skipped, but not in continuous integration."""
    try:
        check_unicorn()
        find_cross_compiler("cortex-m")
    except ToolMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    board = boards()[f"unicorn-cortex-{core}"]
    return SerialDevice(network, UnicornLine(board, core, compile_firmware(network, board, folder)), f"unicorn-{core}")


def test_networks_take_every_kernel() -> None:
    assert narrow_inputs(NETWORKS["narrow"], 0) >= NETWORKS["narrow"].max_events
    assert narrow_inputs(NETWORKS["wide-states"], 0) == 31
    assert not layer_can_saturate(NETWORKS["wide-states"], 0)
    assert layer_can_saturate(NETWORKS["limited"], 0)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("name", NETWORKS)
def test_learns_as_the_emulator(name: str, core: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    with device(network, core, tmp_path) as on_core, EmuDevice(network) as emulator:
        for density in (0.0, 0.05, 0.3, 1.0):
            samples = make_samples(network, 8, density)
            ours, theirs = (each.run_samples(samples, learn=True) for each in (on_core, emulator))
            assert ours.counts.tolist() == theirs.counts.tolist()
            assert on_core.state_crc() == emulator.state_crc()
        assert on_core.saturations() == emulator.saturations()
