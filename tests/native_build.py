"""Native libraries for tests: quickly compiled, and with changes to their C where a test wants a wrong one."""

from collections.abc import Mapping
from pathlib import Path

from sfdfa_codegen.codegen.cache import content_key, made_once
from sfdfa_codegen.codegen.cores import Core
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.native_library import LIBRARY_NAME, NATIVE_CORES, compile_library, native_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.devices.native import NativeDevice

QUICK_FLAGS = ("-std=c11", "-O0", "-fPIC", "-shared")
"""Compiling takes longer than what is run; what is shipped, and optimised, runs in other tests."""
VARIANTS: dict[str, tuple[tuple[Core, ...], tuple[str, ...]]] = {
    "by ticks": (NATIVE_CORES, ()),
    "by neurons": (("words",), ()),
    "by neurons, neither listed nor packed": (("words",), ("-DSFDFA_LISTED_INPUTS=0", "-DSFDFA_PACKED=0")),
    "stopped by what C does not define": (
        ("words",),
        ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"),
    ),
}
"""Kernels of the C that compute the same, as cores and flags of the compiler."""
Change = tuple[str, str, str]
"""A file, a text that stands in it once, and what to write in its place."""


def changed(sources: Mapping[str, str], *changes: Change) -> dict[str, str]:
    """The sources with every change made."""
    result = dict(sources)
    for file, old, new in changes:
        assert result[file].count(old) == 1, f"{file} has '{old}' {result[file].count(old)} times"
        result[file] = result[file].replace(old, new)
    return result


def quick_library(network: IntegerNetwork, cache: Path, *changes: Change, variant: str = "by ticks") -> Path:
    """The network's library, compiled for speed of compiling."""
    cores, more = VARIANTS[variant]
    sources = changed(native_sources(network, cores), *changes)
    flags = QUICK_FLAGS + more

    def make(folder: Path) -> None:
        write_sources(sources, folder)
        compile_library(folder, find_host_compiler(), flags)

    return made_once(cache / content_key(flags, sorted(sources.items())), make) / LIBRARY_NAME


def quick_native(network: IntegerNetwork, cache: Path, *changes: Change, variant: str = "by ticks") -> NativeDevice:
    """A device on `quick_library`."""
    return NativeDevice(network, quick_library(network, cache, *changes, variant=variant))
