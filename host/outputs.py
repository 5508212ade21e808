"""Files that commands write: whole or not at all, never in the place of what is no regular file, and each on its own.

A regular file, or nothing, is replaced by renaming a finished one over it. Whatever else stands at a path (a device, a FIFO, the
terminal) is written to as a shell would. A symbolic link is followed.
"""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError

_PARTIAL: Final = ".sfdfa-{}.partial"
"""Name of a file that is being written. Not to be guessed, so that nothing can be laid in its way."""
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
ADVICE: Final = "is its folder there and writable, and is there room on the disk?"


class OutputError(ConfigError):
    """Something that a command was to write could not be written."""


def check_writable(path: Path) -> None:
    """Raise OutputError, before any work is done, if a file cannot be written at `path`."""
    try:
        found = _status(path)
        if found is None:
            target = Path(os.path.realpath(path))
            reason = None if _may(target.parent, os.W_OK | os.X_OK) else errno.EACCES
            reason = reason if target.parent.is_dir() else errno.ENOENT
        else:
            reason = errno.EISDIR if stat.S_ISDIR(found.st_mode) else None if _may(path, os.W_OK) else errno.EACCES
    except OSError as error:
        raise _explained(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise OutputError(f"cannot write {str(path)!r}: {error}; choose another name") from error
    if reason is not None:
        raise _explained(path, OSError(reason, os.strerror(reason)))


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file so that no half of it is ever seen. durable: it is on the disk, not only on its way, before this returns.

    Raises OutputError if it cannot be written; a regular file that was there is then as before.
    """
    try:
        found = _status(path)
        if found is not None and not _replaceable(path, found):
            _write_through(path, found, data)
        else:
            _replace(Path(os.path.realpath(path)), found, data, durable)
    except OSError as error:
        raise _explained(path, error) from error


class Outputs:
    """The outputs of one command: each is tried, whatever became of the others, and what failed is said at the end."""

    def __init__(self) -> None:
        self._failures: list[SfdfaError] = []

    def attempt(self, write: Callable[[], None]) -> bool:
        """Write one output, and say whether it is written; an error of the project's is kept for the end."""
        try:
            write()
        except SfdfaError as error:
            self._failures.append(error)
            return False
        return True

    def finish(self) -> None:
        """Raises the one failure there was, or an OutputError that names all of them."""
        if len(self._failures) == 1:
            raise self._failures[0]
        if self._failures:
            raise OutputError("; ".join(str(failure) for failure in self._failures))


def _status(path: Path) -> os.stat_result | None:
    """What stands at a path, behind links; None for nothing, or a link to nothing."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _explained(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write {path}: {error.strerror or error}; {ADVICE}")


def _replaceable(path: Path, found: os.stat_result) -> bool:
    """Whether a new file may be renamed over what stands there: a regular file in a folder that takes one, and no open stream of ours."""
    return (
        stat.S_ISREG(found.st_mode)
        and _own_stream(found) is None
        and _may(Path(os.path.realpath(path)).parent, os.W_OK | os.X_OK)
    )


def _own_stream(found: os.stat_result) -> IO[str] | None:
    """Standard output or standard error, if it is this very file (/dev/stdout and what it is redirected to)."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError, ValueError):
            if os.path.samestat(os.fstat(stream.fileno()), found):
                return stream
    return None


def _write_through(path: Path, found: os.stat_result, data: bytes) -> None:
    """Write to what stands there and stays. A stream of ours goes on after what it has said already."""
    stream = _own_stream(found)
    if stream is None:
        with path.open("wb", buffering=0) as file:
            _write_all(file.fileno(), data)
    else:
        stream.flush()
        _write_all(stream.fileno(), data)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _replace(path: Path, found: os.stat_result | None, data: bytes, durable: bool) -> None:
    """Rename a finished file over a regular one, whose permissions and owner it takes, or to a new place."""
    partial = path.with_name(_PARTIAL.format(secrets.token_hex(8)))
    descriptor = os.open(partial, _NEW_FILE, 0o666)
    try:
        try:
            if found is not None:
                _take_after(descriptor, found)
            _write_all(descriptor, data)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def _take_after(descriptor: int, found: os.stat_result) -> None:
    """Give an open file the owner, where that is allowed, and the permissions of another."""
    with suppress(PermissionError):
        os.fchown(descriptor, found.st_uid, found.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def printable(text: str) -> str:
    """A text from anywhere, such as a device, a file or a compiler, as it may be shown: what would command a terminal is spelled out."""
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\t"
        else letter.encode("unicode_escape", "surrogatepass").decode()
        for letter in text
    )


def write_text(stream: IO[str] | None, write: Callable[[], object]) -> OutputError | None:
    """Say something on one of our streams: None, or why that cannot be. A reader that went away (`| head`) is no failure.

    write: what says it. After a failure the stream leads nowhere, so that nothing is tried again at the end of the process.
    """
    try:
        write()
        if stream is not None:
            stream.flush()
    except OSError as error:
        drop_stream(stream)
        if not isinstance(error, BrokenPipeError):
            name = "standard error" if stream is sys.stderr else "standard output"
            return OutputError(f"cannot write to {name}: {error.strerror or error}; is the disk behind it full?")
    return None


def drop_stream(stream: IO[str] | None) -> None:
    """Let what a stream still holds, and all that follows, go nowhere."""
    with suppress(OSError, AttributeError, ValueError):
        assert stream is not None
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
