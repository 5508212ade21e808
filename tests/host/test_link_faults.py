"""Runs over a line that fails: each ends with the state and the figures of a run without faults, or can be resumed to them.

A seed that fails is named; `SFDFA_FAULT=drop SFDFA_FAULT_SEED=17 pytest tests/host/test_link_faults.py` runs it alone.
"""

import os
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from faulty_line import FAULTS, FaultyLine, HostKilledError
from host_board import BoardLine, HostBoard, host_board_library
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import initial_state, state_to_bytes
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import SEQUENCE_NUMBERS
from sfdfa_codegen.host.network.spec import LayerSpec, LearningSpec, NetworkSpec
from sfdfa_codegen.host.runs import checkpoint as checkpoints
from sfdfa_codegen.host.runs import streaming
from sfdfa_codegen.host.runs.checkpoint import CheckpointWriter, run_identity
from sfdfa_codegen.host.runs.checkpoint_file import load_checkpoint
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.streaming import RunPlan, RunPosition, run_parts, stream

SEEDS = 84
"""Of each fault, of Ctrl-C and of all at once: 1,092 runs."""
PROBABILITY = {"reset": 0.01, "kill": 0.01, "delay": 0.03}
OTHER_PROBABILITY = 0.06
SETTINGS = ((69, 1), (72, 4), (200, 8), (256, 2))
"""max_payload and window of the device; a seed takes one."""
LIVES = 6
"""Hosts that may end before the line is made good."""
CHOSEN_FAULT, CHOSEN_SEED = os.environ.get("SFDFA_FAULT"), os.environ.get("SFDFA_FAULT_SEED")
NAMES = (*FAULTS, "interrupt", "all")

NETWORK = make_network(100, 6, 3)
SPEC = NetworkSpec(name="tiny", layers=(LayerSpec(6), LayerSpec(3)), learning=LearningSpec(epochs=2, rate_decay=0.5))
DATA = EncodedData(
    train=make_samples(NETWORK, 6, 0.1),
    test=make_samples(NETWORK, 2, 0.12, seed=2),
    segments=(),
    channels=100,
    classes=3,
)
PLAN = RunPlan()
IDENTITY = run_identity(NETWORK, SPEC, DATA, PLAN)
PARTS = run_parts(SPEC, DATA, PLAN)


@dataclass(frozen=True)
class Figures:
    """Everything of a run that faults must not change."""

    state: bytes
    saturations: dict[str, int]
    outcome: dict[str, object]


def figures(device: Device, outcome: streaming.RunOutcome, position: RunPosition) -> Figures:
    values = asdict(outcome)
    del values["seconds"]
    return Figures(
        state_to_bytes(NETWORK, device.read_state()), checkpoints.total_saturations(position, device), values
    )


def fault_free() -> Figures:
    position = RunPosition()
    with NativeDevice(NETWORK) as device:
        outcome = stream(device, SPEC, DATA, PLAN, position=position)
        return figures(device, outcome, position)


class SometimesAsked(InterruptWatch):
    """Asked to stop when `asks` says so."""

    def __init__(self, asks: Callable[[], bool]) -> None:
        super().__init__()
        self._asks = asks

    @property
    def asked(self) -> bool:
        return self._asks()


@dataclass
class FaultRun:
    """One run from a seed, over as many hosts as it takes."""

    board: HostBoard
    name: str
    seed: int
    path: Path

    def __post_init__(self) -> None:
        chosen = FAULTS if self.name == "all" else (self.name,)
        scale = 0.3 if self.name == "all" else 1.0
        faults = {fault: scale * PROBABILITY.get(fault, OTHER_PROBABILITY) for fault in chosen if fault in FAULTS}
        self.board.start()
        self.line = FaultyLine(self.board, (self.name, self.seed), faults)
        self.random = random.Random(self.seed)
        self.ended: list[str] = []
        self.repeated = 0

    def run(self) -> Figures:
        for _ in range(LIVES):
            try:
                return self._live()
            except DeviceError as error:
                assert "--resume" in str(error) or "Is this the right port" in str(error), str(error)
                self.ended.append(str(error))
            except RunInterruptedError as error:
                self.ended.append(str(error))
            except HostKilledError:
                self.ended.append("killed")
        self.line.make_good()
        return self._live()

    def _live(self) -> Figures:
        """One host: from the last checkpoint, if there is one, to the end or its own."""
        device = SerialDevice(NETWORK, self.line, "faulty", first_sequence=self.random.randrange(SEQUENCE_NUMBERS))
        try:
            return self._stream(device)
        finally:
            self.repeated += device.session.use.repeated

    def _stream(self, device: SerialDevice) -> Figures:
        position, state = RunPosition(), initial_state(NETWORK)
        if self.path.exists():
            saved = load_checkpoint(self.path, NETWORK, IDENTITY, PARTS)
            position, state = saved.position, saved.state
            device.write_state(state)
        watch, clock = SometimesAsked(self._wants_to_stop), self.line.now
        writer = CheckpointWriter(self.path, device, IDENTITY, "faulty", state, watch, position.streamed, clock)
        writer.start(position)
        outcome = stream(device, SPEC, DATA, PLAN, position=position, after_block=writer.after_block)
        return figures(device, outcome, position)

    def _wants_to_stop(self) -> bool:
        often = (
            {"interrupt": 0.2, "all": 0.02}.get(self.name, 0.0) if self.line.faults or self.name == "interrupt" else 0.0
        )
        return self.random.random() < often and len(self.ended) < LIVES


@pytest.fixture(scope="module")
def expected(user_cache: Path) -> Figures:
    return fault_free()


@pytest.fixture(scope="module")
def boards(compile_cache: Path) -> Callable[[int], HostBoard]:
    made = [HostBoard(host_board_library(NETWORK, compile_cache, *settings)) for settings in SETTINGS]
    return lambda seed: made[seed % len(made)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress every two samples and checkpoints after a few, as in a long run."""
    monkeypatch.setattr(streaming, "BLOCK_SAMPLES", 2)
    monkeypatch.setattr(checkpoints, "INTERVAL_S", 0.3)
    monkeypatch.setattr(checkpoints, "COST_FACTOR", 1.0)


def seeds(name: str) -> list[int]:
    if CHOSEN_SEED is not None:
        return [int(CHOSEN_SEED)] if name == CHOSEN_FAULT else []
    return list(range(SEEDS))


@pytest.mark.parametrize("name", NAMES)
def test_a_run_with_faults_ends_as_one_without(
    name: str, expected: Figures, boards: Callable[[int], HostBoard], tmp_path: Path
) -> None:
    ended, repeated, met = [], 0, dict.fromkeys(FAULTS, 0)
    for seed in seeds(name):
        run = FaultRun(boards(seed), name, seed, tmp_path / f"{seed}.npz")
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
def test_boards_that_count_cycles_recover_as_fast(fault: str, boards: Callable[[int], HostBoard]) -> None:
    """One sample at a time, with nothing behind it that shows a loss: what a device has shown to need is waited for, and no more."""
    windowed = seconds_with_faults(boards(2), fault, one_at_a_time=False)
    assert seconds_with_faults(boards(2), fault, one_at_a_time=True) < 2 * windowed


def test_the_tiny_samples_take_several_chunks(boards: Callable[[int], HostBoard]) -> None:
    with SerialDevice(NETWORK, BoardLine(boards(0)), "host") as device:
        before = device.session.use.bytes_sent
        device.run_samples(DATA.test.take(np.array([0], np.int64)), True)
        assert device.session.use.bytes_sent - before > 2 * 68
