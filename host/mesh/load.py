"""What a network takes on whoever runs it: counted work, by neuron, sample and core."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, split_sizes
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset

Work = NDArray[np.float64]


class Load(NamedTuple):
    """What a network takes a sample. work: operations of whatever is split of each layer; learning: those of them that come after the ticks. spikes: of each layer but the last that spikes; none where no spike is a packet. ticks: of a sample."""

    work: list[Work]
    learning: list[Work]
    spikes: tuple[float, ...]
    ticks: int


def equal_load(network: IntegerNetwork) -> Load:
    """Where nothing is known: each neuron, or input, takes as much as another."""
    work = [np.ones(size) for size in split_sizes(network)]
    if network.integrates and len(work) > 1:
        work[-1] = work[-2]  # these two are split alike
    return Load(work, [np.zeros_like(of_layer) for of_layer in work], (), network.ticks)


def measured_load(network: IntegerNetwork, samples: SpikeDataset) -> Load:
    """The mean of `sample_loads`. Without samples all neurons are equal."""
    return mean_load(network, list(sample_loads(network, samples))) if len(samples) else equal_load(network)


def mean_load(network: IntegerNetwork, loads: Sequence[Load]) -> Load:
    """Of loads of single samples, at least one."""
    work: list[Work] = [np.mean(of_layer, axis=0) for of_layer in zip(*(load.work for load in loads), strict=True)]
    if network.integrates and len(work) > 1:
        work[-1] = work[-2]  # these two are split alike
    learning = [np.mean(of_layer, axis=0) for of_layer in zip(*(load.learning for load in loads), strict=True)]
    return Load(work, learning, tuple(np.mean([load.spikes for load in loads], axis=0).tolist()), network.ticks)


def sample_loads(network: IntegerNetwork, samples: SpikeDataset) -> Iterator[Load]:
    """Operations of each sample, of whatever is split of each layer, neurons or inputs, while the samples are learned: one for each weight that is added, each weight that is
    updated, and each tick of a neuron."""
    emulator = Emulator(network)
    for number in range(len(samples)):
        sample = samples[number]
        work, learning, spikes = [], [], []
        found = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, record=True)
        inputs = np.bincount(np.asarray(sample.ticks, dtype=np.int64), minlength=network.ticks)
        for record in found.records:
            ticks = len(record.spikes)
            backwards = record.spikes[::-1].argmax(axis=0)
            updated = np.where(record.spikes.any(axis=0), inputs.cumsum()[ticks - 1 - backwards], 0.0)
            work.append(inputs.sum() + ticks + updated)
            learning.append(updated)
            inputs = np.bincount(record.spikes.nonzero()[0], minlength=network.ticks)
            spikes.append(float(inputs.sum()))
        if network.integrates:
            used = _used_inputs(network, sample.channels, [record.spikes for record in found.records])
            outputs = 2.0 * network.outputs * used
            work[-1:] = [work[-1] + outputs] * 2 if work else [outputs]  # these two are split alike
            learning.append(np.zeros(outputs.size))
        yield Load(work, learning, tuple(spikes[: len(network.spiking_layers) - 1]), network.ticks)


def _used_inputs(
    network: IntegerNetwork, channels: NDArray[np.uint16], spikes: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Which inputs of the outputs had an event or spike."""
    if spikes:
        return np.asarray(spikes[-1].any(axis=0))
    return np.isin(np.arange(network.channels), channels)


def core_work(mesh: MeshMap, work: Sequence[Work]) -> list[float]:
    """Operations a sample of each core: (cores,)."""
    layers = range(len(work))
    if len(work) > 1 and mesh.edges[-1] == mesh.edges[-2] and work[-1] is work[-2]:
        layers = range(len(work) - 1)  # the outputs' share is in that of the layer before
    return [float(sum(work[index][mesh.part(index, core)].sum() for index in layers)) for core in range(mesh.cores)]


def counted_bound(network: IntegerNetwork, samples: SpikeDataset, mesh: MeshMap) -> float:
    """The speed-up of these samples if only the counted work took time: each is over when the core with most to do in it is done."""
    shares = np.array([core_work(mesh, load.work) for load in sample_loads(network, samples)])
    return float(shares.sum() / shares.max(axis=1).sum())
