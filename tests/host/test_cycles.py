"""Predicted cycles against the counters of simulators, to the last cycle and phase by phase."""

import itertools
import json
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import pytest
from cli_runner import Cli, write_tiny
from needs import need_target
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.cores import runtime_files
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.toolchain.code_phases import FILES, PHASES
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.commands import cycles
from sfdfa_codegen.host.cycles.calibrate import calibrate
from sfdfa_codegen.host.cycles.comparison import Comparison, compare_cycles, compare_late_labels
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.cycles.model_file import load_model, save_model
from sfdfa_codegen.host.devices.targets import find_target

SERVING = (
    "sfdfa_cells.h",
    "sfdfa_crc.c",
    "sfdfa_divide.h",
    "sfdfa_draws.h",
    "sfdfa_fixed.h",
    "sfdfa_internal.h",
    "sfdfa_kernels.h",
    "sfdfa_layout.h",
    "sfdfa_log.h",
    "sfdfa_nibbles.h",
    "sfdfa_output_rows.h",
    "sfdfa_random.h",
    "sfdfa_readout_leaders.h",
    "sfdfa_readout_rows.h",
    "sfdfa_reset.h",
    "sfdfa_rho.h",
    "sfdfa_scaled_row.h",
    "sfdfa_scaled_rows.h",
    "sfdfa_signed_rows.h",
    "sfdfa_slot.c",
    "sfdfa_slot.h",
    "sfdfa_softmax.h",
    "sfdfa_state.c",
    "sfdfa_store.c",
    "sfdfa_updates.h",
)
"""Files of the runtime whose functions belong to whatever called them."""
SAMPLES = 12
QUIET_STATES = 10
QUIET_STATES_OF_CALLS = 20
QUIET_STATES_OF_ONE_LAYER = 40
"""In which a state tells less."""
CASES: tuple[tuple[str, tuple[int, ...], dict[str, Any]], ...] = (
    ("simavr-atmega328p", (9, 6, 3), {}),
    ("simavr-atmega328p", (9, 6, 5, 3), {"weight_bits": 4, "rule": "dfa"}),
    ("simavr-atmega2560", (8, 5, 4, 3), {"weight_bits": 16}),
    ("simavr-atmega2560", (9, 11, 6, 3), {"rule": "dfa"}),
    ("simavr-atmega2560", (9, 6, 3), {"rule": "none"}),
    ("rtl-picorv32", (9, 8, 3), {}),
    ("rtl-picorv32", (9, 6, 3), {"weight_bits": 16, "normalise": False, "error": "count"}),
    ("rtl-picorv32", (8, 5, 4, 3), {"weight_bits": 4}),
    # Each of two outputs had code of its own, which asked for the label.
    ("rtl-picorv32", (5, 6, 2), {"weight_bits": 4, "rule": "dfa"}),
    ("pico-sim", (9, 6, 3), {}),
    ("pico-sim", (8, 5, 4, 3), {"rule": "dfa"}),
    ("pico-sim", (9, 6, 3), {"weight_bits": 4}),
    ("pico-sim", (9, 6, 3), {"weight_bits": 16}),
    ("simavr-atmega1284p", (9, 6, 3), {"eligibility": "trace"}),
    ("simavr-atmega2560", (8, 5, 4, 3), {"eligibility": "trace", "weight_bits": 4, "rule": "dfa"}),
    ("rtl-picorv32", (8, 5, 4, 3), {"eligibility": "trace", "weight_bits": 4}),
    ("pico-sim", (9, 6, 3), {"eligibility": "trace", "weight_bits": 16}),
    ("pico-sim", (8, 5, 4, 3), {"eligibility": "trace"}),
    ("pico-sim", (7, 1, 2), {"eligibility": "trace", "normalise": False, "error": "count"}),
)


