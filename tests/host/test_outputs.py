"""Outputs: only a regular file is replaced, no half is ever seen, and one that fails costs no other."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runner import Cli
from sfdfa_codegen.host import outputs as module
from sfdfa_codegen.host.outputs import OutputError, Outputs, check_writable, printable, write_whole

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device nodes")
NO_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")

WRITERS: list[tuple[str, ...]] = [
    ("run", "--epochs", "0", "--json", "OUT"),
    ("run", "--epochs", "0", "--state-out", "OUT"),
    ("run", "--epochs", "0", "--checkpoint", "OUT"),
    ("run", "--epochs", "0", "--plot", "OUT.svg"),
    ("run", "--epochs", "0", "--report", "OUT.html"),
    ("train", "--epochs", "1", "--out", "OUT"),
    ("compare", "--samples", "2", "--json", "OUT"),
    ("compare", "--samples", "2", "--plot", "OUT.svg"),
    ("compare", "--samples", "2", "--report", "OUT.html"),
    ("targets", "--json", "OUT"),
]
"""Every option that names a file to write."""


def command(words: tuple[str, ...], tiny: Path, out: Path) -> list[str]:
    network = [] if words[0] == "targets" else [str(tiny)]
    return [words[0], *network, *(word.replace("OUT", str(out)) for word in words[1:])]


def written(words: tuple[str, ...], out: Path) -> Path:
    named = next(word for word in words if word.startswith("OUT"))
    return out.with_name(named.replace("OUT", out.name))


@ROOT_ONLY
@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_a_device_node_stays_one(cli: Cli, tiny: Path, words: tuple[str, ...]) -> None:
    node = written(words, cli.folder / "out")
    os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    assert cli(*command(words, tiny, cli.folder / "out")).status == 0
    assert stat.S_ISCHR(node.stat().st_mode)


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_a_fifo_is_written_to(cli: Cli, tiny: Path, words: tuple[str, ...]) -> None:
    fifo = written(words, cli.folder / "out")
    os.mkfifo(fifo)
    end = os.open(fifo, os.O_RDWR)  # a reader that is always there
    taken = bytearray()
    reader = threading.Thread(target=drain, args=(end, taken))
    reader.start()
    try:
        assert cli(*command(words, tiny, cli.folder / "out")).status == 0
    finally:
        os.write(end, b"the end")
        reader.join()
        os.close(end)
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert len(taken) > len(b"the end")


def drain(end: int, taken: bytearray) -> None:
    while not taken.endswith(b"the end"):
        taken += os.read(end, 65536)


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_a_link_is_followed_and_permissions_are_kept(cli: Cli, tiny: Path, words: tuple[str, ...]) -> None:
    (cli.folder / "elsewhere").mkdir()
    target = cli.folder / "elsewhere" / "target"
    target.write_bytes(b"before")
    target.chmod(0o640)
    link = written(words, cli.folder / "out")
    link.symlink_to(target)
    assert cli(*command(words, tiny, cli.folder / "out")).status == 0
    assert link.is_symlink()
    assert target.read_bytes() != b"before"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_whole(tmp_path / "new", b"data")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    check_writable(tmp_path / "link")
    write_whole(tmp_path / "link", b"data")
    assert (tmp_path / "target").read_bytes() == b"data"
    assert (tmp_path / "link").is_symlink()


def test_nothing_lies_in_the_way_of_the_partial_file(tmp_path: Path) -> None:
    """A link under the name that older versions wrote to first."""
    (tmp_path / "out.partial").symlink_to(tmp_path / "victim")
    (tmp_path / "victim").write_bytes(b"untouched")
    write_whole(tmp_path / "out", b"data")
    assert (tmp_path / "victim").read_bytes() == b"untouched"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to(path.parent / "missing" / "target"), "No such file or directory"),
    ],
    ids=["folder", "circle of links", "link into nowhere"],
)
def test_what_cannot_be_written_is_refused_before_the_work(
    cli: Cli, tiny: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(cli.folder / "out")
    for words in WRITERS:
        if "OUT" in words:
            outcome = cli(*command(words, tiny, cli.folder / "out"))
            assert outcome.status == 2, words
            assert f"{reason}" in outcome.err or words[0] != "targets"


@NO_ROOT
def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    (tmp_path / "out").chmod(0o444)
    with pytest.raises(OutputError, match="Permission denied"):
        check_writable(tmp_path / "out")


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every regular file that is written from now on finds no room."""

    def refuse(descriptor: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_write_all", refuse)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_bytes(b"before")
    full_disk(monkeypatch)
    with pytest.raises(OutputError, match=r"cannot write .*out: No space left on device; is its folder there"):
        write_whole(tmp_path / "out", b"data", durable=True)
    assert (tmp_path / "out").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("words", "bad", "good"),
    [
        (("run", "--epochs", "0", "--state-out", "BAD", "--json", "GOOD"), "BAD", "GOOD"),
        (("run", "--epochs", "0", "--plot", "BAD.svg", "--json", "GOOD"), "BAD.svg", "GOOD"),
        (("run", "--epochs", "0", "--json", "BAD", "--state-out", "GOOD"), "BAD", "GOOD"),
        (("train", "--epochs", "1", "--out", "BAD", "--json", "GOOD"), "BAD", "GOOD"),
        (("compare", "--samples", "2", "--plot", "BAD.svg", "--json", "GOOD"), "BAD.svg", "GOOD"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else words,
)
def test_results_lost(
    cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], bad: str, good: str
) -> None:
    """One output that fails at the end costs neither the text nor the other files, and the exit status says so."""
    replace = module._replace

    def refuse(path: Path, *rest: object) -> None:
        if path.name == bad:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_replace", refuse)
    outcome = cli(words[0], tiny, *words[1:])
    assert outcome.status == 2
    assert outcome.err.count("error:") == 1
    assert f"cannot write {bad}: No space left on device" in outcome.err
    assert "tiny" in outcome.out
    assert (cli.folder / good).stat().st_size > 0
    assert not (cli.folder / bad).exists()


def test_several_failures_are_one_message() -> None:
    outputs = Outputs()

    def fail(text: str) -> Callable[[], None]:
        def write() -> None:
            raise OutputError(text)

        return write

    assert not outputs.attempt(fail("first"))
    assert outputs.attempt(lambda: None)
    assert not outputs.attempt(fail("second"))
    with pytest.raises(OutputError, match=r"^first; second$"):
        outputs.finish()


PROGRAM = "import sys; from sfdfa_codegen.host.entry import main; sys.argv[0] = 'sfdfa-codegen'; main()"


def process(words: list[str], folder: Path, **options: object) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, in a group of its own."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, stderr=subprocess.PIPE, start_new_session=True, **options
    )


