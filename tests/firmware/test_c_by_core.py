"""The C that is written for one core, measured: how many files, how much of them that core compiles, and how much asks the preprocessor.

A line of code is one that is no comment, not blank and no directive; it is alive if the preprocessor leaves it to the compiler. Directives count as
conditional unless they guard a header against being included twice.
"""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from needs import need_tool
from networks import make_integrator, make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.cores import Core, compiled_files, runtime_files, runtime_sources
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import folder_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.cross_compilers import GCC_NAMES
from sfdfa_codegen.codegen.toolchain.images import read_chunks
from sfdfa_codegen.host.prepare import load_spec, prepare
from signal_networks import signal_network

GENERATED = {"sfdfa_config.h", "sfdfa_network.h", "sfdfa_network.c", "sfdfa_names.h"}
LEAST_ALIVE = 0.85
MOST_FILES = 30
MOST_CONDITIONAL = 0.03
LINE_LENGTH = 120
CONTRACT_LINES = 160
FIRST_FUNCTION_LINE = 60


@dataclass(frozen=True)
class Case:
    """A core with the compiler of one of its processors."""

    core: Core
    compiler: tuple[str, ...]
    eligibility: str = "replay"


ARM = ("arm-none-eabi-gcc", "-std=c11", "-mthumb")
CASES = {
    "words": Case("words", ("gcc", "-std=c11")),
    "vectors": Case("vectors", ("gcc", "-std=c11")),
    "cortex-m0": Case("cortex_m0", (*ARM, "-mcpu=cortex-m0plus")),
    "cortex-m4": Case("cortex_m4", (*ARM, "-mcpu=cortex-m4")),
    "avr": Case("avr", ("avr-gcc", "-std=gnu11", "-mmcu=atmega2560")),
    "riscv": Case("riscv", ("riscv64-unknown-elf-gcc", "-std=c11", "-march=rv32im", "-mabi=ilp32")),
    "compact": Case("compact", ("avr-gcc", "-std=gnu11", "-mmcu=atmega328p")),
    "traces": Case("words", ("gcc", "-std=c11"), "trace"),
}
NETWORKS: dict[str, Callable[[str], IntegerNetwork]] = {
    "counts": lambda eligibility: make_network(9, 6, 3, eligibility=eligibility),
    "integrates": lambda eligibility: make_integrator(9, 6, 3, eligibility=eligibility),
}


def without_comments(text: str) -> str:
    """The text with as many lines."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    continued = False
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        directive = continued or line.lstrip().startswith("#")
        continued = directive and line.rstrip().endswith("\\")
        if line.strip() and not directive:
            lines.add(number)
    return lines


def conditional_lines(text: str) -> list[int]:
    """The numbers of the lines that ask the preprocessor, without a header's guard."""
    bare = without_comments(text)
    guard = re.search(r"^#ifndef (SFDFA_\w+_H)\n#define \1\n", bare, re.MULTILINE)
    lines = [
        number
        for number, line in enumerate(bare.splitlines(), 1)
        if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b", line)
    ]
    return lines[1:-1] if guard else lines


def lines_alive(compiler: tuple[str, ...], unit: str, folder: Path) -> dict[str, set[int]]:
    words = [*compiler, "-ffreestanding", "-I.", "-E", unit]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    alive: dict[str, set[int]] = {}
    name, number = "", 0
    for line in done.stdout.splitlines():
        marker = re.match(r'# (\d+) "([^"]*)"', line)
        if marker:
            number, name = int(marker[1]), marker[2].removeprefix("./")
            continue
        if line.strip():
            alive.setdefault(name, set()).add(number)
        number += 1
    return alive


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    found = CASES[request.param]
    need_tool(found.compiler[0])
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_files_of_a_core(case: Case, name: str) -> None:
    sources = runtime_sources(NETWORKS[name](case.eligibility), (case.core,))
    assert len(sources) <= MOST_FILES, sorted(sources)


@pytest.mark.parametrize("core", ["words", "vectors", "cortex_m0", "cortex_m4", "riscv", "avr"])
def test_files_of_a_network_of_signals(core: Core) -> None:
    """The most there is: a front-end, an encoder, outputs that integrate, and feedback that follows the residual."""
    heard = signal_network("mel")
    parts = {"encoder": heard.encoder, "frontend": heard.frontend}
    network = make_integrator(heard.channels, 6, 3, ticks=heard.ticks, max_events=heard.max_events, **parts)
    sources = runtime_sources(network, (core,))
    assert "core/sfdfa_frontend.c" in sources
    assert len(sources) <= MOST_FILES, sorted(sources)


