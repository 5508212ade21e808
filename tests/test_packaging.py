"""What is installed, and what may import what."""

import ast
import json
import os
import re
import runpy
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("host", "codegen", "emulator", "firmware_templates")
ROOT_FILES = ("__init__.py", "neurobench.py", "py.typed")
PACKAGE = "sfdfa_codegen"
BUILD_TIMEOUT_S = 300

MAY_IMPORT = {
    "host": ("host", "codegen", "emulator"),
    "codegen": ("codegen",),
    "emulator": ("emulator", "codegen.integer_network", "codegen.encoder", "codegen.frontend", "codegen.errors"),
    "emulator.mesh": (
        "emulator",
        "codegen.integer_network",
        "codegen.encoder",
        "codegen.errors",
        "codegen.mesh.hearers",
        "codegen.mesh.mesh_map",
        "codegen.mesh.routing",
    ),
    "emulator.mesh.notes": ("emulator", "codegen.integer_network", "codegen.plan"),
    "emulator.counting": (
        "emulator",
        "codegen.integer_network",
        "codegen.encoder",
        "codegen.frontend",
        "codegen.plan",
        "codegen.errors",
    ),
    "firmware_templates": (),
}
"""Of a folder, or of a part of one, which then comes before the whole."""


def _hatchling_build(source: Path, out: Path, *targets: str) -> None:
    pytest.importorskip("hatchling", reason="hatchling is in the extra test: pip install -e '.[test]'")
    chosen = [word for target in targets for word in ("--target", target)]
    command = [sys.executable, "-m", "hatchling", "build", *chosen, "--directory", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    out = tmp_path_factory.mktemp("dist")
    _hatchling_build(ROOT, out, "sdist", "wheel")
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _source_files() -> set[str]:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    below = {
        f"{PACKAGE}/{path.relative_to(ROOT).as_posix()}"
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }
    return below | {f"{PACKAGE}/{name}" for name in ROOT_FILES}


def test_wheel_holds_the_four_folders_the_root_and_nothing_else(wheel: Path) -> None:
    names = {name for name in _contents(wheel) if ".dist-info/" not in name}
    assert names == _source_files()


@pytest.mark.parametrize(
    "name",
    [
        "host/network/presets/digits.toml",
        "host/data/digits.npz",
        "host/data/DIGITS_ATTRIBUTION.md",
        "firmware_templates/sfdfa_network.h.j2",
        "firmware_templates/sfdfa_network.c.j2",
        "firmware_templates/runtime/sfdfa.h",
        "firmware_templates/native/sfdfa_native.c",
        "host/py.typed",
        "codegen/py.typed",
        "emulator/py.typed",
    ],
)
def test_wheel_holds_data_and_templates(wheel: Path, name: str) -> None:
    assert _contents(wheel)[f"{PACKAGE}/{name}"] == (ROOT / name).read_bytes()


def test_wheel_carries_the_command_and_the_licences(wheel: Path) -> None:
    information = {
        name.split(".dist-info/")[1]: text for name, text in _contents(wheel).items() if ".dist-info/" in name
    }
    assert b"sfdfa-codegen = sfdfa_codegen.host.entry:main" in information["entry_points.txt"]
    for name in ("LICENSE", "NOTICE"):
        assert information[f"licenses/{name}"] == (ROOT / name).read_bytes()
    assert b"License-Expression: Apache-2.0 AND CC-BY-4.0" in information["METADATA"]


def test_wheel_holds_no_path_of_the_machine_that_built_it(wheel: Path) -> None:
    assert [name for name, data in _contents(wheel).items() if str(ROOT).encode() in data] == []


def test_sdist_builds_the_same_wheel(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        # Python 3.11 before 3.11.4 has no filters; later ones warn if none is chosen.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        archive.extractall(tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    assert {"Makefile", "README.md", "tests", "docs", "tools"} <= {path.name for path in source.iterdir()}
    _hatchling_build(source, tmp_path / "dist", "wheel")
    (again,) = (tmp_path / "dist").glob("*.whl")
    assert _contents(again) == _contents(wheel)


def test_unpacked_wheel_runs_far_from_the_sources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "import sfdfa_codegen.host.cli as cli, sys; print(cli.__file__, file=sys.stderr); "
        "cli.main(['run', '--target', 'emu', '--epochs', '1', '--train', '20', '--test', '10', '--json', '-'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "site") in done.stderr
    assert json.loads(done.stdout)["train_samples"] == 20


def test_root_package_is_there_in_a_wheel_and_tells_its_version_and_classifier(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "import sys, sfdfa_codegen; assert 'numpy' not in sys.modules; from sfdfa_codegen import SpikingClassifier, __version__;"
        "print(__version__, SpikingClassifier.__module__, sfdfa_codegen.__file__)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    version, module, file = done.stdout.split()
    assert version == metadata.version("sfdfa-codegen")
    assert module == "sfdfa_codegen.host.classifier.estimator"
    assert Path(file).is_relative_to(tmp_path)


def _modules() -> dict[str, Path]:
    """Every module of ours by its name below the package, such as "host.cli"."""
    modules = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def _imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == PACKAGE:
                below = name.removeprefix(PACKAGE + ".")
                yield below if below in modules else below.rpartition(".")[0]


def _allowed(module: str) -> tuple[str, ...]:
    return MAY_IMPORT[max((room for room in MAY_IMPORT if f"{module}.".startswith(f"{room}.")), key=len)]


def test_folders_import_only_what_they_may() -> None:
    modules = _modules()
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules.items()
        for imported in _imports(path, modules)
        if not any(f"{imported}.".startswith(f"{allowed}.") for allowed in _allowed(name))
    ]
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = _modules()
    waiting = {name: set(_imports(path, modules)) - {name} for name, path in modules.items()}
    while free := {name for name, imported in waiting.items() if not imported}:
        waiting = {name: imported - free for name, imported in waiting.items() if name not in free}
    assert waiting == {}, "these import each other in a circle, or hang on one"


def test_only_one_file_decides_what_becomes_of_a_test_without_its_tool() -> None:
    tests = Path(__file__).parent
    asking = [
        path.name
        for path in tests.rglob("*.py")
        if 'os.environ.get("CI")' in (text := path.read_text()) or '"CI" not in' in text
    ]
    assert set(asking) == {"needs.py", Path(__file__).name}


def test_links_of_the_readme_lead_somewhere_from_elsewhere() -> None:
    with_public_links = runpy.run_path(str(ROOT / "hatch_build.py"))["with_public_links"]
    text = "[a](docs/A.md#b) ![p](docs/p.svg) [c](https://c.org/x) [d](#d) `[0](1)`"
    assert with_public_links(text, "", "main") == "a  [c](https://c.org/x) [d](#d) `0`"
    assert with_public_links(text.removesuffix(" `[0](1)`"), "https://forge.org/o/r", "main") == (
        "[a](https://forge.org/o/r/blob/main/docs/A.md#b) ![p](https://forge.org/o/r/raw/main/docs/p.svg) "
        "[c](https://c.org/x) [d](#d)"
    )


def test_page_of_an_index_has_no_relative_link(wheel: Path) -> None:
    (metadata_text,) = (text for name, text in _contents(wheel).items() if name.endswith(".dist-info/METADATA"))
    headers, _, page = metadata_text.decode().partition("\n\n")
    assert "Author: The sfdfa-codegen authors" in headers
    assert "Description-Content-Type: text/markdown" in headers
    places = re.findall(r"\]\(([^)\s]+)\)", page)
    assert [place for place in places if not place.startswith(("https:", "#"))] == []
    assert len(places) > 3
