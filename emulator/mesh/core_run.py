"""A sample on one core, forwards: section 4 of docs/MESH.md."""

from typing import Final

import numpy as np
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.core_layer import CoreLayer, Fired
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.notes.lessons import Forgotten
from sfdfa_codegen.emulator.mesh.notes.ticks import Events, TickNotes, note_events
from sfdfa_codegen.emulator.mesh.output_sums import OutputSums
from sfdfa_codegen.emulator.mesh.packets import Kind, at_tick, packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.receive_store import TICKS_OF_BLOCK, Ranks, ReceiveStore
from sfdfa_codegen.emulator.mesh.summing import keeps_ranks
from sfdfa_codegen.emulator.randomness import directions, neuron_draws
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes
from sfdfa_codegen.emulator.working_state import WorkingState

TICKS_IN_FLIGHT: Final = 8


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
        self._notes = [TickNotes(port, self._network, index, learn, sizes[index]) for index in spiking]
        self.outputs = OutputSums(self._network, part.parts[-1]) if self._network.integrates else None
        self._next = [0] * max(1, len(spiking))
        self._in_block = [0] * len(spiking)
        """Spikes of each layer since its last end of tick."""
        self.last, self.look = self._network.ticks, next_look(self._network, 0)
        self.saturations = SaturationCounts()

    @property
    def finished(self) -> bool:
        """Whether all ticks are run of which something is here."""
        return self.look >= self.last - 1 and self.unfinished == len(self._next)

    @property
    def unfinished(self) -> int:
        """The first layer of which not all ticks are run; else how many layers there are."""
        stages = range(len(self._next))
        return next((stage for stage in stages if not self._reached(stage, self.last)), len(self._next))

    def has_events(self) -> bool:
        """Whether all events are here of the ticks that may be run."""
        self._port.note(f"events {self._store.events_there(self.look)}")
        return self._store.has_events(self.look)

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
            self._port.note("pass")
            for stage in range(len(self._next)):
                found = (self._may_begin(stage) and self._run_ticks(stage)) or found
            found = found and len(self._next) > 1

    def _may_begin(self, stage: int) -> bool:
        """Whether there is something of a layer here, and its events."""
        return self._part.has(stage) and (stage > 0 or self.has_events())

    def _run_ticks(self, stage: int) -> bool:
        """As many as can be run; returns whether there were any."""
        first = self._next[stage]
        while self._can_run(stage, again=self._next[stage] > first):
            end = self._end_of_block(self._next[stage])
            self._port.note("short block", len(self.layers) > 1 and end % TICKS_OF_BLOCK > 0)
            for tick in range(self._next[stage], end):
                self._run(stage, begins=tick == first or (len(self.layers) > 1 and tick % TICKS_OF_BLOCK == 0))
        return self._next[stage] > first

    def _end_of_block(self, tick: int) -> int:
        """Up to which tick nothing more is asked for: where spikes are packets, that of the block."""
        if len(self.layers) < 2:
            return tick + 1
        return min((tick // TICKS_OF_BLOCK + 1) * TICKS_OF_BLOCK, self.last)

    def _can_run(self, stage: int, *, again: bool) -> bool:
        """again: a tick has just been run."""
        lacks = self._lacks(stage, self._next[stage])
        self._port.note(f"asked {stage}{' again' if again else ''}: {lacks}")
        if not lacks and self._waits_for_room(stage):
            self._port.note(f"asked {stage} for room")
        return not lacks

    def _lacks(self, stage: int, tick: int) -> str:
        """What is missing first of what section 4 asks for."""
        if tick >= self.last:
            return "ticks"
        if tick > self.look:
            return "a verdict"
        if stage and not self._store.complete(stage, tick):
            return "spikes" if self._store.ended(stage, tick) else "ends"
        if self._waits_for_room(stage) and not self._store.ended(stage + 2, tick - TICKS_IN_FLIGHT):
            return "room"
        return ""

    def _waits_for_room(self, stage: int) -> bool:
        return stage + 1 < len(self.layers) and self._next[stage] >= TICKS_IN_FLIGHT

    def _run(self, stage: int, *, begins: bool) -> None:
        """begins: with this tick some are run at once."""
        tick = self._next[stage]
        arrived = self._store.arrivals(stage, tick)
        self._next[stage] += 1
        if not self.layers:
            if self.outputs is not None:
                note_events(self._port, tick, begins, arrived.inputs.size, self.outputs.events(tick, arrived.inputs))
            return
        layer, notes = self.layers[stage], self._notes[stage]
        notes.begin(tick, arrived, layer, self._events_of(stage, tick, begins))
        fired = layer.run_tick(tick, self._state.weights[stage], arrived, self.saturations)
        notes.fire(fired)
        if stage + 1 < len(self.layers):
            self._send_spikes(stage, tick, fired)
        else:
            self._keep_spikes(stage, tick, fired)
        notes.end(fired)
        self._in_block[stage] += fired.neurons.size
        if len(self.layers) > 1 and tick + 1 == self._end_of_block(tick):
            end = packet(Kind.END, self._turn, stage + 1, self._part.core, at_tick(tick, self._in_block[stage]))
            self._port.send(To.ALL, end)
            self._in_block[stage] = 0
            notes.after_end()

    def _events_of(self, stage: int, tick: int, begins: bool) -> Events | None:
        """What is known of the events of the sample before a tick; None for a layer that gets spikes."""
        if stage:
            return None
        until, is_last = self._store.events_until, self.look == self._network.ticks - 1
        last = self._end_of_block(tick) - 1 if len(self.layers) > 1 else min(self.look, self.last - 1)
        are_over = is_last and tick > 0 and int(until[tick - 1]) == int(until[self.look])
        return Events(int(until[tick]), int(until[last]), begins, is_last, are_over)

    def _keep_spikes(self, stage: int, tick: int, fired: Fired) -> None:
        for number in range(fired.neurons.size):
            self._notes[stage].spike(fired, number)
            self._notes[stage].after_spike(fired, number)
        if self.outputs is not None:
            self.outputs.spikes(tick, fired.neurons)

    def _send_spikes(self, stage: int, tick: int, fired: Fired) -> None:
        first = self._part.parts[stage].start
        for number, (neuron, grade) in enumerate(zip(fired.neurons.tolist(), fired.grades.tolist(), strict=True)):
            self._notes[stage].spike(fired, number)
            spike = packet(Kind.SPIKE, self._turn, stage + 1, first + neuron, at_tick(tick, grade))
            self._port.send(To.ALL, spike)
            self._notes[stage].after_spike(fired, number)

    def spike_count(self, index: int) -> int:
        """Own spikes of a layer."""
        return int(self.layers[index].counts.sum())

    def send_ranks(self) -> None:
        """How many own spikes each tick of each layer had, section 5 of docs/MESH.md."""
        for index, layer in enumerate(self.layers):
            counts = np.bincount(layer.spikes()[0].rows, minlength=self.last + 1).tolist()
            for pair in range((self.last + 1) // 2):
                self._port.note("ranks of another layer", index > 0 and not pair)
                self._port.note("last ranks", pair == (self.last + 1) // 2 - 1)
                told = packet(
                    Kind.RANKS,
                    self._turn,
                    index,
                    pair << 8 | self._part.core,
                    counts[2 * pair + 1] << 16 | counts[2 * pair],
                )
                self._port.send(To.ALL, told)

    def _ranks_of_others(self, index: int, ranks: Ranks) -> Int64:
        """What turns a core's own order of its spikes of a tick into the layer's: (ticks that are run,)."""
        total, before = ranks.total[index], ranks.before[index]
        own = np.bincount(self.layers[index].spikes()[0].rows, minlength=total.size)
        found: Int64 = total.cumsum() - total + before - (own.cumsum() - own)
        return found[: self.last]

    def note_capacity(self, ranks: Ranks | None) -> None:
        """The spikes past the capacity of each layer are counted, tick by tick."""
        if ranks is None or not keeps_ranks(self._network):
            return
        self._port.note("ranks")
        for index, layer in enumerate(self.layers):
            if not self._part.has(index):
                continue
            own = np.bincount(layer.spikes()[0].rows, minlength=self._network.ticks)[: self.last]
            first, capacity = own.cumsum() - own, self._network.layers[index].spike_capacity
            until = np.maximum(0, capacity - self._ranks_of_others(index, ranks))
            self._port.note("counted ticks", self.last)
            self._port.note("counted ticks before", self.last * (self.last - 1) // 2)
            self._port.note("full ticks", np.count_nonzero(until == 0))
            self._port.note("forgotten ticks", np.count_nonzero(until < first))
            self._port.note("cut ticks", np.count_nonzero((until >= first) & (until < first + own)))

    def forgotten(self, index: int, ranks: Ranks | None) -> Forgotten:
        """The own spikes of a layer that the core has kept though its capacity has no room for them."""
        spikes, capacity = self.layers[index].spikes()[0], self._network.layers[index].spike_capacity
        if ranks is None:
            return Forgotten(SpikeList(spikes.rows[:0], spikes.neurons[:0]), np.zeros(self.last, dtype=np.bool_), False)
        kept = self.remembered(index, ranks).spikes.size
        chosen = SpikeList(spikes.rows[kept:capacity], spikes.neurons[kept:capacity])
        return Forgotten(chosen, self._ranks_of_others(index, ranks) >= capacity, True)

    def remembered(self, index: int, ranks: Ranks | None) -> RememberedSpikes:
        """The own spikes of a layer that its capacity has room for, section 5 of docs/MESH.md. ranks: None where there is room for all."""
        spikes, rho = self.layers[index].spikes()
        if ranks is None:
            return RememberedSpikes(spikes, rho, 0)
        total, before = ranks.total[index], ranks.before[index]
        earlier = total.cumsum() - total + before
        in_tick = np.arange(spikes.size) - np.searchsorted(spikes.rows, spikes.rows)
        kept = earlier[spikes.rows] + in_tick < self._network.layers[index].spike_capacity
        chosen = SpikeList(spikes.rows[kept], spikes.neurons[kept])
        return RememberedSpikes(chosen, rho[kept], int(spikes.size - chosen.size))
