"""A line to a simulator whose time is not that of this machine: it passes while the simulator computes, and with the bytes of a 115200 baud line.

So a simulator is as fast whatever else the machine does, and what nobody answers is not waited for. The simulator stands still while the host
computes.
"""

import os
import signal
import time
from pathlib import Path
from typing import Final

from sfdfa_codegen.host.link.line import Line

BYTE_S: Final = 10 / 115200
LOOK_S: Final = 0.005
"""Of this machine's time, between two looks at what a simulator does."""
PAUSE_S: Final = 0.0005
"""Likewise, after which no more bytes of an answer are waited for: one by one they cost the host more than the device."""
ASLEEP_LOOKS: Final = 2


class PacedLine(Line):
    """A line to the process `pid`. quiet_s: processor time of the simulator in which it answers if it ever does."""

    def __init__(self, line: Line, pid: int, quiet_s: float) -> None:
        self._line, self._pid, self._quiet_s = line, pid, quiet_s
        self._now = 0.0
        self.name = line.name
        os.kill(pid, signal.SIGSTOP)

    def now(self) -> float:
        return self._now

    def pause(self, seconds: float) -> None:
        """Nothing happens on the line for a while."""
        self._now += seconds

    def close(self) -> None:
        """Let go of the line, and let the simulator run."""
        os.kill(self._pid, signal.SIGCONT)
        self._line.close()

    def write(self, data: bytes) -> None:
        self._line.write(data)
        self._now += BYTE_S * len(data)

    def read(self, timeout_s: float) -> bytes:
        os.kill(self._pid, signal.SIGCONT)
        try:
            return self._answer(timeout_s)
        finally:
            os.kill(self._pid, signal.SIGSTOP)

    def _answer(self, timeout_s: float) -> bytes:
        begun, quiet_from, asleep = self._computed_s(), 0.0, 0
        while True:
            data = self._line.read(LOOK_S)
            computed_s = self._computed_s() - begun
            if data:
                while more := self._line.read(PAUSE_S):
                    data += more
                self._now += computed_s + BYTE_S * len(data)
                return data
            busy = self._busy_threads()
            asleep = 0 if busy else asleep + 1
            if busy > 1:  # one of them still has to hand on what was written, and waits for a processor
                quiet_from = computed_s
            if asleep == ASLEEP_LOOKS or computed_s - quiet_from >= min(timeout_s, self._quiet_s):
                self._now += timeout_s
                return b""

    def _computed_s(self) -> float:
        """Processor time of all threads, by the kernel's clock of another process, clock_getcpuclockid(3)."""
        return time.clock_gettime(~self._pid << 3 | 2)

    def _busy_threads(self) -> int:
        """How many threads have something to do."""
        threads = Path(f"/proc/{self._pid}/task").iterdir()
        return sum((thread / "stat").read_text().rpartition(")")[2].split()[0] != "S" for thread in threads)
