"""Networks of other frameworks: a file of NIR becomes one of ours whose neurons spike as theirs do, or is refused by name."""

import itertools
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from cli_runner import Cli
from needs import need_target
from numpy.typing import NDArray
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.floats.float_network import load_float_network
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.prepare import prepare

FILES = Path(__file__).parent.parent / "nir_files"
"""Made by make.py there."""
DT_S = 1e-4
STEPS = 40
SIZES = (24, 16, 6)
Raster = NDArray[np.bool_]


def vector(neurons: int, value: float) -> NDArray[np.float64]:
    return np.full(neurons, value)


def cuba(neurons: int, alpha: float = 0.75, beta: float = 0.9, threshold: float = 1.0) -> Any:
    """As snnTorch exports its Synaptic."""
    tau_syn, tau_mem = DT_S / (1 - alpha), DT_S / (1 - beta)
    return nir.CubaLIF(
        tau_syn=vector(neurons, tau_syn),
        tau_mem=vector(neurons, tau_mem),
        r=vector(neurons, tau_mem / DT_S),
        w_in=vector(neurons, tau_syn / DT_S),
        v_leak=vector(neurons, 0.0),
        v_threshold=vector(neurons, threshold),
    )


def lif(neurons: int, beta: float = 0.9, threshold: float = 1.0) -> Any:
    """As snnTorch exports its Leaky."""
    tau = DT_S / (1 - beta)
    return nir.LIF(
        tau=vector(neurons, tau),
        r=vector(neurons, tau / DT_S),
        v_leak=vector(neurons, 0.0),
        v_threshold=vector(neurons, threshold),
    )


def li(neurons: int, beta: float = 0.9) -> Any:
    tau = DT_S / (1 - beta)
    return nir.LI(tau=vector(neurons, tau), r=vector(neurons, tau / DT_S), v_leak=vector(neurons, 0.0))


def weights_of(rng: np.random.Generator, inputs: int, neurons: int, biased: bool) -> Any:
    weight = rng.normal(0.05, 1.0 / np.sqrt(inputs), (neurons, inputs))
    return nir.Affine(weight, rng.normal(0.03, 0.03, neurons)) if biased else nir.Linear(weight)


def chain(*nodes: Any) -> Any:
    """A graph of one node after the other."""
    named = {"input": nir.Input({"input": np.array([nodes[0].weight.shape[1]])})}
    named |= {str(index): node for index, node in enumerate(nodes)}
    named["output"] = nir.Output({"output": np.array([1])})
    keys = list(named)
    return nir.NIRGraph(named, list(itertools.pairwise(keys)), type_check=False)


def network(kind: Any, biased: bool = False, last: Any = None) -> Any:
    rng = np.random.default_rng(5)
    hidden, outputs = SIZES[1:]
    return chain(
        weights_of(rng, SIZES[0], hidden, biased),
        kind(hidden),
        weights_of(rng, hidden, outputs, biased),
        (last or kind)(outputs),
    )


def stepped(graph: Any, raster: Raster, reset: str) -> tuple[list[Raster], NDArray[np.float64]]:
    """The spikes of each layer, (steps, neurons), and the last membranes, as frameworks step them: Euler, input and current in the same step."""
    spikes: Any = raster.astype(float)
    layers = []
    after, name, nodes = dict(graph.edges), "input", []
    while (name := after[name]) != "output":
        nodes.append(graph.nodes[name])
    for weights, node in zip(nodes[::2], nodes[1::2], strict=True):
        is_cuba = type(node).__name__ == "CubaLIF"
        beta = 1 - DT_S / (node.tau_mem if is_cuba else node.tau)
        alpha = 1 - DT_S / node.tau_syn if is_cuba else 0.0
        gain = (
            DT_S
            / (node.tau_mem if is_cuba else node.tau)
            * node.r
            * (DT_S / node.tau_syn * node.w_in if is_cuba else 1.0)
        )
        threshold = getattr(node, "v_threshold", np.inf)
        current, membrane = np.zeros(len(node.r)), np.zeros(len(node.r))
        fired = np.zeros(len(node.r), dtype=bool)
        train = []
        for row in spikes:
            current = alpha * current + gain * (weights.weight @ row + getattr(weights, "bias", 0.0))
            membrane = beta * membrane + current
            if reset == "subtract-delayed":
                membrane = membrane - np.where(fired, threshold, 0.0)
            fired = membrane > threshold
            if reset == "subtract":
                membrane = membrane - np.where(fired, threshold, 0.0)
            if reset == "zero":
                membrane = np.where(fired, 0.0, membrane)
            train.append(fired)
        spikes = np.array(train, dtype=float)
        layers.append(np.array(train))
    return layers, membrane


