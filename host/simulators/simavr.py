"""simavr: a small program of ours around its library, compiled on first use; the board's serial line is a TCP port."""

from importlib import resources
from pathlib import Path

from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.simulators.process import SimulatorProcess

HEADER = Path("/usr/include/simavr/sim_avr.h")
PACKAGES = "libsimavr-dev libelf-dev (apt)"
START_TIMEOUT_S = 20.0
SOURCES = {"sfdfa_simavr.c": "simavr", "sfdfa_regions.h": "common"}
"""Folder of each."""
FLAGS = ("-std=gnu11", "-O2")
LIBRARIES = ("-lsimavr", "-lelf")


def check_simavr() -> None:
    """Raises ToolMissingError if simavr's library is not installed."""
    if not HEADER.exists():
        raise ToolMissingError(f"simavr's library is not installed; install {PACKAGES}")
    find_host_compiler()


def _runner() -> Path:
    """The program, compiled unless the cache has it."""
    check_simavr()
    folder = resources.files("sfdfa_codegen.firmware_templates") / "simulators"
    files = {name: (folder / place / name).read_text(encoding="utf-8") for name, place in SOURCES.items()}
    compiler = find_host_compiler()

    def make(program: Path) -> None:
        write_sources(files, program.parent)
        source = program.parent / "sfdfa_simavr.c"
        compiler.run([*FLAGS, str(source), "-o", str(program), *LIBRARIES], result=program)

    key = content_key(compiler.command, compiler.version, FLAGS, LIBRARIES, HEADER.read_bytes(), sorted(files.items()))
    return made_once(cache_folder() / "simavr" / f"sfdfa_simavr-{key}", make)


def start_simavr(
    mcu: str, clock_hz: int, image: Path, regions: tuple[Path, ...] = ()
) -> tuple[SimulatorProcess, tuple[str, int]]:
    """Start an AVR on an ELF image; returns the process and the address of its line.

    regions: the files of `RegionFiles`, to count cycles by region. Raises ToolMissingError and DeviceError.
    """
    process = SimulatorProcess((str(_runner()), mcu, str(clock_hz), str(image), *map(str, regions)), PACKAGES)
    try:
        words = process.wait_for("listening on", START_TIMEOUT_S).split()
        return process, ("127.0.0.1", int(words[-1]))
    except ValueError as error:
        process.close()
        raise DeviceError(f"simavr named no port: {error}") from error
    except BaseException:
        process.close()
        raise
