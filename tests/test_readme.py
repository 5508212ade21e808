"""The first screen of the README is true: the network file that it shows is one, and the C that uses it compiles."""

import re
from pathlib import Path

from sfdfa_codegen.codegen.cores import library_cores, runtime_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.prepare import load_spec, prepare

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only")
FIRMWARE = """#include "sfdfa_encode.h"
void show(uint16_t prediction);
void sense(const sfdfa_reading_t *readings, int32_t label);
void sense(const sfdfa_reading_t *readings, int32_t label)
{{
{lines}}}
"""


def first_block(language: str) -> str:
    block = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert block
    return block[1]


def test_five_lines_are_a_network_and_five_lines_use_it(tmp_path: Path) -> None:
    network, firmware = first_block("toml"), first_block("c")
    assert network.count("\n") == firmware.count("\n") == 5
    rows = [f"{k % 3}.{k},{k % 5},{('well', 'blocked', 'worn')[k % 3]}" for k in range(60)]
    (tmp_path / "pump.csv").write_text("\n".join(("current,heat,state", *rows)), encoding="utf-8")
    (tmp_path / "pump.toml").write_text(network, encoding="utf-8")
    integers = prepare(load_spec(str(tmp_path / "pump.toml"))).integer_network
    assert integers.outputs == 3 and integers.ring_slots == 8
    sources = {**runtime_sources(integers, library_cores(integers)), "user.c": FIRMWARE.format(lines=firmware)}
    write_sources(sources, tmp_path)
    find_host_compiler().run([*STRICT, "-I", str(tmp_path), str(tmp_path / "user.c")])
