"""rp2040js, a simulator of the Raspberry Pi Pico: the board's serial line is a TCP port of this machine."""

import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.images import image_bytes
from sfdfa_codegen.host.simulators.process import SimulatorProcess

PROGRAM: Final = "sfdfa_pico.js"
MODULE: Final = Path("node_modules", "rp2040js", "dist", "esm", "index.js")
FILES: Final = (PROGRAM, "package.json", "package-lock.json")
PACKAGE: Final = "Node.js 18 or newer with npm (apt: nodejs npm)"
NPM_COMMAND: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
INSTALL_TIMEOUT_S: Final = 180.0
START_TIMEOUT_S: Final = 20.0


def check_rp2040js() -> None:
    """Raises ToolMissingError if Node.js or npm is not installed."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise ToolMissingError(f"{tool} is not installed; install {PACKAGE}")


def start_rp2040js(image: Path, regions: tuple[Path, ...] = ()) -> tuple[SimulatorProcess, tuple[str, int]]:
    """Start a Pico on an ELF image, as the UF2 file that would be copied to a board; returns the process and the address of its line.

    regions: the files of `RegionFiles`, to count cycles by region.

    Raises as `start_uf2`, and DeviceError for an image that no Pico would start.
    """
    with tempfile.TemporaryDirectory() as scratch:
        uf2 = Path(scratch) / "firmware.uf2"
        uf2.write_bytes(image_bytes(image, "uf2"))
        return start_uf2(uf2, regions)


def start_uf2(uf2: Path, regions: tuple[Path, ...] = ()) -> tuple[SimulatorProcess, tuple[str, int]]:
    """Start a Pico on a UF2 file, which is read before this returns.

    The first time, rp2040js is installed from npm into the user's cache. Raises ToolMissingError without Node.js, ConfigError if the
    cache cannot be written, and DeviceError if npm fails or the simulator does not start.
    """
    process = SimulatorProcess(("node", str(_installed() / PROGRAM), str(uf2), *map(str, regions)), PACKAGE)
    try:
        line = process.wait_for("listening on", START_TIMEOUT_S)
    except BaseException:
        process.close()
        raise
    host, port = line.split()[-1].split(":")
    return process, (host, int(port))


def rp2040js_module() -> Path:
    """The installed rp2040js, as another program imports it. Raises as `start_uf2`."""
    return _installed() / MODULE


def _installed() -> Path:
    """The folder with the program and rp2040js, made unless it is there from an earlier time.

    Its name depends on every byte of the program, so another version is another folder.
    """
    check_rp2040js()
    source = resources.files("sfdfa_codegen.firmware_templates") / "simulators" / "rp2040js"
    files = {name: (source / name).read_text(encoding="utf-8") for name in FILES}
    target = cache_folder() / f"rp2040js-{content_key(NPM_COMMAND, sorted(files.items()))}"
    return made_once(target, lambda folder: _install(files, folder))


def _install(files: dict[str, str], folder: Path) -> None:
    write_sources(files, folder)
    _run_npm(folder)
    if not (folder / MODULE).is_file():
        raise DeviceError(
            "npm reported no error and did not install the simulator of the Pico; is it npm, and is there room on the disk?"
        )


def _run_npm(folder: Path) -> None:
    try:
        done = subprocess.run(
            NPM_COMMAND, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
        )
        said = (done.stderr or done.stdout).strip()[-500:] if done.returncode else ""
    except subprocess.TimeoutExpired:
        said = f"it took more than {INSTALL_TIMEOUT_S:.0f} s"
    if said:
        raise DeviceError(f"npm could not install the simulator of the Pico: {said}; is there a network?")
