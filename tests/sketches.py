"""The library and its sketch, compiled as their reader would, with stubs for Arduino."""

import shutil
import subprocess
from pathlib import Path

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.source_files import write_sources

STUB = Path(__file__).with_name("arduino_stub.cpp")
CHECKED = "CFLAGS=-O1 -Wall -Wextra -Wconversion -Werror"
DARK, HALF, DENSE = 0, 511, 1023
"""Values of every analogue input: what a sensor says that is not there, in the middle, and at its end."""


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


def said(image: Path, *typed: str) -> list[str]:
    """The lines that the sketch prints when a user types these before each loop."""
    return subprocess.run([image, *typed], capture_output=True, text=True, check=True).stdout.splitlines()
