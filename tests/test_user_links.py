"""What a user links: the generated library by its own Makefile and CMake file, from C and C++, two networks in one program."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import make_network
from sfdfa_codegen.codegen.cores import compiled_files
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cli import cli
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from signal_networks import signal_network

SAMPLES = 12
STRICT = "CFLAGS=-O1 -Wall -Wextra -Wconversion -Werror"

LEARNER = """
#include <stdio.h>
#include "PREFIXsfdfa.h"

static PREFIXsfdfa_t net;

void PREFIXbegin(void) { PREFIXsfdfa_init(&net); }

void PREFIXlearn(const unsigned char *ticks, const unsigned char *channels, int events, int label)
{
    PREFIXsfdfa_result_t result;
    PREFIXsfdfa_sample_begin(&net, 1);
    for (int k = 0; k < events; k++) {
        PREFIXsfdfa_event(&net, ticks[k], channels[k]);
    }
    PREFIXsfdfa_sample_end(&net, label, &result);
}

unsigned long PREFIXcrc(void) { return (unsigned long)PREFIXsfdfa_state_crc(&net); }
"""


@pytest.fixture(scope="module")
def networks() -> dict[str, Prepared]:
    """Two networks of other sizes, both for the digits."""
    return {name: prepare(load_spec(preset)) for name, preset in (("door_", "digits"), ("lid_", "digits-uno"))}


def built(prepared: Prepared, folder: Path, prefix: str = "") -> Path:
    """The library's folder, made by its Makefile."""
    write_sources(library_sources(prepared.integer_network, prefix), folder)
    subprocess.run(["make", "-s", "-j2", f"lib{prefix}sfdfa.a", STRICT], cwd=folder, check=True)
    return folder


def learned_crc(prepared: Prepared) -> str:
    emulator = Emulator(prepared.integer_network)
    for index in range(SAMPLES):
        sample = prepared.data.train[index]
        emulator.run_sample(sample.ticks, sample.channels, sample.label, True)
    return f"{emulator.state_crc():08x}"


