"""Which files of a build folder are the build's own: those that are still, to the byte, what its manifest says was made. All others are a person's."""

import hashlib
import json
import stat
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 1 << 24


def digests(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of files below a folder, for its manifest."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Raises OSError or ValueError for a folder without one."""
    path = folder / MANIFEST
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_MANIFEST_BYTES:
        raise ValueError(f"{path} is no manifest")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error
    texts = [values.get(key) for key in ("network", "target", "tool_version")] if isinstance(values, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{path} is no manifest")
    return dict(values)


def own_files(folder: Path) -> frozenset[Path]:
    """Paths, relative to a build folder, of the files that the build made and nobody has changed; the manifest is one."""
    manifest = read_manifest(folder)
    listed = manifest.get("digests")
    own = {Path(MANIFEST)}
    for name, digest in listed.items() if isinstance(listed, dict) else ():
        with suppress(OSError, ValueError):
            if _is_below(name) and _is_plain(folder, Path(name)) and digests(folder, (name,))[name] == digest:
                own.add(Path(name))
    return frozenset(own)


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.parts != ()


def _is_plain(folder: Path, name: Path) -> bool:
    """A regular file, with no link on the way to it."""
    ways = [folder / parent for parent in name.parents if parent.parts]
    return stat.S_ISREG((folder / name).lstat().st_mode) and not any(way.is_symlink() for way in ways)


def other_files(folder: Path, own: frozenset[Path]) -> list[Path]:
    """Relative paths of all else: files, links, whatever it may be, and folders that hold nothing."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                found.append(name)
        elif name not in own:
            found.append(name)
    return found


def remove_own(folder: Path, own: frozenset[Path]) -> None:
    """Remove the build's own files, then the folders that are empty without them. Whatever came meanwhile stays."""
    for name in own:
        (folder / name).unlink(missing_ok=True)
    for path in sorted((path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True):
        with suppress(OSError):
            path.rmdir()
    with suppress(OSError):
        folder.rmdir()
