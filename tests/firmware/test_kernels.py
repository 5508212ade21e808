"""The kernels of each kind of core, assembly among them: random networks learn on it as in the emulator."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from needs import need, need_target
from networks import make_integrator, make_network, make_samples, with_layer
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.bounds import layer_can_saturate, narrow_inputs
from sfdfa_codegen.codegen.cores import board_core
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.replay import Replay, ReplayUpdates
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine, check_unicorn

CORES = ("m0", "m4", "avr", "riscv")


def large_steps(network: IntegerNetwork) -> IntegerNetwork:
    """D is clamped, and weights at both ends of their range; few spikes are remembered."""
    for index in range(len(network.layers)):
        network = with_layer(network, index, rate=2**18 - 1, spike_capacity=5, threshold=60)
    return network


def narrow(network: IntegerNetwork) -> IntegerNetwork:
    return with_layer(network, 0, state_fraction_bits=6, threshold=25)


def layers(network: IntegerNetwork, **changes: Any) -> IntegerNetwork:
    """All layers changed, with room to remember every spike."""
    for index in range(len(network.layers)):
        network = with_layer(network, index, spike_capacity=768, **changes)
    return network


def saturated(threshold: int, **changes: Any) -> IntegerNetwork:
    """Updates from 0 to far more than a weight can take, in a layer of which the inputs are listed."""
    network = make_network(20, 64, 4, **changes)
    return layers(network, rate=2**18 - 1, decay_s=400, decay=10, threshold=threshold)


NETWORKS = {
    "odd": make_network(7, 5, 3),
    "words": make_network(12, 8, 4),
    "half-words": make_network(30, 16, 10),
    "many-neurons": make_network(20, 36, 12, 4),
    "many-inputs": make_network(300, 8, 4),
    "thirds": layers(make_network(11, 31, 23, 3), rate=40000),
    "alone": layers(make_network(11, 1, 1), rate=40000),
    "traces": make_network(9, 7, 3, eligibility="trace"),
    "limited": with_layer(make_network(12, 9, 4), 0, state_limit=4095),
    "wide-states": with_layer(make_network(12, 9, 4), 0, state_fraction_bits=13, threshold=2700),
    "narrow": narrow(make_network(20, 12, 4)),
    "large-steps": large_steps(make_network(20, 12, 4)),
    "exact": make_network(20, 12, 4, gradient="exact"),
    "wide-weights": make_network(12, 8, 4, weight_bits=16),
    "nibbles": make_network(12, 9, 4, weight_bits=4),
    "16-bit-states": make_network(12, 8, 4, state_bits=16),
    "many-nibbles": make_network(300, 40, 30, 4, weight_bits=4),
    "lone-nibbles": layers(make_network(40, 2, 3, weight_bits=4), rate=2**18 - 1),
    "traced-nibbles": make_network(9, 7, 3, eligibility="trace", weight_bits=4),
    "listed": layers(make_network(20, 64, 4), rate=60000),
    "listed-nibbles": layers(make_network(20, 64, 4, weight_bits=4), rate=2**18 - 1),
    "listed-wide": layers(make_network(20, 64, 4, weight_bits=16), rate=60000),
    "few-remembered": with_layer(make_network(20, 64, 4), 0, spike_capacity=40),
    "saturated": saturated(100, normalise=False, step_gain=255),
    "resets": layers(make_network(20, 12, 9, 4, rule="none"), reset_amount=20, threshold=60),
    "resets-to-zero": layers(make_network(20, 12, 9, 4, rule="none"), reset="zero", decay=300, decay_s=400),
    "boundaries": saturated(200, normalise=False, step_gain=255),
    "exact-saturated": saturated(400, gradient="exact"),
}
INTEGRATING = {
    "words": make_integrator(30, 16, 10),
    "many-outputs": make_integrator(20, 24, 21),
    "one-output": make_integrator(12, 9, 1),
    "large-updates": make_integrator(12, 9, 4, output_rate=20000),
    "turns": make_integrator(12, 9, 7, 4, pass_shift=1),
    "turns-in-words": make_integrator(12, 16, 8, 4, pass_shift=2),
    "no-hidden-layer": make_integrator(30, 4),
    "transposed": make_integrator(20, 12, 4, rule="weights"),
    "traces": make_integrator(9, 7, 3, eligibility="trace"),
    "nibbles": make_integrator(12, 9, 5, weight_bits=4),
    "nibbles-that-decide": make_integrator(40, 64, 4, weight_bits=4, decide_margin=60),
    "wide-weights": make_integrator(12, 8, 4, weight_bits=16),
    "knows-and-decides": make_integrator(20, 24, 12, learn_below=150, decide_margin=60),
    "rehearses-and-asks": make_integrator(
        12, 9, 5, ring_slots=5, ring_rate=2, ask_up=51, ask_down=461, decide_margin=40
    ),
}
DENSITIES = (0.0, 0.05, 0.3, 1.0)


SIMULATED = {"avr": ("atmega1284p", "simavr-atmega1284p"), "riscv": ("riscv-virt", "qemu-riscv-virt")}
"""Boards of cores that Unicorn does not run, and what does."""
ON_RISCV = (
    *(
        "odd",
        "words",
        "many-neurons",
        "alone",
        "wide-states",
        "narrow",
        "large-steps",
        "exact",
        "few-remembered",
        "many-inputs",
    ),
    *("saturated", "resets-to-zero", "many-outputs", "one-output", "turns-in-words", "no-hidden-layer"),
    *("knows-and-decides", "rehearses-and-asks", "thirds"),
)
"""Networks that take each of its kernels, and leave each; QEMU starts anew for every one."""


def skip_without_kernels(network: IntegerNetwork, core: str) -> None:
    """An AVR and RISC-V have no assembly for some formats, and other tests for their C."""
    if core in SIMULATED and board_core(network, boards()[SIMULATED[core][0]]) != core:
        pytest.skip(f"{core} has no kernels for these formats")


def skip_what_others_take(name: str, core: str) -> None:
    if core == "riscv" and name not in ON_RISCV:
        pytest.skip("other networks take the same kernels of RISC-V")


def device(network: IntegerNetwork, core: str, folder: Path) -> Device:
    """A core in the Unicorn emulator, in simavr or in QEMU."""
    skip_without_kernels(network, core)
    if core in SIMULATED:
        return need_target(SIMULATED[core][1]).open(network)
    need(check_unicorn)
    need(lambda: find_cross_compiler("cortex-m"))
    board = boards()[f"unicorn-cortex-{core}"]
    return SerialDevice(network, UnicornLine(board, core, compile_firmware(network, board, folder)), f"unicorn-{core}")


def test_networks_take_every_kernel() -> None:
    assert narrow_inputs(NETWORKS["narrow"], 0) >= NETWORKS["narrow"].max_events
    assert narrow_inputs(NETWORKS["wide-states"], 0) == 31
    assert not layer_can_saturate(NETWORKS["wide-states"], 0)
    assert layer_can_saturate(NETWORKS["limited"], 0)


def walked(name: str) -> Counter[str]:
    """What the walks of a network meet in the samples of the test below, summed over samples and layers."""
    network = NETWORKS[name]
    emulator, counter = Emulator(network), SampleCounter(network)
    counted: Counter[str] = Counter()
    for density in DENSITIES:
        samples = make_samples(network, 8, density)
        for index in range(len(samples)):
            ticks, channels, label, *_ = samples[index]
            work = emulator.run_sample(ticks, channels, label, learn=True, count=True).work
            assert work is not None
            for key, of in counter.count_by_name([work]).items():
                counted[key.split("[")[0]] += of[0]
    return counted


def updates_of(name: str, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Every D in those samples."""
    met: set[int] = set()
    updates = Replay.updates

    def noted(replay: Replay, steps: Int64, inputs: list[SpikeList]) -> ReplayUpdates:
        found = updates(replay, steps, inputs)
        met.update(found.updates[inputs[0].rows].ravel().tolist())
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "updates", noted)
        walked(name)
    return met


