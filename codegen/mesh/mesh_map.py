"""Which core has which neurons: section 2 of docs/MESH.md."""

import itertools
from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.integer_network import IntegerNetwork

MOST_CORES: Final = 256
MOST_NEURONS: Final = 16000
"""Of a layer: section 7 of docs/MESH.md."""
LEAST_LISTED: Final = 256
"""Spikes that there is room to list."""


@dataclass(frozen=True)
class MeshMap:
    """edges: per layer the first neuron of each core, and the number of neurons; of an output layer that integrates, of its inputs: (cores + 1,)."""

    edges: tuple[tuple[int, ...], ...]

    @property
    def cores(self) -> int:
        return len(self.edges[0]) - 1

    def part(self, layer: int, core: int) -> slice:
        """The neurons of a layer that a core has; of an output layer that integrates, the inputs."""
        return slice(self.edges[layer][core], self.edges[layer][core + 1])


def split_sizes(network: IntegerNetwork) -> list[int]:
    """How many there are to be split of each layer: neurons, or the inputs of outputs that integrate."""
    sizes = [layer.neurons for layer in network.layers]
    if network.integrates:
        sizes[-1] = network.layers[-1].inputs
    return sizes


def weight_cells(network: IntegerNetwork, mesh: MeshMap, core: int) -> int:
    """Of a core: bytes, or words of 16 bits where a weight has so many."""
    cell_bits, cells = (16 if network.weight_bits == 16 else 8), 0
    for index, layer in enumerate(network.layers):
        part = mesh.part(index, core)
        size, spikes = part.stop - part.start, index < len(network.spiking_layers)
        rows, columns = (layer.inputs, size) if spikes else (size, layer.neurons)
        cells += rows * -(-columns * network.weight_bits // cell_bits)
    return cells


def most_listed(network: IntegerNetwork) -> int:
    """So many inputs of a layer that learns by replay there is room to list: all events, and of spikes usual numbers. What has more is drawn anew for each neuron, which takes several times as long."""
    most = [layer.inputs * min(network.ticks, network.max_spikes) for layer in network.spiking_layers[1:]]
    return max(network.max_events, min(max(most, default=0), max(2 * network.max_events, LEAST_LISTED)))


def listed_inputs(network: IntegerNetwork, mesh: MeshMap) -> int:
    """The same in words that hold a draw above the place of a row; at least one."""
    most = max(weight_cells(network, mesh, core) for core in range(mesh.cores))
    dither_bits = max(layer.dither_bits for layer in network.layers)
    return most_listed(network) if most <= 1 << (32 - dither_bits) else 1


def checked_cores(cores: int) -> int:
    """Raises ValueError for a number of cores that no mesh has."""
    if not 1 <= cores <= MOST_CORES:
        raise ValueError(f"{cores} cores, possible are 1 to {MOST_CORES}")
    return cores


def even_map(network: IntegerNetwork, cores: int) -> MeshMap:
    """Ranges as equal as they can be. Raises ValueError for a number of cores that no mesh has."""
    checked_cores(cores)
    sizes = split_sizes(network)
    edges = [tuple(size * core // cores for core in range(cores + 1)) for size in sizes]
    return MeshMap(_with_outputs_beside_hidden(network, edges))


def _with_outputs_beside_hidden(network: IntegerNetwork, edges: list[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """An output layer that integrates is split as the hidden layer before it is."""
    if network.integrates and len(edges) > 1:
        edges = [*edges[:-1], edges[-2]]
    return tuple(edges)


def check_map(network: IntegerNetwork, mesh: MeshMap) -> None:
    """Raises ValueError for a map that is not one of this network."""
    checked_cores(mesh.cores)
    sizes = split_sizes(network)
    if max(layer.neurons for layer in network.layers) > MOST_NEURONS:
        raise ValueError(f"a layer of more than {MOST_NEURONS} neurons, which no mesh runs")
    if len(mesh.edges) != len(sizes):
        raise ValueError(f"a map of {len(mesh.edges)} layers, the network has {len(sizes)}")
    for layer, (edges, size) in enumerate(zip(mesh.edges, sizes, strict=True)):
        rises = all(a <= b for a, b in itertools.pairwise(edges))
        if len(edges) != mesh.cores + 1 or edges[0] != 0 or edges[-1] != size or not rises:
            raise ValueError(f"layer {layer} of the map: its edges must rise from 0 to {size}, one a core and one more")
    if network.integrates and len(sizes) > 1 and mesh.edges[-1] != mesh.edges[-2]:
        raise ValueError("the map splits the outputs otherwise than the hidden layer before them")
