"""The folder that `build` writes: sources, artefact and manifest, whole or not at all."""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION, IntegerNetwork
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.build.builders import Built, LibraryForm, build_into
from sfdfa_codegen.host.build.own_files import MANIFEST, digests, other_files, own_files, read_manifest, remove_own
from sfdfa_codegen.host.data.spikes import EncodedData


@dataclass(frozen=True)
class BuildOutcome:
    """What was built. Paths in `files` are relative to `out`."""

    out: Path
    files: tuple[str, ...]
    built: Built


def build(
    network: IntegerNetwork,
    data: EncodedData,
    target: str,
    out: Path,
    board: Board | None = None,
    form: LibraryForm | None = None,
) -> BuildOutcome:
    """Build `network` for `target`, which runs on `board` if it is one, into the folder `out`, replacing an earlier build of the same network and target. What a
    user has added to that is kept.

    Raises ConfigError if `out` is no such build or cannot be written; then nothing is changed.
    """
    _check_folder(out, network, target)
    made = [folder for folder in out.parents if not folder.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            folder = Path(scratch) / "build"
            built = build_into(network, data, target, board, folder, form or LibraryForm())
            paths = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
            made_files = tuple(path.as_posix() for path in paths)
            files = (*made_files, MANIFEST)
            manifest = _manifest(network, data, target, files, built.artefact) | {
                "digests": digests(folder, made_files)
            }
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            _replace(folder, out)
    except OSError as error:
        raise ConfigError(
            f"cannot write the build folder {out}: {error.strerror}; choose another with --out"
        ) from error
    finally:
        _remove_empty(made)
    return BuildOutcome(out, files, built)


def _remove_empty(folders: list[Path]) -> None:
    """Remove those that hold nothing, the innermost first: what a failed build made on its way."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _manifest(
    network: IntegerNetwork, data: EncodedData, target: str, files: tuple[str, ...], artefact: str | None
) -> dict[str, object]:
    return {
        "network": network.name,
        "target": target,
        "model_hash": network.model_hash,
        "arithmetic_version": ARITHMETIC_VERSION,
        "tool_version": tool_version(),
        "artefact": artefact,
        "files": list(files),
        "left_out_channels": list(data.left_out),
        "constants": network.constants,
    }


def _check_folder(out: Path, network: IntegerNetwork, target: str) -> None:
    """Raise ConfigError unless `out` is free, empty, or a build of the same network and target by this version."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ConfigError(f"{out} is a file; choose another folder with --out")
    if not any(out.iterdir()):
        return
    try:
        found = read_manifest(out)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{out} is not empty and not a build folder (no readable {MANIFEST}); choose another with --out"
        ) from error
    wanted = {"network": network.name, "target": target, "tool_version": tool_version()}
    for key, value in wanted.items():
        if found[key] != value:
            raise ConfigError(
                f"{out} holds a build of another {key.replace('_', ' ')} ('{found[key]}', not '{value}'); "
                "remove it or choose another with --out"
            )


def _replace(folder: Path, out: Path) -> None:
    """Put the new build in `folder` in the place of the old one, of which only files go that are proven to be its own."""
    if not out.exists() or not any(out.iterdir()):
        folder.rename(out.resolve())
        return
    own = own_files(out)
    others = other_files(out, own)
    _check_room(folder, out, others)
    old = folder.with_name("old")
    out = out.resolve()
    try:
        _move(out, folder, others)
        out.rename(old)
        folder.rename(out)
    except BaseException:
        if not out.exists():
            old.rename(out)
        _move(folder, out, others)
        raise
    remove_own(old, own)
    if old.exists():  # something came while this was done
        old.rename(out.with_name(f"{out.name}-{folder.parent.name.rsplit('-', 1)[-1]}"))


def _check_room(folder: Path, out: Path, others: list[Path]) -> None:
    """Raise ConfigError if the new build makes a file, or needs a folder, where something is that is not the old one's own."""
    for name in others:
        made = folder / name
        blocked = any((folder / parent).is_file() for parent in name.parents if parent.parts)
        if (made.exists() and not (made.is_dir() and (out / name).is_dir())) or blocked:
            raise ConfigError(
                f"{out / name} is in the way of a file of that name which the build makes, and is not as a build left it; move it, or "
                "choose another folder with --out"
            )


def _move(source: Path, target: Path, names: list[Path]) -> None:
    """Move what is there of `names` from one folder to another."""
    for name in names:
        if not os.path.lexists(source / name):
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (target / name).is_dir() and not (source / name).is_symlink():
            continue  # an empty folder that is there as well
        (source / name).rename(target / name)
