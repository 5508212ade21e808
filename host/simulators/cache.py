"""Things that simulators need made once: in the user's cache, by one process at a time."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sfdfa_codegen.codegen.errors import ConfigError


def made_once(target: Path, make: Callable[[], None]) -> Path:
    """`target`, made unless it is there. Raises ConfigError if its folder cannot be written."""
    try:
        with _locked(target):
            if not target.exists():
                make()
    except OSError as error:
        raise ConfigError(
            f"cannot write to the cache {target.parent}: {error.strerror}; set XDG_CACHE_HOME elsewhere"
        ) from error
    return target


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Let only one process at a time make `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
