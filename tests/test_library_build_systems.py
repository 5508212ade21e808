"""The library's folder as each build system takes it: manifests by their specifications, CMake files with stand-ins for Zephyr and ESP-IDF, Arduino's own builder."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml
from needs import need, need_tool
from networks import make_network
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.host.link.line import SocketLine
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.simulators.simavr import check_simavr, start_simavr

STAND_INS = Path(__file__).parent / "build_systems"
PREFIXES = ("", "door_")
LEARNED = re.compile(r"right: (\d+) of the first 100, (\d+) of the last 100\nchecksum: [0-9a-f]{8}\n")
ARDUINO = Path("/usr/share/arduino/hardware")
ARDUINO_SETTINGS = {
    "runtime.tools.avr-gcc.path": "/usr",
    "tools.ctags.cmd.path": "/usr/bin/arduino-ctags",
    "tools.ctags.pattern": '"{cmd.path}" -u --language-force=c++ -f - --c++-kinds=svpf --fields=KSTtzns --line-directives "{source_file}"',
    # What Debian's avr-gcc does not define and its Arduino core asks for.
    "compiler.cpp.extra_flags": "-DDECIMAL_DIG=__DECIMAL_DIG__",
}
"""What the Arduino IDE would bring along, with Debian's tools."""


@cache
def digits() -> IntegerNetwork:
    return prepare(load_spec("digits")).integer_network


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("name", ["a", "4.8-x_y", "arduino-library", "long" * 16])
def test_manifests_follow_their_specifications(name: str, prefix: str) -> None:
    """Arduino Library Specification with the rules of arduino-lint; the manifest schema of PlatformIO; Zephyr's schema of module.yml; ESP-IDF's of idf_component.yml."""
    files = library_sources(make_network(9, 6, 3, name=name), prefix)
    arduino = properties(files["library.properties"])
    wanted = ("name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures")
    assert all(arduino[key] for key in wanted)
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.-]{0,62}", arduino["name"]) and not arduino["name"].startswith("arduino")
    assert re.fullmatch(r"\d+\.\d+\.\d+", arduino["version"]) and arduino["category"] == "Data Processing"
    assert f"src/{arduino['includes']}" in files and not arduino["paragraph"].startswith(arduino["sentence"])

    platformio = json.loads(files["library.json"])
    assert re.fullmatch(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9_.-]{0,48}[A-Za-z0-9]", platformio["name"])
    assert len(platformio["version"]) <= 20 and len(platformio["description"]) <= 255
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", word) for word in platformio["keywords"])
    assert f"src/{platformio['headers']}" in files

    module = yaml.safe_load(files["zephyr/module.yml"])
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", module["name"])
    assert f"{module['build']['cmake']}/CMakeLists.txt" in files and module["build"]["kconfig"] in files
    assert all(f"{folder}/sample.yaml" in files for folder in module["samples"])
    component = yaml.safe_load(files["idf_component.yml"])
    assert component["version"] == arduino["version"] == platformio["version"]
    names = {arduino["name"], platformio["name"]}
    assert len(names) == 1 and names.pop().startswith(f"{prefix}sfdfa_{name}"[:40])
    assert component["license"] == platformio["license"] == arduino["license"] == "Apache-2.0"


def build_and_run(source: Path, build: Path, *options: str) -> None:
    need_tool("cmake")
    subprocess.run(["cmake", "-S", source, "-B", build, *options], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", build, "-j2"], check=True, capture_output=True)
    said = subprocess.run([build / "app"], capture_output=True, text=True, check=True).stdout
    found = LEARNED.fullmatch(said)
    assert found and int(found[2]) > 60, said


@pytest.mark.slow
def test_zephyr_sample_is_built_as_a_module_and_learns(tmp_path: Path) -> None:
    """With a prefix, which stands in the names of Kconfig too."""
    write_sources(library_sources(digits(), "door_"), tmp_path / "library")
    build_and_run(
        tmp_path / "library" / "zephyr" / "sample", tmp_path / "build", f"-DZephyr_DIR={STAND_INS / 'zephyr'}"
    )


@pytest.mark.slow
def test_esp_idf_component_is_registered_and_learns(tmp_path: Path) -> None:
    write_sources(library_sources(digits()), tmp_path / "library")
    build_and_run(STAND_INS / "esp_idf", tmp_path / "build", f"-DCOMPONENT={tmp_path / 'library'}")


def test_esp_idf_component_can_be_read_as_a_script(tmp_path: Path) -> None:
    need_tool("cmake")
    write_sources(library_sources(make_network(9, 6, 3)), tmp_path)
    script = STAND_INS / "esp_idf" / "requirements.cmake"
    words = ["cmake", "-DESP_PLATFORM=1", f"-DCOMPONENT={tmp_path}", "-P", str(script)]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stderr.strip() == "registered src"


def test_name_has_no_two_dashes_in_a_row() -> None:
    """PlatformIO, "library.json", "name"."""
    files = library_sources(make_network(9, 6, 3, name="a---b"))
    assert json.loads(files["library.json"])["name"] == "sfdfa_a-b"


def crc_on_this_machine(library: Path, folder: Path) -> str:
    program = folder / "crc.c"
    program.write_text(
        '#include <stdio.h>\n#include "learn_counted.h"\nint main(void)\n{\n    printf("crc %lX\\n", (unsigned long)learn_counted());\n    return 0;\n}\n'
    )
    subprocess.run(["make", "-s", "libsfdfa.a"], cwd=library, check=True)
    command: list[str | Path] = [
        "cc",
        "-I",
        library / "src",
        "-I",
        STAND_INS / "Crc",
        program,
        library / "libsfdfa.a",
        "-o",
        folder / "crc",
    ]
    subprocess.run(command, check=True)
    return subprocess.run([folder / "crc"], capture_output=True, text=True, check=True).stdout.strip()


def crc_on_a_mega(image: Path) -> str:
    process, address = start_simavr("atmega2560", 16_000_000, image)
    said = b""
    with process:
        line = SocketLine(address)
        while not said.endswith(b"\r\n"):
            heard = line.read(60.0)
            assert heard, said
            said += heard
        line.close()
    return said.decode().strip()


@pytest.mark.slow
def test_arduino_builder_makes_for_the_mega_what_learns_as_here(tmp_path: Path) -> None:
    need(check_simavr)
    need_tool("arduino-builder")
    library = tmp_path / "libraries" / "sfdfa"
    write_sources(library_sources(digits()), library)
    (tmp_path / "build").mkdir()
    command: list[str | Path] = [
        "arduino-builder",
        "-compile",
        "-hardware",
        ARDUINO,
        "-tools",
        "/usr/bin",
        "-tools",
        ARDUINO,
    ]
    command += ["-libraries", tmp_path / "libraries", "-fqbn", "arduino:avr:mega:cpu=atmega2560"]
    command += [f"-prefs={key}={value}" for key, value in ARDUINO_SETTINGS.items()]
    subprocess.run(
        [*command, "-build-path", tmp_path / "build", STAND_INS / "Crc" / "Crc.ino"], check=True, capture_output=True
    )
    expected = crc_on_this_machine(library, tmp_path)
    assert re.fullmatch(r"crc [0-9A-F]{1,8}", expected) and expected != "crc 0"
    assert crc_on_a_mega(tmp_path / "build" / "Crc.ino.elf") == expected
