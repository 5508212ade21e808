"""Networks that learned here, in norse and in snnTorch: the same spikes and predictions. Where torch and they are installed; elsewhere `test_nir.py` has files of theirs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.prepare import load_spec, prepare

Step = Callable[[Any], Any]
"""Takes the inputs of a step, (samples, channels), and returns the spikes or membranes of the outputs."""


def in_norse(path: str) -> Step:
    """As the guide says it."""
    torch = pytest.importorskip("torch")
    norse = pytest.importorskip("norse.torch")
    nir = pytest.importorskip("nir")
    from norse.torch.functional.reset import reset_subtract

    net = norse.from_nir(nir.read(path), reset_method=reset_subtract, dt=0.001)
    state: Any = None

    def step(inputs: Any) -> Any:
        nonlocal state
        spikes, state = net(torch.tensor(inputs), state)
        return spikes

    return step


def in_snntorch(path: str) -> Step:
    """As the guide says it."""
    torch = pytest.importorskip("torch")
    snntorch = pytest.importorskip("snntorch")
    nir = pytest.importorskip("nir")
    from snntorch.import_nir import import_from_nir

    net = import_from_nir(nir.read(path))
    for module in net.modules():
        if isinstance(module, snntorch.SpikingNeuron):
            module.reset_mechanism = "subtract"
    return lambda inputs: net(torch.tensor(inputs))[0]


def rasters(network: IntegerNetwork, samples: SpikeDataset) -> Any:
    """(ticks, samples, channels) float32."""
    found = np.zeros((network.ticks, len(samples), network.channels), np.float32)
    for number in range(len(samples)):
        found[samples[number].ticks, number, samples[number].channels] = 1.0
    return found


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.slow
@pytest.mark.parametrize(("load", "dt"), [(in_norse, "0.001"), (in_snntorch, "0.0001")])
def test_what_learned_here_spikes_there(load: Callable[[str], Step], dt: str, cli: Cli) -> None:
    """An output spike comes a tick a layer later here, so that there are as many steps fewer there."""
    pytest.importorskip("torch", reason="torch is not installed")
    cli.json("run", "digits-counts", "--target", "native", "--epochs", "3", "--state-out", "learned.npz")
    cli.json("export", "digits-counts", "--state", "learned.npz", "--nir", "learned.nir", "--dt", dt)
    prepared = prepare(load_spec("digits-counts"), state=cli.folder / "learned.npz")
    network, samples = prepared.integer_network, prepared.data.test
    predictions, counts = Emulator(network).run_samples_inference(samples.ticks, samples.channels, samples.offsets)
    step, found = load("learned.nir"), np.zeros(counts.shape)
    for inputs in rasters(network, samples)[: network.ticks - len(network.layers)]:
        found += step(inputs).detach().numpy()
    assert counts.sum() > len(samples)
    assert np.mean(found == counts) >= 0.95
    # The device breaks ties by membranes, which the counts do not show.
    alone = np.sort(counts, 1)[:, -1] > np.sort(counts, 1)[:, -2]
    assert np.mean(found.argmax(1)[alone] == predictions[alone]) >= 0.995
    print(
        f"{load.__name__}: {np.mean(found == counts):.4f} equal counts, {np.mean(found.argmax(1)[alone] == predictions[alone]):.4f} of {alone.sum()} predictions"
    )
