"""The network as a C library for a user's own firmware, in a folder that each build system takes as it is, with examples.

Sources of the manifests: Arduino Library Specification 1.5; PlatformIO, "library.json"; Zephyr, "Modules (External projects)"; ESP-IDF, "Build System".
"""

import re
from typing import Final

from sfdfa_codegen.codegen.cores import compiled_files, library_cores, runtime_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.prefix import with_prefix
from sfdfa_codegen.codegen.render import render_template, tool_version
from sfdfa_codegen.codegen.sketch import sketch_of

NAME_LENGTH: Final = 50
"""The most that the manifest of PlatformIO allows; Arduino allows 63."""
MANIFESTS: Final = (
    "CMakeLists.txt",
    "Makefile",
    "README.md",
    "idf_component.yml",
    "keywords.txt",
    "library.json",
    "library.properties",
    "zephyr/CMakeLists.txt",
    "zephyr/Kconfig",
    "zephyr/module.yml",
)
ZEPHYR_SAMPLE: Final = ("zephyr/sample/CMakeLists.txt", "zephyr/sample/prj.conf", "zephyr/sample/sample.yaml")


def _library_name(network: str, prefix: str) -> str:
    """One for each network and prefix, which is put before it later; build systems keep libraries apart by it. PlatformIO's has no two dashes in a row."""
    return re.sub("-{2,}", "-", f"sfdfa_{network}")[: NAME_LENGTH - len(prefix)].rstrip("._-")


def library_sources(network: IntegerNetwork, prefix: str = "", compact: bool = False) -> dict[str, str]:
    """All files by their path in the library's folder, in the layout that the build systems expect.

    prefix: before every name that the library defines, and before its files. compact: in the least RAM. Raises ConfigError for a prefix that begins no
    name, and for a network that has no compact form.
    """
    sources = runtime_sources(network, library_cores(network, compact), store=True)
    context: dict[str, object] = {
        "network": network,
        "tool_version": tool_version(),
        "sources": compiled_files(sources),
        "library_name": _library_name(network.name, prefix),
    }
    files = {name: render_template(f"library/{name}", context) for name in (*MANIFESTS, *ZEPHYR_SAMPLE)}
    for name in ("SensorLoop.c", "SensorLoop.h"):
        files[f"examples/SensorLoop/{name}"] = render_template(f"library/{name}", context)
    if network.frontend is None:
        files["examples/SensorLoop/SensorLoop.ino"] = render_template("library/SensorLoop.ino", context)
    else:
        files |= sketch_of(network, network.frontend)
    files["examples/computer/main.c"] = render_template("library/main.c", context)
    files |= {f"src/{name}": text for name, text in sources.items()}
    return with_prefix(files, prefix) if prefix else files
