"""A simulator's process: started, watched, and ended whatever happens."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.host.child_process import end_with_parent

STOP_TIMEOUT_S = 5.0


class SimulatorProcess:
    """One child process. Use as a context manager: leaving it ends the process."""

    def __init__(self, command: Sequence[str], package: str) -> None:
        """Start `command`. Raises ToolMissingError, naming the package, if its program is not installed."""
        if shutil.which(command[0]) is None:
            raise ToolMissingError(f"{command[0]} is not installed; install {package}")
        self._name = command[0]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            preexec_fn=end_with_parent,  # noqa: PLW1509  (one call of the kernel that takes no lock)
            process_group=0,  # a terminal's Ctrl-C is for the host, which first writes a checkpoint
        )

    @property
    def pid(self) -> int:
        """Its number in the operating system."""
        return self._process.pid

    def wait_for(self, marker: str, timeout_s: float) -> str:
        """The line of output that holds `marker`.

        Raises DeviceError, with what was printed, if the process ends or the time is over before.
        """
        assert self._process.stdout is not None
        printed = b""
        deadline = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    break
                piece = os.read(self._process.stdout.fileno(), 4096)
                printed += piece
                for line in printed.decode(errors="replace").splitlines(keepends=True):
                    if marker in line and line.endswith("\n"):
                        return line.strip()
                if not piece:
                    break
        said = printed.decode(errors="replace").strip()[-500:]
        raise DeviceError(f"{self._name} did not start as expected (no '{marker}'); it said: {said or 'nothing'}")

    def cut_power(self) -> None:
        """Cut the power of the simulated board, which starts again at once: of simavr and of rp2040js, whose programs take the signal."""
        self._process.send_signal(signal.SIGUSR1)

    def sag_power(self) -> None:
        """Let the supply of the simulated board go down, by the pin that tells so: of rp2040js, whose program takes the signal."""
        self._process.send_signal(signal.SIGUSR2)

    def close(self) -> None:
        """End the process, first asking, then not."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            with contextlib.suppress(OSError):
                self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
