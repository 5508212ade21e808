"""A map as a table, as JSON, and drawn."""

import math
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import memory_of
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.host.mesh.load import Work, core_work

TILE: Final = 132
GAP: Final = 12


def ranges_of(mesh: MeshMap, core: int) -> list[str]:
    """The range of each layer, as text."""
    parts = [mesh.part(index, core) for index in range(len(mesh.edges))]
    return [f"{part.start}-{part.stop - 1}" if part.stop > part.start else "none" for part in parts]


def map_json(network: IntegerNetwork, mesh: MeshMap, work: Sequence[Work], core_bytes: int) -> dict[str, object]:
    """What `mesh.json` says."""
    shares = core_work(mesh, work)
    return {
        "network": network.name,
        "model_hash": network.model_hash,
        "cores": mesh.cores,
        "core_memory": core_bytes,
        "edges": [list(edges) for edges in mesh.edges],
        "bytes": [{**vars(core), "total": core.total} for core in memory_of(network, mesh)],
        "operations_per_sample": [round(share, 1) for share in shares],
    }


def table_rows(network: IntegerNetwork, mesh: MeshMap, work: Sequence[Work]) -> list[tuple[str, ...]]:
    """A row a core: number, ranges, bytes, operations."""
    memory, shares = memory_of(network, mesh), core_work(mesh, work)
    return [
        (
            str(number),
            *ranges_of(mesh, number),
            *(str(value) for value in (core.weights, core.state, core.lists, core.store, core.total)),
            f"{share:.0f}",
        )
        for number, (core, share) in enumerate(zip(memory, shares, strict=True))
    ]


def table_head(network: IntegerNetwork) -> tuple[str, ...]:
    """The names of these columns: bytes are all of them, with the stack; work is operations a sample."""
    layers = [f"l{index}" for index in range(len(network.layers))]
    return ("core", *layers, "weights", "state", "lists", "store", "bytes", "work")


def drawn_map(network: IntegerNetwork, mesh: MeshMap, work: Sequence[Work], core_bytes: int) -> str:
    """An SVG: a tile a core, darker with more work, with a bar of its memory."""
    columns = math.ceil(math.sqrt(mesh.cores))
    rows = math.ceil(mesh.cores / columns)
    width, height = GAP + columns * (TILE + GAP), GAP + rows * (TILE + GAP)
    shares, memory = core_work(mesh, work), memory_of(network, mesh)
    tiles = [
        _tile(mesh, number, columns, shares[number] / max(shares), memory[number].total / core_bytes)
        for number in range(mesh.cores)
    ]
    title = f"{escape(network.name)} on {mesh.cores} cores"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        f"<title>{title}</title>\n" + "\n".join(tiles) + "\n</svg>\n"
    )


def _tile(mesh: MeshMap, core: int, columns: int, load: float, filled: float) -> str:
    x, y = GAP + core % columns * (TILE + GAP), GAP + core // columns * (TILE + GAP)
    lines = [f"core {core}", *(f"layer {index}: {text}" for index, text in enumerate(ranges_of(mesh, core)))]
    lines += [f"work {load:.0%} of the most", f"memory {filled:.0%}"]
    shown = lines[:7]
    text = "".join(f'<text x="{x + 8}" y="{y + 18 + 15 * row}">{line}</text>' for row, line in enumerate(shown))
    bar = round((TILE - 16) * min(1.0, filled))
    return (
        f'<rect x="{x}" y="{y}" width="{TILE}" height="{TILE}" rx="6" fill="#4477aa" fill-opacity="{0.1 + 0.5 * load:.2f}"/>'
        f'<rect x="{x + 8}" y="{y + TILE - 14}" width="{bar}" height="6" fill="#222222"/>{text}'
    )
