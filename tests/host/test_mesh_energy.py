"""Energy of a sample on a mesh: counted by hand on a network that is small enough."""

import pytest
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.host.mesh.energy import TABLES, MeshUse, Operations, counted_operations


def test_energy_is_what_the_formulas_say() -> None:
    use = MeshUse(cores=2, makespan=200e6, transfers=1e9, operations=Operations(synaptic=1e6, updates=1e3))
    spinnaker, loihi = TABLES
    assert spinnaker.joules(use) == pytest.approx(0.35 + 2 * 0.034 + 72 * 25e-3)
    assert loihi.joules(use) == pytest.approx(23.6e-6 + 0.12e-6)


def test_a_weight_is_added_for_each_input_and_neuron() -> None:
    network = make_network(6, 3)
    samples = make_samples(network, 1, density=0.3)
    found = counted_operations(network, samples)
    assert found.synaptic == 3 * len(samples[0].ticks)
    assert 0 <= found.updates <= found.synaptic


def test_outputs_that_integrate_are_counted_too() -> None:
    network = make_integrator(6, 3)
    samples = make_samples(network, 1, density=0.3)
    assert counted_operations(network, samples).synaptic == 3 * len(samples[0].ticks)
