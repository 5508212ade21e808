"""One process at a time for what is kept under one name."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LOCK_FILE: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class LockedError(Exception):
    """Another process has the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of `path`, a file beside it, which goes afterwards. Raises LockedError, and OSError where there can be none.

    The lock is the kernel's, so one whose process died is free.
    """
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _take(lock)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _take(lock: Path) -> int:
    """Open and lock; a file that its last owner removed meanwhile is opened anew."""
    while True:
        descriptor = os.open(lock, _LOCK_FILE, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.lstat()):
                    return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise LockedError from error
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
