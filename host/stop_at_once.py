"""Ctrl-C where an exception would do harm: while modules load, or when all is done."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sfdfa_codegen.codegen.errors import INTERRUPTED


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Ctrl-C leaves the process with one word, not where the caller ignores it, as nohup and shells in the background do, or handles it."""
    before = stop_at_once()
    try:
        yield
    finally:
        if before:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def stop_at_once() -> bool:
    """From now on Ctrl-C leaves the process; returns whether it raised KeyboardInterrupt before. Elsewhere nothing changes."""
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return False
    signal.signal(signal.SIGINT, _stop)
    return True


def _stop(number: int, frame: object) -> NoReturn:
    """Leave at once: an exception here would end in a module half loaded, or be lost when Python shuts down."""
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