RING: dict[str, Any] = {"ring_slots": 3, "ring_rate": 1}
INTEGRATORS: tuple[tuple[str, tuple[int, ...], dict[str, Any]], ...] = (
    ("simavr-atmega328p", (9, 6, 3), {}),
    ("rtl-picorv32", (9, 6, 3), {"weight_bits": 4, "learn_below": 90}),
    ("pico-sim", (9, 6, 3), {"learn_below": 90}),
    ("pico-sim", (8, 5, 4, 3), {}),
    # Rows of whole words, and ticks with more inputs than a kernel takes at a time.
    ("pico-sim", (40, 16, 3), {"weight_bits": 4}),
    ("pico-sim", (9, 6, 3), {"rule": "weights", "weight_bits": 16}),
    ("simavr-atmega1284p", (9, 6, 3), {"eligibility": "trace", "rule": "dfa"}),
    ("simavr-atmega2560", (9, 6, 3), {}),
    ("simavr-atmega2560", (9, 3), {"learn_below": 90}),
    # An output without an error is not listed; the presets have such, and these networks without a target of 0 have none.
    ("simavr-atmega2560", (9, 3), {"target_other": 0}),
    ("rtl-picorv32", (9, 8, 3), {"decide_margin": 2000, "learn_below": 90}),
    ("simavr-atmega328p", (9, 3), {"ring_slots": 3, "ring_rate": 2, "ask_up": 51, "ask_down": 461, "learn_below": 90}),
    ("pico-sim", (9, 3), {"ring_slots": 3, "ring_rate": 1, "decide_margin": 2000}),
)

CALLS: tuple[tuple[str, tuple[int, ...], dict[str, Any]], ...] = (
    ("simavr-atmega328p", (9, 6, 3), {"ring_slots": 3, "ring_rate": 2, "learn_below": 90}),
    ("simavr-atmega1284p", (9, 6, 3), {"eligibility": "trace", "rule": "dfa", "decide_margin": 1500, **RING}),
    ("rtl-picorv32", (9, 6, 3), {"decide_margin": 1500, "ask_up": 51, "ask_down": 461, "learn_below": 90, **RING}),
    (
        "pico-sim",
        (9, 6, 3),
        {"decide_margin": 1500, "ask_up": 51, "ask_down": 461, "learn_below": 90, "ring_slots": 3, "ring_rate": 2},
    ),
    ("pico-sim", (8, 5, 4, 3), {"decide_margin": 1500, "learn_below": 90, "weight_bits": 4}),
    ("simavr-atmega2560", (9, 6, 3), {"decide_margin": 1500, "learn_below": 90}),
)
"""Each takes up to a minute of the processor: there are some 180 numbers to find."""


