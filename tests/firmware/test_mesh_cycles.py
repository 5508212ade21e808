"""The cycles of a mesh, emulated, against those of the Verilog."""

from collections.abc import Sequence

import numpy as np
import pytest
from needs import need
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import Prices, TimedMesh
from sfdfa_codegen.host.cycles.mesh_calibration import MeteredCore, calibrate_mesh
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh
from sfdfa_codegen.host.simulators.verilated import check_mesh_rtl

SAMPLES = 6
TOLERANCE = 0.02
"""Of predictions: the rest of what a compiler does is not counted."""


@pytest.fixture(name="tools", autouse=True)
def needs_tools() -> None:
    need(check_mesh_rtl)


def run_both(network: IntegerNetwork, cores: int, prices: Sequence[Prices]) -> tuple[RtlMesh, TimedMesh]:
    """The same samples in Verilog and emulated."""
    mesh = even_map(network, cores)
    rtl, emulated = RtlMesh(network, mesh), TimedMesh(network, mesh, prices)
    samples = make_samples(network, SAMPLES, density=0.3)
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


def test_predictions_of_samples_that_nothing_was_fitted_on() -> None:
    network = make_integrator()
    rtl, emulated = run_both(network, 2, calibrate_mesh(network, even_map(network, 2)))
    found, expected = ([run.makespan for run in mesh.runs] for mesh in (emulated, rtl))
    assert found == pytest.approx(expected, rel=TOLERANCE)
    assert np.array([run.busy.sum(axis=1) for run in emulated.runs]) == pytest.approx(
        np.array([run.busy.sum(axis=1) for run in rtl.runs]), rel=TOLERANCE
    )
