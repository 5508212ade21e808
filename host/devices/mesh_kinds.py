"""The targets that are meshes, by name."""

from typing import Final

MESH: Final = "mesh"
NATIVE_MESH: Final = "mesh-native"
MESH_TARGETS: Final = (MESH, NATIVE_MESH)