def imported(cli: Cli, graph: Any, folder: Path, *options: str) -> tuple[Path, Path]:
    """The network file and the weights that the command makes."""
    nir.write(folder / "net.nir", graph)
    out, weights = folder / "net.toml", folder / "w.npz"
    words = ["import", str(folder / "net.nir"), "--ticks", str(STEPS), "--out", str(out), "--weights", str(weights)]
    outcome = cli(*words, *options)
    assert outcome.status == 0, outcome.err
    return out, weights


def rasters(count: int) -> list[Raster]:
    rng = np.random.default_rng(9)
    return [rng.random((STEPS, SIZES[0])) < 0.2 for _ in range(count)]


def on_device(device: EmuDevice, raster: Raster) -> list[Raster]:
    """The spikes of each layer, without the ticks that it is late."""
    ticks, channels = np.nonzero(raster)
    record = device.record_sample(SpikeSample(ticks.astype(np.uint16), channels.astype(np.uint16), 0), learn=False)
    return [layer[late : late + len(raster)] for late, layer in enumerate(record.spikes, 1)]


def device_of(network_file: Path, weights: Path) -> EmuDevice:
    return EmuDevice(prepare(load_network_spec(str(network_file)), weights, to_build=True).integer_network)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("reset", ["subtract", "subtract-delayed", "zero"])
@pytest.mark.parametrize("kind", [cuba, lif])
def test_neurons_spike_as_in_the_framework(cli: Cli, tmp_path: Path, kind: Any, reset: str, biased: bool) -> None:
    """At 16 bits hidden neurons, which see the same inputs, have 0.04 spikes a sample more or less, of some ten."""
    graph = network(kind, biased)
    device = device_of(*imported(cli, graph, tmp_path, "--reset", reset, "--weight-bits", "16"))
    theirs, ours = zip(
        *((stepped(graph, raster, reset)[0], on_device(device, raster)) for raster in rasters(30)), strict=True
    )
    for layer in range(2):
        expected = np.array([sample[layer].sum(axis=0) for sample in theirs])
        found = np.array([sample[layer].sum(axis=0) for sample in ours])
        assert expected.mean() > 0.5, "the layer is silent"
        assert np.abs(found - expected).mean() <= (0.04, 0.25)[layer]
        assert abs(found.sum() / expected.sum() - 1) < 0.02


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_eight_bits_are_near(cli: Cli, tmp_path: Path, reset: str) -> None:
    graph = network(cuba, biased=True)
    device = device_of(*imported(cli, graph, tmp_path, "--reset", reset))
    differences = [
        np.abs(on_device(device, raster)[0].sum(axis=0) - stepped(graph, raster, reset)[0][0].sum(axis=0)).mean()
        for raster in rasters(30)
    ]
    assert np.mean(differences) <= 0.3


