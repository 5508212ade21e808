"""What a core has received of the sample that runs: section 4 of docs/MESH.md."""

from typing import Final, NamedTuple

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.packets import EventsField, Packet
from sfdfa_codegen.emulator.spike_list import SpikeList

TICKS_OF_BLOCK: Final = 4
"""An end of tick stands for so many."""


class Arrivals(NamedTuple):
    """Inputs of one tick by their number, (inputs,), and the grade of each."""

    inputs: Int64
    grades: Int64


class ReceiveStore:
    """Events, spikes and ends of tick for each layer and tick, whatever order they came in.

    senders: per layer, how many cores send to it; 0 for the first.
    """

    def __init__(self, network: IntegerNetwork, senders: list[int]) -> None:
        self._network, self._senders = network, senders
        layers, ticks = len(network.layers) + 1, network.ticks
        self._channels = np.zeros(network.max_events + 1, dtype=np.int64)
        self._pairs = 0
        self._events_until = np.full(ticks + 1, -1, dtype=np.int64)
        self._spikes: list[list[list[tuple[int, int]]]] = [[[] for _ in range(ticks)] for _ in range(layers)]
        blocks = -(-ticks // TICKS_OF_BLOCK)
        self._ends = [[0] * blocks for _ in range(layers)]
        self._announced = [[0] * blocks for _ in range(layers)]

    def events(self, packet: Packet) -> None:
        """Take two events, or what two ticks end with."""
        place, low, high = 2 * packet.source, packet.low, packet.payload >> 16
        if packet.layer == EventsField.CHANNELS:
            self._channels[place : place + 2] = (low, high)[: self._channels.size - place]
            self._pairs += 1
        else:
            self._events_until[place : place + 2] = low, high

    @property
    def events_until(self) -> Int64:
        """How many events there are up to each tick, -1 where it is not known: (ticks + 1,)."""
        return self._events_until

    def events_there(self, look: int) -> int:
        """How many things are there in turn: all ticks up to a look, all events up to it."""
        ticks_are_there = bool((self._events_until[: look + 1] >= 0).all())
        return int(ticks_are_there) + int(self.has_events(look))

    def has_events(self, look: int) -> bool:
        """Whether all events up to a tick are here. No later ones are sent before this tick is run."""
        until = self._events_until[: look + 1]
        return bool((until >= 0).all()) and self._pairs == (int(until[-1]) + 1) // 2

    def spike(self, packet: Packet) -> bool:
        """Take a spike; returns whether it was the last that was waited for."""
        layer, tick = packet.layer, packet.tick
        self._spikes[layer][tick].append((packet.source, packet.grade))
        return self.complete(layer, tick)

    def end(self, packet: Packet) -> bool:
        """Take an end of tick; returns whether it was the last one."""
        layer, block = packet.layer, packet.tick // TICKS_OF_BLOCK
        self._ends[layer][block] += 1
        self._announced[layer][block] += packet.low
        return self.ended(layer, packet.tick)

    def ended(self, layer: int, tick: int) -> bool:
        """Whether all cores that send to a layer after the first have ended the block of a tick."""
        return self._ends[layer][tick // TICKS_OF_BLOCK] == self._senders[layer]

    def complete(self, layer: int, tick: int) -> bool:
        """Whether all spikes of the block are here, too."""
        block = tick // TICKS_OF_BLOCK
        in_block = self._spikes[layer][block * TICKS_OF_BLOCK : (block + 1) * TICKS_OF_BLOCK]
        return self.ended(layer, tick) and sum(map(len, in_block)) == self._announced[layer][block]

    def arrivals(self, layer: int, tick: int) -> Arrivals:
        """The inputs of a tick in their order."""
        if layer == 0:
            first = int(self._events_until[tick - 1]) if tick else 0
            channels = self._channels[first : int(self._events_until[tick])]
            return Arrivals(channels, np.zeros_like(channels))
        found = np.array(sorted(self._spikes[layer][tick]), dtype=np.int64).reshape(-1, 2)
        return Arrivals(found[:, 0], found[:, 1])

    def spikes_before(self, layer: int, last: int) -> SpikeList:
        """All inputs of a layer in the first `last` ticks."""
        by_tick = [self.arrivals(layer, tick).inputs for tick in range(last)]
        rows = np.repeat(np.arange(last), [inputs.size for inputs in by_tick])
        return SpikeList(rows, np.concatenate([np.empty(0, dtype=np.int64), *by_tick]))


class Ranks:
    """How many spikes all cores, and those with a lower number, had of each layer in each tick: section 5. total, before: (layers, ticks)."""

    def __init__(self, network: IntegerNetwork, core: int) -> None:
        self._core = core
        self._layers, self._ticks = len(network.spiking_layers), network.ticks
        self.total = np.zeros((self._layers, self._ticks + 1), dtype=np.int64)
        self.before = np.zeros_like(self.total)
        self._received = 0

    @property
    def received(self) -> int:
        """How many packets have come."""
        return self._received

    def is_before(self, packet: Packet) -> bool:
        """Whether it is from a core with a lower number."""
        return packet.source & 0xFF < self._core

    def take(self, packet: Packet) -> None:
        """Take the counts of two ticks of a core."""
        tick = 2 * (packet.source >> 8)
        for place, count in ((tick, packet.low), (tick + 1, packet.payload >> 16)):
            self.total[packet.layer, min(place, self._ticks)] += count
            self.before[packet.layer, min(place, self._ticks)] += count if self.is_before(packet) else 0
        self._received += 1

    def complete(self, cores: int, last: int) -> bool:
        """Whether every core has told of the first `last` ticks."""
        return self._received == cores * self._layers * ((last + 1) // 2)
