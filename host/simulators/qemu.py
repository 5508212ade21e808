"""QEMU's system emulators: the board's serial line is a pseudo-terminal."""

import shutil
from pathlib import Path

from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.host.simulators.process import SimulatorProcess

START_TIMEOUT_S = 20.0
PACKAGES = {"qemu-system-arm": "qemu-system-arm (apt)", "qemu-system-riscv32": "qemu-system-misc (apt)"}


def check_qemu(program: str) -> None:
    """Raises ToolMissingError if an emulator is not installed."""
    if shutil.which(program) is None:
        raise ToolMissingError(f"{program} is not installed; install {PACKAGES.get(program, program)}")


def start_qemu(arguments: tuple[str, ...], image: Path) -> tuple[SimulatorProcess, str]:
    """Start QEMU on an ELF image; returns the process and the path of its pseudo-terminal.

    arguments: program and machine, as in a board's file. Raises ToolMissingError and DeviceError.
    """
    common = ("-kernel", str(image), "-display", "none", "-monitor", "none", "-serial", "pty")
    process = SimulatorProcess((*arguments, *common), PACKAGES.get(arguments[0], arguments[0]))
    try:
        line = process.wait_for("char device redirected to", START_TIMEOUT_S)
    except BaseException:
        process.close()
        raise
    return process, line.split("redirected to ")[1].split()[0]
