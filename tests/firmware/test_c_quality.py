"""The C of networks that between them take every branch of the preprocessor: compiled strictly, run under sanitizers, and without anything that a
microcontroller does not have."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from device_model import DeviceModel, initial_bytes
from needs import need_tool
from networks import make_integrator, make_network, make_samples, with_layer
from reading_networks import reading_case
from sfdfa_codegen.codegen.bounds import check_bounds
from sfdfa_codegen.codegen.cores import Core, runtime_files, runtime_sources
from sfdfa_codegen.codegen.frontend import Endpoint
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, rehearsal_bytes, state_to_bytes
from sfdfa_codegen.codegen.native_library import LIBRARY_UNITS, native_sources
from sfdfa_codegen.codegen.plan import can_be_compact
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import HOST_FLAGS
from signal_networks import signal_network

NETWORKS: dict[str, Callable[[], IntegerNetwork]] = {
    "usual": make_network,
    "one-layer": lambda: make_network(6, 3, weight_bits=16, state_bits=16),
    "three-layers": lambda: make_network(6, 5, 4, 3, weight_bits=4),
    "traces": lambda: make_network(6, 5, 4, 3, eligibility="trace", gradient="exact", error="count"),
    "traces-one-layer": lambda: make_network(5, 3, eligibility="trace", weight_bits=4, normalise=False),
    "exact": lambda: make_network(6, 5, 3, gradient="exact", normalise=False, max_spikes=2, weight_bits=16),
    "fixed-feedback": lambda: make_network(300, 5, 4, 3, rule="dfa", state_bits=16, error="count", max_events=40),
    "no-learning": lambda: make_network(6, 5, 3, rule="none", weight_bits=4),
    "cannot-saturate": lambda: unsaturated(make_network(6, 5, 3)),
    "just-inside-the-bounds": lambda: tight(),
    "integrates": lambda: make_integrator(6, 5, 3, learn_below=200, ring_slots=3, ring_rate=2, ask_up=51, ask_down=461),
    "integrates-in-turns": lambda: make_integrator(6, 5, 4, 3, decide_margin=40, weight_bits=4, pass_shift=4),
    "integrates-events": lambda: make_integrator(6, 3, weight_bits=16),
    "integrates-by-transposed-weights": lambda: make_integrator(6, 5, 3, rule="weights"),
    "integrates-with-traces": lambda: make_integrator(
        6, 5, 3, eligibility="trace", decide_margin=40, ring_slots=2, ring_rate=1
    ),
    "integrates-without-learning": lambda: make_integrator(6, 5, 3, rule="none"),
    "hard-to-hold": lambda: cramped(make_network(6, 5, 3)),
    "readings-rate": lambda: reading_case("rate", 6, byte_readings=True, class_names=("a", "b?", "\u00e9")).network,
    "readings-signed": lambda: reading_case("signed-rate", 6, left_out=0.3).network,
    "readings-population": lambda: reading_case("population", 3, feature_names=("x", "y */", "z")).network,
    # Without optimisation the code of a kind that it has not wanted a table that it has not.
    "samples-raw": lambda: signal_network("raw"),
    "samples-bands": lambda: signal_network("bands", axes=2, sliding=True),
    "samples-stats": lambda: signal_network("stats", axes=3, gravity=True, centred=True),
    "samples-utterance": lambda: signal_network("mel", endpoint=Endpoint(768, 8, 2, 4, 3)),
}
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wundef", "-Werror")
FORBIDDEN = ("float", "double", "malloc", "calloc", "realloc", "free", "alloca", "printf", "goto", "asm")
FREESTANDING = {"stdbool.h", "stddef.h", "stdint.h", "limits.h"}
COMPILER_MAY_CALL = {"memcpy", "memset", "memmove", "memcmp"}
"""What every C compiler may call by itself, freestanding or not."""


def unsaturated(network: IntegerNetwork) -> IntegerNetwork:
    """So few inputs that no state can reach its limit."""
    return with_layer(replace(network, max_events=4, max_spikes=3, target_true=3), 0, state_limit=2**22 - 1)


def tight() -> IntegerNetwork:
    """Every constant as large as section 11 lets it be, and weights at the ends of their range."""
    network = make_network(8, 8, 3, weight_bits=16, max_spikes=31, target_true=31, regulariser=4095, step_gain=255)
    weights = tuple(
        np.where(np.indices(w.shape).sum(axis=0) % 3, 32767, -32768).astype(np.int32) for w in network.weights
    )
    for index in range(2):
        network = with_layer(network, index, weight_fraction_bits=2, state_fraction_bits=12, state_limit=2**22 - 1)
        network = with_layer(network, index, threshold=2**21, rate=2**18 - 1, decay_s=511, decay=1)
    network = replace(network, weights=weights, rate_target=31 * 2048)
    check_bounds(network)
    return network


def cramped(network: IntegerNetwork) -> IntegerNetwork:
    """Little room for states and spikes, and large steps, so that everything is clamped."""
    for index in range(len(network.layers)):
        network = with_layer(network, index, state_limit=5000, spike_capacity=2, rate=2**18 - 1)
    return replace(network, step_gain=255, feedback_shift=0)


@pytest.fixture(params=NETWORKS, scope="module")
def network(request: pytest.FixtureRequest) -> IntegerNetwork:
    return NETWORKS[request.param]()


def call(words: list[str], folder: Path, script: str = "") -> str:
    """Standard output of a command that must succeed."""
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    done = subprocess.run(words, cwd=folder, input=script, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def c_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.c"))


def runtime_folder(network: IntegerNetwork, folder: Path, core: Core = "words") -> Path:
    write_sources(runtime_sources(network, (core,), store=True), folder)
    return folder


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


def compile_strictly(network: IntegerNetwork, compiler: str, folder: Path, core: Core = "words") -> Path:
    """Without a warning; clang gives its own before it makes any code."""
    runtime_folder(network, folder, core)
    flags = ("-std=c11", "-I.", "-ffreestanding", "-fno-stack-protector", *WARNINGS)
    makes = ("-fsyntax-only",) if compiler == "clang" else ("-O2", "-c")
    call([need_tool(compiler), *flags, *makes, *c_files(folder)], folder)
    return folder


@pytest.fixture(scope="module")
def objects(network: IntegerNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what gcc makes of the library, without a warning."""
    return compile_strictly(network, "gcc", tmp_path_factory.mktemp("objects"))


