"""What NeuroBench counts of a network (Yik et al., The neurobench framework, Nature Communications 16, 1545, 2025), from its integers.

Its own hooks see layers of torch and count nothing here; `sfdfa_codegen.neurobench.Model` fills them. All but footprint, connection sparsity and dense are means over
samples, predicted only.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_size
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset

MOST_SAMPLES: Final = 100


@dataclass(frozen=True)
class StaticNumbers:
    """What needs no sample. footprint: bytes of the whole state, weights and what learning keeps. connection_sparsity: share of weights that are 0. dense: synaptic
    operations of a sample if no weight and no input were 0, in every tick.
    """

    footprint: int
    connection_sparsity: float
    dense: int

    def json(self) -> dict[str, Any]:
        """By NeuroBench's names."""
        return {
            "footprint": self.footprint,
            "connection_sparsity": self.connection_sparsity,
            "synaptic_operations": {"dense": self.dense},
        }

    @property
    def line(self) -> str:
        """For a person."""
        return f"NeuroBench: footprint {self.footprint:,} bytes, {self.connection_sparsity:.1%} of the weights are 0, {self.dense:,} synaptic operations a sample if dense"


@dataclass(frozen=True)
class NeuroBench:
    """footprint, connection_sparsity, dense: as in StaticNumbers. activation_sparsity: 1 less the share of neurons and ticks with a spike; None where no neuron
    spikes. effective_acs: additions of a weight that is not 0, for a spike. effective_macs: products of such a weight, which outputs that integrate have once for
    each input that spiked. membrane_updates: neurons and ticks whose potential changed; in the first tick all count.
    """

    samples: int
    footprint: int
    connection_sparsity: float
    activation_sparsity: float | None
    effective_acs: float
    effective_macs: float
    dense: float
    membrane_updates: float

    def json(self) -> dict[str, Any]:
        """By NeuroBench's names."""
        values = asdict(self)
        operations = ("effective_macs", "effective_acs", "dense")
        return {
            **{key: value for key, value in values.items() if key not in operations},
            "synaptic_operations": {key: values[key] for key in operations},
        }


def static_numbers(network: IntegerNetwork, state: LearnedState) -> StaticNumbers:
    """Of a network with what it has learned."""
    dense = sum(layer.inputs * layer.neurons for layer in network.spiking_layers) * network.ticks
    if network.integrates:
        dense += network.layers[-1].inputs * network.outputs
    zeros = sum(weights.size - np.count_nonzero(weights) for weights in state.weights)
    return StaticNumbers(state_size(network), float(zeros / sum(weights.size for weights in state.weights)), dense)


def neurobench_of(network: IntegerNetwork, state: LearnedState, samples: SpikeDataset) -> NeuroBench | None:
    """Of the first MOST_SAMPLES samples with what was learned; None without any."""
    emulator = Emulator(network)
    emulator.state = state
    used = samples.head(MOST_SAMPLES)
    if not len(used):
        return None
    rows = [np.count_nonzero(weights, axis=1) for weights in state.weights]
    totals = np.zeros(4)  # effective ACs and MACs, spikes, membrane updates
    for index in range(len(used)):
        sample = used[index]
        run = emulator.run_sample(sample.ticks, sample.channels, None, learn=False, record=True)
        kept = sample.ticks < run.ticks_run
        totals += _of_sample(network, run, sample.channels[kept], rows)
    effective_acs, effective_macs, spikes, updates = (totals / len(used)).tolist()
    cells = network.ticks * sum(layer.neurons for layer in network.spiking_layers)
    static = static_numbers(network, state)
    return NeuroBench(
        samples=len(used),
        footprint=static.footprint,
        connection_sparsity=static.connection_sparsity,
        activation_sparsity=1.0 - spikes / cells if cells else None,
        effective_acs=effective_acs,
        effective_macs=effective_macs,
        dense=float(static.dense),
        membrane_updates=updates,
    )


def _of_sample(network: IntegerNetwork, run: EmulatedSample, channels: Any, rows: list[Any]) -> Any:
    """Effective ACs and MACs, spikes and membrane updates of one sample, (4,)."""
    inputs = np.bincount(channels, minlength=network.channels)
    acs = macs = spikes = updates = 0
    for layer, record in enumerate(run.records):
        acs += int(inputs @ rows[layer])
        updates += record.a.shape[1] + int(np.count_nonzero(np.diff(record.b - record.a, axis=0)))
        inputs = record.spikes.sum(axis=0)
        spikes += int(inputs.sum())
    if network.integrates:
        macs = int((inputs > 0) @ rows[-1])
    return np.array([acs, macs, spikes, updates], dtype=float)
