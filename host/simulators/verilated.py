"""The real Verilog of PicoRV32, translated by Verilator on first use: as a board, whose serial line is a TCP port of this machine, and as the nodes of a mesh."""

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.host.simulators.process import SimulatorProcess

HEADER: Final = "sfdfa_regions.h"
"""In the folder of what simulators share."""
CORE_MODULE: Final = "pythondata_cpu_picorv32"
CORE_FILE: Final = "picorv32.v"
WIRING: Final = "sfdfa_core.v"
"""In common/, of every design that has a core."""
TOOLS: Final = ("verilator", "g++", "make")
PACKAGES: Final = "verilator g++ make (apt)"
VERILATOR_FLAGS: Final = (
    *("--cc", "--exe", "--build", "-j", "2", "-Wall", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
    *("-CFLAGS", "-std=c++17", "-MAKEFLAGS", "OPT_FAST=-O2"),
)
BUILD_TIMEOUT_S: Final = 900.0
START_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True)
class Design:
    """What Verilator makes something of. folder: below simulators/. files: beside the core's, in the order in which Verilator wants them, the C++ last. flags: of its own. core: whether there is one."""

    name: str
    folder: str
    files: tuple[str, ...]
    top: str
    flags: tuple[str, ...] = ()
    core: bool = True


BOARD: Final = Design(
    "sfdfa_picorv32",
    "picorv32",
    ("sfdfa_picorv32.vlt", "sfdfa_picorv32.v", "sfdfa_picorv32.cpp"),
    "sfdfa_picorv32",
)
SHARED: Final = ("-CFLAGS", "-fPIC", "-LDFLAGS", "-shared")
"""A library, not a program."""
MESH: Final = Design(
    "sfdfa_mesh_rtl.so",
    "mesh",
    ("sfdfa_mesh.vlt", "sfdfa_mesh_node.v", "sfdfa_mesh_router.v", "sfdfa_mesh_rtl.cpp"),
    "sfdfa_mesh_node",
    SHARED,
)

ROUTER_TEST: Final = Design(
    "sfdfa_mesh_router_test",
    "mesh",
    ("sfdfa_mesh.vlt", "sfdfa_mesh_router.v", "sfdfa_mesh_router_test.cpp"),
    "sfdfa_mesh_router",
    core=False,
)


def check_picorv32() -> None:
    """Raises ToolMissingError if Verilator, what it needs, or the core's Verilog is not installed."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise ToolMissingError(f"{tool} is not installed; install {PACKAGES}")
    _core()


def check_mesh_rtl() -> None:
    """The same for a mesh, the compiler of its cores among it."""
    check_picorv32()
    find_cross_compiler("riscv")


def start_picorv32(image: Path, regions: tuple[Path, ...] = ()) -> tuple[SimulatorProcess, tuple[str, int]]:
    """Start the core on an ELF image; returns the process and the address of its line.

    regions: the files of `RegionFiles`, to count cycles by region. The first time, the simulator is built in the user's cache, which takes half a minute. Raises ToolMissingError, ConfigError if the
    cache cannot be written, and DeviceError if the build fails or the simulator does not start.
    """
    process = SimulatorProcess((str(verilated(BOARD)), str(image), *map(str, regions)), PACKAGES)
    try:
        words = process.wait_for("listening on", START_TIMEOUT_S).split()
        return process, ("127.0.0.1", int(words[-1]))
    except ValueError as error:
        process.close()
        raise DeviceError(f"the simulator of PicoRV32 named no port: {error}") from error
    except BaseException:
        process.close()
        raise


def _core() -> Path:
    """The core's Verilog, as its package on PyPI has it."""
    spec = importlib.util.find_spec(CORE_MODULE)
    places = () if spec is None else spec.submodule_search_locations or ()
    for place in places:
        if (core := Path(place) / "verilog" / CORE_FILE).is_file():
            return core
    raise ToolMissingError("the Verilog of PicoRV32 is not installed; run: pip install 'sfdfa-codegen[simulators]'")


def verilated(design: Design) -> Path:
    """What Verilator has made, built unless the cache has it. Its name depends on all that goes into it, Verilator's version too.

    Raises ToolMissingError, ConfigError if the cache cannot be written, and DeviceError if the build fails.
    """
    check_picorv32()
    source = resources.files("sfdfa_codegen.firmware_templates") / "simulators"
    files = {name: (source / design.folder / name).read_text(encoding="utf-8") for name in design.files}
    files[HEADER] = (source / "common" / HEADER).read_text(encoding="utf-8")
    if design.core:
        files[WIRING] = (source / "common" / WIRING).read_text(encoding="utf-8")
        files[CORE_FILE] = _core().read_text(encoding="utf-8")
    flags = (*VERILATOR_FLAGS, *design.flags, "--top-module", design.top, "-o", design.name)
    key = content_key(_run(("verilator", "--version"), None), flags, sorted(files.items()))
    target = cache_folder() / "verilated" / f"{design.name}-{key}"
    return made_once(target, lambda program: _build(design, flags, files, program))


def _build(design: Design, flags: tuple[str, ...], files: dict[str, str], program: Path) -> None:
    folder = program.parent
    write_sources(files, folder)
    # Absolute: only so does a file's name match the pattern in the .vlt file, and make runs in a folder of its own.
    core = (WIRING, CORE_FILE) if design.core else ()
    sources = [str(folder / name) for name in (*design.files[:-1], *core, design.files[-1])]
    include = ("-CFLAGS", f"-I{folder}")
    said = _run(("verilator", *flags, *include, "--Mdir", str(folder / "build"), *sources), folder)
    built = folder / "build" / design.name
    if not built.is_file():
        raise DeviceError(
            f"Verilator reported no error and built no simulator of PicoRV32: {_errors(said) or 'it said nothing'}"
        )
    built.rename(program)


def _run(command: tuple[str, ...], folder: Path | None) -> str:
    """What a command prints. Raises DeviceError if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=BUILD_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DeviceError(f"Verilator took more than {BUILD_TIMEOUT_S:.0f} s; try again on an idle machine") from error
    if done.returncode != 0:
        raise DeviceError(f"Verilator could not build the simulator of PicoRV32: {_errors(done.stdout)}")
    return done.stdout


def _errors(printed: str) -> str:
    """The lines that say what is wrong, or else the last ones."""
    lines = printed.strip().splitlines()
    wrong = [line for line in lines if "error" in line.lower()]
    return "\n".join(wrong[:10] or lines[-10:])
