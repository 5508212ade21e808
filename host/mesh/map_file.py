"""Maps as `build --target mesh` writes them, read back."""

from pathlib import Path
from typing import Any, TypeGuard

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, check_map
from sfdfa_codegen.host.kept_file import read_json


def read_map(path: Path, network: IntegerNetwork) -> MeshMap:
    """Raises ConfigError for a file that cannot be read, is no map, or is one of another network."""
    try:
        told = read_json(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the map {path}: {error}") from error
    edges = told.get("edges") if isinstance(told, dict) else None
    if not _is_table(edges):
        raise ConfigError(f"{path} is no map: it has no edges; make one with build --target mesh")
    mesh = MeshMap(tuple(tuple(of_layer) for of_layer in edges))
    if told.get("model_hash") != network.model_hash:
        raise ConfigError(
            f"{path} is a map of another network than '{network.name}'; make one with build --target mesh"
        )
    try:
        check_map(network, mesh)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return mesh


def _is_table(edges: Any) -> TypeGuard[list[list[int]]]:
    """Whether it is a list of lists of numbers, none of them empty."""
    return (
        isinstance(edges, list)
        and len(edges) > 0
        and all(isinstance(of_layer, list) and len(of_layer) > 1 for of_layer in edges)
        and all(type(edge) is int for of_layer in edges for edge in of_layer)
    )
