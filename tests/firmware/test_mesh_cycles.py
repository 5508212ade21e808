"""The cycles of a mesh, emulated, against those of the Verilog."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from needs import need
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import Prices, TimedMesh
from sfdfa_codegen.host.cycles import kept_mesh_models as kept_mesh_models_module
from sfdfa_codegen.host.cycles import mesh_calibration
from sfdfa_codegen.host.cycles.kept_mesh_models import kept_mesh_models
from sfdfa_codegen.host.cycles.mesh_calibration import MeteredCore, calibrate_mesh
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh
from sfdfa_codegen.host.simulators.verilated import check_mesh_rtl

SAMPLES = 6


@pytest.fixture(name="tools", autouse=True)
def needs_tools() -> None:
    need(check_mesh_rtl)


def run_both(network: IntegerNetwork, cores: int, prices: Sequence[Prices]) -> tuple[RtlMesh, TimedMesh]:
    """The same samples in Verilog and emulated."""
    mesh = even_map(network, cores)
    rtl, emulated = RtlMesh(network, mesh), TimedMesh(network, mesh, prices)
    samples = make_samples(network, SAMPLES, density=0.12 if network.decide_margin else 0.3)
    for number in range(SAMPLES):
        sample, learn = samples[number], number != 2
        rtl.run_sample(sample.ticks, sample.channels, sample.label, learn)
        for core, mail in zip(prices, rtl.mail(), strict=True):
            if isinstance(core, MeteredCore):
                core.load(mail)
        emulated.run_sample(sample.ticks, sample.channels, sample.label, learn)
    assert emulated.state_crc() == rtl.state_crc()
    rtl.close()
    return rtl, emulated


def with_room(network: IntegerNetwork) -> IntegerNetwork:
    """The same, with room for all spikes."""
    layers = tuple(replace(layer, spike_capacity=1000) for layer in network.layers)
    return replace(network, layers=layers)


def fail(visited: int, found: int) -> None:
    pytest.fail(f"the cores are calibrated anew: {visited}, {found}")


@pytest.mark.parametrize(
    ("network", "cores"),
    [(make_integrator(), 1), (make_integrator(), 6), (make_network(), 2)],
    ids=["one core", "two rows", "outputs that spike"],
)
def test_packets_take_as_long_as_in_the_verilog(network: IntegerNetwork, cores: int) -> None:
    """Where cores take what those in the Verilog took, mailboxes, routers and links do so too, and the packets are the same, in the same order."""
    measured = [MeteredCore({False: {}, True: {}}) for _ in range(cores)]
    rtl, emulated = run_both(network, cores, measured)
    for found, expected in zip(emulated.runs, rtl.runs, strict=True):
        assert found.busy.tolist() == expected.busy.tolist()
        assert (found.makespan, found.transfers) == (expected.makespan, expected.transfers)


@pytest.mark.parametrize(
    ("network", "cores"),
    [
        (make_integrator(12, 12, 6), 1),
        (make_integrator(12, 12, 6), 4),
        (with_room(make_integrator(12, 12, 6, decide_margin=200)), 3),
        (make_network(eligibility="trace"), 1),
        (make_network(4, 4, 4, 2), 2),
        (make_integrator(8, 3), 2),
        (make_integrator(8, 6, 3, weight_bits=4), 2),
        (make_integrator(8, 6, 3, weight_bits=16), 2),
        (make_integrator(8, 6, 3, eligibility="trace"), 2),
    ],
    ids=[
        "integrator",
        "integrator on four cores",
        "decided early",
        "outputs that spike, by traces",
        "grades between layers, on two cores",
        "no hidden layer",
        "4 bits",
        "16 bits",
        "integrator, by traces",
    ],
)
def test_samples_that_nothing_was_fitted_on_are_predicted_to_the_cycle(
    network: IntegerNetwork, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Makespan, and each core's cycles by the packet that it handles; with models that come back from the cache, too."""
    monkeypatch.setattr(kept_mesh_models_module, "cache_folder", lambda: tmp_path)
    calibrated = kept_mesh_models(network, even_map(network, cores))
    kept = kept_mesh_models(network, even_map(network, cores), progress=fail)
    for models in (calibrated, kept):
        rtl, emulated = run_both(network, cores, models)
        assert [run.makespan for run in emulated.runs] == [run.makespan for run in rtl.runs]
        assert [run.busy.tolist() for run in emulated.runs] == [run.busy.tolist() for run in rtl.runs]
        assert not sum(model.unknown for model in models)


def test_data_tell_what_the_states_before_them_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh_calibration, "STATES", 1)
    network, told = make_integrator(12, 12, 6), list[tuple[int, int]]()
    data = make_samples(network, 60, density=0.3, seed=2)
    calibrate_mesh(
        network,
        even_map(network, 1),
        progress=lambda visited, found: told.append((visited, found)),
        data=[data[index] for index in range(len(data))],
    )
    (_, by_state), *later = told
    assert [visited for visited, _ in later] == [2, 3, 4]
    assert later[-1][1] > by_state


def test_what_is_counted_explains_samples_of_more_events_than_kernels_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 288 events the kernels of the first layer take 255."""
    monkeypatch.setattr(mesh_calibration, "STATES", 12)
    network = make_integrator(96, 8, 2)
    (core,) = calibrate_mesh(network, even_map(network, 1))
    assert [model.inexact for model in core.models.values()] == [0, 0]
