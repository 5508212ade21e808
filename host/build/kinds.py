"""What `build` makes besides what runs a network."""

from typing import Final

LIBRARY_TARGET: Final = "library"
SOURCE_TARGET: Final = "source"
"""`emu` means the same to `build`."""
BUILD_TARGETS: Final = {
    LIBRARY_TARGET: "C for a firmware of your own, with CMake, Make and Arduino files: build only",
    SOURCE_TARGET: "the generated C alone: build only",
}
