"""The C of the float engine against the numpy reference: same spikes, gradients, feedback and steps."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import need, need_tool
from sfdfa_codegen.codegen.errors import ToolMissingError
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.floats.batch_engine import BatchEngine, NumpyEngine
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.floats.engine import engine as engine_module
from sfdfa_codegen.host.floats.engine.engine import RULES, CompiledEngine
from sfdfa_codegen.host.floats.engine.library import FLAGS, SOURCE, engine_sources, load_engine
from sfdfa_codegen.host.floats.engines import make_engine
from sfdfa_codegen.host.floats.float_network import FloatNetwork, init_float_network
from sfdfa_codegen.host.floats.learning import LearningSetup, TrainingRule
from sfdfa_codegen.host.network.spec import EncodingSpec, LayerSpec, LearningSpec, NetworkSpec, NeuronSpec

ROOT = Path(__file__).parents[2]
CHANNELS = 21
TICKS = 16
LAYERS = {1: (5,), 2: (19, 4), 3: (18, 11, 3)}
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wundef", "-Werror")
PAPER = {"error": "count", "normalise": False}


@pytest.fixture(autouse=True, scope="module")
def compiler() -> None:
    need(lambda: load_engine(np.dtype(np.float32)))


def samples_of(seed: int, count: int, classes: int) -> SpikeDataset:
    """Random events, one in six of all places; some samples have none."""
    rng = np.random.default_rng(seed)
    present = (rng.random((count, TICKS, CHANNELS)) < 1 / 6) & (rng.random(count) < 0.9)[:, None, None]
    _, ticks, channels = present.nonzero()
    offsets = np.concatenate(([0], present.sum(axis=(1, 2)).cumsum()))
    labels = rng.integers(0, classes, count).astype(np.uint16)
    return SpikeDataset(ticks.astype(np.uint16), channels.astype(np.uint16), offsets, labels)


def pair(
    rule: TrainingRule, depth: int, dtype: type = np.float64, **learning: Any
) -> tuple[tuple[NumpyEngine, FloatNetwork], tuple[CompiledEngine, FloatNetwork], int]:
    """The two engines with equal networks of their own."""
    layers = LAYERS[depth]
    spec = NetworkSpec(
        "toy",
        tuple(map(LayerSpec, layers)),
        encoding=EncodingSpec(ticks=TICKS),
        neuron=NeuronSpec(8.0, (0.4,) * (depth - 1) + (0.9,)),
        learning=replace(LearningSpec(rule="none" if rule == "bp" else rule, feedback_rate=0.05), **learning),
    )
    setup = LearningSetup(rule, spec.learning, Dynamics.from_spec(spec))
    networks = [init_float_network(spec, CHANNELS, 3, dtype=dtype) for _ in range(2)]
    reference, compiled = NumpyEngine(networks[0], setup, 5), CompiledEngine(networks[1], setup, 5, 10)
    return (reference, networks[0]), (compiled, networks[1]), layers[-1]


def largest_difference(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """Relative to the largest value of each pair of arrays."""
    return max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-30)) for a, b in zip(first, second, strict=True))


def assert_equal_learning(rule: TrainingRule, depth: int, **learning: Any) -> None:
    (reference, ours), (compiled, theirs), classes = pair(rule, depth, **learning)
    for batch in range(4):
        samples = samples_of(batch, 10 - batch, classes)
        expected, got = reference.learn(samples), compiled.learn(samples)
        assert (got.hidden_spikes, got.output_spikes) == (expected.hidden_spikes, expected.output_spikes)
        np.testing.assert_array_equal(got.predictions, expected.predictions)
        assert largest_difference(got.gradients, expected.gradients) < 1e-11
        np.testing.assert_allclose(got.norms, expected.norms, rtol=1e-11)
        scales = [1.0, 0.5, 2.0][:depth]
        reference.step(0.02, scales)
        compiled.step(0.02, scales)
    assert max(expected.norms) > 0.0
    for name in ("weights", "feedback", "delta_magnitudes", "mean_rates"):
        if getattr(ours, name):
            assert largest_difference(getattr(theirs, name), getattr(ours, name)) < 1e-9, name


@pytest.mark.parametrize("depth", LAYERS)
@pytest.mark.parametrize("rule", RULES)
def test_gradients_feedback_and_steps_are_those_of_the_reference(rule: TrainingRule, depth: int) -> None:
    """In double precision, four batches one after the other, so that what one leaves is seen by the next."""
    assert_equal_learning(rule, depth)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "learning",
    [PAPER, {"gradient": "exact"}, {"max_spikes": 2}, {"regulariser": 0.0}, {"target_true": 7, "target_false": 0}],
    ids=["paper", "exact", "few-spikes", "no-regulariser", "targets"],
)
def test_settings_mean_the_same(rule: TrainingRule, learning: dict[str, object]) -> None:
    assert_equal_learning(rule, 3, **learning)


@pytest.mark.parametrize("rule", RULES)
def test_single_precision_is_close(rule: TrainingRule) -> None:
    """Sums run in another order: a part in 10^5 of the largest gradient, where no membrane is that close to the threshold."""
    (reference, _), (compiled, _), classes = pair(rule, 2, np.float32, **PAPER)
    samples = samples_of(7, 10, classes)
    expected, got = reference.learn(samples), compiled.learn(samples)
    assert got.output_spikes == expected.output_spikes
    assert got.gradients[0].dtype == np.float32
    assert largest_difference(got.gradients, expected.gradients) < 1e-5


def test_silent_outputs_get_the_virtual_spike() -> None:
    (reference, ours), (compiled, theirs), classes = pair("dfa", 2)
    for network in (ours, theirs):
        network.weights[1][:] = 0.05 * np.abs(network.weights[1])
    samples = samples_of(1, 10, classes)
    expected, got = reference.learn(samples), compiled.learn(samples)
    assert (got.hidden_spikes > 0, got.output_spikes) == (True, 0)
    assert np.abs(got.gradients[1]).max() > 0.0
    assert largest_difference(got.gradients, expected.gradients) < 1e-11


def test_predictions_of_more_samples_than_a_batch() -> None:
    (reference, _), (compiled, _), classes = pair("sfdfa", 2)
    samples = samples_of(2, 237, classes)
    np.testing.assert_array_equal(compiled.predict(samples), reference.predict(samples))
    assert len(compiled.predict(samples.head(0))) == 0


def engine_without(monkeypatch: pytest.MonkeyPatch, **learning: Any) -> tuple[BatchEngine, str]:
    """What is chosen on a machine without a compiler."""

    def missing(*_: object) -> None:
        raise ToolMissingError("no C compiler found")

    monkeypatch.setattr(engine_module, "load_engine", missing)
    spec = NetworkSpec(
        "toy",
        (LayerSpec(3), LayerSpec(2)),
        neuron=NeuronSpec(8.0, (0.4, 0.9)),
        learning=replace(LearningSpec(), **learning),
    )
    setup = LearningSetup("sfdfa", spec.learning, Dynamics.from_spec(spec))
    return make_engine(init_float_network(spec, 4, 1), setup, 1, 10)


def test_numpy_takes_over_without_a_compiler_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, reason = engine_without(monkeypatch)
    assert (engine.name, reason) == ("numpy", "no C compiler found")


def test_traces_are_computed_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, reason = engine_without(monkeypatch, eligibility="trace")
    assert (engine.name, reason) == ("numpy", "the C has no traces at synapses")


def test_constants_are_those_of_the_header() -> None:
    header = engine_sources()["float_engine.h"]
    for rule, number in RULES.items():
        assert re.search(rf"\bRULE_{rule.upper()} = {number}\b", header)


@pytest.mark.parametrize("precision", ["", "-DFLOAT_ENGINE_DOUBLE"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiles_without_a_warning(compiler: str, precision: str, tmp_path: Path) -> None:
    need_tool(compiler)
    write_sources(engine_sources(), tmp_path)
    words = [compiler, *FLAGS, *WARNINGS, *precision.split(), SOURCE, "-o", "engine.so"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_inputs_live_until_the_gradient_is_known() -> None:
    """A batch of many events, whose memory the system takes back at once when it is freed."""
    (reference, _), (compiled, _), classes = pair("dfa", 1)
    samples = samples_of(3, 10, classes)
    many = samples.take(np.zeros(1500, np.int64))
    setup, network = compiled._setup, compiled._network
    large = CompiledEngine(network, setup, 5, len(many))
    outcome, expected = large.learn(many), reference.learn(many)
    assert largest_difference(outcome.gradients, expected.gradients) < 1e-10


SANITIZED = """
import sys
from pathlib import Path
sys.path[:0] = {folders!r}
from test_float_engine import pair, samples_of
from sfdfa_codegen.host.floats.engine.library import load_library
library = load_library(Path(sys.argv[1]))
for rule in ("sfdfa", "dfa", "bp"):
    for depth in (1, 2, 3):
        _, (engine, _), classes = pair(rule, depth, max_spikes=3)
        engine._library = library
        for batch in (10, 1, 7):
            engine.learn(samples_of(batch, batch, classes))
            engine.step(0.02, [1.0] * depth)
        engine.predict(samples_of(0, 120, classes))
"""


def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    """Address and undefined behaviour, with the sanitizer's library loaded before Python's own."""
    need_tool("gcc")
    write_sources(engine_sources(), tmp_path)
    flags = ("-std=c11", "-O1", "-g", "-fPIC", "-shared", "-DFLOAT_ENGINE_DOUBLE", "-DFLOAT_ENGINE_PLAIN")
    checks = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    subprocess.run(["gcc", *flags, *checks, SOURCE, "-o", "engine.so"], cwd=tmp_path, check=True)
    asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    script = tmp_path / "run.py"
    script.write_text(
        SANITIZED.format(folders=[str(folder) for folder in Path(__file__).parents[:2]]), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "engine.so")],
        env={"LD_PRELOAD": asan.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
