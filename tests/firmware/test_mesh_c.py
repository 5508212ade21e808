"""The C of the cores of a mesh: the bits of one core, whatever order packets come in; strictly compiled, under sanitizers, and freestanding."""

import re
import subprocess
from pathlib import Path
from random import Random

import pytest
from needs import need_tool
from networks import make_integrator, make_network, make_samples, with_layer
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.mesh.mesh_c import NATIVE_UNIT, core_units, mesh_sources, native_mesh_sources
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import QUICK_FLAGS, find_host_compiler
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Kind, Packet, at_tick, packet
from sfdfa_codegen.emulator.mesh.port import Count, To
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.devices import mesh_native
from sfdfa_codegen.host.devices.mesh_native import NativeCore, native_cores

TRAPPED = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
"""What C leaves undefined, an index past an array among it, ends the process."""
STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wundef", "-Werror")
FORBIDDEN = ("float", "double", "malloc", "calloc", "free", "printf", "goto", "asm")
NETWORKS: dict[str, IntegerNetwork] = {
    "a last block of two ticks": make_network(10, 9, 7, 4, ticks=14),
    "two layers": make_network(),
    "three layers with grades": make_network(10, 9, 7, 4),
    "4 bits": make_network(10, 9, 7, 4, weight_bits=4),
    "16 bits, fixed feedback": make_network(weight_bits=16, rule="dfa", normalise=False),
    "one layer, 16-bit states": make_network(6, 3, state_bits=16, error="count"),
    "exact gradient": make_network(gradient="exact"),
    "past the capacity": with_layer(make_network(10, 9, 7, 4), 0, spike_capacity=12),
    "integrator": make_integrator(),
    "integrator, four layers, decided": make_integrator(10, 9, 7, 6, 4, decide_margin=300, pass_shift=1),
    "integrator, 4 bits, asking": make_integrator(
        weight_bits=4, decide_margin=200, ring_slots=3, ring_rate=2, ask_up=51, ask_down=461
    ),
    "integrator, 16 bits, rule weights": make_integrator(weight_bits=16, rule="weights"),
    "traces": make_network(eligibility="trace"),
    "traces, three layers with grades": make_network(10, 9, 7, 4, eligibility="trace"),
    "traces, 4 bits, exact gradient": make_network(eligibility="trace", weight_bits=4, gradient="exact"),
    "traces, 16 bits, fixed feedback": make_network(eligibility="trace", weight_bits=16, rule="dfa"),
    "traces, integrator, four layers, decided": make_integrator(10, 9, 7, 6, 4, eligibility="trace", decide_margin=300),
    "traces, integrator on channels": make_integrator(9, 4, eligibility="trace"),
    "frozen": make_network(10, 9, 7, 4, rule="none"),
    "frozen, resets to zero": with_layer(make_network(rule="none"), 0, reset="zero"),
    "frozen integrator": make_integrator(rule="none", decide_margin=300),
    "integrator on channels": make_integrator(9, 4, decide_margin=300, learn_below=60),
}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh_native, "HOST_FLAGS", (*QUICK_FLAGS, *STRICT, *TRAPPED))


def seen(sample: EmulatedSample) -> tuple[object, ...]:
    """What a sample gave."""
    return (sample.prediction, sample.counts.tolist(), sample.squared_error, sample.ticks_run, sample.asks)


def run_both(network: IntegerNetwork, mesh: MeshMap, lost: frozenset[int] = frozenset()) -> MeshEmulator:
    one = Emulator(network)
    many = MeshEmulator(network, mesh, Random(mesh.cores), lost, native_cores(network, mesh))
    samples = make_samples(network, 5, density=0.3)
    for number in range(5):
        sample = samples[number]
        label, learn = (None if number == 2 else sample.label), number != 3
        expected = one.run_sample(sample.ticks, sample.channels, label, learn)
        found = many.run_sample(sample.ticks, sample.channels, label, learn)
        assert seen(found) == seen(expected), number
        assert many.saturations == one.saturations, number
        assert state_to_bytes(network, many.state) == state_to_bytes(network, one.state), number
    assert many.state_crc() == one.state_crc()
    return many


@pytest.mark.parametrize("name", NETWORKS)
def test_bits_of_c_cores_are_those_of_one_core(name: str) -> None:
    run_both(NETWORKS[name], even_map(NETWORKS[name], 3))


