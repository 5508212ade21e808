"""NeuroBench's numbers, counted again one spike and one weight at a time; and those of its own metrics, on the same weights in torch and in its harness."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli, write_tiny
from networks import make_samples
from neurobench_networks import NETWORKS, with_zeros
from sfdfa_codegen.codegen.integer_network import initial_state, state_size
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.neurobench import neurobench_of


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
            for tick, (a, b) in enumerate(zip(record.a, record.b, strict=True)):
                updates += len(potential) if tick == 0 else int((b - a != potential).sum())
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


def test_build_tells_what_needs_no_sample(cli: Cli) -> None:
    write_tiny(cli.folder)
    built = cli.json("build", "tiny.toml", "--target", "source")["neurobench"]
    run = cli.json("run", "tiny.toml", "--target", "emu", "--epochs", "0")["neurobench"]
    assert built["synaptic_operations"] == {"dense": run["synaptic_operations"]["dense"]}
    assert {key: built[key] for key in ("footprint", "connection_sparsity")} == {
        key: run[key] for key in ("footprint", "connection_sparsity")
    }


FIGURES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "neurobench_files" / "figures.json").read_text()
)


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_are_those_of_neurobench_on_the_same_weights_in_torch(name: str) -> None:
    network, samples = NETWORKS[name]()
    found, theirs = neurobench_of(network, initial_state(network), samples), FIGURES[name]
    assert found is not None
    assert found.activation_sparsity == pytest.approx(theirs["ActivationSparsity"])
    assert found.membrane_updates == pytest.approx(theirs["MembraneUpdates"])
    assert round(found.connection_sparsity, 4) == theirs["ConnectionSparsity"]
    operations = theirs["SynapticOperations"]
    assert found.effective_acs == pytest.approx(operations["Effective_ACs"])
    assert found.effective_macs == pytest.approx(operations["Effective_MACs"])
    assert found.dense == pytest.approx(operations["Dense"])


@pytest.mark.parametrize("name", NETWORKS)
def test_model_in_the_harness_has_the_figures_of_torch(name: str) -> None:
    pytest.importorskip("neurobench", reason="neurobench, with torch, is in the extra neurobench")
    from neurobench.metrics.static import Footprint, ParameterCount
    from neurobench_files.make import STATIC, figures_of, harness
    from sfdfa_codegen.neurobench import Model

    network, samples = NETWORKS[name]()
    found = harness(Model(network), network, samples, [*STATIC, Footprint, ParameterCount])
    assert found.pop("Footprint") == state_size(network)
    assert found.pop("ParameterCount") == sum(weights.size for weights in network.weights)
    assert found == FIGURES[name] == figures_of(name)


def test_a_preset_in_the_harness_has_the_accuracy_that_run_tells(cli: Cli) -> None:
    pytest.importorskip("neurobench", reason="neurobench, with torch, is in the extra neurobench")
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics.workload import ClassificationAccuracy
    from sfdfa_codegen.neurobench import Model

    told = cli.json("run", "digits", "--target", "native", "--epochs", "2", "--state-out", "learned.npz")
    model = Model.load("digits", cli.folder / "learned.npz")
    found = Benchmark(model, model.dataloader(), [], [], [[], [ClassificationAccuracy]]).run(quiet=True)
    assert found["ClassificationAccuracy"] == pytest.approx(told["test_accuracy"])
    assert model.test is not None
    images = [sample.readings for sample in (model.test[index] for index in range(5))]
    assert (
        model(images).tolist()
        == model([raster for raster, _ in (model.dataloader().dataset[i] for i in range(5))]).tolist()
    )
