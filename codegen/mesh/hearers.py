"""To which cores spikes and ends of tick mean something: section 3 of docs/MESH.md."""

from typing import Final

from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap

SPIKE: Final = 1
"""Kinds of packets that not all cores hear,"""
END: Final = 2
KINDS_FOR_SOME: Final = (SPIKE, END)


def _owners(mesh: MeshMap, spiking: int, layer: int) -> frozenset[int]:
    """The cores that have neurons of a layer that spikes; none where there is no such layer."""
    if not 0 <= layer < spiking:
        return frozenset()
    edges = mesh.edges[layer]
    return frozenset(core for core in range(mesh.cores) if edges[core + 1] > edges[core])


def hearers(mesh: MeshMap, spiking: int, kind: int, layer: int) -> frozenset[int]:
    """Those that take spikes, or ends of tick, for a layer: who has neurons of it, and who waits until those that send them are so far. spiking: how many layers spike."""
    found = _owners(mesh, spiking, layer)
    return found | _owners(mesh, spiking, layer - 2) if kind == END else found
