"""The targets that are meshes, by name, and how large one is wanted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

MESH: Final = "mesh"
NATIVE_MESH: Final = "mesh-native"
RTL_MESH: Final = "rtl-mesh"
DEFAULT_CORES: Final = 4
MESH_TARGETS: Final = (MESH, NATIVE_MESH, RTL_MESH)
SPINNAKER: Final = "spinnaker1"


@dataclass(frozen=True)
class MeshSize:
    """cores: how many; None with core_bytes is the fewest that fit, without it as many as usual. core_bytes: data memory of each; None: what it takes. map_file: what `build` wrote, in place of both."""

    cores: int | None = None
    core_bytes: int | None = None
    map_file: Path | None = None

    @property
    def given(self) -> bool:
        """Whether anything is asked for."""
        return any(value is not None for value in (self.cores, self.core_bytes, self.map_file))


USUAL_SIZE: Final = MeshSize()
