"""The targets that are meshes, by name."""

from typing import Final

MESH: Final = "mesh"
NATIVE_MESH: Final = "mesh-native"
RTL_MESH: Final = "rtl-mesh"
MESH_TARGETS: Final = (MESH, NATIVE_MESH, RTL_MESH)
