"""The network of packets: any order, and where it is told so, with losses."""

from collections import Counter, deque
from collections.abc import Callable, Container, Sequence
from random import Random

from sfdfa_codegen.codegen.mesh.hearers import KINDS_FOR_SOME, hearers
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.routing import grid_of
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import Count, To

Delivery = tuple[int, Packet]
Receiver = Callable[[Packet], None]


class Fabric:
    """Receivers are the cores 0 .. cores - 1 and the host, number `cores`. mesh: says whom packets are for. spiking: how many layers spike.

    order: draws which packet arrives next; None: in the order they were sent. lost: numbers of the deliveries, from 0, that are lost on the way.
    delivered: how many packets of each kind arrived; dropped: kinds of those that were lost. deepest: most packets that were under way at once.
    """

    def __init__(self, mesh: MeshMap, spiking: int, order: Random | None = None, lost: Container[int] = ()) -> None:
        self.cores, self._order, self._lost = mesh.cores, order, lost
        self._grid = grid_of(mesh.cores)
        self._hearers = {
            (kind, layer): sorted(hearers(mesh, spiking, kind, layer))
            for kind in KINDS_FOR_SOME
            for layer in range(len(mesh.edges) + 1)
        }
        self._receivers: list[Receiver] = []
        self._queue: deque[Delivery] = deque()
        self._mixed: list[Delivery] = []
        self._pending = self._queue if order is None else self._mixed
        self._number = 0
        self.delivered: Counter[int] = Counter()
        self.dropped: list[int] = []
        self.deepest = 0

    def connect(self, receivers: list[Receiver]) -> None:
        """Who gets packets: the cores, then the host."""
        self._receivers = receivers

    def send(self, to: To, packet: Packet) -> None:
        """See `Port.send`."""
        self._pending.extend((receiver, packet) for receiver in self._addressed(to, packet))
        self.deepest = max(self.deepest, len(self._pending))

    def note(self, what: str, count: Count = 1) -> None:
        """Nobody counts cycles here."""

    def _addressed(self, to: To, packet: Packet) -> Sequence[int]:
        if to is To.PARENT:
            parent = self._grid.parent(packet.layer)
            return range(parent, parent + 1)
        if to is To.ITSELF:
            return range(packet.source, packet.source + 1)
        if to is To.ALL and (packet.kind, packet.layer) in self._hearers:
            return self._hearers[packet.kind, packet.layer]
        first = self.cores if to is To.HOST else 0
        last = {To.ALL: self.cores - 1, To.ROOT: 0}.get(to, self.cores)
        return range(first, last + 1)

    def deliver(self) -> bool:
        """Let one packet arrive, or get lost; returns whether there was one."""
        if not self._pending:
            return False
        receiver, packet = self._taken()
        self._number += 1
        if self._number - 1 in self._lost:
            self.dropped.append(packet.kind)
        else:
            self.delivered[packet.kind] += 1
            self._receivers[receiver](packet)
        return True

    def _taken(self) -> Delivery:
        if self._order is not None:  # what was chosen changes places with the last
            chosen = int(self._order.random() * len(self._mixed))
            self._mixed[chosen], self._mixed[-1] = self._mixed[-1], self._mixed[chosen]
            return self._mixed.pop()
        return self._queue.popleft()
