"""NeuroBench's numbers, counted again one spike and one weight at a time."""

import numpy as np
import pytest
from cli_runner import Cli, write_tiny
from networks import make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state, state_size
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.neurobench import neurobench_of


def with_zeros() -> IntegerNetwork:
    network = make_network(6, 5, 3)
    for weights in network.weights:
        weights[::2, ::2] = 0
    return network


@pytest.mark.parametrize("integrates", [False, True])
def test_operations_are_those_of_each_spike(integrates: bool) -> None:
    network = prepare(load_spec("digits")).integer_network if integrates else with_zeros()
    samples = prepare(load_spec("digits")).data.test.head(4) if integrates else make_samples(network, 4, density=0.3)
    acs = macs = spikes = updates = 0
    for index in range(len(samples)):
        sample = samples[index]
        records = Emulator(network).run_sample(sample.ticks, sample.channels, None, learn=False, record=True).records
        raster = np.zeros((network.ticks, network.channels), dtype=bool)
        raster[sample.ticks, sample.channels] = True
        for weights, record in zip(network.weights, records, strict=False):
            for _, source in np.argwhere(raster):
                acs += int((weights[source] != 0).sum())
            potential = np.zeros(record.a.shape[1], dtype=int)
            for a, b in zip(record.a, record.b, strict=True):
                updates += int((b - a != potential).sum())
                potential = b - a
            raster = record.spikes
            spikes += int(raster.sum())
        if integrates:
            macs += sum(int((network.weights[-1][source] != 0).sum()) for source in np.flatnonzero(raster.any(axis=0)))
    found = neurobench_of(network, initial_state(network), samples)
    assert found is not None
    assert spikes > 0
    neurons = sum(layer.neurons for layer in network.spiking_layers)
    assert found.effective_acs == pytest.approx(acs / 4)
    assert found.effective_macs == pytest.approx(macs / 4)
    assert found.membrane_updates == pytest.approx(updates / 4)
    assert found.activation_sparsity == pytest.approx(1 - spikes / (4 * network.ticks * neurons))
    assert found.footprint == state_size(network)
    zeros = sum(int((weights == 0).sum()) for weights in network.weights)
    assert found.connection_sparsity == pytest.approx(zeros / sum(weights.size for weights in network.weights))
    assert found.effective_acs + found.effective_macs <= found.dense


def test_run_tells_them(cli: Cli) -> None:
    write_tiny(cli.folder)
    found = cli.json("run", "tiny.toml", "--target", "emu", "--epochs", "1")["neurobench"]
    assert found["samples"] == 16
    assert set(found["synaptic_operations"]) == {"effective_acs", "effective_macs", "dense"}
    assert cli.json("run", "tiny.toml", "--target", "emu", "--epochs", "1", "--test", "0")["neurobench"] is None
