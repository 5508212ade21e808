"""What is made once and kept: compiled libraries and images, simulators, fitted models of cycles.

Nothing there is believed because of its name. The name of an entry says what went into it (`content_key`), a record beside it says what
came out, and owner and permissions say that nobody else has touched either. What does not hold is made anew.
"""

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from platformdirs import user_cache_dir
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError

CACHE_VARIABLE: Final = "XDG_CACHE_HOME"
MOST_BYTES: Final = 256 << 20
"""Of the files in each folder of the cache."""
IDLE_S: Final = 3600.0
"""What was used within this time is not removed: someone may be about to load it."""
_RECORD: Final = ".sha256"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_NEW_RECORD: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def cache_folder() -> Path:
    """The user's cache of this project. Raises ConfigError where there is no home to have it in."""
    folder = Path(user_cache_dir("sfdfa-codegen"))
    if not folder.is_absolute():
        raise ConfigError(
            f"there is no home folder to keep compiled files in; set HOME, or {CACHE_VARIABLE} to a folder of yours"
        )
    return folder


def content_key(*parts: object) -> str:
    """24 hex digits that depend on every byte that goes into something, and on the kind of this machine."""
    machine = (sys.platform, platform.machine())
    return hashlib.sha256(repr((machine, parts)).encode()).hexdigest()[:24]


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """The file or folder `target` as `make` made it, now or earlier; one process at a time.

    make: puts it at the path that it is given, in a scratch folder of its own. Raises ConfigError if the cache cannot be written or is
    another user's, DeviceError if nothing was made, and what `make` raises.
    """
    try:
        _own_folder(target.parent)
        with _record(target) as record:
            if not _is_sound(target, record):
                _make(target, make, record)
                trim(target.parent)
            os.utime(record)
    except OSError as error:
        raise ConfigError(
            f"cannot write to the cache {target.parent}: {error.strerror or error}; set {CACHE_VARIABLE} elsewhere"
        ) from error
    return target


def cache_bytes(folder: Path) -> int:
    """What all files below a folder take; 0 where there is none."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def trim(folder: Path, most_bytes: int = MOST_BYTES, idle_s: float = IDLE_S) -> None:
    """Remove the files that were not used for longest until all of a folder take at most `most_bytes`. What was used within `idle_s` stays, and so
    do entries that are folders, which are tools."""
    sizes = {path: path.lstat().st_size for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
    used = sorted((path.lstat().st_mtime, path) for path in sizes if path.name.endswith(_RECORD))
    total, oldest = sum(sizes.values()), time.time() - idle_s
    for last, record in used:
        target = record.with_name(record.name.removesuffix(_RECORD))
        if total <= most_bytes or last > oldest:
            return
        if target in sizes:
            total -= sizes[target] + sizes[record]
            target.unlink(missing_ok=True)
            record.unlink(missing_ok=True)


def _own_folder(folder: Path) -> None:
    """Make a folder that only this user can write to, or see that it is one."""
    home = Path(user_cache_dir("sfdfa-codegen"))
    for place in (home, folder) if folder.is_relative_to(home) else (folder,):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.stat()
        if found.st_uid != os.geteuid():
            raise ConfigError(
                f"the cache {place} belongs to another user, who could change what is run from it; "
                f"set {CACHE_VARIABLE} to a folder of yours"
            )
        if found.st_mode & _OTHERS_WRITE:
            place.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS_WRITE)


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE


@contextmanager
def _record(target: Path) -> Iterator[int]:
    """The open record of an entry, which is its lock too. It goes if the entry cannot be made."""
    path = target.with_name(target.name + _RECORD)
    descriptor = _locked(path)
    try:
        yield descriptor
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int:
    """Open a record and lock it; one that was removed meanwhile, or is no file of ours, is opened anew."""
    while True:
        try:
            descriptor = os.open(path, _NEW_RECORD, 0o600)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EISDIR):
                raise
            _clear(path)
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_current(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_current(descriptor: int, path: Path) -> bool:
    """Whether what is open is still what has the name, and ours; what is not ours goes."""
    opened = os.fstat(descriptor)
    with suppress(FileNotFoundError):
        if os.path.samestat(opened, path.lstat()):
            if _is_ours(opened) and stat.S_ISREG(opened.st_mode):
                return True
            path.unlink()
    return False


def _is_sound(target: Path, record: int) -> bool:
    """Whether an entry is there as it was made, and nobody else could have written to it."""
    try:
        return _is_ours(target.lstat()) and os.pread(record, 64, 0) == _digest(target)
    except OSError:
        return False


def _make(target: Path, make: Callable[[Path], None], record: int) -> None:
    os.ftruncate(record, 0)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / target.name
        make(made)
        if not made.exists():
            raise DeviceError(f"{target.name} was made without an error, and is not there; is the disk full?")
        made.chmod(stat.S_IMODE(made.stat().st_mode) & ~(stat.S_IRWXG | stat.S_IRWXO))
        digest = _digest(made)
        if made.is_dir() or target.is_dir():
            _clear(target)
        made.rename(target)
    os.pwrite(record, digest, 0)


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _digest(target: Path) -> bytes:
    """SHA-256, in hex digits, over a file, or over all names, links and contents of a folder."""
    digest = hashlib.sha256()
    for path in (target, *sorted(target.rglob("*"))) if target.is_dir() else (target,):
        name = path.relative_to(target).as_posix()
        if path.is_symlink():
            digest.update(f"{name}\0link\0{path.readlink()}\0".encode())
        elif path.is_file():
            digest.update(f"{name}\0file\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
        else:
            digest.update(f"{name}\0folder\0".encode())
    return digest.hexdigest().encode()
