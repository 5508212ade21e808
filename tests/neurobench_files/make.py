"""What NeuroBench's own metrics count of networks of integers that torch runs, spike for spike, from docs/ARITHMETIC.md section 5: figures.json beside this file.

PYTHONPATH=tests python tests/neurobench_files/make.py     in an environment with this package, torch and neurobench 2.3.0
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import snntorch
import torch
from neurobench.benchmarks import Benchmark
from neurobench.metrics.static import ConnectionSparsity
from neurobench.metrics.workload import ActivationSparsity, ClassificationAccuracy, MembraneUpdates, SynapticOperations
from neurobench.models import SNNTorchModel
from neurobench_networks import NETWORKS
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FIGURES = Path(__file__).parent / "figures.json"
STATIC: list[Any] = [ConnectionSparsity]
WORKLOAD: list[Any] = [ClassificationAccuracy, ActivationSparsity, SynapticOperations, MembraneUpdates]


def rshift(values: Any, bits: int) -> Any:
    if bits <= 0:
        return values << -bits
    return (values + (1 << (bits - 1))) >> bits


class Neurons(snntorch.SpikingNeuron):
    """One layer of section 5, many samples at once."""

    def __init__(self, layer: Any, most_spikes: int) -> None:
        super().__init__(threshold=1.0)
        self.layer, self.most_spikes = layer, most_spikes

    def start(self, samples: int) -> None:
        self.a, self.b, self.count = (torch.zeros(samples, self.layer.neurons, dtype=torch.int64) for _ in range(3))
        self.mem = self.b - self.a

    def forward(self, sums: Any) -> tuple[Any, Any]:
        layer = self.layer
        arrived = rshift(sums.long(), layer.weight_fraction_bits - layer.state_fraction_bits)
        limit = layer.state_limit
        self.a = (self.a - rshift(self.a * layer.decay_s, 12) + arrived).clamp(-limit, limit)
        self.b = (self.b - rshift(self.b * layer.decay, 12) + arrived).clamp(-limit, limit)
        spikes = (self.b - self.a >= layer.threshold) & (self.count < self.most_spikes)
        self.b = torch.where(spikes, self.b - layer.reset_step, self.b)
        self.count = self.count + spikes
        self.mem = self.b - self.a
        return spikes.double(), self.mem


class Stepped(nn.Module):
    """The layers that spike, one tick a call, as SNNTorchModel calls them; or the whole sample, where the outputs integrate."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.linear = nn.ModuleList()
        self.neurons = nn.ModuleList()
        for weights in network.weights:
            linear = nn.Linear(*weights.shape, bias=False)
            linear.weight.data = torch.tensor(weights.T.copy(), dtype=torch.float64)
            self.linear.append(linear)
        for layer in network.spiking_layers:
            self.neurons.append(Neurons(layer, network.max_spikes))

    def forward(self, rasters: Any) -> Any:
        """(samples, ticks, channels); predictions, which of equal outputs takes the first."""
        ticks = rasters.shape[1]
        for neurons in self.neurons:
            neurons.start(len(rasters))
        kappa = torch.zeros(len(rasters), self.network.layers[-1].inputs, dtype=torch.float64)
        counts = torch.zeros(len(rasters), self.network.outputs, dtype=torch.float64)
        for tick in range(ticks):
            spikes = rasters[:, tick].double()
            for linear, neurons in zip(self.linear, self.neurons, strict=False):
                spikes, _ = neurons(linear(spikes))
            if self.network.integrates:
                kappa += spikes * (ticks - tick)
            else:
                counts += spikes
        outputs = self.linear[-1](kappa) if self.network.integrates else counts
        return outputs.argmax(1).unsqueeze(0)  # SNNTorchModel swaps the first two axes


def rasters_of(network: Any, samples: Any) -> Any:
    """(samples, ticks, channels) uint8, and labels."""
    rasters = np.zeros((len(samples), network.ticks, network.channels), dtype=np.uint8)
    for number in range(len(samples)):
        rasters[number, samples[number].ticks, samples[number].channels] = 1
    return torch.tensor(rasters), torch.tensor(samples.labels.astype(np.int64))


def harness(model: Any, network: Any, samples: Any, static: list[Any] = STATIC) -> dict[str, Any]:
    """What the harness says of a model."""
    loader = DataLoader(TensorDataset(*rasters_of(network, samples)), batch_size=len(samples))
    flat = [lambda predictions: predictions.reshape(-1)]
    results: dict[str, Any] = Benchmark(model, loader, [], flat, [static, WORKLOAD]).run(quiet=True)
    return results


def figures_of(name: str) -> dict[str, Any]:
    """Of the network in torch."""
    network, samples = NETWORKS[name]()
    return harness(SNNTorchModel(Stepped(network), custom_forward=True), network, samples)


def main() -> None:
    FIGURES.write_text(json.dumps({name: figures_of(name) for name in NETWORKS}, indent=2) + "\n")


if __name__ == "__main__":
    main()
