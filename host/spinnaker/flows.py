"""Who sends which keys to whom in a mesh, for tools that place and route: section 3 of docs/MESH.md."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.hearers import hearers
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.routing import TO_ALL, TO_HOST, TO_ROOT, grid_of
from sfdfa_codegen.emulator.mesh.packets import Kind

GATE: Final = "gate"
"""Through which the host sends and receives."""
TURN: Final = 0x0F000000
"""Of a key. Routes are those of all turns."""
WORD: Final = 0xFFFFFFFF


@dataclass(frozen=True)
class Flow:
    """All keys with these bits under the mask: who sends them, and to whom."""

    name: str
    sender: str
    key: int
    mask: int
    receivers: tuple[str, ...]


def _blocks(part: slice) -> Iterator[tuple[int, int]]:
    """A range as blocks of a power of two that begin at a multiple of it: the first, and how many."""
    first = part.start
    while first < part.stop:
        size = 1
        while first % (2 * size) == 0 and first + 2 * size <= part.stop:
            size *= 2
        yield first, size
        first += size


def _up_to(count: int) -> int:
    """The bits of the numbers below `count`."""
    return (1 << (count - 1).bit_length()) - 1


def flows(network: IntegerNetwork, mesh: MeshMap) -> list[Flow]:
    """Whatever a core, or the host through the gate, may send. No mask leaves more open than there is: PACMAN goes through all keys."""
    names = [str(core) for core in range(mesh.cores)]
    receivers = {
        kind: (
            *(names if kind in TO_ALL else ()),
            *(names[:1] if kind in TO_ROOT else ()),
            *([GATE] if kind in TO_HOST else ()),
        )
        for kind in Kind
    }
    found: list[Flow] = []

    def heard_by(kind: Kind, layer: int) -> list[str]:
        return [names[core] for core in sorted(hearers(mesh, spiking, kind, layer))]

    def add(kind: Kind, sender: str, part: int = 0, free: int = 0, to: Sequence[str] = ()) -> None:
        name = f"{kind.name} {part:#x}"
        found.append(Flow(name, sender, kind << 28 | part, WORD & ~TURN & ~free, tuple(to) or receivers[kind]))

    spiking = len(network.spiking_layers)
    outputs, layers = _up_to(network.outputs), _up_to(len(network.layers))
    pairs = _up_to(max((network.max_events + 1) // 2, network.ticks // 2) + 1)
    add(Kind.START, GATE, mesh.cores, 1 << 16)
    add(Kind.EVENTS, GATE, 0, 1 << 16 | pairs)
    add(Kind.AGAIN, GATE, mesh.cores)
    for kind, field in ((Kind.VERDICT, 0), (Kind.ERROR, 7), (Kind.COMMIT, 0), (Kind.RESULT, 3)):
        add(kind, names[0], 0, field << 16 | (outputs if field else 0))
    for core, name in enumerate(names):
        add(Kind.DONE, name, core)
        if network.learns and network.eligibility == "replay":
            add(Kind.RANKS, name, core, layers << 16 | _up_to(network.ticks // 2 + 1) << 8)
            add(Kind.PREPARE, name, core, 0, [name])
        if core > 0:
            parent = [names[grid_of(mesh.cores).parent(core)]]
            add(Kind.READY, name, core << 16, 0, parent)
            add(Kind.SUM, name, core << 16, _up_to(4 * network.outputs + len(network.layers)), parent)
        for layer in range(1, spiking + 1 if spiking > 1 else 1):
            add(Kind.END, name, layer << 16 | core, 0, heard_by(Kind.END, layer))
        for layer in range(1, len(network.layers)):
            for first, size in _blocks(mesh.part(layer - 1, core)):
                if layer < spiking:
                    add(Kind.SPIKE, name, layer << 16 | first, size - 1, heard_by(Kind.SPIKE, layer))
                add(Kind.GRADE, name, layer << 16 | first, size - 1)
        if not network.integrates:
            for first, size in _blocks(mesh.part(len(network.layers) - 1, core)):
                add(Kind.REPORT, name, first, 3 << 16 | size - 1)
    return found
