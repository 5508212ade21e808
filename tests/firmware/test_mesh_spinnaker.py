"""Cores of a mesh for SpiNNaker 1: the sources compile for its ARM968 and fit its memory, with a stand-in for the header of spin1_api."""

import shutil
import subprocess
from pathlib import Path

import pytest
from needs import need_tool
from networks import make_integrator, make_network
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.mesh.mesh_c import core_units
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.codegen.mesh.routing import TO_ALL, TO_HOST, TO_ITSELF, TO_PARENT, TO_ROOT
from sfdfa_codegen.codegen.mesh.spinnaker import ROUTES, spinnaker_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.prepare import load_spec, prepare

COMPILER = "arm-none-eabi-gcc"
FLAGS = ("-std=c11", "-O2", "-march=armv5te", "-mthumb", "-mthumb-interwork", "-mfloat-abi=soft", "-ffreestanding")
STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Wstrict-prototypes", "-Werror")
CODE_BYTES, DATA_BYTES = 32512, 63488
"""Of a core, for programs; 2 KB of stack are within the data."""
NETWORKS = {
    "grades, 4 bits": make_network(10, 9, 7, 4, weight_bits=4),
    "traces, 16 bits": make_network(eligibility="trace", weight_bits=16),
    "integrator": make_integrator(),
    "frozen": make_network(rule="none"),
}


def compiled(sources: dict[str, str], units: list[str], folder: Path) -> tuple[int, int]:
    """Bytes of code and of data of these files, compiled strictly."""
    need_tool(COMPILER)
    write_sources(sources, folder)
    shutil.copy(Path(__file__).parent / "spin1_api.h", folder)
    subprocess.run([COMPILER, *FLAGS, *STRICT, "-I.", "-c", *units], cwd=folder, check=True)
    objects = [Path(unit).with_suffix(".o").name for unit in units]
    told = subprocess.run(["arm-none-eabi-size", *objects], cwd=folder, capture_output=True, text=True, check=True)
    rows = [[int(word) for word in line.split()[:3]] for line in told.stdout.splitlines()[1:]]
    return sum(row[0] for row in rows), sum(row[1] + row[2] for row in rows)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_sources_compile_strictly(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    sources = spinnaker_sources(network, even_map(network, 2))
    units = ["sfdfa_network.c", "sfdfa_mesh_map.c", *core_units(network), "sfdfa_mesh_spin1.c"]
    assert " ".join(units) in sources["Makefile"]
    code, _ = compiled(sources, [*units, "sfdfa_mesh_start_1.c", "sfdfa_mesh_gate_spin1.c"], tmp_path)
    assert code > 0


def test_digits_fit_a_core(tmp_path: Path) -> None:
    network = prepare(load_spec("digits")).integer_network
    sources = spinnaker_sources(network, even_map(network, 2))
    units = ["sfdfa_mesh_map.c", *core_units(network), "sfdfa_mesh_spin1.c", "sfdfa_mesh_start_0.c"]
    code, data = compiled(sources, units, tmp_path)
    assert code < CODE_BYTES
    assert data + 2048 < DATA_BYTES


def test_the_gate_routes_every_kind_to_whom_it_is_for() -> None:
    gate = spinnaker_sources(make_network(), even_map(make_network(), 2))["sfdfa_mesh_gate_spin1.c"]
    assert len([kind for kind in Kind if kind not in TO_PARENT | TO_ITSELF]) == ROUTES
    for kind in Kind:
        wanted = [
            word for word, kinds in (("ALL_CORES", TO_ALL), ("CORE_0", TO_ROOT), ("HOST", TO_HOST)) if kind in kinds
        ]
        assert (f"{{SFDFA_MESH_{kind.name}, {' | '.join(wanted)}}}" in gate) == bool(wanted)
        assert bool(wanted) != (kind in TO_PARENT | TO_ITSELF)
    assert "to_parent[] = {SFDFA_MESH_READY, SFDFA_MESH_SUM};" in gate


def test_more_cores_than_a_chip_has_are_refused() -> None:
    with pytest.raises(ConfigError, match="17 cores: a chip has 16 for a mesh"):
        spinnaker_sources(make_network(), even_map(make_network(), 17))


def test_without_tools_the_sources_are_there_and_build_says_what_to_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SPINN_DIRS", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main(["build", "digits", "--target", "spinnaker1", "--cores", "2", "--out", str(tmp_path / "chip")])
    assert stopped.value.code == 3
    assert "to compile them get https://github.com/SpiNNakerManchester/spinnaker_tools" in capsys.readouterr().err
    assert (tmp_path / "chip" / "Makefile").is_file() and (tmp_path / "chip" / "sfdfa_mesh_start_1.c").is_file()
