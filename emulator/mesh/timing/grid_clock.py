"""Cores, mailboxes, routers and the host in time: section 10 of docs/MESH.md."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.routing import KINDS, grid_of, routing_tables
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.timing.router import CORE, EAST, LINKS, NORTH, SOUTH, WEST, Router, opposite

Handled = Iterable[tuple[int, Packet | None]]
"""What a core does with a packet: so many cycles until it sends the next one; the last, with None, until it looks for another."""


class TimedCore(Protocol):
    """What is asked of a core. take_cycles: from when it has found a packet until it has taken it out."""

    @property
    def take_cycles(self) -> int: ...

    def handle(self, arrived: Packet) -> Handled:
        """Take a packet."""


class Cycles(NamedTuple):
    """Of one sample. makespan: from the host's first packet until it has all answers. busy: of each core by kind of the packet that it handles, (cores, kinds).

    transfers: of a packet from one node to the next. deepest: the most packets that the mailbox of each core has held, (cores,).
    """

    makespan: int
    busy: NDArray[np.int64]
    transfers: int
    deepest: NDArray[np.int64]


class _Does(Enum):
    FINDS = "looks for a packet"
    TAKES = "takes it out"
    SENDS = "sends one"


class _Node:
    """One core at its mailbox, and its router. kind: of the packet that is handled; done_at: the last cycle that is counted as busy, or was waited."""

    def __init__(self, number: int, core: TimedCore, table: bytes) -> None:
        self.number, self.core, self.router = number, core, Router(table)
        self.links: list[_Node | None] = [None] * LINKS
        self.mailbox: deque[Packet] = deque()
        self.does, self.waits = _Does.FINDS, True
        self.kind, self.done_at, self.deepest = 0, 0, 0
        self.busy = [0] * KINDS
        self.leaving = 0
        self._script: Iterator[tuple[int, Packet | None]] = iter(())
        self._sends: Packet | None = None

    def begin(self) -> None:
        """Of a sample: the core waits for its first packet."""
        self.busy, self.done_at, self.deepest = [0] * KINDS, 0, 0

    def act(self, cycle: int) -> int:
        """Do what it comes to in this cycle. Returns the cycle of the next thing, 0 where the core waits for a packet."""
        if self.does is _Does.FINDS:
            return self._find(cycle)
        if self.does is _Does.TAKES:
            self._spend(cycle)
            taken = self.mailbox.popleft()
            self.kind = taken.kind
            self._script = iter(self.core.handle(taken))
        elif self.router.behind[CORE] is not None:
            return cycle + 1
        else:
            self._spend(cycle)
            self.router.arriving[CORE] = self._sends
        cycles, self._sends = next(self._script)
        self.does = _Does.FINDS if self._sends is None else _Does.SENDS
        return cycle + cycles

    def _find(self, cycle: int) -> int:
        if not self.mailbox:
            self._spend(cycle - 1)
            self.waits = True
            return 0
        self._spend(cycle)
        self.does = _Does.TAKES
        return cycle + self.core.take_cycles

    def _spend(self, cycle: int) -> None:
        """All cycles up to this one have been busy."""
        self.busy[self.kind] += cycle - self.done_at
        self.done_at = cycle

    def mail(self, cycle: int, packet: Packet) -> bool:
        """A packet for the core. Returns whether it waited for one."""
        self.mailbox.append(packet)
        self.deepest = max(self.deepest, len(self.mailbox))
        waited, self.waits = self.waits, False
        if waited:
            self.done_at = cycle
        return waited

    def pass_on(self) -> tuple[list["_Node"], Packet | None]:
        """What leaves in this cycle, but for the mailbox: to which neighbours, and what the host hears."""
        reached, heard, self.leaving = [], None, 0
        outs = self.router.outs
        for port in range(LINKS):
            packet = outs[port]
            if packet is None:
                continue
            other = self.links[port]
            if other is None:
                heard = packet
            elif other.router.behind[opposite(port)] is None:
                other.router.arriving[opposite(port)] = packet
                reached.append(other)
            else:
                continue
            self.leaving |= 1 << port
        if outs[CORE] is not None:
            self.leaving |= 1 << CORE
        return reached, heard


class GridClock:
    """A rectangle of nodes. The host is at the west of node 0: it sends and takes a packet a cycle.

    waiting: what it has to send.
    """

    def __init__(self, cores: Sequence[TimedCore], mesh: MeshMap, spiking: int) -> None:
        """mesh: says whom packets are for. spiking: how many layers spike."""
        grid, tables = grid_of(len(cores)), routing_tables(mesh, spiking)
        self._nodes = [_Node(number, *of_node) for number, of_node in enumerate(zip(cores, tables, strict=True))]
        for number, node in enumerate(self._nodes):
            x, y = grid.place(number)
            node.links[EAST] = self._nodes[number + 1] if x + 1 < grid.width else None
            node.links[WEST] = self._nodes[number - 1] if x > 0 else None
            node.links[NORTH] = self._nodes[number - grid.width] if y > 0 else None
            node.links[SOUTH] = self._nodes[number + grid.width] if y + 1 < grid.height else None
        self.waiting: deque[Packet] = deque()
        self._queue: list[tuple[int, int]] = []
        self._full: set[_Node] = set()
        """Nodes with packets in their routers."""
        self._transfers = 0

    def run(self, receive: Callable[[Packet], bool]) -> Cycles:
        """Until nothing moves any more. receive: gives the host a packet; returns whether it has all answers. Raises RuntimeError where it never gets them."""
        self._transfers, makespan, cycle = 0, 0, 0
        for node in self._nodes:
            node.begin()
        while self._full or self.waiting or self._queue:
            cycle = cycle + 1 if self._full or self.waiting else self._queue[0][0]
            heard = self._step(cycle)
            if heard is not None and receive(heard) and not makespan:
                makespan = cycle
        if not makespan:
            raise RuntimeError("the mesh did not answer to a sample")
        busy = np.array([node.busy for node in self._nodes], dtype=np.int64)
        deepest = np.array([node.deepest for node in self._nodes], dtype=np.int64)
        return Cycles(makespan, busy, self._transfers, deepest)

    def _step(self, cycle: int) -> Packet | None:
        """One cycle; returns what the host hears. All that happens in it depends on what was there before."""
        heard, touched, mailed = None, set(self._full), []
        for node in self._full:
            reached, to_host = node.pass_on()
            heard = to_host or heard
            touched.update(reached)
            self._transfers += len(reached)
            arrived = node.router.outs[CORE]
            if arrived is not None:
                mailed.append((node, arrived))
        gate = self._nodes[0]
        if self.waiting and gate.router.behind[WEST] is None:
            gate.router.arriving[WEST] = self.waiting.popleft()
            self._transfers += 1
            touched.add(gate)
        touched.update(self._act(cycle))
        for node, packet in mailed:
            if node.mail(cycle, packet):
                heappush(self._queue, (cycle + 1, node.number))
        for node in touched:
            node.router.step(node.leaving)
            node.leaving = 0
        self._full = {node for node in touched if not node.router.is_empty}
        return heard

    def _act(self, cycle: int) -> list[_Node]:
        """Whatever the cores come to; returns those that may have sent something."""
        acting = []
        while self._queue and self._queue[0][0] == cycle:
            node = self._nodes[heappop(self._queue)[1]]
            then = node.act(cycle)
            if then:
                heappush(self._queue, (then, node.number))
            acting.append(node)
        return acting
