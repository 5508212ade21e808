"""Sums over all cores, which each core adds up from those behind it and hands on towards the root: section 6 of docs/MESH.md."""

from collections.abc import Callable

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.packets import Kind, Packet, SumField, packet
from sfdfa_codegen.emulator.mesh.port import Port, To


def keeps_ranks(network: IntegerNetwork) -> bool:
    """Whether a spike's rank in its layer matters."""
    return network.learns and network.eligibility == "replay"


class Summing:
    """Of one turn. at_root: what is done with a sum that is complete, or, without a value, when all cores are ready; with core 0."""

    def __init__(self, part: CorePart, turn: int, port: Port) -> None:
        self._part, self._turn, self._port = part, turn, port
        self._shares = 1 + part.grid.children(part.core)
        self._outputs = part.whole.outputs
        self._sums: dict[int, list[int]] = {}
        self._ready = 0
        self.at_root: Callable[[int | None, int], None] | None = None

    def add(self, field: SumField, number: int, value: int) -> None:
        """What this core has to add. number: of an output or layer."""
        self._add(field * self._outputs + number, value)

    def ready(self) -> None:
        """This core is, or all of those behind one that hands on to it."""
        self._ready += 1
        self._port.note("ready added", self._ready < self._shares)
        if self._ready == self._shares:
            if self.at_root is not None:
                self.at_root(None, 0)
            else:
                self._send(Kind.READY, 0, 0)

    def take(self, arrived: Packet) -> None:
        """Take what another core has added up."""
        if arrived.kind == Kind.READY:
            self.ready()
        else:
            self._add(arrived.source, arrived.value)

    def _add(self, item: int, value: int) -> None:
        shares = self._sums.setdefault(item, [])
        shares.append(value)
        if len(shares) < self._shares:
            self._port.note("sum added")
            return
        del self._sums[item]
        if self.at_root is not None:
            self.at_root(item, sum(shares))
        else:
            self._send(Kind.SUM, item, sum(shares))

    def _send(self, kind: Kind, source: int, value: int) -> None:
        self._port.send(To.PARENT, packet(kind, self._turn, self._part.core, source, value))
