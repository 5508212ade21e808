"""Hidden neurons that are numbered anew: the network predicts the same, and a mesh has less to wait for."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state, starting_from
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.commands import spread as spread_module
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.mesh.load import Work, sample_loads
from sfdfa_codegen.host.mesh.spreading import Order, check_spreadable, renumbered, spread_orders, spread_time

NETWORKS = [make_network(10, 12, 9, 4), make_integrator(10, 12, 9, 4), make_integrator(12, 16, 6)]


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def learned(network: IntegerNetwork, samples: SpikeDataset) -> IntegerNetwork:
    emulator = Emulator(network)
    for number in range(len(samples)):
        sample = samples[number]
        emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    return starting_from(network, emulator.state)


def counts_of(network: IntegerNetwork, samples: SpikeDataset) -> list[list[list[int]]]:
    """Spikes of each neuron by sample and layer, and what the outputs say."""
    emulator, found = Emulator(network), []
    for number in range(len(samples)):
        sample = samples[number]
        told = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=False, record=True)
        found.append([*(record.spikes.sum(axis=0).tolist() for record in told.records), told.counts.tolist()])
    return found


def shuffled(network: IntegerNetwork) -> list[Order]:
    rng = np.random.default_rng(3)
    return [rng.permutation(layer.neurons) for layer in network.hidden_layers]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_with_other_numbers_predicts_the_same(network: IntegerNetwork) -> None:
    """Its neurons do what they did, at other places."""
    network = learned(network, make_samples(network, 6, density=0.3))
    samples, orders = make_samples(network, 5, density=0.3), shuffled(network)
    other = starting_from(network, renumbered(network, initial_state(network), orders))
    for before, after in zip(counts_of(network, samples), counts_of(other, samples), strict=True):
        for layer, order in enumerate(orders):
            assert [before[layer][neuron] for neuron in order] == after[layer]
        assert before[len(orders) :] == after[len(orders) :]


@pytest.mark.parametrize("network", NETWORKS)
def test_what_was_learned_goes_with_its_neuron(network: IntegerNetwork) -> None:
    """The order turned back gives every array of the state back."""
    network = learned(network, make_samples(network, 6, density=0.3))
    state, orders = initial_state(network), shuffled(network)
    back = renumbered(network, renumbered(network, state, orders), [np.argsort(order) for order in orders])
    for name in ("weights", "feedback", "mean_delta", "mean_rate"):
        for before, after in zip(getattr(state, name), getattr(back, name), strict=True):
            assert np.array_equal(before, after)
    moved = renumbered(network, state, orders)
    assert any((a != b).any() for a, b in zip(state.mean_delta, moved.mean_delta, strict=True))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("cores", [2, 3])
def test_orders_get_better_and_are_orders(network: IntegerNetwork, cores: int) -> None:
    """The time of each is what it would be if the network had been numbered so."""
    samples = make_samples(network, 8, density=0.3)
    loads, mesh = list(sample_loads(network, samples)), even_map(network, cores)
    times = [spread_time(network, loads, mesh)]
    for orders in spread_orders(network, loads, mesh):
        assert [sorted(order.tolist()) for order in orders] == [
            list(range(layer.neurons)) for layer in network.hidden_layers
        ]
        times.append(spread_time(network, loads, mesh, orders))
    assert times == sorted(times, reverse=True) and times[-1] <= times[0]
    moved = [
        load._replace(work=in_order(load.work, orders), learning=in_order(load.learning, orders)) for load in loads
    ]
    assert spread_time(network, moved, mesh) == pytest.approx(times[-1])


def in_order(arrays: list[Work], orders: list[Order]) -> list[Work]:
    """Those of the hidden layers."""
    return [array if order is None else array[order] for array, order in itertools.zip_longest(arrays, orders)]


def test_neurons_that_fire_together_part() -> None:
    """Two that always do, and two that never do, on two cores."""
    network = make_integrator(4, 4, 2)
    loads = []
    for busy in ((0, 1), (0, 1), (2,), (3,)):
        load = next(sample_loads(network, make_samples(network, 1)))
        learning = np.zeros(4)
        learning[list(busy)] = 100.0
        loads.append(load._replace(work=[10.0 + learning] * 2, learning=[learning, np.zeros(4)]))
    mesh = MeshMap(((0, 2, 4), (0, 2, 4)))
    *_, (order,) = spread_orders(network, loads, mesh)
    assert {0, 1} != set(order[:2].tolist()) != {2, 3}


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The state it writes is for every target: a mesh and one core end with the same bits."""
    monkeypatch.setattr(spread_module, "SPREAD_SAMPLES", 64)
    before, after = str(tmp_path / "before.npz"), str(tmp_path / "after.npz")
    assert (
        status_of(
            "run",
            "digits",
            "--target",
            "native",
            "--train",
            "400",
            "--test",
            "50",
            "--epochs",
            "3",
            "--state-out",
            before,
        )
        == 0
    )
    capsys.readouterr()
    assert status_of("spread", "digits", "--cores", "4", "--state-in", before, "--state-out", after, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["operations"]["found_on"]["after"] < found["operations"]["found_on"]["before"]
    assert found["operations"]["others"]["after"] < found["operations"]["others"]["before"]
    told = []
    for state, target, options in (
        (before, "native", ()),
        (after, "native", ()),
        (after, "mesh-native", ("--cores", "4")),
    ):
        arguments = ("--state-in", state, "--train", "20", "--test", "50", "--epochs", "1", *options, "--json", "-")
        assert status_of("run", "digits", "--target", target, *arguments) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[1]["state_crc32"] == told[2]["state_crc32"] != told[0]["state_crc32"]
    assert told[1]["test_accuracy"] == told[2]["test_accuracy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cores", "1"), "1 is not in the range"),
        (("--state-in", "none.npz"), "no such state file"),
        (("--state-out", "nowhere/after.npz"), "nowhere"),
    ],
)
def test_bad_input(
    arguments: tuple[str, str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert status_of("run", "digits", "--target", "native", "--train", "20", "--test", "5", "--state-out", "a.npz") == 0
    options = {"--cores": "4", "--state-in": "a.npz", "--state-out": "b.npz", arguments[0]: arguments[1]}
    capsys.readouterr()
    assert status_of("spread", "digits", *(word for pair in options.items() for word in pair)) == 2
    assert message in capsys.readouterr().err
    assert not Path("b.npz").exists()


def test_a_network_with_biases_is_refused() -> None:
    """They are of the network, and not of what it has learned; no mesh takes them."""
    network = make_network(10, 12, 4)
    biased = replace(network, layers=(replace(network.layers[0], bias=(1,) * 12), *network.layers[1:]))
    check_spreadable(network)
    with pytest.raises(ConfigError, match="biases"):
        check_spreadable(biased)


def test_without_a_hidden_layer_there_is_nothing_to_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'name = "flat"\n[data]\nsource = "digits"\n[encoding]\nkind = "ttfs"\n[[layer]]\nneurons = 10\n'
    Path("flat.toml").write_text(text, encoding="utf-8")
    run = ("run", "flat.toml", "--target", "native", "--train", "20", "--test", "5", "--state-out", "a.npz")
    assert status_of(*run) == 0
    assert status_of("spread", "flat.toml", "--cores", "2", "--state-in", "a.npz", "--state-out", "b.npz") == 2
    assert "no hidden layer" in capsys.readouterr().err
