"""The sources of a mesh on one chip of SpiNNaker 1, for the user's own spinnaker_tools: an image for each core, and one for the gate to the host."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.c_text import cell_lines
from sfdfa_codegen.codegen.errors import ConfigError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state
from sfdfa_codegen.codegen.mesh.cells import packed
from sfdfa_codegen.codegen.mesh.mesh_c import core_units, mesh_sources
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.picorv32_core import most_packets
from sfdfa_codegen.codegen.render import folder_sources, render_template, tool_version

MOST_CORES: Final = 16
"""Of the 17 that programs have on a chip one is the gate."""
ROUTES: Final = 13
"""And one a core, and two more for each that has a parent."""
HOST_PORT: Final = 17895
TOOLS_VARIABLE: Final = "SPINN_DIRS"


def check_spinnaker_tools(folder: Path) -> None:
    """Raises ToolMissingError where there is nothing that compiles the sources in a folder."""
    tools = os.environ.get(TOOLS_VARIABLE, "")
    if not tools or not (Path(tools) / "make" / "spinnaker_tools.mk").is_file():
        raise ToolMissingError(
            f"the sources are in {folder}; to compile them get https://github.com/SpiNNakerManchester/spinnaker_tools, "
            f"name its folder in {TOOLS_VARIABLE}, and run make there"
        )


def _learned(
    network: IntegerNetwork, mesh: MeshMap, core: int, state: LearnedState
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """What a core has learned at the start, by the names of its struct."""
    parts = [mesh.part(index, core) for index in range(len(network.layers))]
    weights = [all_[:, part] for all_, part in zip(state.weights, parts, strict=True)]
    if network.integrates:
        weights[-1] = state.weights[-1][parts[-1]]
    raw = np.concatenate([packed(own, network.weight_bits).ravel() for own in weights])
    yield "weights", raw.view({16: "<i2", 8: "i1", 4: "u1"}[network.weight_bits])
    if network.learns:
        for name in ("feedback", "mean_delta", "mean_rate"):
            arrays = getattr(state, name)
            own = [array[part].ravel() for array, part in zip(arrays, parts, strict=False)]
            if sum(array.size for array in own):
                yield name, np.concatenate(own)


def _start(network: IntegerNetwork, mesh: MeshMap, core: int, state: LearnedState) -> str:
    context: dict[str, object] = {
        "network": network,
        "cores": mesh.cores,
        "number": core,
        "samples": f"{state.samples}UL",
        "parts": [(name, cell_lines(array)) for name, array in _learned(network, mesh, core, state)],
        "tool_version": tool_version(),
    }
    return render_template("mesh/spin1/sfdfa_mesh_start.c", context)


def spinnaker_sources(network: IntegerNetwork, mesh: MeshMap) -> dict[str, str]:
    """All files, by name. Raises ConfigError for more cores than a chip has."""
    if mesh.cores > MOST_CORES:
        raise ConfigError(f"{mesh.cores} cores: a chip has {MOST_CORES} for a mesh; choose fewer with --cores")
    state = initial_state(network)
    queue = 1 << (most_packets(network, mesh.cores) - 1).bit_length()
    files = {**mesh_sources(network, mesh), **folder_sources("mesh/spin1")}
    end = files["sfdfa_mesh_map.h"].rindex("#endif")
    room = f"#define SFDFA_MESH_QUEUE {queue} /* no more packets can be under way to a core */\n\n"
    files["sfdfa_mesh_map.h"] = files["sfdfa_mesh_map.h"][:end] + room + "#endif\n"
    for core in range(mesh.cores):
        files[f"sfdfa_mesh_start_{core}.c"] = _start(network, mesh, core, state)
    placement = [
        {
            "number": core,
            "neurons": ", ".join(
                str(mesh.edges[l][core + 1] - mesh.edges[l][core]) for l in range(len(network.layers))
            ),
        }
        for core in range(mesh.cores)
    ]
    context: dict[str, object] = {
        "network": network,
        "cores": mesh.cores,
        "numbers": list(range(mesh.cores)),
        "units": ["sfdfa_network.c", "sfdfa_mesh_map.c", *core_units(network), "sfdfa_mesh_spin1.c"],
        "placement": placement,
        "routes": ROUTES + mesh.cores + 2 * (mesh.cores - 1),
        "host_port": HOST_PORT,
        "tool_version": tool_version(),
    }
    for name in ("Makefile", "README.md", "load.ybug"):
        files[name] = render_template(f"mesh/spin1/{name}", context)
    return files
