"""A mesh of PicoRV32 in Verilog: its routers lose, double and reorder nothing, and its cores end with the bits of one core."""

import subprocess
from collections import Counter

import pytest
from needs import need
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.mesh.hearers import KINDS_FOR_SOME
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.codegen.mesh.picorv32_core import CODE_BYTES
from sfdfa_codegen.codegen.mesh.routing import (
    TO_ALL,
    TO_HOST,
    TO_ITSELF,
    TO_PARENT,
    TO_ROOT,
    Grid,
    Port,
    grid_of,
    routes_of,
)
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.devices.mesh import MeshDevice
from sfdfa_codegen.host.devices.mesh_kinds import RTL_MESH
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh
from sfdfa_codegen.host.simulators.verilated import ROUTER_TEST, check_mesh_rtl, verilated

NETWORKS: dict[str, IntegerNetwork] = {
    "counts": make_network(),
    "grades, 4 bits": make_network(10, 9, 7, 4, weight_bits=4),
    "traces, 16 bits": make_network(eligibility="trace", weight_bits=16),
    "integrator, decided, asking": make_integrator(
        decide_margin=200, ring_slots=3, ring_rate=2, ask_up=51, ask_down=461
    ),
    "frozen": make_network(rule="none"),
}
FORMS: dict[str, IntegerNetwork] = {
    f"{'integrates' if make is make_integrator else 'spikes'}, {rule}, {eligibility}, {bits} bits, {len(sizes)} sizes": make(
        *sizes, rule=rule, eligibility=eligibility, weight_bits=bits
    )
    for make in (make_network, make_integrator)
    for rule in ("sfdfa", "dfa")
    for eligibility in ("replay", "trace")
    for bits in (8, 16)
    for sizes in ((6, 5, 3), (6, 5, 4, 3), (6, 3))
    if (len(sizes) == 3 and (bits == 8 or rule == "sfdfa"))
    or (bits == 8 and rule == "sfdfa" and eligibility == "replay")
}
"""What a core is generated for by different ways."""


@pytest.fixture(name="tools", autouse=True)
def needs_tools() -> None:
    need(check_mesh_rtl)


def test_each_own_cycle_has_the_address_of_its_instruction() -> None:
    """Of samples that are traced: as many as the core counts until it looks for the next sample, and none outside its code."""
    network = make_network(4, 3, 2, ticks=8)
    mesh = RtlMesh(network, even_map(network, 2))
    sample = make_samples(network, 1)[0]
    mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    assert not any(addresses.size for addresses in mesh.addresses())
    mesh.trace()
    mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    for mail, addresses in zip(mesh.mail(), mesh.addresses(), strict=True):
        assert addresses.size == mail[-1, 1] - 1
        assert addresses.max() < CODE_BYTES
    mesh.close()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("cores", [1, 4])
def test_bits_are_those_of_one_core(name: str, cores: int) -> None:
    network = NETWORKS[name]
    one, many = Emulator(network), RtlMesh(network, even_map(network, cores))
    samples = make_samples(network, 4, density=0.3)
    for number in range(4):
        sample = samples[number]
        label, learn = (None if number == 2 else sample.label), number != 3
        expected = one.run_sample(sample.ticks, sample.channels, label, learn)
        found = many.run_sample(sample.ticks, sample.channels, label, learn)
        assert (found.prediction, found.counts.tolist()) == (expected.prediction, expected.counts.tolist())
        assert state_to_bytes(network, many.state) == state_to_bytes(network, one.state), number
        assert many.saturations == one.saturations
    assert many.state_crc() == one.state_crc()
    many.close()


@pytest.mark.parametrize("name", FORMS)
def test_every_form_runs_on_cores(name: str) -> None:
    """Traces under outputs that integrate once had no image where cores have kernels in assembly."""
    network = FORMS[name]
    one, many = Emulator(network), RtlMesh(network, even_map(network, 2))
    samples = make_samples(network, 2, density=0.3)
    for number in range(2):
        sample = samples[number]
        one.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        many.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    assert many.state_crc() == one.state_crc()
    many.close()


