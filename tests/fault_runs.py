"""Runs over a line that fails: each ends with the state and the figures of a run without faults, or can be resumed to them.

    python tests/fault_runs.py 3000 [pipe] [qemu-mps2-an385] [qemu-riscv-virt] [simavr-atmega1284p] [pico-sim] [--from SEED]

makes so many runs over each target, from seed 0 on or from another: of each fault by itself and of all at once, in turn. `pipe` is the serial application in this
process; the others are simulators, of which simavr and rp2040js also lose their power. Time is that of the line and of what the device computes.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from faulty_line import FAULTS, DamagedLine, FaultyLine, HostKilledError
from host_board import HostBoard, host_board_library
from networks import make_network, make_samples
from paced_line import PacedLine
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import initial_state, state_to_bytes
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.boards import cached_image
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import SEQUENCE_NUMBERS
from sfdfa_codegen.host.link.line import Line, SerialLine, SocketLine
from sfdfa_codegen.host.link.session import Session
from sfdfa_codegen.host.network.spec import LayerSpec, LearningSpec, NetworkSpec
from sfdfa_codegen.host.runs import checkpoint as checkpoints
from sfdfa_codegen.host.runs import streaming
from sfdfa_codegen.host.runs.checkpoint import CheckpointWriter, run_identity
from sfdfa_codegen.host.runs.checkpoint_file import load_checkpoint
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.streaming import RunPlan, RunPosition, run_parts, stream
from sfdfa_codegen.host.simulators.qemu import start_qemu
from sfdfa_codegen.host.simulators.rp2040js import start_rp2040js
from sfdfa_codegen.host.simulators.simavr import start_simavr

PROBABILITY = {"reset": 0.01, "kill": 0.01, "delay": 0.03}
OTHER_PROBABILITY = 0.06
SETTINGS = ((69, 1), (72, 4), (200, 8), (256, 2))
"""max_payload and window of the device; a seed takes one."""
LIVES = 6
"""Hosts that may end before the line is made good."""
PROMPT: Final = ("drop", "duplicate", "corrupt", "noise", "cut")
"""Faults that cost time only by what they make be sent again."""
MOST_TIMES: Final = 4
"""The time of a run without faults, for each of these that is met: no run may take longer."""
QUIET_S: Final = {"qemu": 0.05, "simavr": 0.04, "rp2040js": 0.1}
"""Processor time in which each kind of simulator answers."""

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


FAST_BAUD: Final = 1_000_000
"""Of simavr, which computes what the processor does while a byte is on the line."""


class Bench:
    """What runs are made over: a line for each, to a device that has just started or was left by the run before."""

    def line(self, seed: int, chance: object, faults: dict[str, float]) -> FaultyLine | DamagedLine:
        raise NotImplementedError


class PipeBench(Bench):
    """Serial applications in this process, one for each of SETTINGS; a seed takes one."""

    def __init__(self, cache: Path) -> None:
        self.boards = [HostBoard(host_board_library(NETWORK, cache, *settings)) for settings in SETTINGS]

    def line(self, seed: int, chance: object, faults: dict[str, float]) -> FaultyLine:
        board = self.boards[seed % len(self.boards)]
        board.start()
        return FaultyLine(board, chance, faults)


class SimulatorBench(Bench):
    """A simulator, which goes on from run to run."""

    def __init__(self, target: str, stack: ExitStack) -> None:
        board = next(board for board in boards().values() if board.simulator and board.simulator.target == target)
        assert board.simulator is not None
        if board.simulator.kind == "simavr":
            board = replace(board, baud=FAST_BAUD)
        assert board.simulator is not None
        image = cached_image(NETWORK, board)
        self._cut_power: Callable[[], None] | None = None
        if board.simulator.kind == "qemu":
            process, terminal = start_qemu(board.simulator.arguments, image)
            line: Line = SerialLine(terminal)
        else:
            started = (
                start_rp2040js(image)
                if board.simulator.kind == "rp2040js"
                else start_simavr(board.core, board.clock_hz, image)
            )
            process, line = started[0], SocketLine(started[1])
            self._cut_power = process.cut_power
        stack.enter_context(process)
        Session(
            line
        ).hello()  # QEMU asleep sees only once a second whether somebody listens to its terminal, which is no time of the line
        self._line = PacedLine(line, process.pid, QUIET_S[board.simulator.kind])
        stack.callback(self._line.close)

    def line(self, seed: int, chance: object, faults: dict[str, float]) -> DamagedLine:
        return DamagedLine(self._line, chance, faults, self._cut_power)


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

    bench: "Bench"
    name: str
    seed: int
    path: Path

    def __post_init__(self) -> None:
        chosen = FAULTS if self.name == "all" else (self.name,)
        scale = 0.3 if self.name == "all" else 1.0
        faults = {fault: scale * PROBABILITY.get(fault, OTHER_PROBABILITY) for fault in chosen if fault in FAULTS}
        self.line = self.bench.line(self.seed, (self.name, self.seed), faults)
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
        device = SerialDevice(
            NETWORK,
            self.line,
            "faulty",
            first_sequence=self.random.randrange(SEQUENCE_NUMBERS),
        )
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


@contextmanager
def small_blocks() -> Iterator[None]:
    """Progress every two samples and checkpoints after a few, as in a long run."""
    before = streaming.BLOCK_SAMPLES, checkpoints.INTERVAL_S, checkpoints.COST_FACTOR
    streaming.BLOCK_SAMPLES, checkpoints.INTERVAL_S, checkpoints.COST_FACTOR = 2, 0.3, 1.0  # type: ignore[misc]
    try:
        yield
    finally:
        streaming.BLOCK_SAMPLES, checkpoints.INTERVAL_S, checkpoints.COST_FACTOR = before  # type: ignore[misc]


@dataclass
class Tally:
    """Of many runs. slowest: the most time that a fault of PROMPT cost in a run of nothing else, in times of a run without faults."""

    runs: int = 0
    resumed: int = 0
    repeated: int = 0
    slowest: float = 0.0
    met: Counter[str] = field(default_factory=Counter)


def run_many(bench: Bench, seeds: range, folder: Path) -> Iterator[Tally]:
    """Yields after each run what there is of all. Raises AssertionError, which names fault and seed, for a run that ends otherwise, or takes too long."""
    expected, free = fault_free(), free_seconds(bench, folder)
    tally = Tally()
    for seed in seeds:
        name = NAMES[seed % len(NAMES)]
        path = folder / f"{seed}.npz"
        run = FaultRun(bench, name, seed, path)
        start = run.line.now()
        try:
            assert run.run() == expected, "it ends otherwise"
            met = sum(run.line.met.values())
            if name in PROMPT and met:
                times = (run.line.now() - start - free) / free / met
                tally.slowest = max(tally.slowest, times)
                assert times <= MOST_TIMES, f"each of {met} faults took {times:.1f} times a run without"
        except Exception as error:
            raise AssertionError(f"fault '{name}', seed {seed}: {error!r} after {run.ended}") from error
        path.unlink(missing_ok=True)
        tally.runs += 1
        tally.resumed += bool(run.ended)
        tally.repeated += run.repeated
        tally.met.update({fault: count for fault, count in run.line.met.items() if count})
        yield tally


def free_seconds(bench: Bench, folder: Path) -> float:
    """Of a run without faults on the line: the least of some."""
    times = []
    for number in range(4):
        run = FaultRun(bench, "none", number, folder / f"free-{number}.npz")
        start = run.line.now()
        run.run()
        times.append(run.line.now() - start)
    return min(times)


TARGETS: Final = ("pipe", "qemu-mps2-an385", "qemu-riscv-virt", "simavr-atmega1284p", "pico-sim")


def row(target: str, seeds: range) -> Tally:
    """All runs over a target; fewer, if Ctrl-C ends them."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack, small_blocks(), suppress(KeyboardInterrupt):
        bench = PipeBench(Path(folder)) if target == "pipe" else SimulatorBench(target, stack)
        begun = time.monotonic()
        for tally in run_many(bench, seeds, Path(folder)):
            if tally.runs % 10 == 0:
                text = f"\r{target}: {tally.runs} of {len(seeds)} runs, {time.monotonic() - begun:.0f} s"
                print(text, end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return tally


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("runs", type=int, nargs="?", default=130)
    arguments.add_argument("targets", nargs="*", metavar="target")
    arguments.add_argument("--from", type=int, default=0, dest="first", metavar="SEED")
    given = arguments.parse_args()
    print(f"{'target':20} {'runs':>6} {'resumed':>8} {'faults':>8} {'sent again':>10} {'slowest':>8}")
    for target in given.targets or TARGETS:
        tally = row(target, range(given.first, given.first + given.runs))
        faults = sum(tally.met.values())
        print(
            f"{target:20} {tally.runs:6} {tally.resumed:8} {faults:8} {tally.repeated:10} {tally.slowest:8.2f}",
            flush=True,
        )
    print("every run ended in the state, results and saturation counts of a run without faults")
    print(
        f"slowest: what a fault that only makes bytes be sent again took at most, in times of a whole run without; {MOST_TIMES} are allowed"
    )


if __name__ == "__main__":
    main()
