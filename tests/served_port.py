"""A device behind a pseudo-terminal of this machine, as a board is behind its serial port."""

import contextlib
import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator
from typing import Protocol


class Exchanging(Protocol):
    """A device that takes bytes and answers with bytes, such as a HostBoard."""

    def exchange(self, data: bytes) -> bytes: ...


def serve(board: Exchanging, read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
    """Be the board until the line is closed."""
    try:
        while data := read(4096):
            write(board.exchange(data))
    except OSError:
        pass


@contextlib.contextmanager
def pty_port(board: Exchanging) -> Iterator[str]:
    """The name of a port that the board is on."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    thread = threading.Thread(
        target=serve, args=(board, lambda size: os.read(ours, size), lambda data: os.write(ours, data))
    )
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(theirs)
        thread.join(5.0)
        os.close(ours)
