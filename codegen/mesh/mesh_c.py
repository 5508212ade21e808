"""The C of the cores of a mesh: hand-written files, and the map that they are compiled for."""

from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.c_text import Constant
from sfdfa_codegen.codegen.cores import Core, runtime_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, listed_inputs, weight_cells
from sfdfa_codegen.codegen.mesh.routing import grid_of
from sfdfa_codegen.codegen.render import folder_sources, render_template, tool_version

NATIVE_UNIT: Final = "sfdfa_mesh_native.c"


def core_units(network: IntegerNetwork) -> tuple[str, ...]:
    """The hand-written files that are compiled for a core."""
    units = ["sfdfa_mesh_core.c", "sfdfa_mesh_init.c", "sfdfa_mesh_neurons.c", "sfdfa_mesh_root.c"]
    if network.integrates:
        units.append("sfdfa_mesh_outputs.c")
    if not network.learns:
        return (*units, "sfdfa_mesh_frozen.c")
    return (*units, "sfdfa_mesh_learn.c", f"sfdfa_mesh_{network.eligibility}.c")


def native_units(network: IntegerNetwork) -> tuple[str, ...]:
    """All that is compiled for cores in a process of the host."""
    return ("sfdfa_network.c", "sfdfa_mesh_map.c", *core_units(network), NATIVE_UNIT)


@dataclass(frozen=True)
class _CoreSizes:
    """What one core has. neurons: of each spiking layer; own_inputs: of outputs that integrate; synapses: of neurons that spike."""

    neurons: list[int]
    hidden: int
    own_inputs: int
    cells: int
    remembered: int
    synapses: int


def _core_sizes(network: IntegerNetwork, mesh: MeshMap, core: int) -> _CoreSizes:
    sizes = [edges[core + 1] - edges[core] for edges in mesh.edges]
    spiking = len(network.spiking_layers)
    most_spikes = min(network.ticks, network.max_spikes)
    layers = list(zip(network.spiking_layers, sizes, strict=False))
    return _CoreSizes(
        neurons=sizes[:spiking],
        hidden=sum(sizes[: len(network.hidden_layers)]),
        own_inputs=sizes[-1],
        cells=weight_cells(network, mesh, core),
        remembered=sum(min(layer.spike_capacity, size * most_spikes) for layer, size in layers),
        synapses=sum(layer.inputs * size for layer, size in layers),
    )


def _joins_residual(network: IntegerNetwork) -> bool:
    """Whether no grade of an output can be clamped: section 6 of docs/MESH.md."""
    if len(network.layers) != 2 or not network.integrates:
        return False
    shift = network.layers[-1].weight_fraction_bits
    largest = ((1 << (network.weight_bits - 1)) * 64 + (1 << shift >> 1)) >> shift
    return network.layers[0].neurons * largest < 1 << 15


def _map_constants(network: IntegerNetwork, mesh: MeshMap) -> list[Constant]:
    cell_bits = 16 if network.weight_bits == 16 else 8
    sizes = [_core_sizes(network, mesh, core) for core in range(mesh.cores)]
    inputs = [layer.inputs for layer in network.layers]
    graded = inputs[1 : len(network.spiking_layers)]
    values = {
        "CORES": (mesh.cores, ""),
        "WIDTH": (grid_of(mesh.cores).width, "of the rectangle that the cores are in"),
        "CELL_BITS": (cell_bits, "of a cell of weights"),
        "WEIGHT_CELLS": (max([1, *(size.cells for size in sizes)]), ""),
        "NEURONS": (max([1, *(sum(size.neurons) for size in sizes)]), "that spike, of all layers"),
        "HIDDEN": (max([1, *(size.hidden for size in sizes)]), ""),
        "WIDEST": (max([1, *(count for size in sizes for count in size.neurons)]), "neurons of one layer"),
        "WIDEST_INPUTS": (max(inputs), "of one layer"),
        "INPUT_WORDS": (
            max(1, sum((count + 31) // 32 for count in graded)),
            "of one bit an input, of all layers that get spikes",
        ),
        "GRADED_INPUTS": (max(1, sum(graded)), "of all layers that get spikes"),
        "HEARING": (max([1, *(sum(size.neurons[1:]) for size in sizes)]), "neurons of layers that get spikes"),
        "REMEMBERED": (max([1, *(size.remembered for size in sizes)]), "spikes"),
        "TRACED_INPUTS": (max(1, sum(layer.inputs for layer in network.spiking_layers)), "of all layers that spike"),
        "SYNAPSES": (max([1, *(size.synapses for size in sizes)]), "of neurons that spike"),
        "LISTED": (listed_inputs(network, mesh), "inputs of a layer that learns"),
        "JOINS_RESIDUAL": (int(_joins_residual(network)), "no d is clamped, so R is summed in one"),
        "KAPPAS": (max([1, *(size.own_inputs for size in sizes)]), "own inputs of outputs that integrate"),
    }
    return [Constant(f"SFDFA_MESH_{name}", str(value), comment) for name, (value, comment) in values.items()]


def mesh_sources(network: IntegerNetwork, mesh: MeshMap, core: Core = "words") -> dict[str, str]:
    """The C of a core, by path, without a port. core: whose kernels it has, "words" or "riscv"."""
    context: dict[str, object] = {
        "network": network,
        "mesh": mesh,
        "cores": mesh.cores,
        "constants": _map_constants(network, mesh),
        "tool_version": tool_version(),
    }
    generated = {name: render_template(f"mesh/{name}", context) for name in ("sfdfa_mesh_map.h", "sfdfa_mesh_map.c")}
    mesh_files = folder_sources("mesh")
    for name in [name for name in mesh_files if name.endswith(".c") and name not in core_units(network)]:
        del mesh_files[name]
    cores: tuple[Core, ...] = ("words",) if core == "words" else (core, "words")
    kernels = folder_sources(f"mesh/{core}")
    return {**runtime_sources(network, cores, apart=True), **mesh_files, **kernels, **generated}


def native_mesh_sources(network: IntegerNetwork, mesh: MeshMap) -> dict[str, str]:
    """The same with the port of the host."""
    return {**mesh_sources(network, mesh), **folder_sources("mesh/native")}