def test_cores_that_hear_nothing_of_each_other() -> None:
    """Hidden neurons and outputs apart: spikes reach some, ends of tick others."""
    network, sample = make_network(), make_samples(make_network(), 1, density=0.3)[0]
    one, many = Emulator(network), RtlMesh(network, MeshMap(((0, 2, 3, 5, 5, 5), (0, 0, 0, 0, 1, 3))))
    for device in (one, many):
        device.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    assert state_to_bytes(network, many.state) == state_to_bytes(network, one.state)
    assert not many.runs[0].busy[:3, Kind.SPIKE].any() and many.runs[0].busy[:, Kind.END].all()
    many.close()


def test_cycles_are_the_same_every_time() -> None:
    network = make_network()
    sample = make_samples(network, 1, density=0.3)[0]
    found = []
    for _ in range(2):
        with MeshDevice(network, 3, RTL_MESH) as mesh:
            found.append(mesh.run_sample(sample, learn=True).cycles)
    assert found[0] == found[1] is not None


def test_no_core_is_busier_than_the_mesh() -> None:
    network = make_network()
    mesh, sample = RtlMesh(network, even_map(network, 2)), make_samples(network, 1, density=0.3)[0]
    mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    (run,) = mesh.runs
    assert run.busy.shape == (2, 16)
    assert run.busy[:, Kind.COMMIT].min() > 0 and run.busy[:, Kind.COMMIT].max() < run.makespan
    assert 0 < max(mesh.deepest()) < 4096
    mesh.close()


def test_random_packets_through_a_router() -> None:
    program = verilated(ROUTER_TEST)
    for seed in range(3):
        done = subprocess.run([str(program), str(seed), "400000"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert "every entry was used, every port was full" in done.stdout


def delivered(grid: Grid, kind: int, start: int, port: Port, heard_by: frozenset[int]) -> Counter[int]:
    """How often each node, or the host, number `nodes`, gets a packet for some that starts at a node, or comes in there."""
    found: Counter[int] = Counter()
    waiting = [(start, port)]
    steps = {Port.EAST: (1, Port.WEST), Port.WEST: (-1, Port.EAST)}
    steps |= {Port.NORTH: (-grid.width, Port.SOUTH), Port.SOUTH: (grid.width, Port.NORTH)}
    while waiting:
        node, arrived = waiting.pop()
        for out in routes_of(grid, node, kind, arrived, heard_by):
            if out is Port.CORE:
                found[node] += 1
            elif node == 0 and out is Port.WEST:
                found[grid.nodes] += 1
            else:
                step, entry = steps[out]
                waiting.append((node + step, entry))
        assert found.total() < 1000
    return found


@pytest.mark.parametrize("cores", [1, 2, 3, 5, 8, 12, 16])
@pytest.mark.parametrize("every", [1, 2, 5, 99], ids=["all", "each second", "each fifth", "the last"])
def test_tables_lead_to_everyone_once(cores: int, every: int) -> None:
    grid, everyone = grid_of(cores), frozenset(range(cores))
    assert grid.nodes == cores
    for kind in Kind:
        heard_by = frozenset(range(cores - 1, -1, -every)) if kind in KINDS_FOR_SOME else everyone
        wanted = Counter(
            {
                node: 1
                for node in range(cores)
                if (kind in TO_ALL and node in heard_by) or (kind in TO_ROOT and node == 0)
            }
            | ({cores: 1} if kind in TO_HOST else {})
        )
        for node in range(cores):
            if kind in TO_PARENT:
                assert node == 0 or delivered(grid, kind, node, Port.CORE, heard_by) == {grid.parent(node): 1}
            elif kind in TO_ITSELF:
                assert delivered(grid, kind, node, Port.CORE, heard_by) == {node: 1}
            else:
                assert delivered(grid, kind, node, Port.CORE, heard_by) == wanted, (kind, node)
        if kind in TO_ALL | TO_ROOT:
            from_host = Counter({node: count for node, count in wanted.items() if node < cores})
            assert delivered(grid, kind, 0, Port.WEST, heard_by) == from_host


def test_what_does_not_fit_is_refused_with_numbers() -> None:
    network = make_network(30, 20, 10)
    with pytest.raises(
        DoesNotFitError, match=r"needs \d+ bytes of data, 2048 of them stack, where there are 2500; take more"
    ):
        RtlMesh(network, even_map(network, 2), core_bytes=2500)
    large = make_network(6, 1100, 3)
    with pytest.raises(ConfigError, match="packets may be under way to a core, and a mailbox holds 8192"):
        RtlMesh(large, even_map(large, 2))
