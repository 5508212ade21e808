"""`cycles --port`: a board that counts its cycles, with noise, and what is fitted to them; the board is one in this process behind a pty."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import TINY, Cli, write_tiny
from counting_board import CountingBoard
from host_board import HostBoard, host_board_library
from needs import need_target
from networks import make_network
from served_port import pty_port
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import Mode, SampleWork
from sfdfa_codegen.host.cycles.comparison import SampleCycles
from sfdfa_codegen.host.cycles.fit import compare_held_out, fit_cycles, held_out
from sfdfa_codegen.host.cycles.measured_file import load_measured, structure
from sfdfa_codegen.host.devices.boards import cached_image
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.simulators.rp2040js import start_rp2040js

TARGET = "nucleo-f401re"
TRAIN, TEST = 240, 160
LONG = 3 << 24
"""Cycles: more than SysTick counts to."""
NOISE = 400
"""Standard deviation, in cycles."""
LEARN: tuple[Mode, ...] = ("learn",)


def runs_of(counts: np.ndarray, cycles: np.ndarray) -> SampleCycles:
    return SampleCycles(("events", "end"), LEARN * len(counts), counts, cycles)


def test_coefficients_are_found_in_noise() -> None:
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 100, (400, 6))
    counts[:, 0] = 1
    true = np.array([[9000, 3, 0, 17, 40, 0], [70_000, 0, 250, 2, 0, 31]]).T
    noise = rng.normal(0, 50, (400, 2)).round().astype(np.int64)
    run = runs_of(counts, counts @ true + noise)
    fit = fit_cycles(tuple("abcdef"), run.phases, [run])
    found = np.array([[float(factor) for factor in phase] for phase in fit.model.modes["learn"].phases]).T
    assert np.abs(found[1:] - true[1:]).max() < 0.6
    assert np.abs(found[0] - true[0]).max() < 60
    assert (fit.fitted, fit.coefficients) == (300, 6)
    outcome = compare_held_out(fit.model, run)
    assert len(outcome.measured) == 100 == held_out(400).sum()
    mean = np.abs(noise[held_out(400)].sum(axis=1)).mean()
    assert outcome.mean_abs_error == pytest.approx(mean, rel=0.1)


def test_counts_that_go_together_are_no_trouble_until_they_part() -> None:
    rng = np.random.default_rng(4)
    counts = rng.integers(0, 100, (40, 4))
    counts[:, 2] = 3 * counts[:, 1]
    counts[:, 3] = 0
    run = runs_of(counts, counts @ np.array([[5, 5, 5, 5], [0, 2, 0, 9]]).T)
    fit = fit_cycles(tuple("abcd"), run.phases, [run])
    outcome = compare_held_out(fit.model, run)
    assert (fit.coefficients, outcome.max_abs_error, outcome.unknown) == (2, 0, 0)
    parted = fit.model.predict(["learn"] * 3, np.array([[1, 1, 3, 0], [1, 1, 2, 0], [1, 1, 3, 1]]))
    assert parted.known.tolist() == [True, False, False]


class Model:
    """Cycles of a sample by true coefficients, and noise."""

    def __init__(self, network: IntegerNetwork, noise: int = NOISE) -> None:
        rng = np.random.default_rng(11)
        self._counter = SampleCounter(network)
        self._true = rng.integers(1, 60, (len(self._counter.names), 2))
        self._true[self._counter.names.index("sample")] = 9000, LONG
        self._noise, self._rng = noise, rng

    def mean(self, works: list[SampleWork]) -> float:
        return float((self._counter.count(works) @ self._true).sum(axis=1).mean())

    def __call__(self, work: SampleWork) -> tuple[int, ...]:
        cycles = self._counter.count([work])[0] @ self._true + self._rng.normal(0, self._noise, 2)
        return tuple(int(value) for value in cycles.clip(1).round())


@pytest.fixture
def network_file(cli: Cli) -> Path:
    need_target(TARGET)
    rng = np.random.default_rng(8)
    y = np.arange(TRAIN + TEST) % 2
    x = (rng.integers(0, 90, (TRAIN + TEST, 4)) + 160 * np.stack((y, y, 1 - y, 1 - y), axis=1)).astype(np.uint8)
    arrays: dict[str, np.ndarray] = {
        "x_train": x[:TRAIN],
        "y_train": y[:TRAIN],
        "x_test": x[TRAIN:],
        "y_test": y[TRAIN:],
    }
    return write_tiny(cli.folder, TINY, **{name: array.astype(np.uint8) for name, array in arrays.items()})


@pytest.fixture
def network(network_file: Path) -> IntegerNetwork:
    return prepare(load_spec(str(network_file))).integer_network


@pytest.fixture
def board(network: IntegerNetwork, compile_cache: Path) -> HostBoard:
    return HostBoard(host_board_library(network, compile_cache, 240, 4))


@pytest.fixture
def port(network: IntegerNetwork, board: HostBoard) -> Iterator[str]:
    with pty_port(CountingBoard(board, network, TARGET, Model(network))) as name:
        yield name


def test_command(cli: Cli, network_file: Path, network: IntegerNetwork, port: str) -> None:
    values = cli.json("cycles", network_file, "--target", TARGET, "--port", port, "--measured", "nucleo.json")
    assert (values["target"], values["kind"], values["learned"]) == (TARGET, "measured", True)
    assert (values["samples"], values["unlearned"]["samples"]) == (TRAIN // 4, TEST // 4)
    assert values["fitted_samples"] == (TRAIN + TEST) * 3 // 4
    assert set(values["phases"]) == {"events", "end"}
    assert values["phases"]["end"]["measured_mean"] > LONG
    # The noise of two phases, and what the fit makes of it.
    assert 0.6 < values["mean_abs_error"] / (NOISE * 2**0.5 * 0.8) < 1.5
    assert values["max_abs_error"] < 10 * NOISE
    file = load_measured(cli.folder / "nucleo.json")
    assert (file.board, file.network, file.fitted) == (TARGET, "tiny", values["fitted_samples"])

    emulated = cli.json("cycles", network_file, "--target", "emu", "--measured", "nucleo.json", "--samples", "100")
    assert (emulated["board"], emulated["kind"], emulated["samples"]) == (TARGET, "measured", 100)
    assert emulated["measured_mean"] is None
    assert emulated["predicted_mean"] == pytest.approx(values["measured_mean"], rel=1e-3)
    built = cli.json("build", network_file, "--target", TARGET, "--measured", "nucleo.json")["cycles"]
    assert built["kind"] == "measured"
    assert built["mean"] == pytest.approx(values["measured_mean"], rel=1e-2)
    assert built["milliseconds"] == pytest.approx(built["mean"] / 16_000)

    outcome = cli("build", network_file, "--target", "microbit", "--measured", "nucleo.json")
    assert outcome.status == 2
    assert outcome.message == f"nucleo.json was measured on {TARGET}: take it with --target {TARGET}"


def test_the_image_of_a_pico_is_measured_to_a_thousandth(cli: Cli, network_file: Path, network: IntegerNetwork) -> None:
    """Its model has a SysTick and a timer, and no noise."""
    need_target("pico-sim")
    process, (host, number) = start_rp2040js(cached_image(network, boards()["pico"]))
    with process:
        words = ("--target", "pico", "--port", f"tcp://{host}:{number}", "--samples", "160")
        values = cli.json("cycles", network_file, *words)
    assert values["samples"] == values["unlearned"]["samples"] == 40
    assert values["measured_mean"] > 1000
    assert values["mean_abs_error"] < values["measured_mean"] / 1000


def test_what_a_person_reads(cli: Cli, network_file: Path, port: str) -> None:
    outcome = cli("cycles", network_file, "--target", TARGET, "--port", port, "--samples", "100")
    assert outcome.status == 0, outcome.err
    assert "tiny on nucleo-f401re, measured: 25 samples, learned" in outcome.out
    assert "coefficients fitted to 150 other samples; mean error 0.0" in outcome.out
    assert (cli.folder / f"tiny-{TARGET}.cycles.json").exists()


def test_noise_that_no_count_explains_is_an_error(
    cli: Cli, network_file: Path, network: IntegerNetwork, board: HostBoard
) -> None:
    with pty_port(CountingBoard(board, network, TARGET, Model(network, LONG // 8))) as port:
        outcome = cli("cycles", network_file, "--target", TARGET, "--port", port, "--samples", "100")
    assert outcome.status == 1, outcome.err


def test_a_board_without_a_counter(cli: Cli, network_file: Path, network: IntegerNetwork, board: HostBoard) -> None:
    with pty_port(CountingBoard(board, network, TARGET, None)) as port:
        outcome = cli("cycles", network_file, "--target", TARGET, "--port", port)
    assert outcome.status == 2
    assert "was built without a cycle counter; build and flash it again: sfdfa-codegen flash" in outcome.message


def test_another_board_on_the_port(cli: Cli, network_file: Path, network: IntegerNetwork, board: HostBoard) -> None:
    with pty_port(CountingBoard(board, network, "pico", lambda _: (1, 1))) as port:
        outcome = cli("cycles", network_file, "--target", TARGET, "--port", port)
    assert outcome.status == 3
    assert outcome.message == f"the board on {port} says that it is 'pico', not {TARGET}: give its --target"


def test_a_counter_that_stands_still(cli: Cli, network_file: Path, network: IntegerNetwork, board: HostBoard) -> None:
    with pty_port(CountingBoard(board, network, TARGET, lambda _: (0, 0))) as port:
        outcome = cli("cycles", network_file, "--target", TARGET, "--port", port)
    assert outcome.status == 3
    assert f"the cycle counter of {TARGET} on {port} stands still. Is it a simulator?" in outcome.message


def test_too_few_samples(cli: Cli, network_file: Path, port: str) -> None:
    outcome = cli("cycles", network_file, "--target", TARGET, "--port", port, "--samples", "3")
    assert outcome.status == 2
    assert "a fit needs 4 or more samples" in outcome.message


def test_files_of_measured_cycles_that_do_not_hold(cli: Cli, network_file: Path, port: str) -> None:
    words = ("--target", TARGET, "--port", port, "--samples", "40", "--measured", "nucleo.json")
    assert cli("cycles", network_file, *words).status == 0
    read = ("--target", "emu", "--measured", "nucleo.json")
    write_tiny(cli.folder, TINY.replace("neurons = 12", "neurons = 13"))
    outcome = cli("cycles", network_file, *read)
    assert outcome.status == 2
    assert "measured with the network tiny of other sizes, formats or rules" in outcome.message
    path = cli.folder / "nucleo.json"
    values = json.loads(path.read_text())
    modes = values["model"]["modes"]
    uneven = {"counts": values["model"]["counts"], "modes": modes | {"learn": modes["learn"] | {"phases": {"end": {}}}}}
    changes: tuple[dict[str, Any], ...] = (
        {"model": uneven},
        {"kind": "exact"},
        {"board": "none"},
        {"model": {"counts": []}},
        {"fitted": "many"},
    )
    for change in changes:
        path.write_text(json.dumps(values | change))
        outcome = cli("cycles", network_file, *read)
        assert outcome.status == 2
        assert "nucleo.json is no file of measured cycles" in outcome.message
    path.unlink()
    assert "cannot read nucleo.json" in cli("cycles", network_file, *read).message
    outcome = cli("cycles", network_file, "--target", "qemu-microbit", "--measured", "nucleo.json")
    assert "--measured is written with --port" in outcome.message


def test_structure_is_that_of_the_code() -> None:
    network = make_network(6, 4, 2)
    same = make_network(6, 4, 2, seed=9, name="other")
    assert structure(network) == structure(same)
    assert structure(network) != structure(make_network(6, 5, 2))
    assert structure(network) != structure(make_network(6, 4, 2, weight_bits=4))
