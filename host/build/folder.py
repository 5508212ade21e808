"""The folder that `build` writes: sources, artefact and manifest, whole or not at all."""

import json
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION, IntegerNetwork
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.build.builders import Built, LibraryForm, build_into
from sfdfa_codegen.host.data.spikes import EncodedData

MANIFEST = "manifest.json"


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
            files = (*(path.as_posix() for path in paths), MANIFEST)
            manifest = _manifest(network, data, target, files, built.artefact)
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            _keep_own_files(out, folder)
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
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        found = {key: str(manifest[key]) for key in ("network", "target", "tool_version")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
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


def _keep_own_files(out: Path, folder: Path) -> None:
    """Copy to the new build in `folder` what lies in the old one, `out`, without being of it."""
    if not (out / MANIFEST).exists():
        return
    made = {out / name for name in json.loads((out / MANIFEST).read_text(encoding="utf-8")).get("files", ())}
    for path in sorted(out.rglob("*")):
        copy = folder / path.relative_to(out)
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                copy.mkdir(parents=True, exist_ok=True)
        elif path not in made:
            if copy.exists():
                raise ConfigError(f"{path} is in the way of a file of that name which the build makes; move it")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy, follow_symlinks=False)


def _replace(folder: Path, out: Path) -> None:
    if out.exists():
        old = folder.with_name("old")
        out.rename(old)
        try:
            folder.rename(out)
        except OSError:
            old.rename(out)
            raise
        shutil.rmtree(old)
    else:
        folder.rename(out)