def test_gcc_compiles_without_a_warning(objects: Path) -> None:
    assert {path.stem for path in objects.glob("*.o")} == {path.stem for path in objects.rglob("*.c")}


def test_clang_compiles_without_a_warning(network: IntegerNetwork, tmp_path: Path) -> None:
    compile_strictly(network, "clang", tmp_path)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compact_runtime_compiles_without_a_warning(compiler: str, network: IntegerNetwork, tmp_path: Path) -> None:
    if not can_be_compact(network):
        pytest.skip("this network cannot be compact")
    compile_strictly(network, compiler, tmp_path, "compact")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_native_library_compiles_without_a_warning(compiler: str, tmp_path: Path) -> None:
    write_sources(native_sources(make_network()), tmp_path)
    words = [need_tool(compiler), *HOST_FLAGS, "-I.", *WARNINGS, *LIBRARY_UNITS]
    call([*words, "-o", "library.so"], tmp_path)


@pytest.mark.parametrize("name", ["usual", "traces"])
def test_cppcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    """Two networks that between them compile every function; each takes it seconds."""
    folder = runtime_folder(NETWORKS[name](), tmp_path)
    words = ["--enable=warning,portability,performance", "--std=c11", "--error-exitcode=1", "--quiet", "-I."]
    call([need_tool("cppcheck"), *words, *c_files(folder)], folder)


def test_objects_need_nothing_from_outside(objects: Path) -> None:
    names = sorted(path.name for path in objects.glob("*.o"))
    call([need_tool("ld"), "-r", "-o", "library.relocatable", *names], objects)
    lines = call([need_tool("nm"), "-u", "library.relocatable"], objects).splitlines()
    undefined = {line.split()[-1] for line in lines if line.strip()}
    assert undefined - {"_GLOBAL_OFFSET_TABLE_"} <= COMPILER_MAY_CALL


def test_runtime_keeps_no_state_of_its_own(objects: Path) -> None:
    """Nothing in .data or .bss: all that changes lies in the caller's sfdfa_t."""
    names = sorted(path.name for path in objects.glob("*.o"))
    symbols = [line.split() for line in call([need_tool("nm"), "-A", *names], objects).splitlines()]
    assert symbols and not [words for words in symbols if words[-2] in "DdBbC"]


@pytest.mark.parametrize("name", sorted(runtime_files()))
def test_runtime_has_no_float_heap_or_io(name: str) -> None:
    code = without_comments(runtime_files()[name])
    assert not re.findall(rf"\b({'|'.join(FORBIDDEN)})\b", code)
    assert not re.findall(r"\b\d+\.\d|\b\d+\.?\d*[eE]-?\d+\b(?!x)", re.sub(r"0[xX][0-9A-Fa-f]+", "", code))
    assert set(re.findall(r"#include <([^>]+)>", code)) <= FREESTANDING


