"""The network as a shared library of the host."""

from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.cache import content_key, made_once
from sfdfa_codegen.codegen.cores import STORE_UNITS, Core, core_variant, runtime_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.late import shape_of
from sfdfa_codegen.codegen.render import folder_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import HOST_FLAGS, Compiler

LIBRARY_NAME = "libsfdfa.so"
LIBRARY_SOURCE = "sfdfa_native.c"
"""Includes the files of the runtime, to be compiled as one."""
LIBRARY_UNITS = (LIBRARY_SOURCE, "sfdfa_native_ram.c", *STORE_UNITS)
"""And beside it what the network would take on a board, and what keeps its state."""
UNITS: Final = "sfdfa_units.h"
"""Includes them in its place."""
NATIVE_CORES: Final[tuple[Core, ...]] = ("vectors", "words")
"""The second is for the layout of a board, of which only the size is wanted."""


def native_sources(
    network: IntegerNetwork, cores: tuple[Core, ...] = NATIVE_CORES, late: bool = False
) -> dict[str, str]:
    """All C files of the library by path. late: of the network's shape, to be compiled with LATE_FLAG."""
    network = shape_of(network) if late else network
    units = "".join(f'#include "{path}"\n' for path in ("sfdfa_network.c", *core_variant(network, cores[0]).units))
    return {
        **runtime_sources(network, cores, store=True, late=late, apart=True),
        **folder_sources("native"),
        UNITS: units,
    }


def compile_library(
    folder: Path, compiler: Compiler, flags: tuple[str, ...] = HOST_FLAGS, units: tuple[str, ...] = LIBRARY_UNITS
) -> Path:
    """Compile the C files `units` in `folder`, which include all others that count, into a shared library there."""
    library = folder / LIBRARY_NAME
    files = (str(folder / name) for name in units)
    compiler.run([*flags, "-I", str(folder), *files, "-o", str(library)], result=library)
    return library


def cached_library(
    sources: dict[str, str],
    compiler: Compiler,
    cache: Path,
    flags: tuple[str, ...] = HOST_FLAGS,
    units: tuple[str, ...] = LIBRARY_UNITS,
) -> Path:
    """The library of `sources`, compiled unless the folder `cache` has it from an earlier time.

    The name depends on every byte that goes in and on the compiler, so a changed network is another library. Raises as `made_once`.
    """

    def make(target: Path) -> None:
        write_sources(sources, target.parent)
        compile_library(target.parent, compiler, flags, units).rename(target)

    key = content_key(compiler.command, compiler.version, flags, units, sorted(sources.items()))
    return made_once(cache / f"{key}.so", make)
