"""Which data sets this process has read, by content: what a result depends on beside its settings."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.locate import located, search_places

DIGITS: Final = 24
"""Of a digest, hexadecimal."""


def data_read() -> dict[str, str]:
    """The digest of each data set that was looked for and found since this process began, by the path that `[data]` gives."""
    return {path: content_digest(place) for path, place in located().items()}


def digest_here(path: str) -> str | None:
    """Of the data set of this path as it is here now; None where it is not found."""
    place = next((place for place in search_places(path, Path()) if place.exists()), None)
    return None if place is None else content_digest(place)


def content_digest(place: Path) -> str:
    """Of a file's bytes, or of the names and bytes of all files below a folder. Raises DataError if one cannot be read."""
    try:
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        whole = hashlib.sha256()
        for path in files:
            status = path.stat()
            name = path.relative_to(place).as_posix()
            whole.update(f"{name}\0{_file_digest(path, status.st_size, status.st_mtime_ns)}\n".encode())
    except OSError as error:
        raise DataError(f"cannot read {error.filename}: {error.strerror}") from error
    return whole.hexdigest()[:DIGITS]


@lru_cache(maxsize=1 << 16)
def _file_digest(path: Path, _size: int, _changed_ns: int) -> str:
    """Read once while size and time of change are the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