@pytest.fixture(autouse=True)
def kept_cache(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that lives from one test session to the next, since building a simulator takes half a minute."""
    assert pytestconfig.cache is not None
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytestconfig.cache.mkdir("picorv32")))


@pytest.mark.parametrize(("target", "sizes", "changes"), CASES, ids=lambda value: str(value))
def test_predictions_are_exact(target: str, sizes: tuple[int, ...], changes: dict[str, Any]) -> None:
    need_target(target)
    assert_exact(replace(make_network(*sizes, **changes), ticks=10), target)


@pytest.mark.parametrize(("target", "sizes", "changes"), INTEGRATORS, ids=lambda value: str(value))
def test_predictions_of_outputs_that_integrate_are_exact(
    target: str, sizes: tuple[int, ...], changes: dict[str, Any]
) -> None:
    need_target(target)
    assert_exact(replace(make_integrator(*sizes, **changes), ticks=10), target)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "sizes", "changes"), CALLS, ids=lambda value: str(value))
def test_predictions_of_calls_that_decide_early_rehearse_and_ask_are_exact(
    target: str, sizes: tuple[int, ...], changes: dict[str, Any]
) -> None:
    need_target(target)
    assert_exact(replace(make_integrator(*sizes, **changes), ticks=14), target)


def assert_exact(network: IntegerNetwork, target: str) -> None:
    """Calibrate, and predict other samples to the cycle: predicted, learned, and where labels are asked for without one and when it comes."""
    board = find_target(target).board
    assert board is not None
    samples = make_samples(network, SAMPLES, seed=77)
    of_calls = QUIET_STATES_OF_CALLS if network.hidden_layers else QUIET_STATES_OF_ONE_LAYER
    quiet_states = of_calls if network.decide_margin or network.ring_slots else QUIET_STATES
    ways = [(False, True), *([(True, True)] if network.learns else []), *([(True, False)] if network.asks else [])]
    with open_meter(network, board, target) as meter:
        model = calibrate(network, meter, quiet_states=quiet_states).model
        for learn, labelled in ways:
            found = compare_cycles(network, model, meter, samples, learn, labelled=labelled)
            assert found.measured.sum(axis=1).min() > 1000
            assert found.predicted.tolist() == found.measured.tolist()
            assert found.unknown == 0
        if network.asks and network.ring_slots:
            late = compare_late_labels(network, model, meter, samples)
            assert late.measured.sum(axis=1).min() > 1000
            assert late.predicted.tolist() == late.measured.tolist()
            assert late.unknown == 0


def test_every_file_of_the_runtime_has_one_phase_or_serves_all() -> None:
    """A new file with functions, in C, must be named in FILES or in SERVING; one that is gone must not."""
    paths = {path for path, text in runtime_files().items() if path.endswith((".c", ".h")) and "\n{\n" in text}
    named = [*itertools.chain.from_iterable(FILES.values()), *SERVING]
    assert set(FILES) == set(PHASES)
    assert len(named) == len(set(named))
    assert set(named) == {PurePath(path).name for path in paths}


def test_model_file(tmp_path: Path) -> None:
    network = make_network(6, 4, 2)
    board = find_target("unicorn-cortex-m4").board
    assert board is not None
    with open_meter(network, board, "unicorn-cortex-m4") as meter:
        model = calibrate(network, meter, quiet_states=1).model
    save_model(tmp_path / "model.json", model)
    loaded = load_model(tmp_path / "model.json")
    work = Emulator(network).run_sample([0, 2], [1, 3], 1, True, count=True).work
    assert work is not None
    counts = SampleCounter(network).count([work])
    assert loaded == model
    assert loaded.predict([work.mode], counts).cycles.sum(axis=1).min() > 0
    (tmp_path / "model.json").write_text(json.dumps({"counts": []}), encoding="utf-8")
    with pytest.raises(DataError, match=r"model\.json is no cycle model"):
        load_model(tmp_path / "model.json")


def short_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycles, "calibrate", partial(calibrate, quiet_states=4))


def test_command(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short_calibration(monkeypatch)
    tiny = write_tiny(tmp_path)
    values = cli.json("cycles", tiny, "--target", "unicorn-cortex-m4", "--samples", "4", "--epochs", "2")
    assert (values["target"], values["kind"], values["samples"]) == ("unicorn-cortex-m4", "estimate", 4)
    assert set(values["phases"]) == set(PHASES)
    assert values["predicted_mean"] == pytest.approx(values["measured_mean"], rel=0.05)
    assert values["unlearned"]["measured_mean"] < values["measured_mean"]
    assert values["assumptions"]
    found = values["pass_mean"]
    assert [found["calls"], found["measured_calls"], len(found["passes"])] == [24, 4, 2]
    assert found["learned"] + found["skipped"] == pytest.approx(1)
    assert found["predicted"]["mean"] < found["mean"]


def test_whole_passes_are_for_simulators(cli: Cli, tmp_path: Path) -> None:
    words = "--target", "simavr-atmega1284p", "--epochs", "1", "--lines"
    outcome = cli("cycles", write_tiny(tmp_path), *words)
    assert outcome.status == 2
    assert outcome.message.startswith("--epochs is for events on simulators")


def test_lines(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_target("simavr-atmega1284p")
    short_calibration(monkeypatch)
    words = "--target", "simavr-atmega1284p", "--samples", "2", "--lines", "--json", tmp_path / "cycles.json"
    outcome = cli("cycles", write_tiny(tmp_path), *words)
    assert outcome.status == 0, outcome.err
    assert "all lines as predicted in 2 samples" in outcome.out
    phases = json.loads((tmp_path / "cycles.json").read_text(encoding="utf-8"))["phases"]
    assert "sfdfa_forward.c" in {line.partition(":")[0] for line in phases}


def test_lines_that_are_off_are_told(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_target("simavr-atmega1284p")
    short_calibration(monkeypatch)

    def compare_wrongly(*arguments: Any) -> Comparison:
        found = compare_cycles(*arguments)
        found.measured[1, 0] += 5
        return found

    monkeypatch.setattr(cycles, "compare_cycles", compare_wrongly)
    outcome = cli("cycles", write_tiny(tmp_path), "--target", "simavr-atmega1284p", "--samples", "2", "--lines")
    assert outcome.status == 1
    assert "1: +5" in outcome.out


def test_lines_need_a_simulator_that_can_tell(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("cycles", write_tiny(tmp_path), "--target", "unicorn-cortex-m4", "--lines")
    assert outcome.status == 2
    assert outcome.message.startswith("unicorn-cortex-m4 cannot tell the line of each instruction")


def test_command_refuses_what_has_no_processor(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("cycles", write_tiny(tmp_path), "--target", "emu")
    assert outcome.status == 2
    assert outcome.message.startswith("emu does not run on a processor that is known")
