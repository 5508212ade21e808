"""What `build` makes besides what runs a network."""

from typing import Final

LIBRARY_TARGET: Final = "library"
SOURCE_TARGET: Final = "source"
"""`emu` means the same to `build`."""
SPINNAKER_TARGET: Final = "spinnaker1"
BUILD_TARGETS: Final = {
    LIBRARY_TARGET: "C for a firmware of your own, with CMake, Make and Arduino files: build only",
    SPINNAKER_TARGET: "C for cores of a SpiNNaker 1 chip (--cores), for your own spinnaker_tools: build only",
    SOURCE_TARGET: "the generated C alone: build only",
}
