"""The guide is true: every key is in it, and its C, TOML and Python do what it says."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sfdfa_codegen import SpikingClassifier
from sfdfa_codegen.codegen.cores import library_cores, runtime_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import Compiler, find_host_compiler
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.commands.catalogue import COMMANDS
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import (
    DataSpec,
    EncodingSpec,
    FixedPointSpec,
    FrontendSpec,
    LearningSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.prepare import load_spec, prepare
from signal_networks import signal_network

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "GUIDE.md").read_text(encoding="utf-8")
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-c")
DEFAULT_CELL = re.compile(r"^\| `(\w+)`.*\| ([^|]+) \| [^|]+ \|$")
SECTIONS = {
    FrontendSpec: "frontend",
    EncodingSpec: "encoding",
    NeuronSpec: "neuron",
    LearningSpec: "learning",
    FixedPointSpec: "fixed_point",
}
TOGETHER = {"target_false": "target_true", "high_hz": "low_hz"}
"""Keys whose row begins with another."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("table", [DataSpec, FrontendSpec, EncodingSpec, NeuronSpec, LearningSpec, FixedPointSpec])
def test_every_key_of_the_network_file_is_explained(table: type) -> None:
    missing = [field.name for field in dataclasses.fields(table) if f"`{field.name}`" not in GUIDE]
    assert missing == []


@pytest.mark.parametrize("table", [FrontendSpec, EncodingSpec, NeuronSpec, LearningSpec, FixedPointSpec])
def test_defaults_in_the_guide_are_those_of_a_network_file(table: type) -> None:
    """Those of outputs that integrate and, behind a semicolon, those of outputs that spike where they differ."""
    integrating = make_learning([32, 10]) if table is LearningSpec else table()
    spiking = make_learning([32, 10], readout="counts") if table is LearningSpec else table()
    section = GUIDE.partition(f"### `[{SECTIONS[table]}]`\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    cells = {name: text for line in section.splitlines() for name, text in DEFAULT_CELL.findall(line)}
    wrong = []
    for field in dataclasses.fields(table):
        first, _, second = cells[TOGETHER.get(field.name, field.name)].partition("; ")
        for spec, text in ((integrating, first), (spiking, second or first)):
            value = getattr(spec, field.name)
            if value is not None and not re.search(rf"(?<![\d.]){re.escape(as_written(value))}(?![\d.]*\d)", text):
                wrong.append((field.name, value, text))
    assert wrong == []


def as_written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'`"{value}"`'
    assert isinstance(value, (int, float))
    return "1/128" if value == 1 / 128 else f"{value:g}"


def test_every_command_is_explained() -> None:
    assert [name for name in COMMANDS if f"**`{name}`**" not in GUIDE] == []


def test_commands_in_the_guide_exist() -> None:
    used = set(re.findall(r"^sfdfa-codegen ([a-z]+)", "\n".join(blocks("sh")), re.MULTILINE))
    assert used <= set(COMMANDS)


def test_example_of_ones_own_data_learns_and_follows_its_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (network,), (script, *_) = [text for text in blocks("toml") if "[[board]]" not in text], blocks("python")
    (tmp_path / "my-sensor.toml").write_text(network, encoding="utf-8")
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    prepared = prepare(load_spec(str(tmp_path / "my-sensor.toml")))
    assert len(prepared.data.train) == 400
    assert [segment.name for segment in prepared.data.segments] == ["next year"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["run", "my-sensor.toml", "--target", "emu", "--epochs", "1", "--json", "run.json"])
    assert stopped.value.code == 0


def test_methods_of_the_classifier_in_the_guide_exist() -> None:
    used = set(re.findall(r"clf\.(\w+)\(", blocks("python")[1]))
    assert {"fit", "compare", "on", "export"} <= used
    assert [name for name in used if not callable(getattr(SpikingClassifier, name))] == []
    keys = inspect.signature(SpikingClassifier).parameters
    assert [name for name in keys if f"`{name}" not in GUIDE.partition("## From Python")[2]] == []


@pytest.mark.parametrize("of_samples", [False, True])
def test_examples_of_ones_own_firmware_compile_without_a_warning(tmp_path: Path, of_samples: bool) -> None:
    example = blocks("c")[of_samples]
    network = signal_network("mel") if of_samples else prepare(load_spec("digits")).integer_network
    write_sources({**runtime_sources(network, library_cores(network)), "user.c": example}, tmp_path)
    compiler: Compiler = find_host_compiler()
    compiler.run([*STRICT, "-I", str(tmp_path), str(tmp_path / "user.c"), "-o", str(tmp_path / "user.o")])


def test_readme_links_to_files_that_exist() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "docs/GUIDE.md", "docs/DESIGN.md", "SECURITY.md"):
        page = ROOT / name
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], name
