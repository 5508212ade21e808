"""Nodes in a rectangle, and the table of each router: section 10 of docs/MESH.md."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sfdfa_codegen.codegen.mesh.hearers import KINDS_FOR_SOME, hearers
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap

KINDS: Final = 16
LAYERS: Final = 8
"""Places in a table for each kind: of a layer or field the lowest three bits."""
PORTS: Final = 8
"""And for each of these; five are used."""
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


def _spread(grid: Grid, node: int, port: Port, heard_by: frozenset[int]) -> set[Port]:
    """To some: along the row first, and from each node of it along the column, as far as there is one of them."""
    x, y = grid.place(node)
    columns = {grid.place(core)[0] for core in heard_by}
    rows = {grid.place(core)[1] for core in heard_by if grid.place(core)[0] == x}
    found = {Port.CORE} if node in heard_by else set()
    along_row = port in (Port.CORE, Port.EAST, Port.WEST)
    if port in (Port.CORE, Port.WEST) and any(column > x for column in columns):
        found.add(Port.EAST)
    if port in (Port.CORE, Port.EAST) and any(column < x for column in columns):
        found.add(Port.WEST)
    if (along_row or port is Port.SOUTH) and any(row < y for row in rows):
        found.add(Port.NORTH)
    if (along_row or port is Port.NORTH) and any(row > y for row in rows):
        found.add(Port.SOUTH)
    return found


def _homewards(grid: Grid, node: int, end: Port) -> Port:
    """Towards node 0, west first, and there out by `end`."""
    x, y = grid.place(node)
    if x > 0:
        return Port.WEST
    return Port.NORTH if y > 0 else end


def routes_of(grid: Grid, node: int, kind: int, port: Port, heard_by: frozenset[int]) -> frozenset[Port]:
    """By which ports a packet that came in by `port` goes on. heard_by: the cores that it is for, where it is of a kind for all or some."""
    found: set[Port] = set()
    if kind in TO_ALL:
        found |= _spread(grid, node, port, heard_by)
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


def _heard_by(mesh: MeshMap, spiking: int, kind: int, place: int) -> frozenset[int]:
    """The cores that packets of a kind are for, of all layers with this place in a table."""
    if kind not in KINDS_FOR_SOME:
        return frozenset(range(mesh.cores))
    layers = range(place, len(mesh.edges) + 1, LAYERS)
    return frozenset().union(*(hearers(mesh, spiking, kind, layer) for layer in layers))


def routing_tables(mesh: MeshMap, spiking: int) -> list[bytes]:
    """Of each node the ports for each kind, layer or field, and port, one bit each: (KINDS * LAYERS * PORTS,). spiking: how many layers spike."""
    grid = grid_of(mesh.cores)
    tables = [bytearray(KINDS * LAYERS * PORTS) for _ in range(grid.nodes)]
    for kind in range(KINDS):
        for place in range(LAYERS):
            heard_by = _heard_by(mesh, spiking, kind, place)
            for node, table in enumerate(tables):
                for port in Port:
                    ports = routes_of(grid, node, kind, port, heard_by)
                    table[(kind * LAYERS + place) * PORTS + port] = sum(1 << out for out in ports)
    return [bytes(table) for table in tables]
