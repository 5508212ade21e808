"""Which core's kernels a build has, and how a library with several of them lets the compiler choose."""

import re
from dataclasses import replace
from functools import partial

import pytest
from networks import make_integrator, make_network, with_layer
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.cores import (
    Core,
    board_core,
    compiled_files,
    core_variant,
    library_cores,
    render_config,
    runtime_sources,
)
from sfdfa_codegen.codegen.frontend import Endpoint
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from signal_networks import signal_network

BYTES = make_network(9, 6, 3)


@pytest.mark.parametrize(
    ("board", "core"),
    [
        ("arduino-mega", "avr"),
        ("arduino-uno", "compact"),
        ("hifive1", "riscv"),
        ("microbit", "cortex_m0"),
        ("pico", "cortex_m0"),
        ("stm32vldiscovery", "words"),
        ("mps2-an386", "cortex_m4"),
        ("mps2-an500", "cortex_m4"),
        ("mps2-an505", "cortex_m4"),
    ],
)
def test_core_of_a_board(board: str, core: Core) -> None:
    assert board_core(BYTES, boards()[board]) == core


@pytest.mark.parametrize(
    ("network", "cores"),
    [
        (make_network(9, 6, 3, state_bits=16), ("words", "words", "words", "words")),
        (with_layer(BYTES, 1, weight_fraction_bits=5), ("words", "words", "words", "words")),
        (with_layer(BYTES, 0, decay_s=2048), ("cortex_m0", "words", "avr", "riscv")),
        (make_network(9, 1, 1), ("cortex_m0", "words", "avr", "riscv")),
        (make_network(9, 6, 3, weight_bits=4), ("cortex_m0", "cortex_m4", "words", "words")),
    ],
    ids=["16-bit states", "dither of 9 bits", "decay with a sign", "one neuron", "nibbles"],
)
def test_networks_that_the_assembly_does_not_take(network: IntegerNetwork, cores: tuple[Core, ...]) -> None:
    names = ("pico", "mps2-an386", "arduino-mega", "hifive1")
    assert tuple(board_core(network, boards()[name]) for name in names) == cores


@pytest.mark.parametrize(
    ("network", "folder"),
    [(BYTES, "avr"), (with_layer(BYTES, 0, decay=8), "words"), (make_network(9, 6, 3, gradient="exact"), "words")],
    ids=["usual", "sums of more than 24 bits", "exact gradient"],
)
def test_walk_of_an_avr(network: IntegerNetwork, folder: str) -> None:
    assert dict(core_variant(network, "avr").headers)["SFDFA_WALK"] == f"{folder}/sfdfa_walk.h"


def test_library_for_any_board_has_all_cores() -> None:
    assert library_cores(BYTES) == ("cortex_m0", "cortex_m4", "riscv", "avr", "words")
    assert library_cores(BYTES, compact=True) == ("compact",)
    assert library_cores(make_network(9, 6, 3, weight_bits=16, eligibility="trace")) == ("words",)


def test_config_of_one_core_asks_nothing() -> None:
    config = render_config(BYTES, ("cortex_m0",))
    assert "#define SFDFA_CORTEX_M0 1\n" in config
    assert "#define SFDFA_CORTEX_M4 0\n" in config
    assert '#define SFDFA_GRADES "scalar/sfdfa_late_grades.h"\n' in config
    assert "#if " not in config and "LENT" not in config


def kept(sources: dict[str, str], block: re.Match[str]) -> str:
    """What stands between #if and #endif, where the generated sizes let it."""
    return "" if f"#define {block[1]} 0" in sources["sfdfa_network.h"] else block[0]


@pytest.mark.parametrize("core", ["words", "vectors", "cortex_m0", "cortex_m4", "riscv", "avr", "compact"])
@pytest.mark.parametrize(
    "network",
    [
        BYTES,
        make_network(9, 6, 3, rule="none"),
        make_network(9, 3),
        make_network(9, 6, 5, 3),
        make_network(9, 6, 3, eligibility="trace"),
    ],
    ids=["usual", "frozen", "one layer", "three layers", "traces"],
)
def test_every_file_that_is_included_is_there(network: IntegerNetwork, core: Core) -> None:
    sources = runtime_sources(network, (core,))
    for path, text in sources.items():
        folder = path.rpartition("/")[0]
        reached = re.sub(
            r"^#if (\w+)(?: > 0)?\n(?:#include .*\n)+#endif$", partial(kept, sources), text, flags=re.MULTILINE
        )
        for name in re.findall(r'^#include "([^"]+)"', reached, re.MULTILINE):
            assert name in sources or f"{folder}/{name}" in sources, (path, name)


def test_a_core_brings_no_files_of_another() -> None:
    folders = {path.rpartition("/")[0] for path in runtime_sources(BYTES, ("words",))}
    assert folders == {"", "core", "ticks", "scalar", "words"}


def test_config_of_several_cores_asks_the_compiler() -> None:
    config = render_config(BYTES, ("cortex_m0", "cortex_m4", "riscv", "avr", "words"))
    chooser = config[config.index("#if ") : config.index("/* Inputs of a layer")]
    lines = [line for line in chooser.splitlines() if line.startswith(("#if ", "#elif", "#else", "#endif"))]
    assert lines == [
        "#if defined(__GNUC__) && defined(__ARM_ARCH_6M__)",
        "#elif defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && __ARM_ARCH_PROFILE == 'M'",
        "#elif defined(__GNUC__) && defined(__riscv_mul) && defined(__riscv_div) && __riscv_xlen == 32 && !defined(__riscv_32e)",
        "#elif defined(__GNUC__) && defined(__AVR_HAVE_MUL__)",
        "#else",
        "#endif",
    ]


@pytest.mark.parametrize("core", ["words", "vectors", "cortex_m0", "cortex_m4", "riscv", "avr", "compact"])
def test_no_macro_has_two_meanings(core: Core) -> None:
    """Sizes are in one header and the choice of files in another; a name in both was taken for a file where a number was meant."""
    heard = signal_network("mel")
    assert heard.frontend is not None
    frontend = replace(heard.frontend, endpoint=Endpoint(rise=768, drift=8, lead=2, hangover=4, shortest=4))
    network = make_integrator(
        heard.channels,
        6,
        3,
        ticks=heard.ticks,
        encoder=heard.encoder,
        frontend=frontend,
        decide_margin=60,
        ring_slots=3,
    )
    sources = runtime_sources(network, (core,))
    sizes, files = (
        set(re.findall(r"^#define (\w+)", sources[path], re.MULTILINE))
        for path in ("sfdfa_network.h", "sfdfa_config.h")
    )
    assert "SFDFA_LEAD" in sizes
    assert sizes & files == set()


def test_config_says_how_much_is_lent() -> None:
    assert "#define SFDFA_LENT_BYTES 73 /*" in render_config(BYTES, ("compact",), 73)


def test_compiled_files_have_different_names() -> None:
    """Objects can lie in one folder."""
    names = [path.rpartition("/")[2].rpartition(".")[0] for path in compiled_files(runtime_sources(BYTES, ("words",)))]
    assert sorted(set(names)) == sorted(names)
