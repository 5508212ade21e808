"""Putting an image on a board with the tool that its maker's users have."""

import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from serial.tools.list_ports import comports
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError, ToolMissingError
from sfdfa_codegen.codegen.persistence import StorePlan

FLASH_TIMEOUT_S = 300.0
UF2_INFO = "INFO_UF2.TXT"

PORT_PLACEHOLDER = "PORT"
"""Stands for the port in a command that is only shown."""

AVR_STARTS_AT_0 = "0xD9"
"""High fuses of an ATmega328P, 1284P or 2560: the largest boot section, and no boot loader that runs first."""

PACKAGES = {
    "bossac": "apt install bossa-cli",
    "dfu-util": "apt install dfu-util",
    "esptool": "pip install esptool",
    "teensy_loader_cli": "apt install teensy-loader-cli",
    "pyocd": "pip install pyocd",
    "avrdude": "apt install avrdude",
    "openocd": "apt install openocd",
}


@dataclass(frozen=True)
class FlashPlan:
    """Either a command to run, or a file to copy to a folder; `volume` is the folder's name, to be found at that time."""

    image: Path
    command: tuple[str, ...] = ()
    volume: str | None = None

    @property
    def text(self) -> str:
        """What would be done, as a shell line."""
        if self.volume is not None:
            return f"cp {shlex.quote(str(self.image))} <folder of the drive {self.volume}>/"
        return shlex.join(self.command)


def needs_port(board: Board) -> bool:
    """Whether a board is flashed through its serial port."""
    return board.flash_tool is not None and board.flash_tool.partition(":")[0] in ("avrdude", "bossac", "esptool")


def check_port(board: Board, port: str | None) -> None:
    """Raises ConfigError, which names the ports there are, where a board needs one and none is given."""
    if needs_port(board) and port is None:
        found = ", ".join(sorted(info.device for info in comports())) or "none"
        raise ConfigError(
            f"{board.name} is flashed through its serial port: give it with --port (on this machine: {found})"
        )


def plan_flash(board: Board, image: Path, port: str | None, store: StorePlan | None = None) -> FlashPlan:
    """How `image` gets on the board. store: where it keeps what it learns.

    Raises ConfigError for a board that cannot be flashed, or not by its boot loader.
    """
    if board.flash_tool is None:
        raise ConfigError(f"{board.name} is only simulated: there is nothing to flash")
    tool, *words = board.flash_tool.split(":")
    if tool == "uf2":
        return FlashPlan(image, volume=words[0])
    if tool == "pyocd":
        return FlashPlan(image, ("pyocd", "flash", "--target", words[0], *_base_address(board, image), str(image)))
    if tool == "openocd":
        return FlashPlan(image, ("openocd", "-f", words[0], "-c", f"program {{{image}}} verify reset exit"))
    if tool == "dfu":
        place = f"{board.flash.origin:#010x}:leave"
        return FlashPlan(image, ("dfu-util", "-d", ":".join(words), "-a", "0", "-s", place, "-D", str(image)))
    if tool == "teensy":
        return FlashPlan(image, ("teensy_loader_cli", f"--mcu={words[0]}", "-w", "-v", str(image)))
    if tool == "esptool":
        port_words = ("--port", port or PORT_PLACEHOLDER)
        return FlashPlan(image, ("esptool", "--chip", words[0], *port_words, "write_flash", "0x0", str(image)))
    if tool == "bossac":
        port_option = f"--port={(port or PORT_PLACEHOLDER).removeprefix('/dev/')}"
        return FlashPlan(image, ("bossac", port_option, "-U", "-i", "-e", "-w", str(image), "-R"))
    part, programmer = words
    if store is not None and store.memory.boot_bytes:
        raise ConfigError(
            f"what changes the flash of {board.name} must lie in its boot section, where its boot loader is now: connect a programmer in place of the "
            f"boot loader, and run: avrdude -p {part} -c PROGRAMMER -e -U hfuse:w:{AVR_STARTS_AT_0}:m -U flash:w:{shlex.quote(str(image))}:i"
        )
    return FlashPlan(
        image,
        ("avrdude", "-p", part, "-c", programmer, "-P", port or PORT_PLACEHOLDER, "-D", "-U", f"flash:w:{image}:i"),
    )


def _base_address(board: Board, image: Path) -> tuple[str, ...]:
    return ("--base-address", f"{board.flash.origin:#x}") if image.suffix == ".bin" else ()


def flash(plan: FlashPlan, mounts: tuple[Path, ...] = (Path("/media"), Path("/run/media"), Path("/Volumes"))) -> None:
    """Do it. Raises ToolMissingError without the tool and DeviceError if it fails or the board is not there."""
    if plan.volume is not None:
        _copy(plan.image, plan.volume, mounts)
        return
    tool = plan.command[0]
    if shutil.which(tool) is None:
        raise ToolMissingError(f"{tool} is not installed; {PACKAGES[tool]}")
    try:
        done = subprocess.run(plan.command, capture_output=True, text=True, timeout=FLASH_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceError(f"{tool} could not be run: {error}") from error
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-10:])
        raise DeviceError(f"flashing failed: {plan.text}\n{said}\nIs the board plugged in, and is it the right one?")


def _copy(image: Path, volume: str, mounts: tuple[Path, ...]) -> None:
    drives = [
        info.parent for mount in mounts for info in sorted(mount.glob(f"**/{UF2_INFO}")) if info.parent.name == volume
    ]
    if not drives:
        looked = ", ".join(str(mount) for mount in mounts)
        raise DeviceError(
            f"no drive {volume} with an {UF2_INFO} below {looked}: hold BOOTSEL while you plug the board in, and mount the drive"
        )
    try:
        shutil.copy(image, drives[0])
    except OSError as error:
        raise DeviceError(f"cannot copy {image} to {drives[0]}: {error.strerror}") from error