def test_networks_take_every_way_through_the_walk() -> None:
    for name in ("listed", "listed-nibbles", "saturated", "boundaries", "exact-saturated"):
        counts = walked(name)
        assert counts["listed walk.by_one_changed"] > 100
        assert counts["listed walk.by_one_ticks"] < counts["listed walk.input_ticks"]  # in some D is 0, or large
        assert counts["virtual_spikes"] > 0
    assert walked("boundaries")["update_saturations"] > 0
    assert walked("saturated")["s_saturations"] > 0
    assert walked("exact-saturated")["eligibility_saturations"] > 0
    assert walked("few-remembered")["forgotten"] > 0
    many = walked("many-inputs")
    assert many["walk.input_ticks"] > many["listed walk.input_ticks"]


def test_updates_lie_on_every_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {-28672, -256, 0, 255, 256} <= updates_of("boundaries", monkeypatch)
    assert {-28672, -256, -255, 256, 28671} <= updates_of("exact-saturated", monkeypatch)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("name", NETWORKS)
def test_learns_as_the_emulator(name: str, core: str, tmp_path: Path) -> None:
    skip_what_others_take(name, core)
    network = NETWORKS[name]
    with device(network, core, tmp_path) as on_core, EmuDevice(network) as emulator:
        for density in DENSITIES:
            samples = make_samples(network, 8, density)
            ours, theirs = (each.run_samples(samples, learn=True) for each in (on_core, emulator))
            assert ours.counts.tolist() == theirs.counts.tolist()
            assert on_core.state_crc() == emulator.state_crc()
        assert on_core.saturations() == emulator.saturations()


@pytest.mark.parametrize("core", CORES)
def test_takes_a_state_with_unused_nibbles(core: str, tmp_path: Path) -> None:
    network = NETWORKS["nibbles"]
    with device(network, core, tmp_path) as on_core, EmuDevice(network) as emulator:
        emulator.run_samples(make_samples(network, 4, 0.3), learn=True)
        on_core.write_state(emulator.read_state())
        assert on_core.state_crc() == emulator.state_crc()


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("name", INTEGRATING)
def test_outputs_integrate_as_in_the_emulator(name: str, core: str, tmp_path: Path) -> None:
    """One sample in three has no label."""
    skip_what_others_take(name, core)
    network = INTEGRATING[name]
    with device(network, core, tmp_path) as on_core, EmuDevice(network) as emulator:
        for density in DENSITIES:
            samples = make_samples(network, 6, density)
            for k in range(len(samples)):
                sample = samples[k]._replace(label=None) if k % 3 == 2 else samples[k]
                assert on_core.run_sample(sample, learn=True) == emulator.run_sample(sample, learn=True)
            ours, theirs = (state_to_bytes(network, each.read_state()) for each in (on_core, emulator))
            assert ours == theirs
        assert on_core.saturations() == emulator.saturations()
