"""Runs over a line that fails: each ends with the state and the figures of a run without faults, or can be resumed to them.

A seed that fails is named; `SFDFA_FAULT=drop SFDFA_FAULT_SEED=17 pytest tests/host/test_link_faults.py` runs it alone.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fault_runs import DATA, NAMES, NETWORK, Bench, FaultRun, Figures, PipeBench, fault_free, run_many, small_blocks
from faulty_line import FAULTS, FaultyLine
from host_board import BoardLine, HostBoard
from networks import make_samples
from sfdfa_codegen.host.devices.serial_device import SerialDevice

SEEDS = 42
"""Of each fault, of Ctrl-C and of all at once: 1,092 runs."""
CHOSEN_FAULT, CHOSEN_SEED = os.environ.get("SFDFA_FAULT"), os.environ.get("SFDFA_FAULT_SEED")


@pytest.fixture(scope="module")
def expected(user_cache: Path) -> Figures:
    return fault_free()


@pytest.fixture(scope="module")
def bench(compile_cache: Path) -> PipeBench:
    return PipeBench(compile_cache)


@pytest.fixture(autouse=True)
def often_told() -> Iterator[None]:
    with small_blocks():
        yield


def seeds(name: str) -> list[int]:
    if CHOSEN_SEED is not None:
        return [int(CHOSEN_SEED)] if name == CHOSEN_FAULT else []
    return list(range(SEEDS))


@pytest.mark.parametrize("name", NAMES)
def test_a_run_with_faults_ends_as_one_without(name: str, expected: Figures, bench: Bench, tmp_path: Path) -> None:
    ended, repeated, met = [], 0, dict.fromkeys(FAULTS, 0)
    for seed in seeds(name):
        run = FaultRun(bench, name, seed, tmp_path / f"{seed}.npz")
        try:
            found = run.run()
            assert found == expected
        except BaseException as error:  # noqa: BLE001  (whatever it is, the seed is named)
            pytest.fail(
                f"fault '{name}', seed {seed}: {error!r} after {run.ended}; it replays with "
                f"SFDFA_FAULT={name} SFDFA_FAULT_SEED={seed} pytest {Path(__file__).name}"
            )
        ended += run.ended
        repeated += run.repeated
        met = {fault: count + run.line.met[fault] for fault, count in met.items()}
    print(name, {k: v for k, v in met.items() if v}, "repeated", repeated, "ended", len(ended))
    if CHOSEN_SEED is None:
        check_that_it_was_a_test(name, ended, repeated, met)


def check_that_it_was_a_test(name: str, ended: list[str], repeated: int, met: dict[str, int]) -> None:
    """The faults were met, and had the consequences that they should."""
    assert name not in met or met[name] > SEEDS / 2
    if name in ("drop", "corrupt", "cut", "delay", "busy"):
        assert repeated > SEEDS
    if name == "reset":
        assert any("the device restarted" in text for text in ended)
    if name == "kill":
        assert "killed" in ended
    if name == "interrupt":
        assert any(text.startswith("interrupted at sample") for text in ended)


def seconds_with_faults(board: HostBoard, fault: str, one_at_a_time: bool) -> float:
    """Of the line's time, over the seeds: 60 samples learned where every 30th frame is damaged."""
    samples = make_samples(NETWORK, 60, 0.1)
    seconds = 0.0
    for seed in range(12):
        board.start()
        line = FaultyLine(board, (fault, seed), {fault: 1 / 30})
        device = SerialDevice(NETWORK, line, "counting", interrupted=one_at_a_time)
        device.cycle_kind = "exact" if one_at_a_time else None
        start = line.now()
        device.run_samples(samples, True)
        seconds += line.now() - start
    return seconds


@pytest.mark.parametrize("fault", ["drop", "corrupt", "cut"])
def test_boards_that_count_cycles_recover_as_fast(fault: str, bench: PipeBench) -> None:
    """One sample at a time, with nothing behind it that shows a loss: what a device has shown to need is waited for, and no more."""
    windowed = seconds_with_faults(bench.boards[2], fault, one_at_a_time=False)
    assert seconds_with_faults(bench.boards[2], fault, one_at_a_time=True) < 2 * windowed


def test_a_fault_costs_no_more_than_a_few_runs_without(bench: Bench, tmp_path: Path) -> None:
    *_, tally = run_many(bench, range(2 * len(NAMES)), tmp_path)
    assert tally.runs == 2 * len(NAMES) and tally.resumed and tally.slowest > 0


def test_the_tiny_samples_take_several_chunks(bench: PipeBench) -> None:
    with SerialDevice(NETWORK, BoardLine(bench.boards[0]), "host") as device:
        before = device.session.use.bytes_sent
        device.run_samples(DATA.test.take(np.array([0], np.int64)), True)
        assert device.session.use.bytes_sent - before > 2 * 68
