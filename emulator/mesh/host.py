"""The host's side of a sample: sections 4, 7 and 8 of docs/MESH.md."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.packets import NO_LABEL, TURNS, Action, EventsField, Kind, Packet, ResultField, packet
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

    outputs: dict[int, int] = field(default_factory=dict)
    others: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    aborted: bool = False


class HostPort(Protocol):
    """Where the packets of the host go, and what lets time pass. cores: how many there are."""

    cores: int

    def send(self, to: To, packet: Packet) -> None:
        """As `Port.send`."""

    def deliver(self) -> bool:
        """Let packets arrive; returns whether there were any."""


class MeshHost:
    """repeated: attempts that were in vain so far."""

    def __init__(self, network: IntegerNetwork, fabric: HostPort) -> None:
        self._network, self._fabric = network, fabric
        self._turn = 0
        self._received = _Received()
        self._events = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._next = self._look = self._pairs = 0
        self.repeated = 0

    def run(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> MeshAnswer:
        """Run a sample as often as it takes. Raises RuntimeError where the mesh never answers."""
        for _ in range(MOST_ATTEMPTS):
            self._begin(events, label, learn, rate_scale)
            while not self.over and not self._received.aborted:
                if not self._fabric.deliver():
                    self._fabric.send(To.ROOT, packet(Kind.AGAIN, self._turn, source=self._fabric.cores))
            if self.over:
                return self._answer()
            self.repeated += 1
        raise RuntimeError(f"the mesh did not answer to a sample in {MOST_ATTEMPTS} attempts")

    def _begin(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> None:
        self._turn = (self._turn + 1) % TURNS
        self._received = _Received()
        self._events, self._next, self._pairs = events, 0, 0
        self._look = next_look(self._network, 0)
        payload = rate_scale << 16 | (NO_LABEL if label is None else label)
        self._fabric.send(To.ALL, packet(Kind.START, self._turn, int(learn), self._fabric.cores, payload))
        self._send_events()

    @property
    def over(self) -> bool:
        """Whether all answers are here."""
        found = self._received
        has_results = len(found.outputs) == self._network.outputs and len(found.others) == 2
        return has_results and len(found.done) == self._fabric.cores

    def receive(self, arrived: Packet) -> None:
        """Take a packet."""
        if arrived.turn != self._turn:
            return
        kind, found = arrived.kind, self._received
        if kind == Kind.VERDICT and not arrived.low:
            self._look = next_look(self._network, arrived.tick + 1)
        elif kind == Kind.RESULT and arrived.layer == ResultField.OUTPUT:
            found.outputs[arrived.source] = arrived.value
        elif kind == Kind.RESULT and arrived.layer == ResultField.ABORTED:
            found.aborted = True
        elif kind == Kind.RESULT:
            found.others[arrived.layer] = arrived.payload
        elif kind == Kind.DONE:
            found.done.add(arrived.source)
        self._send_events()

    def _send_events(self) -> None:
        """All that the cores may have: two events or two ticks a packet, section 4."""
        if self._look < self._next:
            return
        ends = np.searchsorted(self._events.rows, np.arange(self._look + 2), "right")
        for place in range(self._pairs, (int(ends[self._look]) + 1) // 2):
            channels = self._events.neurons[2 * place : 2 * place + 2].tolist()
            self._send_pair(EventsField.CHANNELS, place, channels)
        for place in range(self._next // 2, self._look // 2 + 1):
            self._send_pair(EventsField.TICKS, place, ends[2 * place : 2 * place + 2].tolist())
        self._pairs, self._next = (int(ends[self._look]) + 1) // 2, self._look + 1

    def _send_pair(self, field: EventsField, place: int, values: list[int]) -> None:
        low, high = (*values, 0)[:2]
        self._fabric.send(To.ALL, packet(Kind.EVENTS, self._turn, field, place, high << 16 | low))

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
