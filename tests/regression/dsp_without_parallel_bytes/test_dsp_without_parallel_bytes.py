"""The library did not assemble for an ARMv5TE core: it took __ARM_FEATURE_DSP for leave to add bytes in parallel.

That macro promises products of halves, which ARMv5TE has; SXTAB16 came with ARMv6, and __ARM_FEATURE_SIMD32 promises it.
"""

import subprocess
from pathlib import Path

import pytest
from needs import need_tool
from networks import make_network
from sfdfa_codegen.codegen.cores import compiled_files, library_cores, runtime_sources
from sfdfa_codegen.codegen.source_files import write_sources

COMPILER = "arm-none-eabi-gcc"


@pytest.mark.parametrize(
    ("flags", "by_instructions"),
    [
        (("-marm", "-march=armv5te"), False),
        (("-mthumb", "-march=armv5te"), False),
        (("-marm", "-march=armv6"), True),
        (("-mthumb", "-march=armv6"), False),
    ],
    ids=["armv5te", "armv5te-thumb", "armv6", "armv6-thumb"],
)
def test_old_arm_cores_assemble(flags: tuple[str, ...], by_instructions: bool, tmp_path: Path) -> None:
    need_tool(COMPILER)
    network = make_network(9, 20, 3)
    sources = runtime_sources(network, library_cores(network))
    write_sources(sources, tmp_path)
    options = (
        "-std=c11",
        "-O2",
        "-ffreestanding",
        "-mfloat-abi=soft",
        "-I.",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Werror",
    )
    words = [COMPILER, *flags, *options, "-c", *compiled_files(sources)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    listing = subprocess.run(
        ["arm-none-eabi-objdump", "-d", "sfdfa_forward.o"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert ("sxtab16" in listing) == by_instructions
