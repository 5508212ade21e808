"""The real Verilog of PicoRV32, translated by Verilator on first use; the board's serial line is a TCP port of this machine."""

import importlib.util
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.host.simulators.process import SimulatorProcess

PROGRAM: Final = "sfdfa_picorv32"
FILES: Final = ("sfdfa_picorv32.vlt", "sfdfa_picorv32.v", "sfdfa_picorv32.cpp")
"""Beside the core's, in the order in which Verilator wants them."""
HEADER: Final = "sfdfa_regions.h"
"""In the folder of what simulators share."""
CORE_MODULE: Final = "pythondata_cpu_picorv32"
CORE_FILE: Final = "picorv32.v"
TOOLS: Final = ("verilator", "g++", "make")
PACKAGES: Final = "verilator g++ make (apt)"
VERILATOR_FLAGS: Final = (
    *("--cc", "--exe", "--build", "-j", "2", "-Wall", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert"),
    *("-CFLAGS", "-std=c++17", "-MAKEFLAGS", "OPT_FAST=-O2", "--top-module", PROGRAM, "-o", PROGRAM),
)
BUILD_TIMEOUT_S: Final = 900.0
START_TIMEOUT_S: Final = 20.0


def check_picorv32() -> None:
    """Raises ToolMissingError if Verilator, what it needs, or the core's Verilog is not installed."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise ToolMissingError(f"{tool} is not installed; install {PACKAGES}")
    _core()


def start_picorv32(image: Path, regions: tuple[Path, ...] = ()) -> tuple[SimulatorProcess, tuple[str, int]]:
    """Start the core on an ELF image; returns the process and the address of its line.

    regions: the files of `RegionFiles`, to count cycles by region. The first time, the simulator is built in the user's cache, which takes half a minute. Raises ToolMissingError, ConfigError if the
    cache cannot be written, and DeviceError if the build fails or the simulator does not start.
    """
    process = SimulatorProcess((str(_program()), str(image), *map(str, regions)), PACKAGES)
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


def _program() -> Path:
    """The simulator, built unless the cache has it. Its name depends on all that goes into it, Verilator's version too."""
    check_picorv32()
    source = resources.files("sfdfa_codegen.firmware_templates") / "simulators"
    files = {name: (source / "picorv32" / name).read_text(encoding="utf-8") for name in FILES}
    files[HEADER] = (source / "common" / HEADER).read_text(encoding="utf-8")
    files[CORE_FILE] = _core().read_text(encoding="utf-8")
    key = content_key(_run(("verilator", "--version"), None), VERILATOR_FLAGS, sorted(files.items()))
    return made_once(cache_folder() / "verilated" / f"{PROGRAM}-{key}", lambda program: _build(files, program))


def _build(files: dict[str, str], program: Path) -> None:
    folder = program.parent
    write_sources(files, folder)
    # Absolute: only so does a file's name match the pattern in the .vlt file, and make runs in a folder of its own.
    sources = [str(folder / name) for name in (*FILES[:-1], CORE_FILE, FILES[-1])]
    include = ("-CFLAGS", f"-I{folder}")
    said = _run(("verilator", *VERILATOR_FLAGS, *include, "--Mdir", str(folder / "build"), *sources), folder)
    built = folder / "build" / PROGRAM
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
