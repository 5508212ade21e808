"""Finding a C compiler, and what is said when there is none or it fails."""

from pathlib import Path

import pytest
from native_build import changed
from networks import make_network
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError, ToolMissingError
from sfdfa_codegen.codegen.native_library import cached_library, native_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import Compiler, find_host_compiler
from sfdfa_codegen.host.devices.native import NativeDevice


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any compiler."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_cc_is_taken_with_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "sh -c")
    assert find_host_compiler() == Compiler(("sh", "-c"), "sh")


@pytest.mark.parametrize("value", ["no-such-compiler -O2", "   ", '"unbalanced'])
def test_wrong_cc_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", value)
    with pytest.raises(ToolMissingError, match="which cannot be found; set it to a C compiler or unset it") as caught:
        find_host_compiler()
    assert str(caught.value).startswith(f"CC is set to '{value}'")


@pytest.mark.usefixtures("no_compiler")
def test_no_compiler_says_how_to_get_one() -> None:
    with pytest.raises(ToolMissingError, match=r"install one, or run: pip install 'sfdfa-codegen\[toolchain\]'"):
        find_host_compiler()


def test_zig_is_the_last_resort(no_compiler: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if name == "ziglang" else None)
    found = find_host_compiler()
    assert found.name == "zig cc"
    assert found.command[1:4] == ("-m", "ziglang", "cc")


def test_what_a_failing_compiler_says_is_passed_on(tmp_path: Path) -> None:
    source = tmp_path / "wrong.c"
    source.write_text("int x = no_such_name;\n", encoding="utf-8")
    with pytest.raises(DeviceError, match=r"(?s)the C compiler failed \(.*\):\n.*no_such_name"):
        find_host_compiler().run(["-fsyntax-only", str(source)])


def test_words_of_a_compiler_that_are_no_utf8() -> None:
    with pytest.raises(DeviceError, match="the C compiler failed"):
        Compiler(("sh", "-c", "printf '\\377' >&2; exit 1"), "sh").run([])


def test_compiler_that_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="the C compiler could not be run"):
        Compiler((str(tmp_path),), "folder").run([])


def test_compiler_that_says_nothing_and_does_nothing(tmp_path: Path) -> None:
    """CC=true."""
    with pytest.raises(
        DeviceError, match=r"the C compiler \(true\) reported no error and wrote no libsfdfa\.so; is it a"
    ):
        cached_library(native_sources(make_network()), Compiler(("true",), "true"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_failed_compile_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    sources = changed(native_sources(make_network()), ("core/sfdfa.c", "int sfdfa_sample_begin(", "int wrong wrong("))
    with pytest.raises(DeviceError, match="the C compiler failed"):
        cached_library(sources, find_host_compiler(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_library_is_compiled_once(tmp_path: Path) -> None:
    sources = native_sources(make_network(4, 2))
    first = cached_library(sources, find_host_compiler(), tmp_path)
    stamp = first.stat().st_mtime_ns
    never = Compiler(find_host_compiler().command, "never run again")
    assert cached_library(sources, never, tmp_path) == first
    assert first.stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.glob("*.so")] == [first.name]


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write to the cache .*; set XDG_CACHE_HOME elsewhere"):
        cached_library(native_sources(make_network(4, 2)), find_host_compiler(), tmp_path / "file" / "cache")


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write to .*; choose another folder"):
        write_sources({"a.c": ""}, tmp_path / "file" / "folder")


def test_library_of_another_network_is_refused(tmp_path: Path) -> None:
    library = cached_library(native_sources(make_network(4, 2)), find_host_compiler(), tmp_path)
    with pytest.raises(DeviceError, match="was built for another network or version; build it again"):
        NativeDevice(make_network(4, 2, seed=5), library)


def test_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.so"
    wrong.write_bytes(b"no library")
    with pytest.raises(DeviceError, match="cannot load the native library"):
        NativeDevice(make_network(4, 2), wrong)


def test_library_of_something_else_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("int other(void) { return 1; }\n", encoding="utf-8")
    find_host_compiler().run(["-shared", "-fPIC", str(source), "-o", str(tmp_path / "other.so")])
    with pytest.raises(DeviceError, match=r"cannot load the native library .*: it is none of this project"):
        NativeDevice(make_network(4, 2), tmp_path / "other.so")
