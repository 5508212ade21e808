"""Finding and running C compilers for the host."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError

HOST_FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-fno-semantic-interposition")
QUICK_FLAGS = ("-std=c11", "-O1", "-fPIC", "-shared", "-fno-semantic-interposition")
"""For a library that is used for a few seconds."""
COMPILE_TIMEOUT_S = 300.0
VERSION_TIMEOUT_S = 60.0
SHOWN_LINES = 20
SIGNS_OF_ERROR = ("error", "undefined", "region", "overflow", "too little")


@dataclass(frozen=True)
class Compiler:
    """A C compiler driver, as the words of its command."""

    command: tuple[str, ...]
    name: str

    @property
    def version(self) -> str:
        """What it says of itself, so that what another one made is not taken for its own."""
        return _version(self.command)

    def run(self, arguments: list[str], folder: Path | None = None, *, result: Path | None = None) -> None:
        """Run it, in `folder` if one is given. result: the file that is then to be there.

        Raises DeviceError with what the compiler said if it fails, or if it made nothing.
        """
        command = [*self.command, *arguments]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=COMPILE_TIMEOUT_S,
                check=False,
                cwd=folder,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceError(f"the C compiler could not be run: {shlex.join(self.command)}: {error}") from error
        if done.returncode != 0:
            said = "\n".join(_telling(done.stderr.strip().splitlines())[:SHOWN_LINES])
            raise DeviceError(f"the C compiler failed ({shlex.join(self.command)}):\n{said}")
        if result is not None and not (result.is_file() and result.stat().st_size):
            raise DeviceError(
                f"the C compiler ({shlex.join(self.command)}) reported no error and wrote no {result.name}; is it a C compiler, and is there "
                "room on the disk?"
            )


@lru_cache
def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [*command, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown: {type(error).__name__}"
    return done.stdout


def _words(command: str) -> tuple[str, ...]:
    """The words of a command as a shell splits it; none where it cannot."""
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return ()


def _telling(lines: list[str]) -> list[str]:
    """The lines that say why, without the warnings before them; all of them if none does."""
    return [line for line in lines if any(sign in line for sign in SIGNS_OF_ERROR)] or lines


def find_host_compiler() -> Compiler:
    """$CC, else cc, gcc or clang, else zig's from PyPI.

    Raises ToolMissingError where there is none.
    """
    chosen = os.environ.get("CC")
    if chosen:
        words = _words(chosen)
        if not words or shutil.which(words[0]) is None:
            raise ToolMissingError(
                f"CC is set to '{chosen}', which cannot be found; set it to a C compiler or unset it"
            )
        return Compiler(words, Path(words[0]).name)
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return Compiler((name,), name)
    if importlib.util.find_spec("ziglang") is not None:
        return Compiler((sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"), "zig cc")
    raise ToolMissingError(
        "no C compiler found for this machine (cc, gcc, clang or zig); "
        "install one, or run: pip install 'sfdfa-codegen[toolchain]'"
    )