def test_a_full_disk_behind_standard_output(tiny: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(["run", str(tiny), "--epochs", "0", "--json", "r.json"], tmp_path, stdout=full)
        _, err = done.communicate(timeout=60)
    text = b"error: cannot write to standard output: No space left on device; is the disk behind it full?\n"
    assert (done.returncode, err) == (2, text)
    assert json.loads((tmp_path / "r.json").read_text())["network"] == "tiny"


@pytest.mark.parametrize("words", [["--help"], ["presets"], ["doctor"]], ids=" ".join)
def test_a_full_disk_behind_any_words(tmp_path: Path, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(words, tmp_path, stdout=full)
        _, err = done.communicate(timeout=60)
    assert done.returncode in (2, 3)
    assert err.startswith(b"error: ") and err.count(b"\n") == 1 and b"No space left on device" in err


def test_a_reader_that_goes_away_costs_no_file(tiny: Path, tmp_path: Path) -> None:
    done = process(["run", str(tiny), "--epochs", "0", "--json", "r.json"], tmp_path, stdout=subprocess.PIPE)
    assert done.stdout is not None
    with done:
        done.stdout.close()
        assert done.stderr is not None
        assert done.stderr.read() == b""
    assert done.returncode == 0
    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize("path", ["/dev/stdout", "/proc/self/fd/1"])
def test_json_to_the_file_behind_standard_output_comes_after_the_text(tiny: Path, tmp_path: Path, path: str) -> None:
    with (tmp_path / "all").open("wb") as out:
        done = process(["run", str(tiny), "--epochs", "0", "--json", path], tmp_path, stdout=out)
        assert done.communicate(timeout=60)[1] == b""
    text = (tmp_path / "all").read_text()
    assert text.startswith("tiny on emu")
    assert json.loads(text[text.index("{") :])["network"] == "tiny"


@pytest.mark.parametrize("step", range(6))
def test_ctrl_c_at_any_time_while_modules_load(tmp_path: Path, step: int) -> None:
    """However far loading has come: one word, and the status of an interrupt."""
    slow = f"""
import builtins, sys
before, seen = builtins.__import__, []
def load(name, *rest):
    if "numpy" in name or "sfdfa" in name:
        seen.append(name)
        if len(seen) == {1 + 60 * step}:
            sys.stdout.write("now"); sys.stdout.flush(); __builtins__.__import__ = before
            import time; time.sleep(60)
    return before(name, *rest)
from sfdfa_codegen.host import entry
builtins.__import__ = load
sys.argv = ["sfdfa-codegen", "run", "--help"]
entry.main()
"""
    done = subprocess.Popen(
        [sys.executable, "-c", slow],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert done.stdout is not None
    assert done.stdout.read(3) == b"now"
    time.sleep(0.01)
    done.send_signal(signal.SIGINT)
    assert done.communicate(timeout=60) == (b"", b"interrupted\n")
    assert done.returncode == 130


def test_words_from_elsewhere_command_no_terminal(cli: Cli, tiny: Path) -> None:
    """Such as those of a device, a file's name or a compiler, in messages and in tables."""
    assert printable("a\x1b[2Jb\tc\nd\x9be\udcff\u2028é") == "a\\x1b[2Jb\tc\nd\\x9be\\udcff\\u2028é"
    refused = cli("run", tiny, "--state-in", "\x1b[31mred")
    assert refused.message.startswith("\\x1b[31mred: no such state file")
