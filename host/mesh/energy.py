"""What a sample on a mesh would cost in energy: estimates from published figures, each with the formula that it is computed by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset

PACKET_BITS: Final = 72
"""Of a packet with a payload on a link of SpiNNaker."""
CLOCK_HZ: Final = 200e6
"""Of a core of SpiNNaker 1; its ARM968 takes fewer cycles than a PicoRV32."""


@dataclass(frozen=True)
class Operations:
    """Of one sample. synaptic: weights that are added; updates: weights that meet an update."""

    synaptic: float
    updates: float


@dataclass(frozen=True)
class MeshUse:
    """Of one sample. makespan: cycles. transfers: of a packet from one node to the next."""

    cores: int
    makespan: float
    transfers: float
    operations: Operations


@dataclass(frozen=True)
class EnergyTable:
    """name: of the machine. source: of its figures. formula: in words, as `joules` computes it."""

    name: str
    source: str
    formula: str
    joules: Callable[[MeshUse], float]


TABLES: Final = (
    EnergyTable(
        "SpiNNaker 1",
        "the energy constants of SpiNNMachine 7.4.1",
        f"makespan / {CLOCK_HZ / 1e6:.0f} MHz * (0.35 W of a chip + 0.034 W * cores) + transfers * {PACKET_BITS} bits * 25 pJ",
        lambda use: use.makespan / CLOCK_HZ * (0.35 + 0.034 * use.cores) + use.transfers * PACKET_BITS * 25e-12,
    ),
    EnergyTable(
        "Loihi 1",
        "Davies et al., IEEE Micro 38 (2018) 82",
        "synaptic operations * 23.6 pJ + weight updates * 120 pJ",
        lambda use: use.operations.synaptic * 23.6e-12 + use.operations.updates * 120e-12,
    ),
)


def counted_operations(network: IntegerNetwork, samples: SpikeDataset) -> Operations:
    """The mean over samples that are learned one after the other, from the initial state on."""
    emulator, synaptic, updates = Emulator(network), 0, 0
    for number in range(len(samples)):
        sample = samples[number]
        found = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, record=True)
        inputs = np.bincount(np.asarray(sample.ticks, dtype=np.int64), minlength=network.ticks)
        for record in found.records:
            ticks = len(record.spikes)
            last = ticks - 1 - record.spikes[::-1].argmax(axis=0)
            synaptic += int(inputs[:ticks].sum()) * record.spikes.shape[1]
            updates += int(np.where(record.spikes.any(axis=0), inputs.cumsum()[last], 0).sum()) * found.learned
            inputs = np.bincount(record.spikes.nonzero()[0], minlength=network.ticks)
        if network.integrates:
            synaptic += int(inputs.sum()) * network.outputs
            updates += int(inputs.sum()) * network.outputs * found.learned
    count = max(1, len(samples))
    return Operations(synaptic / count, updates / count)
