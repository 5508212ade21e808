"""A network in NeuroBench's harness (extra `neurobench`): the emulator predicts, and NeuroBench's own metrics count what it did.

The metrics look at modules of torch through hooks. Here the weights are such modules, and the hooks are filled with what the emulator recorded: inputs of
each layer, spikes, and membranes before and after each tick. Written against neurobench 2.3.0.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from neurobench.hooks.layer import LayerHook
from neurobench.hooks.neuron import NeuronHook
from neurobench.models import NeuroBenchModel
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, state_size
from sfdfa_codegen.emulator.encoder import InputEvents, encode
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.state_file import load_state
from torch import nn
from torch.utils.data import DataLoader, Dataset

Trains = list[tuple[torch.Tensor, torch.Tensor]]
"""Of each layer that spikes: its spikes and its membranes, (samples, ticks, neurons)."""


class Model(NeuroBenchModel):
    """A network with what it has learned, which predicts and does not learn.

    Called with spikes (samples, ticks, channels), 0 or 1, or with readings (samples, features), integers as the device takes them, it returns predictions
    (samples,) int64. So `Benchmark` needs neither pre- nor postprocessors. Raises ValueError for a batch of another shape, and as `Emulator.run_sample`.

    Footprint is that of the state in bytes; weights of 4 bits, which torch has not, count one byte each there.
    """

    def __init__(self, network: IntegerNetwork, state: LearnedState | None = None) -> None:
        """state: what was learned; left out, nothing."""
        super().__init__()
        state = initial_state(network) if state is None else state
        self.network = network
        self.test: SpikeDataset | None = None
        self.emulator = Emulator(network)
        self.emulator.state = state
        self.net = _Weights(network, state)

    @classmethod
    def load(cls, network: str | None = None, state: str | Path | None = None, seed: int | None = None) -> Self:
        """A network file or preset with a state file of `run --state-out`. Raises SfdfaError for what the command refuses too."""
        prepared = prepare(load_spec(network, seed))
        integers = prepared.integer_network
        model = cls(integers, None if state is None else load_state(Path(state), integers))
        model.test = prepared.data.test
        return model

    def dataloader(self, batch_size: int = 100) -> Any:
        """The test set of a network that was loaded: spikes and labels. Raises ValueError without one."""
        if self.test is None:
            raise ValueError("this model was made without a data set: take Model.load, or a DataLoader of your own")
        return DataLoader(_Rasters(self.test, self.network), batch_size=batch_size)

    def __call__(self, batch: Any) -> Any:
        samples = [self._spikes(sample) for sample in np.asarray(batch)]
        runs = [
            self.emulator.run_sample(spikes.ticks, spikes.channels, None, learn=False, record=True)
            for spikes in samples
        ]
        inputs = torch.zeros(len(samples), self.network.ticks, self.network.channels)
        for number, (spikes, run) in enumerate(zip(samples, runs, strict=True)):
            before = spikes.ticks < run.ticks_run
            inputs[number, spikes.ticks[before].astype(np.int64), spikes.channels[before].astype(np.int64)] = 1.0
        trains: Trains = []
        for layer in range(len(self.network.spiking_layers)):
            records = [run.records[layer] for run in runs]
            spikes_of = [_padded(record.spikes, self.network.ticks, "constant") for record in records]
            membranes = [_padded(record.b - record.a, self.network.ticks, "edge") for record in records]
            trains.append((torch.tensor(np.array(spikes_of)), torch.tensor(np.array(membranes))))
        self._fill(inputs, trains)
        return torch.tensor([run.prediction for run in runs])

    def __net__(self) -> Any:
        return self.net

    def register_hooks(self) -> None:
        """Hooks of NeuroBench's, which `__call__` fills."""
        for layer in self.net.layers:
            self.connection_hooks.append(LayerHook(layer))
        for number, _ in enumerate(self.network.spiking_layers):
            hook = NeuronHook(None, f"layer {number}")
            hook.layer = self.net
            self.activation_hooks.append(hook)

    def _fill(self, inputs: torch.Tensor, trains: Trains) -> None:
        for (spikes, membranes), hook in zip(trains, self.activation_hooks, strict=False):
            before = torch.zeros_like(membranes[:, 0])
            for tick in range(self.network.ticks):
                hook.activation_outputs.append(spikes[:, tick])
                hook.pre_fire_mem_potential.append(before)
                before = membranes[:, tick]
                hook.post_fire_mem_potential.append(before)
        arriving = [inputs, *(spikes.to(inputs.dtype) for spikes, _ in trains)]
        for number, hook in enumerate(self.connection_hooks):
            if number < len(trains):
                hook.inputs += [(arriving[number][:, tick],) for tick in range(self.network.ticks)]
            else:  # outputs that integrate: once a sample, section 5a
                left = torch.arange(self.network.ticks, 0, -1, dtype=inputs.dtype)
                hook.inputs.append((torch.einsum("t,stn->sn", left, arriving[number]),))

    def _spikes(self, sample: Any) -> InputEvents:
        if sample.ndim == 2 and sample.shape == (self.network.ticks, self.network.channels):
            ticks, channels = np.nonzero(sample)
            return InputEvents(ticks, channels)
        if sample.ndim == 1 and self.network.encoder is not None:
            return encode(self.network, sample)
        raise ValueError(
            f"network '{self.network.name}' takes spikes ({self.network.ticks}, {self.network.channels}) a sample, or readings if it has an encoder; "
            f"this one is {sample.shape}"
        )


class _Weights(nn.Module):
    """What metrics of the model itself look at."""

    def __init__(self, network: IntegerNetwork, state: LearnedState) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Linear(weights, network.weight_bits) for weights in state.weights)
        weight_bytes = sum(weights.size for weights in state.weights) * network.weight_bits // 8
        self.register_buffer("beside_weights", torch.zeros(state_size(network) - weight_bytes, dtype=torch.uint8))


class _Linear(nn.Linear):
    """Integer weights, of which sums are exact."""

    def __init__(self, weights: Any, bits: int) -> None:
        super().__init__(weights.shape[0], weights.shape[1], bias=False)
        kind = torch.int16 if bits == 16 else torch.int8
        self.weight = nn.Parameter(torch.tensor(weights.T.copy(), dtype=kind), requires_grad=False)

    def forward(self, inputs: Any) -> Any:
        return nn.functional.linear(inputs.double(), self.weight.double())


class _Rasters(Dataset):
    """Samples as spikes (ticks, channels) uint8, with their labels."""

    def __init__(self, samples: SpikeDataset, network: IntegerNetwork) -> None:
        self.samples = samples
        self.shape = (network.ticks, network.channels)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        sample = self.samples[index]
        raster = torch.zeros(self.shape, dtype=torch.uint8)
        raster[sample.ticks.astype(np.int64), sample.channels.astype(np.int64)] = 1
        return raster, int(self.samples.labels[index])


def _padded(values: Any, ticks: int, mode: Any) -> Any:
    """(ticks run, neurons) as (ticks, neurons): in ticks that were left out nothing spikes, and no membrane changes."""
    return np.pad(values, ((0, ticks - len(values)), (0, 0)), mode=mode)