@pytest.mark.parametrize("preset", ["digits", "digits-uno", "digits-counts"])
@pytest.mark.parametrize("core", ["words", "vectors", "cortex_m0", "cortex_m4", "riscv", "avr", "compact"])
def test_files_of_a_preset(core: Core, preset: str) -> None:
    sources = runtime_sources(prepare(load_spec(preset)).integer_network, (core,))
    assert len(sources) <= MOST_FILES, sorted(sources)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("board", ["unicorn-cortex-m0", "unicorn-cortex-m4", "picorv32"])
def test_few_files_are_the_same_code_as_many(board: str, name: str, tmp_path: Path) -> None:
    need_tool(GCC_NAMES[boards()[board].architecture])
    images = [
        compile_firmware(NETWORKS[name]("replay"), boards()[board], tmp_path / str(apart), apart=apart)
        for apart in (False, True)
    ]
    few, many = (read_chunks(image) for image in images)
    assert few == many


@pytest.mark.parametrize("name", NETWORKS)
def test_most_of_a_core_is_alive(case: Case, name: str, tmp_path: Path) -> None:
    sources = runtime_sources(NETWORKS[name](case.eligibility), (case.core,))
    write_sources(sources, tmp_path)
    alive: dict[str, set[int]] = {}
    for unit in compiled_files(sources):
        for path, lines in lines_alive(case.compiler, unit, tmp_path).items():
            alive.setdefault(path, set()).update(lines)
    code = {path: code_lines(text) for path, text in sources.items() if path not in GENERATED}
    dead = {path: len(lines - alive.get(path, set())) for path, lines in code.items()}
    share = 1 - sum(dead.values()) / sum(map(len, code.values()))
    assert share >= LEAST_ALIVE, (share, sorted(dead.items(), key=lambda item: -item[1])[:8])


@pytest.mark.parametrize("name", NETWORKS)
def test_every_header_compiles_alone(case: Case, name: str, tmp_path: Path) -> None:
    """All of a core at once: a unit for each header that includes nothing before it."""
    sources = runtime_sources(NETWORKS[name](case.eligibility), (case.core,))
    units = {
        f"alone_{path.replace('/', '_')[:-2]}.c": f'#include "{path}"\n' for path in sources if path.endswith(".h")
    }
    write_sources(sources | units, tmp_path)
    flags = ("-ffreestanding", "-I.", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror")
    done = subprocess.run([*case.compiler, *flags, *units], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def all_c() -> dict[str, str]:
    """The runtime, and what is compiled with it."""
    others = {
        f"{folder}/{name}": text for folder in ("link", "native") for name, text in folder_sources(folder).items()
    }
    return {**runtime_files(), **others}


def test_little_of_the_runtime_asks_the_preprocessor() -> None:
    texts = runtime_files()
    asking = {path: len(conditional_lines(text)) for path, text in texts.items()}
    share = sum(asking.values()) / sum(text.count("\n") for text in texts.values())
    assert share <= MOST_CONDITIONAL, (share, sorted(asking.items(), key=lambda item: -item[1])[:8])


@pytest.mark.parametrize("path", sorted(all_c()))
def test_no_function_has_two_bodies_in_a_file(path: str) -> None:
    names = re.findall(r"^(?:[a-zA-Z_]\w*[ *]+)+(\w+)\([^;{}]*\)\n\{", without_comments(all_c()[path]), re.MULTILINE)
    assert len(set(names)) == len(names), sorted(names)


@pytest.mark.parametrize("path", sorted(all_c()))
def test_lines_are_not_too_long(path: str) -> None:
    assert [line for line in all_c()[path].splitlines() if len(line) > LINE_LENGTH] == []


def test_contract_is_short() -> None:
    lines = without_comments(runtime_files()["sfdfa.h"]).splitlines()
    functions = [number for number, line in enumerate(lines, 1) if re.match(r"(static inline )?\w+ \w+\(", line)]
    assert functions[0] <= FIRST_FUNCTION_LINE
    assert len(lines) <= CONTRACT_LINES
