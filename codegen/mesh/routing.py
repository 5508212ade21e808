"""Nodes in a rectangle, and the table of each router: section 10 of docs/MESH.md."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

KINDS: Final = 16
PORTS: Final = 8
"""Places in a table for each kind; five are used."""
TO_ALL: Final = frozenset({0, 1, 2, 4, 5, 6, 8, 13, 14})
"""Kinds of packets that go to all cores: start, spike, end of tick, verdict, grade, error, commit, events, ranks."""
TO_HOST: Final = frozenset({4, 9, 10})
"""To the host: verdict, result, done."""
TO_ROOT: Final = frozenset({3, 11})
"""To core 0: report, again."""
TO_ITSELF: Final = frozenset({12})
"""To the core that sends it: prepare."""
TO_PARENT: Final = frozenset({7, 15})
"""To the next core on the way to core 0: ready, sum."""


class Port(IntEnum):
    """Of a router. The host is at the west of node 0."""

    EAST = 0
    NORTH = 1
    WEST = 2
    SOUTH = 3
    CORE = 4


@dataclass(frozen=True)
class Grid:
    """Node n is in column n mod width of row n / width, row 0 the most northern."""

    width: int
    height: int

    @property
    def nodes(self) -> int:
        return self.width * self.height

    def place(self, node: int) -> tuple[int, int]:
        """Column and row."""
        return node % self.width, node // self.width

    def parent(self, node: int) -> int:
        """The next node on the way to node 0, west first. Node 0 has none."""
        return node - 1 if node % self.width else node - self.width

    def children(self, node: int) -> int:
        """How many nodes have this one as their parent."""
        return sum(self.parent(other) == node for other in range(1, self.nodes))

    def distance(self, one: int, other: int) -> int:
        """Links between two nodes."""
        (x, y), (u, v) = self.place(one), self.place(other)
        return abs(x - u) + abs(y - v)


def grid_of(cores: int) -> Grid:
    """The rectangle of so many nodes that is nearest to a square."""
    height = max(side for side in range(1, cores + 1) if cores % side == 0 and side * side <= cores)
    return Grid(cores // height, height)


def _spread(grid: Grid, node: int, port: Port) -> set[Port]:
    """To all: along the row first, and from each node of it along the column."""
    x, y = grid.place(node)
    found = {Port.CORE}
    along_row = port in (Port.CORE, Port.EAST, Port.WEST)
    if port in (Port.CORE, Port.WEST) and x + 1 < grid.width:
        found.add(Port.EAST)
    if port in (Port.CORE, Port.EAST) and x > 0:
        found.add(Port.WEST)
    if (along_row or port is Port.SOUTH) and y > 0:
        found.add(Port.NORTH)
    if (along_row or port is Port.NORTH) and y + 1 < grid.height:
        found.add(Port.SOUTH)
    return found


def _homewards(grid: Grid, node: int, end: Port) -> Port:
    """Towards node 0, west first, and there out by `end`."""
    x, y = grid.place(node)
    if x > 0:
        return Port.WEST
    return Port.NORTH if y > 0 else end


def routes_of(grid: Grid, node: int, kind: int, port: Port) -> frozenset[Port]:
    """By which ports a packet that came in by `port` goes on."""
    found: set[Port] = set()
    if kind in TO_ALL:
        found |= _spread(grid, node, port)
        if kind in TO_HOST and node == 0 and port is not Port.WEST:
            found.add(Port.WEST)
    elif kind in TO_HOST:
        found.add(_homewards(grid, node, Port.WEST))
    elif kind in TO_PARENT:
        found.add(_homewards(grid, node, Port.CORE) if port is Port.CORE else Port.CORE)
    elif kind in TO_ITSELF:
        found.add(Port.CORE)
    elif kind in TO_ROOT:
        found.add(_homewards(grid, node, Port.CORE))
    return frozenset(found)


def routing_table(grid: Grid, node: int) -> bytes:
    """The ports for each kind and port, one bit each: (KINDS * PORTS,)."""
    table = bytearray(KINDS * PORTS)
    for kind in range(KINDS):
        for port in Port:
            table[kind * PORTS + port] = sum(1 << out for out in routes_of(grid, node, kind, port))
    return bytes(table)