def array(name: str, values: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> str:
    return f"static const unsigned char {name}[] = {{{', '.join(map(str, values.tolist()))}}};\n"


def test_two_networks_in_one_program_learn_in_turns(networks: dict[str, Prepared], tmp_path: Path) -> None:
    text, calls, sources, archives, includes = "#include <stdio.h>\n", "", [], [], []
    for prefix, prepared in networks.items():
        folder = built(prepared, tmp_path / prefix, prefix)
        archives.append(str(folder / f"lib{prefix}sfdfa.a"))
        includes += ["-I", str(folder / "src")]
        sources.append(tmp_path / f"{prefix}.c")
        sources[-1].write_text(LEARNER.replace("PREFIX", prefix))
        text += f"void {prefix}begin(void);\nunsigned long {prefix}crc(void);\n"
        text += f"void {prefix}learn(const unsigned char *, const unsigned char *, int, int);\n"
    for prefix in networks:
        calls += f"{prefix}begin();\n"
    for index in range(SAMPLES):
        for prefix, prepared in networks.items():
            sample = prepared.data.train[index]
            text += array(f"{prefix}t{index}", sample.ticks) + array(f"{prefix}c{index}", sample.channels)
            calls += f"{prefix}learn({prefix}t{index}, {prefix}c{index}, {len(sample.ticks)}, {sample.label});\n"
    for prefix in networks:
        calls += f'printf("%08lx\\n", {prefix}crc());\n'
    main = tmp_path / "main.c"
    main.write_text(f"{text}int main(void)\n{{\n{calls}return 0;\n}}\n")
    command = ["cc", "-std=c11", "-Wall", "-Werror", *includes, str(main), *map(str, sources), *archives]
    subprocess.run([*command, "-o", "both"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "both"], capture_output=True, text=True, check=True).stdout.split()
    assert said == [learned_crc(prepared) for prepared in networks.values()]


def test_both_headers_fit_one_file(networks: dict[str, Prepared], tmp_path: Path) -> None:
    includes = []
    for prefix, prepared in networks.items():
        write_sources(library_sources(prepared.integer_network, prefix), tmp_path / prefix)
        includes += ["-I", str(tmp_path / prefix / "src")]
    both = tmp_path / "both.c"
    both.write_text(
        '#include "door_sfdfa.h"\n#include "lid_sfdfa.h"\n'
        '_Static_assert(DOOR_SFDFA_TICKS == 32 && LID_SFDFA_TICKS == 24, "each has its own");\n'
        "int size(void);\nint size(void) { return (int)(sizeof(door_sfdfa_t) - sizeof(lid_sfdfa_t)); }\n"
    )
    command = [
        "cc",
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        *includes,
        "-c",
        str(both),
        "-o",
        str(tmp_path / "both.o"),
    ]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("prefix", ["", "Door", "1door", "a b", "x" * 32])
def test_prefix_that_begins_no_name(prefix: str) -> None:
    from sfdfa_codegen.codegen.prefix import check_prefix

    with pytest.raises(ConfigError, match="must be 1 to 31 of a-z, 0-9 and underscore, beginning with a letter"):
        check_prefix(prefix)


def test_make_compiles_anew_when_flags_or_headers_change(networks: dict[str, Prepared], tmp_path: Path) -> None:
    folder = built(networks["door_"], tmp_path)

    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.o")}

    before = times()
    subprocess.run(["make", "-s", "libsfdfa.a", STRICT], cwd=folder, check=True)
    assert times() == before
    (folder / "src" / "sfdfa_network.h").touch()
    subprocess.run(["make", "-s", "libsfdfa.a", STRICT], cwd=folder, check=True)
    after_header = times()
    assert all(after_header[name] > before[name] for name in before if name.endswith("sfdfa.o"))
    subprocess.run(["make", "-s", "libsfdfa.a", "CFLAGS=-O2"], cwd=folder, check=True)
    assert all(times()[name] > after_header[name] for name in before)


def test_cmake_builds_two_networks(networks: dict[str, Prepared], tmp_path: Path) -> None:
    assert shutil.which("cmake"), "cmake is wanted; `make tools` installs it"
    for prefix, prepared in networks.items():
        write_sources(library_sources(prepared.integer_network, prefix), tmp_path / prefix)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(user C)\nadd_subdirectory(door_)\nadd_subdirectory(lid_)\n"
        "add_executable(both both.c)\ntarget_link_libraries(both door_sfdfa lid_sfdfa)\n"
    )
    (tmp_path / "both.c").write_text(
        '#include "door_sfdfa.h"\n#include "lid_sfdfa.h"\nstatic door_sfdfa_t door;\nstatic lid_sfdfa_t lid;\n'
        "int main(void) { door_sfdfa_init(&door); lid_sfdfa_init(&lid); return door_sfdfa_sample_begin(&door, 1); }\n"
    )
    subprocess.run(["cmake", "-S", ".", "-B", "out"], cwd=tmp_path, check=True, capture_output=True)
    made = subprocess.run(
        ["cmake", "--build", "out", "--verbose"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert " -O2" in made.stdout
    assert "executable stack" not in made.stdout + made.stderr
    subprocess.run([tmp_path / "out" / "both"], check=True)


DISAGREEING = """
#include "sfdfa.h"
static sfdfa_t net;
int main(void) { return sfdfa_init(&net) == SFDFA_OK ? 0 : -sfdfa_init(&net); }
"""


def linked(folder: Path, source: Path, archive: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """A user's file with the headers of `folder` and another library."""
    command = ["cc", "-std=c11", *flags, "-I", str(folder / "src"), str(source), str(archive), "-o", "user"]
    return subprocess.run(command, cwd=source.parent, capture_output=True, text=True, check=False)


def test_library_of_another_network_does_not_link(networks: dict[str, Prepared], tmp_path: Path) -> None:
    own = built(networks["door_"], tmp_path / "own")
    other = built(networks["lid_"], tmp_path / "other")
    user = tmp_path / "user.c"
    user.write_text(DISAGREEING)
    assert linked(own, user, own / "libsfdfa.a").returncode == 0
    subprocess.run([tmp_path / "user"], check=True)
    refused = linked(own, user, other / "libsfdfa.a")
    assert refused.returncode != 0
    assert f"sfdfa_init_{networks['door_'].integer_network.model_hash[:12]}_words" in refused.stderr


def test_second_network_without_a_prefix_does_not_link(networks: dict[str, Prepared], tmp_path: Path) -> None:
    folders = [built(prepared, tmp_path / prefix) for prefix, prepared in networks.items()]
    objects = []
    for number, folder in enumerate(folders):
        user = tmp_path / f"u{number}.c"
        user.write_text(
            f'#include "sfdfa.h"\nstatic sfdfa_t net;\nint f{number}(void) {{ return sfdfa_init(&net); }}\n'
        )
        objects.append(user.with_suffix(".o"))
        command = ["cc", "-std=c11", "-I", str(folder / "src"), "-c", str(user), "-o", str(objects[-1])]
        subprocess.run(command, check=True)
    (tmp_path / "m.c").write_text("int f0(void);\nint f1(void);\nint main(void) { return f0() + f1(); }\n")
    archives = [str(folder / "libsfdfa.a") for folder in folders]
    for order in (archives, archives[::-1]):
        command = ["cc", str(tmp_path / "m.c"), *map(str, objects), *order, "-o", str(tmp_path / "m")]
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert refused.returncode != 0
        assert "multiple definition of" in refused.stderr


def test_library_of_another_layout_refuses_to_begin(networks: dict[str, Prepared], tmp_path: Path) -> None:
    own = built(networks["door_"], tmp_path / "own")
    user = tmp_path / "user.c"
    user.write_text(DISAGREEING)
    assert linked(own, user, own / "libsfdfa.a", "-fpack-struct").returncode == 0
    assert subprocess.run([tmp_path / "user"], check=False).returncode == 5


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("standard", ["c++11", "c++17", "c++20"])
def test_from_cplusplus(networks: dict[str, Prepared], tmp_path: Path, compiler: str, standard: str) -> None:
    assert shutil.which(compiler), f"{compiler} is wanted; `make tools` installs it"
    own = built(networks["door_"], tmp_path / "own")
    user = tmp_path / "user.cpp"
    user.write_text(
        '#include "sfdfa.h"\nstatic sfdfa_t net;\nint main() { sfdfa_result_t result; sfdfa_init(&net);\n'
        "    return sfdfa_sample_begin(&net, true) + sfdfa_event(&net, 0, 3) + sfdfa_sample_end(&net, 1, &result); }\n"
    )
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-I", str(own / "src")]
    subprocess.run([compiler, *flags, str(user), str(own / "libsfdfa.a"), "-o", str(tmp_path / "user")], check=True)
    subprocess.run([tmp_path / "user"], check=True)


def test_library_of_the_uno_fits_it_as_an_ide_compiles_it(networks: dict[str, Prepared], tmp_path: Path) -> None:
    """No -D, no file left out; what the link-time optimiser leaves is what an Uno gets."""
    assert shutil.which("avr-gcc"), "avr-gcc is wanted; `make tools` installs it"
    prepared = networks["lid_"]
    assert prepared.spec.compact
    write_sources(library_sources(prepared.integer_network, compact=True), tmp_path)
    (tmp_path / "m.c").write_text(
        '#include "SensorLoop.h"\nstatic uint8_t readings[64];\n'
        "int main(void) { sensor_loop_begin(); for (;;) readings[0] = (uint8_t)sensor_loop_step(readings, -1); }\n"
    )
    sources = [str(path) for path in (tmp_path / "src").rglob("*") if path.suffix in (".c", ".S")]
    sources += [str(tmp_path / "m.c"), str(tmp_path / "examples" / "SensorLoop" / "SensorLoop.c")]
    flags = ["-Os", "-flto", "-std=gnu11", "-mmcu=atmega328p", "-ffunction-sections", "-fdata-sections"]
    folders = ["-I", str(tmp_path / "src"), "-I", str(tmp_path / "examples" / "SensorLoop")]
    image = tmp_path / "m.elf"
    subprocess.run(["avr-gcc", *flags, "-Wl,--gc-sections", *folders, *sources, "-o", str(image)], check=True)
    sizes = subprocess.run(["avr-size", str(image)], capture_output=True, text=True, check=True).stdout
    data, bss = map(int, sizes.splitlines()[1].split()[1:3])
    assert data + bss <= 2048 - 160, "what is left for the stack"


def test_network_with_traces_has_no_compact_library() -> None:
    with pytest.raises(ConfigError, match=r"cannot be compact: it needs replay, and no grades between hidden layers"):
        library_sources(make_network(9, 6, 3, eligibility="trace"), compact=True)


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        ("arm-none-eabi-gcc", "-O2 -mcpu=cortex-m0 -mthumb -ffreestanding"),
        ("arm-none-eabi-gcc", "-O2 -mcpu=cortex-m4 -mthumb -ffreestanding"),
        ("arm-none-eabi-gcc", "-O2 -mcpu=cortex-m33 -mthumb -ffreestanding"),
        ("riscv64-unknown-elf-gcc", "-O2 -march=rv32imac -mabi=ilp32 -ffreestanding"),
        ("avr-gcc", "-mmcu=atmega2560"),
    ],
    ids=lambda value: re.sub(r".*-m(?:cpu|arch|mcu)=(\S+).*", r"\1", value),
)
def test_make_compiles_every_file_for_every_core(
    networks: dict[str, Prepared], tmp_path: Path, compiler: str, flags: str
) -> None:
    assert shutil.which(compiler), f"{compiler} is wanted; `make tools` installs it"
    network = networks["door_"].integer_network
    write_sources(library_sources(network), tmp_path)
    tools = [
        f"CC={compiler}",
        f"AR={compiler.removesuffix('gcc')}ar",
        f"CFLAGS={flags} -Wall -Wextra -Werror",
    ]
    subprocess.run(["make", "-s", "-j2", "libsfdfa.a", *tools], cwd=tmp_path, check=True)
    archive = subprocess.run(["ar", "t", str(tmp_path / "libsfdfa.a")], capture_output=True, text=True, check=True)
    wanted = [
        Path(name).with_suffix(".o").name
        for name in compiled_files(library_sources(network))
        if name.startswith("src/")
    ]
    assert sorted(archive.stdout.split()) == sorted(wanted)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize(
    "header", ["sfdfa.h", "sfdfa_config.h", "sfdfa_encode.h", "sfdfa_layout.h", "sfdfa_names.h", "sfdfa_network.h"]
)
def test_each_public_header_alone_from_cplusplus(
    networks: dict[str, Prepared], tmp_path: Path, compiler: str, header: str
) -> None:
    write_sources(library_sources(networks["door_"].integer_network), tmp_path)
    (tmp_path / "user.cpp").write_text(f'#include "{header}"\n#include "{header}"\nint main() {{ return 0; }}\n')
    flags = ["-std=c++11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", str(tmp_path / "src"), "-fsyntax-only"]
    subprocess.run([compiler, *flags, str(tmp_path / "user.cpp")], check=True)


@pytest.mark.parametrize(("name", "prefix"), [("tiny", ""), ("tiny", "door_"), ("n" * 64, ""), ("n" * 64, "x" * 31)])
@pytest.mark.parametrize("network", [lambda: make_network(9, 6, 3), lambda: signal_network("mel", rate_hz=16_000.0)])
def test_arduino_takes_the_description(name: str, prefix: str, network: Callable[[], IntegerNetwork]) -> None:
    """By the library specification of Arduino: a short name, three numbers as version, headers that are there, keywords in tabs."""
    files = library_sources(replace(network(), name=name), prefix)
    values = dict(line.split("=", 1) for line in files["library.properties"].splitlines())
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}", values["name"])
    assert values["name"].startswith(f"{prefix}sfdfa_")
    assert re.fullmatch(r"\d+\.\d+\.\d+", values["version"])
    assert f"src/{values['includes']}" in files
    assert {"author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"} <= values.keys()
    header = "".join(text for path, text in files.items() if path.startswith("src/") and path.endswith(".h"))
    for line in files["keywords.txt"].splitlines()[1:]:
        word, kind = line.split("\t")
        assert kind in ("KEYWORD1", "KEYWORD2", "LITERAL1")
        assert re.search(rf"\b{word}\b", header), word