def test_library_does_not_recurse(tmp_path: Path) -> None:
    """The calls of the unoptimised objects, taken from what gcc writes of them, form no circle."""
    folder = runtime_folder(make_network(6, 5, 4, 3), tmp_path)
    call(
        [need_tool("gcc"), "-std=c11", "-O0", "-I.", "-ffreestanding", "-fcallgraph-info", "-c", *c_files(folder)],
        folder,
    )
    calls: dict[str, set[str]] = {}
    for path in folder.glob("*.ci"):
        for source, target in re.findall(r'sourcename: "([^"]+)" targetname: "([^"]+)"', path.read_text()):
            calls.setdefault(source.split(":")[-1], set()).add(target.split(":")[-1])
    assert "sfdfa_run_tick" in calls["advance"] and "sfdfa_forward_tick" in calls["sfdfa_run_tick"]

    def check(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        for called in sorted(calls.get(name, ())):
            check(called, (*above, name))

    for name in calls:
        check(name, ())


@pytest.fixture(scope="module", params=[False, True], ids=["ordinary", "compact"])
def program(request: pytest.FixtureRequest, network: IntegerNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """scripted_main.c with the network, under the address and the undefined-behaviour sanitizer."""
    if request.param and not can_be_compact(network):
        pytest.skip("this network cannot be compact")
    folder = runtime_folder(network, tmp_path_factory.mktemp("sanitized"), "compact" if request.param else "words")
    main = Path(__file__).with_name("scripted_main.c")
    shutil.copy(main, folder)
    words = [need_tool("gcc"), "-std=c11", "-O0", "-I.", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    call([*words, *c_files(folder), "-o", "program"], folder)
    return folder / "program"


def assert_as_modelled(program: Path, network: IntegerNetwork, script: list[str]) -> list[str]:
    """Run a script in the C and in the model; both answer every line alike. Returns the answers."""
    model = DeviceModel(network)
    expected = [model.answer(line) for line in script]
    answers = call([str(program)], program.parent, "".join(f"{line}\n" for line in script)).splitlines()
    for number, (line, ours, theirs) in enumerate(zip(script, expected, answers, strict=True)):
        assert ours == theirs, f"line {number}, '{line[:60]}': the model says {ours[:200]}, the C {theirs[:200]}"
    return answers


def standing(network: IntegerNetwork) -> list[str]:
    return ["crc", "saturations", f"read 0 {len(initial_bytes(network))}"]


def sample_lines(network: IntegerNetwork, count: int, density: float, seed: int) -> list[str]:
    samples = make_samples(network, count, density, seed)
    lines = []
    for index in range(count):
        sample = samples[index]
        lines += ["begin 1", *(f"event {t} {c}" for t, c in zip(sample.ticks, sample.channels, strict=True))]
        lines += [f"end {sample.label}", "crc", "saturations"]
    return lines


def test_sanitizers_find_nothing_in_samples(program: Path, network: IntegerNetwork) -> None:
    lines = [line for density in (0.0, 0.02, 0.3, 1.0) for line in sample_lines(network, 6, density, seed=9)]
    assert_as_modelled(program, network, [*lines, *standing(network)])


def hostile_script(network: IntegerNetwork, seed: int, length: int) -> list[str]:
    """Calls in no sensible order with arguments in and out of range, a dozen of them of each kind."""
    rng = np.random.default_rng(seed)
    size = len(initial_bytes(network))

    def near(limit: int) -> int:
        return int(rng.choice([0, 1, limit - 1, limit, limit + 1, 65535, int(rng.integers(0, max(limit, 1)))]))

    def event() -> str:
        if rng.random() < 0.3:
            return f"event {near(network.ticks)} {near(network.channels)}"
        return f"event {rng.integers(0, network.ticks)} {rng.integers(0, network.channels)}"

    def write() -> str:
        data = bytes(rng.integers(0, 256, int(rng.integers(0, 9)), dtype=np.uint8))
        return f"write {near(size)} {data.hex()}"

    kinds: list[tuple[float, Callable[[], str]]] = [
        (0.70, event),
        (0.08, lambda: f"begin {rng.integers(0, 2)}"),
        (0.08, lambda: f"end {rng.choice([-2, -1, 0, network.outputs - 1, network.outputs, 2**31 - 1, -(2**31)])}"),
        (0.03, lambda: f"rate {rng.choice([0, 5, 4096, 4097, 65535])}"),
        (0.04, lambda: f"read {near(size)} {near(12)}"),
        (0.02, write),
        (0.03, lambda: "accept"),
        (0.02, lambda: "init"),
    ]
    shares = np.array([share for share, _ in kinds])
    chosen = rng.choice(len(kinds), length, p=shares / shares.sum())
    return ["begin 1", *(kinds[kind][1]() for kind in chosen)]


def test_hostile_calls(program: Path, network: IntegerNetwork) -> None:
    """Every refusal is the documented one, and what was refused has left no trace."""
    lines: list[str] = []
    for seed in range(6):
        lines += [*hostile_script(network, seed, 250), "init", *sample_lines(network, 1, 0.3, seed), *standing(network)]
    assert_as_modelled(program, network, lines)


def test_refused_event_leaves_the_sample_as_it_was(program: Path, network: IntegerNetwork) -> None:
    good = [f"event 2 {channel}" for channel in range(3)] + ["event 5 1"]
    bad = [f"event {network.ticks} 0", f"event 65535 {network.channels}", "event 2 0", "event 1 4"]
    plain = assert_as_modelled(program, network, ["begin 1", *good, "end 0", *standing(network)])
    disturbed = ["begin 1", *(line for event in good for line in (event, *bad)), "end -7", "end 0", *standing(network)]
    answers = assert_as_modelled(program, network, disturbed)
    assert answers[-4:] == plain[-4:]
    assert "-1" in answers and "-2" in answers


def every_event(network: IntegerNetwork) -> list[str]:
    return [f"event {t} {c}" for t in range(network.ticks) for c in range(network.channels)]


def test_event_past_the_capacity_is_refused(program: Path, network: IntegerNetwork) -> None:
    events = every_event(network)
    script = ["begin 1", *events[: network.max_events + 3], "end 1", *standing(network)]
    answers = assert_as_modelled(program, network, script)
    assert answers[network.max_events : network.max_events + 4] == ["0", "-3", "-3", "-3"]


def test_calls_without_a_sample(program: Path, network: IntegerNetwork) -> None:
    script = ["event 0 0", "end 0", "begin 1", "end 0", "event 0 0", "end 0", "begin 0", "begin 1", "end -1"]
    answers = assert_as_modelled(program, network, script)
    assert [answer.split()[0] for answer in answers] == ["-4", "-4", "0", "0", "-4", "-4", "0", "0", "0"]


def test_block_outside_the_state_is_refused(program: Path, network: IntegerNetwork) -> None:
    size = len(initial_bytes(network))
    script = [f"read {size} 0", f"read {size} 1", f"read 0 {size + 1}", f"read {2**32 - 1} 2", f"read 5 {2**32 - 3}"]
    script = [line for line in script if int(line.split()[2]) < 2**20]
    script += [f"write {size - 1} 0000", f"write {2**32 - 1} 0000", "begin 1", "end 0", *standing(network)]
    answers = assert_as_modelled(program, network, script)
    assert answers[-4].split()[0] == "0"


def test_state_in_blocks_goes_in_and_out(program: Path, network: IntegerNetwork) -> None:
    """A learned state, written in blocks of 7 bytes to a device that then goes on as the one that learned it."""
    teacher = DeviceModel(network)
    for line in sample_lines(network, 5, 0.3, seed=2):
        teacher.answer(line)
    data = state_to_bytes(network, teacher.emu.read_state())
    blocks = [f"write {start} {data[start : start + 7].hex()}" for start in range(0, len(data), 7)]
    script = [*blocks, "begin 1", "accept", "begin 0", "end -1", *standing(network)]
    answers = assert_as_modelled(program, network, script)
    assert answers[len(blocks)] == "-4"
    assert answers[-1] == f"0 {data.hex()}"


@pytest.mark.parametrize("offset", ["rate scale", "mean delta", "mean rate"])
def test_unsound_state_is_not_accepted(program: Path, network: IntegerNetwork, offset: str) -> None:
    state = initial_bytes(network)
    if offset != "rate scale" and not network.learns:
        pytest.skip("this network has only weights")
    if (offset == "mean rate" and not network.hidden_layers) or (offset == "mean delta" and not network.spiking_layers):
        pytest.skip("this network has no such neurons")
    hidden = 2 * sum(layer.neurons for layer in network.hidden_layers)
    end = len(state) - rehearsal_bytes(network)
    position = {"rate scale": 5, "mean delta": end - hidden - 1, "mean rate": end - 1}[offset]
    script = [f"write {position} ff", "accept", "begin 1", f"write 0 {state.hex()}", "accept", "begin 1", "end -1"]
    answers = assert_as_modelled(program, network, [*script, *standing(network)])
    assert answers[:6] == ["0", "-4", "-4", "0", "0", "0"]
