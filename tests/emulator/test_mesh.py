"""One network on many cores: the bits of the emulator on one, whatever order packets come in."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import make_integrator, make_network, make_samples, with_layer
from sfdfa_codegen.codegen.bounds import activity_needs_64_bits
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, check_map, even_map
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.output_sums import are_sums_wide
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.emulator.network_emulator import Emulator
from strategies import integer_networks, integrating_networks, spike_samples

ASKING = {"ring_slots": 3, "ring_rate": 2, "ask_up": 51, "ask_down": 461}


def seen(sample: EmulatedSample) -> tuple[object, ...]:
    """What a sample gave."""
    return (
        sample.prediction,
        sample.counts.tolist(),
        sample.squared_error,
        sample.learned,
        sample.ticks_run,
        sample.asks,
    )


def assert_same_state(one: Emulator, many: MeshEmulator) -> None:
    assert state_to_bytes(one.network, many.state) == state_to_bytes(one.network, one.state)
    assert many.saturations == one.saturations
    assert many.state_crc() == one.state_crc()


def run_both(network: IntegerNetwork, cores: int, count: int = 8, seed: int = 1) -> tuple[Emulator, MeshEmulator]:
    """Run samples on one core and on many; some have no label, some are only predicted."""
    one, many = Emulator(network), MeshEmulator(network, even_map(network, cores), Random(seed))
    samples = make_samples(network, count, density=0.3)
    for number in range(count):
        sample = samples[number]
        label, learn = (None if number == 2 else int(sample.label or 0)), number != 3
        found = many.run_sample(sample.ticks, sample.channels, label, learn)
        assert seen(found) == seen(one.run_sample(sample.ticks, sample.channels, label, learn)), number
    assert_same_state(one, many)
    return one, many


NETWORKS: dict[str, IntegerNetwork] = {
    "a last block of two ticks": make_network(10, 9, 7, 4, ticks=14),
    "two layers": make_network(),
    "three layers with grades": make_network(10, 9, 7, 4),
    "traces": make_network(10, 9, 7, 4, eligibility="trace"),
    "4 bits": make_network(weight_bits=4),
    "16 bits": make_network(weight_bits=16),
    "fixed feedback": make_network(rule="dfa"),
    "exact gradient": make_network(gradient="exact"),
    "one layer": make_network(6, 3),
    "nothing is learned": make_network(rule="none"),
    "integrator": make_integrator(),
    "integrator, three layers": make_integrator(10, 9, 7, 4),
    "integrator, four layers, decided": make_integrator(10, 9, 7, 6, 4, decide_margin=300, pass_shift=1),
    "integrator, traces, asking": make_integrator(6, 5, 3, eligibility="trace", decide_margin=200, **ASKING),
    "integrator on channels": make_integrator(9, 4, decide_margin=300),
    "integrator, rule weights": make_integrator(rule="weights"),
    "integrator, 16 bits": make_integrator(weight_bits=16),
    "integrator, known samples": make_integrator(learn_below=60),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_bits_of_a_mesh_are_those_of_one_core(name: str) -> None:
    for cores in (1, 3, 8):
        run_both(NETWORKS[name], cores, count=5, seed=cores)


@pytest.mark.parametrize(
    ("network", "cores", "count"),
    [
        (make_integrator(6, 70, 3, ticks=8), 64, 2),
        (make_integrator(6, 260, 3, ticks=4), 256, 1),
        (make_network(6, 64, 3, ticks=3), 64, 1),
        (make_integrator(6, 20, 17, 4, ticks=8), 16, 2),
    ],
    ids=["64", "256", "64 that hear each other's spikes", "16, three layers"],
)
def test_more_cores_than_a_board_has(network: IntegerNetwork, cores: int, count: int) -> None:
    run_both(network, cores, count)


@pytest.mark.parametrize(
    ("sizes", "ticks", "wide"),
    [
        ((35, 3), 60, False),  # 35 * 2^15 * 1830 < 2^31
        ((36, 3), 60, True),
        ((5, 222, 3), 61, False),  # 222 * 2^15 * 295 < 2^31: five spikes at most, in the earliest ticks
        ((5, 223, 3), 61, True),
    ],
)
def test_sums_take_two_words_where_32_bits_may_not_hold_them(sizes: tuple[int, ...], ticks: int, wide: bool) -> None:
    """The emulator and the C find it each by its own formula, and a sum is wide for both or for none."""
    network = make_integrator(*sizes, weight_bits=16, ticks=ticks, max_events=64, max_spikes=5)
    assert are_sums_wide(network) == activity_needs_64_bits(network) == wide


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.data())
def test_random_networks(data: Any) -> None:
    network = data.draw(st.one_of(integer_networks(), integrating_networks()))
    cores = data.draw(st.sampled_from((1, 2, 3, 5, 16)))
    one, many = Emulator(network), MeshEmulator(network, even_map(network, cores), Random(3))
    for _ in range(3):
        sample = data.draw(spike_samples(network))
        found = many.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        assert seen(found) == seen(one.run_sample(sample.ticks, sample.channels, sample.label, learn=True))
    assert_same_state(one, many)


def test_uneven_maps_and_cores_that_have_nothing() -> None:
    network = make_network(10, 9, 7, 4)
    mesh = MeshMap(((0, 0, 8, 9), (0, 7, 7, 7), (0, 0, 1, 4)))
    one, many = Emulator(network), MeshEmulator(network, mesh, Random(5))
    for sample in (make_samples(network, 6, density=0.3)[n] for n in range(6)):
        found = many.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        assert seen(found) == seen(one.run_sample(sample.ticks, sample.channels, sample.label, learn=True))
    assert_same_state(one, many)


def test_spikes_past_the_capacity_are_forgotten_by_their_rank_in_the_layer() -> None:
    network = with_layer(make_network(10, 9, 7, 4), 0, spike_capacity=12)
    one, many = run_both(network, 5)
    assert many.saturations["spikes"] == one.saturations["spikes"] > 0


def test_every_lost_packet_is_found_before_anything_is_learned() -> None:
    """Each of the packets of the first sample is lost once, of whatever kind it is."""
    network = with_layer(make_network(6, 5, 3, 2, ticks=4), 0, spike_capacity=1)
    sample = make_samples(network, 1, density=0.9)[0]
    mesh = even_map(network, 2)
    whole = MeshEmulator(network, mesh)
    expected = seen(whole.run_sample(sample.ticks, sample.channels, 1, learn=True))
    packets = sum(whole.fabric.delivered.values())
    assert set(whole.fabric.delivered) == set(Kind) - {Kind.VERDICT, Kind.GRADE, Kind.AGAIN}
    repeated = 0
    for lost in range(packets):
        many = MeshEmulator(network, mesh, lost={lost})
        assert seen(many.run_sample(sample.ticks, sample.channels, 1, learn=True)) == expected, lost
        assert state_to_bytes(network, many.state) == state_to_bytes(network, whole.state), lost
        assert many.saturations == whole.saturations
        repeated += many.host.repeated
    assert repeated > packets / 2


def test_many_lost_packets_change_no_bit() -> None:
    network = make_integrator(6, 5, 5, 3, decide_margin=300)
    draws = Random(8)
    lost = {number for number in range(60000) if draws.random() < 0.004}
    one, many = Emulator(network), MeshEmulator(network, even_map(network, 3), Random(4), lost)
    for sample in (make_samples(network, 4, density=0.3)[n] for n in range(4)):
        found = many.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        assert seen(found) == seen(one.run_sample(sample.ticks, sample.channels, sample.label, learn=True))
    assert_same_state(one, many)
    assert many.host.repeated > 0


def test_a_mesh_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfdfa_codegen.emulator.mesh.host.MOST_ATTEMPTS", 2)
    network = make_network()
    first = {n for n in range(100000) if n % 3 == 0}
    many = MeshEmulator(network, even_map(network, 2), lost=first)
    with pytest.raises(RuntimeError, match="the mesh did not answer to a sample in 2 attempts"):
        many.run_sample([0, 1], [0, 1], 1, learn=True)


def test_a_state_goes_in_and_out_whatever_the_map() -> None:
    network = make_network()
    one, many = run_both(network, 3)
    other = MeshEmulator(network, even_map(network, 2))
    other.state = many.state
    assert other.state_crc() == one.state_crc()
    many.reset()
    assert many.state_crc() == Emulator(network).state_crc()
    assert not any(count for name, count in many.saturations.items() if name not in ("weights", "feedback"))


def test_what_no_network_takes_is_refused() -> None:
    network = make_network()
    many = MeshEmulator(network, even_map(network, 2))
    with pytest.raises(ValueError, match="label 3, possible are 0 to 2"):
        many.run_sample([0], [0], 3, learn=True)
    with pytest.raises(ValueError, match="rate_scale 4097, possible are 0 to 4096"):
        many.set_rate_scale(4097)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (((0, 5),), "a map of 1 layers, the network has 2"),
        (((0, 6, 5), (0, 1, 3)), "layer 0 of the map: its edges must rise from 0 to 5"),
        (((0, 2, 5), (0, 1, 2)), "layer 1 of the map: its edges must rise from 0 to 3"),
        (((0, 2, 5), (0, 3)), "layer 1 of the map: its edges must rise"),
    ],
)
def test_maps_of_other_networks_are_refused(edges: tuple[tuple[int, ...], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_map(make_network(), MeshMap(edges))


def test_numbers_of_cores_that_no_mesh_has() -> None:
    for cores in (0, 257):
        with pytest.raises(ValueError, match=f"{cores} cores, possible are 1 to 256"):
            even_map(make_network(), cores)


def test_outputs_that_integrate_are_split_as_the_hidden_layer() -> None:
    network = make_integrator(6, 5, 3)
    mesh = even_map(network, 2)
    assert mesh.edges == ((0, 2, 5), (0, 2, 5))
    with pytest.raises(ValueError, match="the map splits the outputs otherwise than the hidden layer"):
        check_map(network, replace(mesh, edges=((0, 2, 5), (0, 3, 5))))
