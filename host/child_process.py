"""Processes that the host starts: none goes on when the host has ended, in whatever way."""

import ctypes
import multiprocessing
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
_C_LIBRARY: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """In the new process: be killed when the host ends, in whatever way; only Linux can do that."""
    if _C_LIBRARY is not None:
        _C_LIBRARY.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_interrupts_to_parent() -> None:
    """In a process that multiprocessing has spawned: a terminal's Ctrl-C is for the host, which ends this one. Ends it if the host is gone already."""
    end_with_parent()
    host = multiprocessing.parent_process()
    if host is not None and os.getppid() != host.pid:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
