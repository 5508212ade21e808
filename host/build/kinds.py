"""What `build` makes besides what runs a network."""

from typing import Final

from sfdfa_codegen.host.devices.mesh_kinds import SPINNAKER

LIBRARY_TARGET: Final = "library"
SOURCE_TARGET: Final = "source"
"""`emu` means the same to `build`."""
SPINNAKER_TARGET: Final = SPINNAKER
BUILD_TARGETS: Final = {
    LIBRARY_TARGET: "C for a firmware of your own, with CMake, Make and Arduino files: build only",
    SOURCE_TARGET: "the generated C alone: build only",
}