def test_help_and_targets_name_the_library() -> None:
    from click.testing import CliRunner

    said = CliRunner().invoke(cli, ["build", "--help"]).output
    assert "One of library, source, emu, native" in " ".join(said.split())


def test_library_of_the_uno_learns_as_an_ide_compiles_it(networks: dict[str, Prepared], tmp_path: Path) -> None:
    """The same bits as on this machine, with the flags of an IDE alone, and without the stack reaching the variables."""
    write_sources(library_sources(networks["lid_"].integer_network, compact=True), tmp_path)
    here = Path(__file__).parent
    sources = [str(path) for path in (tmp_path / "src").rglob("*") if path.suffix in (".c", ".S")]
    sources += ["-I", str(tmp_path / "src"), str(here / "uno_main.c")]
    host, simulator, image = (str(tmp_path / name) for name in ("host", "simulator", "image.elf"))
    subprocess.run(["cc", "-std=c11", *sources, "-o", host], check=True)
    subprocess.run(["cc", str(here / "uno_simulator.c"), "-o", simulator, "-lsimavr", "-lelf"], check=True)
    flags = ["-Os", "-flto", "-std=gnu11", "-mmcu=atmega328p", "-ffunction-sections", "-fdata-sections"]
    subprocess.run(["avr-gcc", *flags, "-Wl,--gc-sections", *sources, "-o", image], check=True)
    crc = subprocess.run([host], capture_output=True, text=True, check=True).stdout.strip()
    ran = subprocess.run([simulator, image], capture_output=True, text=True, check=True)
    learned, never_used = re.findall(
        r"m([0-9a-f]{8})\.", ran.stdout + ran.stderr
    )  # simavr colours lines and shows their ends as dots
    assert learned == crc
    assert int(never_used, 16) > 0
