"""The cache believes nothing because of its name: contents, owner and permissions are checked, and what does not hold is made anew."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from networks import make_network
from sfdfa_codegen.codegen import cache as module
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once, trim
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.native_library import cached_library, native_sources
from sfdfa_codegen.codegen.toolchain import compilers
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
NOBODY = 65534


class Maker:
    """Makes a file, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, target: Path) -> None:
        self.times += 1
        target.write_bytes(b"made")


class TreeMaker(Maker):
    """Makes a folder instead."""

    def __call__(self, target: Path) -> None:
        self.times += 1
        (target / "sub").mkdir(parents=True)
        (target / "sub" / "file").write_bytes(b"made")
        (target / "link").symlink_to("sub/file")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def record_of(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    (path / "below").mkdir(parents=True)


def replace_by_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_link(path: Path) -> None:
    copy = path.with_name("copy")
    path.rename(copy)
    path.symlink_to(copy)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "cut off": lambda path: path.write_bytes(b"mad"),
    "empty": empty,
    "longer": lambda path: path.write_bytes(b"made "),
    "one byte": lambda path: path.write_bytes(b"mbde"),
    "a folder": replace_by_folder,
    "a FIFO": replace_by_fifo,
    "a link": replace_by_link,
    "writable for all": lambda path: path.chmod(0o666),
    "record gone": lambda path: record_of(path).unlink(),
    "record empty": lambda path: empty(record_of(path)),
    "record wrong": lambda path: record_of(path).write_bytes(b"0" * 64),
    "record a folder": lambda path: replace_by_folder(record_of(path)),
    "record a FIFO": lambda path: replace_by_fifo(record_of(path)),
    "record a link": lambda path: replace_by_link(record_of(path)),
    "record writable for all": lambda path: record_of(path).chmod(0o666),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    make, target = Maker(), tmp_path / "cache" / "file"
    assert made_once(target, make) == target
    damage(target)
    made_once(target, make)
    assert (target.read_bytes(), make.times) == (b"made", 2)
    made_once(target, make)
    assert make.times == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "sub" / "file").write_bytes(b"other"),
        lambda folder: (folder / "sub" / "file").unlink(),
        lambda folder: (folder / "more").write_bytes(b""),
        lambda folder: (folder / "more").mkdir(),
        lambda folder: (folder / "link").unlink(),
        lambda folder: ((folder / "link").unlink(), (folder / "link").symlink_to("/bin/sh")),
    ],
    ids=["changed", "gone", "more", "a folder more", "link gone", "link elsewhere"],
)
def test_a_damaged_folder_is_made_anew(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    make, target = TreeMaker(), tmp_path / "cache" / "tree"
    made_once(target, make)
    made_once(target, make)
    assert make.times == 1
    damage(target)
    made_once(target, make)
    assert make.times == 2
    assert sorted(path.name for path in target.rglob("*")) == ["file", "link", "sub"]
    assert (target / "link").read_bytes() == b"made"


@ROOT_ONLY
@pytest.mark.parametrize("what", [lambda path: path, record_of], ids=["entry", "record"])
def test_what_another_user_wrote_is_made_anew(tmp_path: Path, what: Callable[[Path], Path]) -> None:
    make, target = Maker(), tmp_path / "cache" / "file"
    made_once(target, make)
    os.chown(what(target), NOBODY, NOBODY)
    made_once(target, make)
    assert make.times == 2
    assert {path.stat().st_uid for path in target.parent.iterdir()} == {os.geteuid()}


@ROOT_ONLY
def test_the_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    os.chown(tmp_path / "cache", NOBODY, NOBODY)
    with pytest.raises(
        ConfigError, match=r"the cache .*cache belongs to another user, .* set XDG_CACHE_HOME to a folder of yours"
    ):
        made_once(tmp_path / "cache" / "file", Maker())


def test_nobody_else_may_write(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    target = made_once(tmp_path / "cache" / "file", Maker())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (target.parent, target, record_of(target))]
    assert modes == [0o755, 0o600, 0o600]
    made_once(tmp_path / "new" / "file", Maker())
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise DeviceError("no")

    with pytest.raises(DeviceError, match="no"):
        made_once(tmp_path / "cache" / "file", fail)
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_makes_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="file was made without an error, and is not there; is the disk full"):
        made_once(tmp_path / "cache" / "file", lambda target: None)


def test_several_at_once_make_it_once(tmp_path: Path) -> None:
    make, target = Maker(), tmp_path / "cache" / "file"
    threads = [threading.Thread(target=made_once, args=(target, make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert make.times == 1


def test_no_home_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "user_cache_dir", lambda name: f"~/.cache/{name}")
    with pytest.raises(ConfigError, match=r"there is no home folder .*; set HOME, or XDG_CACHE_HOME"):
        cache_folder()


def test_a_key_depends_on_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {content_key("a", "b"), content_key("ab"), content_key("a", ("b",)), content_key("a", b"b")}
    monkeypatch.setattr("platform.machine", lambda: "another")
    assert len({*keys, content_key("ab")}) == 5


@pytest.mark.slow
def test_another_version_of_the_compiler_makes_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources, compiler = native_sources(make_network(4, 2)), find_host_compiler()
    first = cached_library(sources, compiler, tmp_path / "cache")
    assert cached_library(sources, compiler, tmp_path / "cache") == first
    monkeypatch.setattr(compilers, "_version", lambda command: "another version")
    assert cached_library(sources, compiler, tmp_path / "cache") != first


def test_what_was_not_used_for_longest_goes_when_there_is_too_much(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older", "oldest")):
        entry = made_once(tmp_path / name, Maker())
        os.utime(record_of(entry), (0, 1e9 - age))
    each = module.cache_bytes(tmp_path) // 4
    trim(tmp_path, 2 * each)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "new.sha256", "old", "old.sha256"]


def test_what_was_used_lately_stays_and_so_do_tools(tmp_path: Path) -> None:
    used, tool = made_once(tmp_path / "used", Maker()), made_once(tmp_path / "tool", TreeMaker())
    os.utime(record_of(tool), (0, 0))
    trim(tmp_path, 0)
    assert used.exists() and tool.exists()
    os.utime(record_of(used), (0, 0))
    assert made_once(used, Maker()) == used  # using it counts
    trim(tmp_path, 0)
    assert used.exists()