@pytest.mark.parametrize(("bits", "most"), [("8", 0.1), ("16", 0.04)])
@pytest.mark.parametrize(
    ("name", "reset"), [("synaptic", "subtract-delayed"), ("leaky", "subtract-delayed"), ("leaky-zero", "zero")]
)
def test_networks_that_snntorch_trained(
    cli: Cli, tmp_path: Path, name: str, reset: str, bits: str, most: float
) -> None:
    """Spikes a neuron more or less, on average over both layers, and all of them together within 1 %."""
    out, weights = tmp_path / "net.toml", tmp_path / "w.npz"
    words: list[str | Path] = [
        "import",
        FILES / f"{name}.nir",
        "--reset",
        reset,
        "--ticks",
        "25",
        "--weight-bits",
        bits,
    ]
    outcome = cli(*words, "--out", out, "--weights", weights)
    assert outcome.status == 0, outcome.err
    with np.load(FILES / f"{name}.npz") as file:
        theirs = dict(file)
    device = device_of(out, weights)
    ours = [on_device(device, raster) for raster in theirs["inputs"]]
    for index, layer in enumerate(("hidden", "outputs")):
        expected = theirs[layer].sum(axis=1).astype(int)
        found = np.array([sample[index].sum(axis=0) for sample in ours])
        assert np.abs(found - expected).mean() <= (most, 2 * most)[index]
        assert abs(found.sum() / expected.sum() - 1) <= 0.01


def test_file_of_an_older_version(cli: Cli, tmp_path: Path) -> None:
    words: list[str | Path] = ["import", FILES / "version-1.0.4.nir", "--reset", "zero"]
    outcome = cli(*words, "--out", tmp_path / "net.toml", "--weights", tmp_path / "w.npz")
    assert outcome.status == 0, outcome.err


@pytest.mark.parametrize("learned", [False, True])
def test_exported_network_steps_as_ours(cli: Cli, tmp_path: Path, learned: bool) -> None:
    """What a framework makes of the file, by the equations, against the spikes of the device."""
    options = ["--target", "native", "--train", "300", "--test", "1", "--epochs", "1", "--state-out", "s.npz"]
    if learned:
        assert cli("run", "digits-counts", *options).status == 0
    outcome = cli("export", "digits-counts", "--nir", "d.nir", *(["--state", "s.npz"] if learned else []))
    assert outcome.status == 0, outcome.err
    graph = nir.read(tmp_path / "d.nir")
    prepared = prepare(load_network_spec("digits-counts"), None, tmp_path / "s.npz" if learned else None)
    device, samples = EmuDevice(prepared.integer_network), prepared.data.test
    ticks = prepared.integer_network.ticks
    equal = []
    for index in range(20):
        raster = np.zeros((ticks, prepared.integer_network.channels), dtype=np.bool_)
        raster[samples[index].ticks, samples[index].channels] = True
        ours = device.record_sample(samples[index], learn=False).spikes
        theirs = stepped(graph, raster, "subtract")[0]
        equal += [
            layer[late:].sum(axis=0) == spikes[: ticks - late].sum(axis=0)
            for late, (layer, spikes) in enumerate(zip(ours, theirs, strict=True), 1)
        ]
    assert np.concatenate(equal).mean() > 0.97


