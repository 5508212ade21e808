"""A sample on one core, forwards: section 4 of docs/MESH.md."""

from typing import Final

import numpy as np
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.core_layer import CoreLayer
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.output_sums import OutputSums
from sfdfa_codegen.emulator.mesh.packets import Kind, at_tick, packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.receive_store import Ranks, ReceiveStore
from sfdfa_codegen.emulator.randomness import directions, neuron_draws
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes
from sfdfa_codegen.emulator.working_state import WorkingState

TICKS_IN_FLIGHT: Final = 4


class CoreRun:
    """layers: per spiking layer. last: ticks that are run, `look`: the last of them that may be run yet. outputs: None for those that spike.

    saturations: of this sample so far.
    """

    def __init__(
        self, part: CorePart, state: WorkingState, key: int, learn: bool, turn: int, store: ReceiveStore, port: Port
    ) -> None:
        self._part, self._network, self._state = part, part.whole, state
        self._turn, self._store, self._port = turn, store, port
        v = directions(neuron_draws(key, part.draws))
        spiking = range(len(self._network.spiking_layers))
        sizes = [layer.neurons for layer in part.network.layers]
        self.layers = [
            CoreLayer(self._network, index, sizes[index], learn, v[part.table.slices[index]]) for index in spiking
        ]
        self.outputs = OutputSums(self._network, part.parts[-1]) if self._network.integrates else None
        self._next = [0] * max(1, len(spiking))
        self.last, self.look = self._network.ticks, next_look(self._network, 0)
        self.saturations = SaturationCounts()

    @property
    def finished(self) -> bool:
        """Whether all ticks are run of which something is here."""
        return self.look >= self.last - 1 and all(self._reached(stage, self.last) for stage in range(len(self._next)))

    def _reached(self, stage: int, tick: int) -> bool:
        return self._next[stage] == tick or not self._part.has(stage)

    @property
    def at_look(self) -> bool:
        """Whether the verdict is waited for."""
        return self.look < self._network.ticks - 1 and self._reached(len(self._next) - 1, self.look + 1)

    def verdict(self, tick: int, decided: bool) -> None:
        """What the root says of the look at a tick."""
        if decided:
            self.last = tick + 1
        else:
            self.look = next_look(self._network, tick + 1)

    def advance(self) -> None:
        """Run whatever can be run."""
        found = True
        while found:
            found = False
            for stage in range(len(self._next)):
                while self._can_run(stage):
                    self._run(stage)
                    found = True

    def _can_run(self, stage: int) -> bool:
        tick = self._next[stage]
        if not self._part.has(stage) or tick >= self.last or tick > self.look:
            return False
        if not (self._store.complete(stage, tick) if stage else self._store.has_events(self.look)):
            return False
        is_heard = stage + 1 < len(self.layers) and tick >= TICKS_IN_FLIGHT
        return not is_heard or self._store.ended(stage + 2, tick - TICKS_IN_FLIGHT)

    def _run(self, stage: int) -> None:
        tick = self._next[stage]
        arrived = self._store.arrivals(stage, tick)
        self._next[stage] += 1
        if not self.layers:
            if self.outputs is not None:
                self.outputs.events(tick, arrived.inputs)
            return
        fired = self.layers[stage].run_tick(tick, self._state.weights[stage], arrived, self.saturations)
        if stage + 1 < len(self.layers):
            self._send_spikes(stage, tick, fired.neurons, fired.grades)
        elif self.outputs is not None:
            self.outputs.spikes(tick, fired.neurons)
        if len(self.layers) > 1:
            end = packet(Kind.END, self._turn, stage + 1, self._part.core, at_tick(tick, fired.neurons.size))
            self._port.send(To.ALL, end)

    def _send_spikes(self, stage: int, tick: int, neurons: Int64, grades: Int64) -> None:
        first = self._part.parts[stage].start
        for neuron, grade in zip(neurons.tolist(), grades.tolist(), strict=True):
            spike = packet(Kind.SPIKE, self._turn, stage + 1, first + neuron, at_tick(tick, grade))
            self._port.send(To.ALL, spike)

    def spike_count(self, index: int) -> int:
        """Own spikes of a layer."""
        return int(self.layers[index].counts.sum())

    def send_ranks(self) -> None:
        """How many own spikes each tick of each layer had, section 5 of docs/MESH.md."""
        for index, layer in enumerate(self.layers):
            counts = np.bincount(layer.spikes()[0].rows, minlength=self.last + 1).tolist()
            for pair in range((self.last + 1) // 2):
                told = packet(
                    Kind.RANKS,
                    self._turn,
                    index,
                    pair << 8 | self._part.core,
                    counts[2 * pair + 1] << 16 | counts[2 * pair],
                )
                self._port.send(To.ALL, told)

    def remembered(self, index: int, ranks: Ranks | None) -> RememberedSpikes:
        """The own spikes of a layer that its capacity has room for, section 5 of docs/MESH.md. ranks: None where there is room for all."""
        spikes, rho = self.layers[index].spikes()
        if ranks is None:
            return RememberedSpikes(spikes, rho, 0)
        total, before = ranks.total[index], ranks.before[index]
        earlier = total.cumsum() - total + before
        in_tick = np.arange(spikes.size) - np.searchsorted(spikes.rows, spikes.rows)
        kept = earlier[spikes.rows] + in_tick < self._network.layers[index].spike_capacity
        chosen = type(spikes)(spikes.rows[kept], spikes.neurons[kept])
        return RememberedSpikes(chosen, rho[kept], int(spikes.size - chosen.size))
