"""A build folder: only what is proven to be the build's own is replaced or removed, whatever its manifest says."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Cli, listing
from sfdfa_codegen.host.build import folder as module
from sfdfa_codegen.host.build.own_files import own_files, remove_own


@pytest.fixture
def built(cli: Cli, tiny: Path) -> Path:
    cli.json("build", tiny, "--out", "built")
    return cli.folder / "built"


def change_manifest(built: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads((built / "manifest.json").read_text())
    change(values)
    (built / "manifest.json").write_text(json.dumps(values))


def test_a_fresh_build_owns_all_its_files(built: Path) -> None:
    assert {built / name for name in own_files(built)} == {path for path in built.rglob("*") if path.is_file()}


def test_a_file_that_a_person_changed_is_not_written_over(cli: Cli, tiny: Path, built: Path) -> None:
    (built / "core" / "sfdfa.c").write_text("/* mine */\n")
    before = listing(cli.folder)
    refused = cli("build", tiny, "--out", "built")
    assert refused.status == 2
    assert "core/sfdfa.c is in the way of a file of that name which the build makes, and is not as a build left it" in (
        refused.message
    )
    assert listing(cli.folder) == before
    assert (built / "core" / "sfdfa.c").read_text() == "/* mine */\n"


@pytest.mark.parametrize("name", ["../tiny.toml", "/etc/passwd", "", ".", "mine/../mine/notes.txt"])
def test_a_manifest_cannot_name_what_is_elsewhere(cli: Cli, tiny: Path, built: Path, name: str) -> None:
    (built / "mine").mkdir()
    (built / "mine" / "notes.txt").write_text("notes")
    change_manifest(built, lambda values: values["digests"].update({name: "0" * 64}))
    before = tiny.read_text()
    assert cli("build", tiny, "--out", "built").status == 0
    assert (tiny.read_text(), (built / "mine" / "notes.txt").read_text()) == (before, "notes")


@pytest.mark.parametrize(
    "value", [None, 5, "text", [], [[1]], {"core/sfdfa.c": 5}, {"core/sfdfa.c": ["x"]}, {"a\0b": "c"}]
)
def test_odd_types_in_a_manifest_prove_nothing(cli: Cli, tiny: Path, built: Path, value: object) -> None:
    """Nothing is owned, so nothing is written over; it is said, and is no bug."""
    change_manifest(built, lambda values: values.update(digests=value, files=value))
    before = listing(cli.folder)
    refused = cli("build", tiny, "--out", "built")
    assert (refused.status, "is in the way" in refused.message) == (2, True)
    assert listing(cli.folder) == before


@pytest.mark.parametrize("key", ["network", "target", "tool_version"])
@pytest.mark.parametrize("value", [None, 5, ["emu"], {}])
def test_odd_types_are_no_manifest(cli: Cli, tiny: Path, built: Path, key: str, value: object) -> None:
    change_manifest(built, lambda values: values.update({key: value}))
    assert "not a build folder (no readable manifest.json)" in cli("build", tiny, "--out", "built").message


def test_links_fifos_and_empty_folders_of_a_person_are_kept(cli: Cli, tiny: Path, built: Path) -> None:
    os.mkfifo(built / "fifo")
    (built / "link").symlink_to(cli.folder)
    (built / "core" / "empty").mkdir()
    cli.json("build", tiny, "--out", "built")
    assert (built / "fifo").is_fifo() and (built / "link").is_symlink() and (built / "core" / "empty").is_dir()
    assert tiny.exists()


def test_a_link_to_a_build_folder_stays_one(cli: Cli, tiny: Path, built: Path) -> None:
    (cli.folder / "link").symlink_to("built")
    cli.json("build", tiny, "--out", "link")
    assert (cli.folder / "link").is_symlink()
    assert (built / "manifest.json").exists()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "Ctrl-C"])
def test_what_fails_on_the_way_leaves_all_as_it_was(
    cli: Cli, tiny: Path, built: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    for name in ("a", "b", "c"):
        (built / name).write_text(name)
    before = listing(cli.folder)
    rename, moved = Path.rename, iter(range(10))

    def fail_once(self: Path, target: Path) -> Path:
        if self.name == "b" and next(moved) == 0:
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    assert cli("build", tiny, "--out", "built").status in (2, 130)
    assert listing(cli.folder) == before
    assert [(built / name).read_text() for name in ("a", "b", "c")] == ["a", "b", "c"]


def test_what_comes_meanwhile_is_not_removed(
    cli: Cli, tiny: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = remove_own

    def late(old: Path, own: frozenset[Path]) -> None:
        (old / "core" / "late").write_text("late")
        remove(old, own)

    monkeypatch.setattr(module, "remove_own", late)
    cli.json("build", tiny, "--out", "built")
    (kept,) = cli.folder.glob("built-*")
    assert (kept / "core" / "late").read_text() == "late"
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["late"]