def test_what_was_exported_comes_back(cli: Cli, tmp_path: Path) -> None:
    network_file, weights = imported(cli, network(cuba, biased=True), tmp_path, "--reset", "subtract-delayed")
    before = device_of(network_file, weights).network
    assert cli("export", network_file, "--weights", weights, "--nir", "again.nir").status == 0
    words = ["--reset", "subtract-delayed", "--ticks", str(STEPS), "--out", "again.toml", "--weights", "again.npz"]
    assert cli("import", "again.nir", *words).status == 0
    after = device_of(tmp_path / "again.toml", tmp_path / "again.npz").network
    for ours, theirs in zip(before.weights, after.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [layer.bias for layer in before.layers] == [layer.bias for layer in after.layers]
    assert [layer.threshold for layer in before.layers] == [layer.threshold for layer in after.layers]


def test_outputs_that_integrate_are_exported_as_membranes_without_a_threshold(cli: Cli, tmp_path: Path) -> None:
    assert cli("export", "digits", "--nir", "d.nir").status == 0
    graph = nir.read(tmp_path / "d.nir")
    raster = np.zeros((32, 64), dtype=np.bool_)
    graph.nodes["weights_1"].weight[:] = 1.0
    spikes, membrane = stepped(graph, raster, "subtract")
    assert not spikes[1].any() and (membrane == 0).all()
    raster[:16] = np.eye(64, dtype=np.bool_)[:16]
    spikes, membrane = stepped(graph, raster, "subtract")
    kappa = sum((32 - tick) * spikes[0][tick].sum() for tick in range(32))
    assert membrane == pytest.approx(np.full(10, kappa), rel=1e-3)


def test_readout_without_spikes_predicts_by_its_membrane(cli: Cli, tmp_path: Path) -> None:
    graph = network(cuba, biased=True, last=li)
    device = device_of(*imported(cli, graph, tmp_path, "--reset", "zero", "--weight-bits", "16"))
    agreed = 0
    for raster in rasters(30):
        ticks, channels = np.nonzero(raster)
        sample = SpikeSample(ticks.astype(np.uint16), channels.astype(np.uint16), None)
        agreed += device.run_sample(sample, learn=False).prediction == stepped(graph, raster, "zero")[1].argmax()
    assert agreed >= 28


def test_thresholds_of_single_neurons_are_in_the_weights(cli: Cli, tmp_path: Path) -> None:
    graph = network(cuba)
    graph.nodes["1"].v_threshold = np.linspace(0.5, 2.0, SIZES[1])
    device = device_of(*imported(cli, graph, tmp_path, "--reset", "subtract", "--weight-bits", "16"))
    for raster in rasters(5):
        expected = stepped(graph, raster, "subtract")[0][0].sum(axis=0)
        assert np.abs(on_device(device, raster)[0].sum(axis=0) - expected).mean() < 0.2


def test_network_learns_on_only_where_its_neurons_allow_it(cli: Cli, tmp_path: Path) -> None:
    nir.write(tmp_path / "net.nir", network(cuba, biased=True))
    words = [
        "import",
        str(tmp_path / "net.nir"),
        "--out",
        str(tmp_path / "a.toml"),
        "--weights",
        str(tmp_path / "a.npz"),
        "--learn",
    ]
    outcome = cli(*words, "--reset", "zero")
    assert outcome.status == 1
    assert "its reset is zero" in outcome.err and "it has biases" in outcome.err
    assert not (tmp_path / "a.toml").exists()
    network_file, weights = imported(cli, network(cuba), tmp_path, "--reset", "subtract", "--learn")
    device = device_of(network_file, weights)
    before = device.state_crc()
    ticks, channels = np.nonzero(rasters(1)[0])
    device.run_sample(SpikeSample(ticks.astype(np.uint16), channels.astype(np.uint16), 1), learn=True)
    assert device.state_crc() != before


@pytest.mark.slow
def test_imported_network_learns_on_a_simulated_board_as_in_the_emulator(cli: Cli, tmp_path: Path) -> None:
    """In the firmware of a Cortex-M4, over its serial line."""
    target = need_target("qemu-mps2-an386")
    network_file, weights = imported(cli, network(cuba), tmp_path, "--reset", "subtract", "--learn")
    imported_network = prepare(load_network_spec(str(network_file)), weights, to_build=True).integer_network
    rng = np.random.default_rng(5)
    with target.open(imported_network) as board, EmuDevice(imported_network) as emulator:
        before = board.state_crc()
        assert before == emulator.state_crc()
        for label in range(SIZES[-1]):
            ticks, channels = np.nonzero(rng.random((STEPS, SIZES[0])) < 0.2)
            sample = SpikeSample(ticks.astype(np.uint16), channels.astype(np.uint16), label)
            found, expected = board.run_sample(sample, learn=True), emulator.run_sample(sample, learn=True)
            assert found.counts == expected.counts
        assert board.state_crc() == emulator.state_crc() != before


def test_bias_is_refused_where_a_network_learns(cli: Cli, tmp_path: Path) -> None:
    network_file, weights = imported(cli, network(cuba, biased=True), tmp_path, "--reset", "subtract")
    learning = (
        network_file.read_text()
        .replace('rule = "none"', 'rule = "sfdfa"')
        .replace("max_spikes = 42", "max_spikes = 31")
    )
    network_file.write_text(learning)
    spec = load_network_spec(str(network_file))
    with pytest.raises(Exception, match="only a network that does not learn has a bias"):
        load_float_network(weights, spec, SIZES[0])


def broken(graph: Any, change: Any) -> Any:
    change(graph)
    return graph


TO_NOWHERE = ("--reset", "zero", "--out", "o.toml", "--weights", "w.npz")

BAD: dict[str, tuple[Any, str]] = {
    "a node of another kind": (
        lambda: chain(nir.Linear(np.ones((4, 3))), nir.Threshold(np.ones(4))),
        "node '1' is a Threshold, which has no counterpart here",
    ),
    "weights without neurons": (lambda: chain(nir.Linear(np.ones((4, 3)))), "ends the network without neurons"),
    "weights behind weights": (
        lambda: chain(nir.Linear(np.ones((4, 3))), nir.Linear(np.ones((2, 4))), lif(2)),
        "follows '0' without neurons between them",
    ),
    "recurrence": (
        lambda: broken(network(cuba), lambda graph: graph.edges.append(("1", "0"))),
        "only a chain of layers is held here",
    ),
    "neurons of many time constants": (
        lambda: broken(network(lif), lambda graph: setattr(graph.nodes["1"], "tau", np.linspace(1e-3, 2e-3, SIZES[1]))),
        "node '1' has neurons of different tau_mem",
    ),
    "a current slower than the membrane": (
        lambda: chain(nir.Linear(np.ones((4, 3))), cuba(4, alpha=0.95, beta=0.9)),
        "train with tau_syn < tau_mem",
    ),
    "a leak": (
        lambda: broken(network(lif), lambda graph: setattr(graph.nodes["1"], "v_leak", np.ones(SIZES[1]))),
        "v_leak of node '1' is not 0",
    ),
    "no number": (
        lambda: broken(network(lif), lambda graph: graph.nodes["0"].weight.__setitem__((0, 0), np.nan)),
        "weight of node '1' holds NaN or infinite values",
    ),
    "a readout in the middle": (
        lambda: chain(nir.Linear(np.ones((4, 3))), li(4), nir.Linear(np.ones((2, 4))), lif(2)),
        "does not spike, and is not the last",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_has_no_counterpart_is_named(cli: Cli, tmp_path: Path, case: str) -> None:
    make, message = BAD[case]
    nir.write(tmp_path / "bad.nir", make())
    outcome = cli("import", "bad.nir", *TO_NOWHERE)
    assert outcome.status == 2, outcome.err
    assert message in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.nir"]


@pytest.mark.parametrize("content", [b"", b"not HDF5", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_file_that_is_no_nir(cli: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.nir").write_bytes(content)
    outcome = cli("import", "bad.nir", *TO_NOWHERE)
    assert outcome.status == 2
    assert "not a readable NIR file" in outcome.err


def test_step_of_another_length_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    nir.write(tmp_path / "net.nir", network(lif))
    outcome = cli(
        "import",
        str(tmp_path / "net.nir"),
        "--reset",
        "zero",
        "--dt",
        "0.01",
        "--out",
        str(tmp_path / "o.toml"),
        "--weights",
        str(tmp_path / "w.npz"),
    )
    assert outcome.status == 2
    assert "give the framework's step with --dt" in outcome.err