def test_one_core_that_has_everything() -> None:
    run_both(make_network(), even_map(make_network(), 1))


def test_cores_that_have_nothing() -> None:
    run_both(make_network(10, 9, 7, 4), MeshMap(((0, 0, 8, 9), (0, 7, 7, 7), (0, 0, 1, 4))))


def test_lost_packets_change_no_bit_in_c() -> None:
    network = make_network(6, 5, 4, 3)
    draws = Random(3)
    lost = frozenset(number for number in range(40000) if draws.random() < 0.002)
    assert run_both(network, even_map(network, 3), lost).host.repeated > 0


def test_a_state_goes_from_emulated_cores_to_those_in_c_and_back() -> None:
    network = make_network(10, 9, 7, 4)
    mesh = even_map(network, 2)
    emulated = MeshEmulator(network, mesh)
    compiled = MeshEmulator(network, even_map(network, 3), make_core=native_cores(network, even_map(network, 3)))
    sample = make_samples(network, 1, density=0.3)[0]
    emulated.run_sample(sample.ticks, sample.channels, 1, learn=True)
    compiled.state = emulated.state
    for device in (emulated, compiled):
        device.run_sample(sample.ticks, sample.channels, 2, learn=True)
    assert compiled.state_crc() == emulated.state_crc()


class Nowhere:
    """A port that drops what it is given."""

    def send(self, to: To, packet: Packet) -> None:
        """Drop it."""

    def note(self, what: str, count: Count = 1) -> None:
        """Nobody counts."""


def test_packets_that_no_core_sends_are_passed_over() -> None:
    """Numbers of layers, neurons, ticks and outputs past the end reach no memory, and change nothing."""
    network = make_network()
    mesh = even_map(network, 2)
    maker = native_cores(network, mesh)
    many = MeshEmulator(network, mesh, make_core=maker)
    core = maker(many._parts[0], 2, many.state, Nowhere())
    assert isinstance(core, NativeCore)
    before = core.state
    wild = [
        packet(Kind.SPIKE, 1, 9, 0, at_tick(0, 0)),
        packet(Kind.SPIKE, 1, 0, 60000, at_tick(0, 0)),
        packet(Kind.SPIKE, 1, 0, 0, at_tick(255, 0)),
        packet(Kind.END, 1, 200, 0, at_tick(0, 1)),
        packet(Kind.END, 1, 1, 0, at_tick(255, 1)),
        packet(Kind.ERROR, 1, 0, 60000, 5),
        packet(Kind.REPORT, 1, 7, 0, 5),
        packet(Kind.REPORT, 1, 0, 60000, 5),
        Packet(0xF1000000, 0),
    ]
    for each in wild:
        core.receive(each)
    assert all((a == b).all() for a, b in zip(core.state.weights, before.weights, strict=True))


@pytest.mark.parametrize("name", ["three layers with grades", "integrator", "traces", "frozen integrator"])
def test_the_c_of_a_core_is_freestanding(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    sources = native_mesh_sources(network, even_map(network, 3))
    write_sources(sources, tmp_path)
    for unit in core_units(network):
        words = set(re.findall(r"\w+", re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", sources[unit], flags=re.DOTALL)))
        assert not words & set(FORBIDDEN), unit
        find_host_compiler().run(
            [
                "-std=c11",
                "-ffreestanding",
                *STRICT,
                "-c",
                "-I",
                str(tmp_path),
                str(tmp_path / unit),
                "-o",
                str(tmp_path / "x.o"),
            ]
        )


def test_packets_and_port_are_clean_from_cpp(tmp_path: Path) -> None:
    compiler = need_tool("g++")
    write_sources(mesh_sources(make_network(), even_map(make_network(), 2)), tmp_path)
    test = tmp_path / "header.cpp"
    test.write_text('extern "C" {\n#include "sfdfa_mesh_packet.h"\n#include "sfdfa_mesh_port.h"\n}\n', encoding="utf-8")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-c", "-I", str(tmp_path)]
    subprocess.run([compiler, *flags, str(test), "-o", str(tmp_path / "x.o")], check=True)


def test_no_file_of_a_core_knows_the_host() -> None:
    network = make_network()
    sources = mesh_sources(network, even_map(network, 2))
    assert NATIVE_UNIT not in sources
    assert set(core_units(network)) <= set(sources)
