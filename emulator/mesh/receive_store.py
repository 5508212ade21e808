"""What a core has received of the sample that runs: section 4 of docs/MESH.md."""

from typing import NamedTuple

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.spike_list import SpikeList


class Arrivals(NamedTuple):
    """Inputs of one tick by their number, (inputs,), and the grade of each."""

    inputs: Int64
    grades: Int64


class ReceiveStore:
    """Spikes and ends of tick for each layer and tick, whatever order they came in.

    total, before: section 5, of each layer's neurons, (layers, ticks).
    """

    def __init__(self, network: IntegerNetwork, core: int, cores: int) -> None:
        self._core, self._cores = core, cores
        layers, ticks = len(network.layers) + 1, network.ticks
        self._spikes: list[list[list[tuple[int, int]]]] = [[[] for _ in range(ticks)] for _ in range(layers)]
        self._ends = [[0] * ticks for _ in range(layers)]
        self._announced = [[0] * ticks for _ in range(layers)]
        self.total = np.zeros((layers, ticks), dtype=np.int64)
        self.before = np.zeros((layers, ticks), dtype=np.int64)

    def spike(self, packet: Packet) -> bool:
        """Take a spike; returns whether it was the last that was waited for."""
        layer, tick = packet.layer, packet.tick
        self._spikes[layer][tick].append((packet.source, packet.grade))
        return self.complete(layer, tick)

    def end(self, packet: Packet) -> bool:
        """Take an end of tick; returns whether it was the last one."""
        layer, tick = packet.layer, packet.tick
        self._ends[layer][tick] += 1
        self._announced[layer][tick] += packet.low
        if layer:
            self.total[layer - 1, tick] += packet.low
            self.before[layer - 1, tick] += packet.low if packet.source < self._core else 0
        return self.ended(layer, tick)

    def ended(self, layer: int, tick: int) -> bool:
        """Whether all who send to a layer have ended a tick."""
        return self._ends[layer][tick] == (self._cores if layer else 1)

    def complete(self, layer: int, tick: int) -> bool:
        """Whether all spikes are here, too."""
        return self.ended(layer, tick) and len(self._spikes[layer][tick]) == self._announced[layer][tick]

    def arrivals(self, layer: int, tick: int) -> Arrivals:
        """The inputs of a tick in their order."""
        found = np.array(sorted(self._spikes[layer][tick]), dtype=np.int64).reshape(-1, 2)
        return Arrivals(found[:, 0], found[:, 1])

    def spikes_before(self, layer: int, last: int) -> SpikeList:
        """All inputs of a layer in the first `last` ticks."""
        by_tick = [self.arrivals(layer, tick).inputs for tick in range(last)]
        rows = np.repeat(np.arange(last), [inputs.size for inputs in by_tick])
        return SpikeList(rows, np.concatenate([np.empty(0, dtype=np.int64), *by_tick]))
