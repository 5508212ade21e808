"""The router of a node, cycle by cycle: section 10 of docs/MESH.md."""

from typing import Final

from sfdfa_codegen.emulator.mesh.packets import Packet

EAST, NORTH, WEST, SOUTH, CORE = range(5)
PORTS: Final = 5
LINKS: Final = 4
TABLE_PORTS: Final = 8
TABLE_LAYERS: Final = 8
"""Places in a table for each kind, of a layer or field, and for each of these, of a port."""


def opposite(link: int) -> int:
    """The port of the neighbour at the other end."""
    return (link + 2) % LINKS


class Router:
    """heads: the packet at each input; behind: the one that waits behind it. outs: what each output shows to whoever is there."""

    def __init__(self, table: bytes) -> None:
        """table: for each kind, layer or field, and port that a packet came in by, one bit for each port by which it goes on."""
        self._table = table
        self.heads: list[Packet | None] = [None] * PORTS
        self.behind: list[Packet | None] = [None] * PORTS
        self.outs: list[Packet | None] = [None] * PORTS
        self._left = [0] * PORTS
        """Of each head, the outputs by which it has not left yet."""
        self._favoured = [0] * PORTS
        self.arriving: list[Packet | None] = [None] * PORTS
        """What comes in during the cycle, at inputs where `has_room`."""

    def has_room(self, port: int) -> bool:
        """Whether an input takes a packet in this cycle."""
        return self.behind[port] is None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in here."""
        return not any(self.heads) and not any(self.outs)

    def step(self, leaving: int) -> None:
        """The end of a cycle. leaving: outputs whose packet is taken, one bit each."""
        heads, outs, left = self.heads, self.outs, self._left
        wanted = 0
        for bits in left:
            wanted |= bits
        for port in range(PORTS):
            bit = 1 << port
            if leaving & bit:
                outs[port] = None
            if wanted & bit and outs[port] is None:
                self._grant(port, bit)
        for port in range(PORTS):
            if left[port]:
                if self.arriving[port] is not None:
                    self.behind[port] = self.arriving[port]
            else:
                head = self.behind[port] or self.arriving[port]
                heads[port], self.behind[port] = head, None
                if head is not None:
                    place = head.kind * TABLE_LAYERS + head.layer % TABLE_LAYERS
                    left[port] = self._table[place * TABLE_PORTS + port]
            self.arriving[port] = None

    def _grant(self, output: int, bit: int) -> None:
        """Put the packet of the input whose turn it is there."""
        candidate = self._favoured[output]
        while not self._left[candidate] & bit:
            candidate = (candidate + 1) % PORTS
        self.outs[output] = self.heads[candidate]
        self._left[candidate] &= ~bit
        self._favoured[output] = (candidate + 1) % PORTS
