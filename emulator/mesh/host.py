"""The host's side of a sample: sections 4, 7 and 8 of docs/MESH.md."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.mesh.core_run import TICKS_IN_FLIGHT
from sfdfa_codegen.emulator.mesh.fabric import Fabric
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.packets import NO_LABEL, TURNS, Action, Kind, Packet, ResultField, at_tick, packet
from sfdfa_codegen.emulator.mesh.port import To
from sfdfa_codegen.emulator.spike_list import SpikeList

MOST_ATTEMPTS: Final = 1000


@dataclass(frozen=True)
class MeshAnswer:
    """What the root says of a sample. shown: spike counts, or probabilities in 1/256, 0 .. 256: (outputs,). margin: d of section 8a."""

    prediction: int
    shown: NDArray[np.int32]
    margin: int
    ticks_run: int
    action: Action


@dataclass
class _Received:
    """Of one attempt."""

    ends: list[int]
    outputs: dict[int, int] = field(default_factory=dict)
    others: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    aborted: bool = False


class MeshHost:
    """repeated: attempts that were in vain so far."""

    def __init__(self, network: IntegerNetwork, fabric: Fabric) -> None:
        self._network, self._fabric = network, fabric
        self._turn = 0
        self._received = _Received([])
        self._events = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._next = self._look = 0
        self.repeated = 0

    def run(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> MeshAnswer:
        """Run a sample as often as it takes. Raises RuntimeError where the mesh never answers."""
        for _ in range(MOST_ATTEMPTS):
            self._begin(events, label, learn, rate_scale)
            while not self._over and not self._received.aborted:
                if not self._fabric.deliver():
                    self._fabric.send(To.ROOT, packet(Kind.AGAIN, self._turn, source=self._fabric.cores))
            if self._over:
                return self._answer()
            self.repeated += 1
        raise RuntimeError(f"the mesh did not answer to a sample in {MOST_ATTEMPTS} attempts")

    def _begin(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> None:
        self._turn = (self._turn + 1) % TURNS
        self._received = _Received([0] * self._network.ticks)
        self._events, self._next, self._look = events, 0, next_look(self._network, 0)
        payload = rate_scale << 16 | (NO_LABEL if label is None else label)
        self._fabric.send(To.ALL, packet(Kind.START, self._turn, int(learn), self._fabric.cores, payload))
        self._send_ticks()

    @property
    def _over(self) -> bool:
        found = self._received
        has_results = len(found.outputs) == self._network.outputs and len(found.others) == 2
        return has_results and len(found.done) == self._fabric.cores

    def receive(self, arrived: Packet) -> None:
        """Take a packet."""
        if arrived.turn != self._turn:
            return
        kind, found = arrived.kind, self._received
        if kind == Kind.END and arrived.layer == 1:
            found.ends[arrived.tick] += 1
        elif kind == Kind.VERDICT and not arrived.low:
            self._look = next_look(self._network, arrived.tick + 1)
        elif kind == Kind.RESULT and arrived.layer == ResultField.OUTPUT:
            found.outputs[arrived.source] = arrived.value
        elif kind == Kind.RESULT:
            found.others[arrived.layer] = arrived.payload
        elif kind == Kind.DONE:
            found.done.add(arrived.source)
        elif kind == Kind.ABORTED:
            found.aborted = True
        self._send_ticks()

    def _may_send(self) -> bool:
        tick = self._next
        if tick >= self._network.ticks or tick > self._look:
            return False
        waits = tick >= TICKS_IN_FLIGHT and bool(self._network.spiking_layers)
        return not waits or self._received.ends[tick - TICKS_IN_FLIGHT] == self._fabric.cores

    def _send_ticks(self) -> None:
        while self._may_send():
            tick = self._next
            start, end = np.searchsorted(self._events.rows, (tick, tick + 1)).tolist()
            for channel in self._events.neurons[start:end].tolist():
                self._fabric.send(To.ALL, packet(Kind.SPIKE, self._turn, 0, channel, at_tick(tick, 0)))
            ending = packet(Kind.END, self._turn, 0, self._fabric.cores, at_tick(tick, end - start))
            self._fabric.send(To.ALL, ending)
            self._next += 1

    def _answer(self) -> MeshAnswer:
        found = self._received
        summary = found.others[ResultField.SUMMARY]
        shown = np.array([found.outputs[output] for output in range(self._network.outputs)], dtype=np.int32)
        return MeshAnswer(
            prediction=summary & 0xFFFF,
            shown=shown,
            margin=found.others[ResultField.MARGIN],
            ticks_run=summary >> 16 & 0xFF,
            action=Action(summary >> 24),
        )
