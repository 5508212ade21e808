"""The library and its sketch, compiled as their reader would, with stubs for Arduino."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.source_files import write_sources

HERE = Path(__file__).parent
STUB = HERE / "arduino_stub.cpp"
CHECKED = "CFLAGS=-O1 -Wall -Wextra -Wconversion -Werror"
DARK, HALF, DENSE = 0, 511, 1023
"""Values of every analogue input: what a sensor says that is not there, in the middle, and at its end."""

ARM = 40
"""EM_ARM of an ELF file."""
BOARD = ("qemu-system-arm", "-M", "mps2-an386", "-semihosting", "-nographic", "-kernel")


@dataclass(frozen=True)
class Tools:
    """Compilers and archiver, with the flags of both compilers."""

    c: str
    cpp: str
    archive: str
    flags: tuple[str, ...] = ()


def library(network: IntegerNetwork, folder: Path, prefix: str = "") -> Path:
    write_sources(library_sources(network, prefix), folder)
    subprocess.run(["make", "-s", "-j2", f"lib{prefix}sfdfa.a", CHECKED], cwd=folder, check=True)
    return folder


def sketch(folder: Path, steady: int, compiler: str = "g++", standard: str = "c++11", prefix: str = "") -> Path:
    """SensorLoop.ino as a program, with every analogue input at `steady`."""
    assert shutil.which(compiler), f"{compiler} is wanted; `make tools` installs it"
    example = folder / "examples" / "SensorLoop"
    image, loop = folder / f"ino-{steady}", folder / "SensorLoop.o"
    includes = ["-I", str(folder / "src"), "-I", str(example)]
    strict = ["-Wall", "-Wextra", "-Werror", *includes]
    subprocess.run(["cc", "-std=c11", *strict, "-c", str(example / "SensorLoop.c"), "-o", str(loop)], check=True)
    command = [compiler, f"-std={standard}", *strict, f"-DSTEADY={steady}", str(STUB), str(loop)]
    subprocess.run([*command, str(folder / f"lib{prefix}sfdfa.a"), "-o", str(image)], check=True)
    return image


def sketch_of_samples(folder: Path, name: str) -> Path:
    """A sketch that takes samples, as a program for this computer that reads them from files; see samples_stub.cpp."""
    return _with_samples(folder, name, Tools("gcc", "g++", "ar"), ())


def board_of_samples(folder: Path, name: str) -> Path:
    """The same, for the Cortex-M4 of QEMU's mps2-an386 with semihosting."""
    for tool in ("arm-none-eabi-g++", "qemu-system-arm"):
        assert shutil.which(tool), f"{tool} is wanted; `make tools` installs it"
    tools = Tools("arm-none-eabi-gcc", "arm-none-eabi-g++", "arm-none-eabi-ar", ("-mcpu=cortex-m4", "-mthumb"))
    start = (str(HERE / "semihosting_vectors.c"), "--specs=rdimon.specs", "-T", str(HERE / "semihosting.ld"))
    return _with_samples(folder, name, tools, start)


def _with_samples(folder: Path, name: str, tools: Tools, start: tuple[str, ...]) -> Path:
    for header in ("PDM.h", "Arduino_LSM9DS1.h"):
        (folder / header).touch()
    subprocess.run(["make", "-s", "clean"], cwd=folder, check=False)
    made = [f"CC={tools.c}", f"AR={tools.archive}", " ".join((CHECKED, *tools.flags))]
    subprocess.run(["make", "-s", "-j2", "libsfdfa.a", *made], cwd=folder, check=True)
    strict = ["-O1", "-Wall", "-Wextra", "-Werror", "-I", str(folder / "src"), "-I", str(folder)]
    source = f'-DSKETCH="{folder / "examples" / name / name}.ino"'
    plain = ["-std=c++11", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]
    stub, image = folder / "stub.o", folder / name
    subprocess.run(
        [tools.cpp, *tools.flags, *plain, *strict, source, "-c", str(HERE / "samples_stub.cpp"), "-o", str(stub)],
        check=True,
    )
    subprocess.run([tools.c, *tools.flags, str(stub), str(folder / "libsfdfa.a"), *start, "-o", str(image)], check=True)
    return image


def said_of_samples(image: Path, samples: NDArray[np.int16], typed: Sequence[tuple[int, int]]) -> list[str]:
    """What a sketch prints of samples (samples, axes), and its CRC-32. typed: before which sample a user types which class."""
    samples.astype("<i2").tofile(image.parent / "samples.raw")
    lines = "".join(f"{when} {label}\n" for when, label in typed)
    (image.parent / "typed.txt").write_text(lines, encoding="utf-8")
    command = [str(image)] if image.read_bytes()[18] != ARM else [*BOARD, str(image)]
    return subprocess.run(command, cwd=image.parent, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


def said(image: Path, *typed: str) -> list[str]:
    """The lines that the sketch prints when a user types these before each loop."""
    return subprocess.run([image, *typed], capture_output=True, text=True, check=True).stdout.splitlines()
