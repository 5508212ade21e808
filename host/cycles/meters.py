"""Boards and simulators that count cycles, as meters: a total, and phases where the simulator can tell them."""

import contextlib
import tempfile
from pathlib import Path
from typing import Final, Self

from sfdfa_codegen.codegen.board import Board, CycleKind
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_to_bytes
from sfdfa_codegen.codegen.toolchain.code_phases import OUTSIDE, PHASES, code_lines, code_phases
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.estimate import EstimateMeter
from sfdfa_codegen.host.cycles.regions import RegionFiles
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.boards import BoardDevice, cached_image
from sfdfa_codegen.host.devices.device import Source
from sfdfa_codegen.host.link.messages import SMALLEST_PAYLOAD, Hello
from sfdfa_codegen.host.simulators.table import tells_regions

DEVICE_PHASES: Final = ("events", "end")
"""What a device tells apart, in the order of RESULT in docs/PROTOCOL.md: taking events and stepping ticks; from the end of the sample on."""
SENSING_PHASES: Final[dict[Source, tuple[str, ...]]] = {
    "samples": ("encoding", "frontend"),
    "readings": ("encoding",),
    "events": (),
}
"""And after them, by what a sample is given as: making events of readings, and readings of samples."""


class BoardMeter:
    """A board on a port, or its simulator. Use as a context manager."""

    def __init__(
        self,
        network: IntegerNetwork,
        board: Board,
        target: str,
        port: str | None = None,
        by_line: bool = False,
        source: Source = "events",
    ) -> None:
        """by_line: of a simulator that can tell, the phases are lines of the runtime. source: what samples are given as. Raises as `BoardDevice`, and ConfigError for a board that does not count
        cycles."""
        self._network = network
        self.compact = is_compact(network, board)
        self._state: bytes | None = None
        self._regions: RegionFiles | None = None
        telling = port is None and tells_regions(board)
        if by_line and not telling:
            raise ConfigError(
                f"{target} cannot tell the line of each instruction; the simulators simavr, rtl-picorv32 and pico-sim can"
            )
        self.phases: tuple[str, ...] = (*DEVICE_PHASES, *SENSING_PHASES[source])
        with contextlib.ExitStack() as stack:
            if telling:
                self._regions = RegionFiles(Path(stack.enter_context(tempfile.TemporaryDirectory())))
                divide = _lines if by_line else _phases
                self.phases = divide(self._regions, cached_image(network, board), board)
            paths = () if self._regions is None else self._regions.paths
            self._device = stack.enter_context(BoardDevice(network, board, target, port, paths))
            self._device.take(source)
            if port is None:
                self._device.be_patient()
            else:
                _check_name(self._device.greeting, board, port)
            counts = self._device.cycle_kind is not None
            if not counts and not telling:
                raise ConfigError(_no_counter(target, board, port))
            if counts and self._device.greeting.phases != len(DEVICE_PHASES):
                raise DeviceError(
                    f"{target} counts the cycles of {self._device.greeting.phases} phases, expected {len(DEVICE_PHASES)}; build and flash it again"
                )
            # What a counter in the firmware counts beside the phases is bookkeeping; without one, what the simulator tells is all. It has what makes
            # events by itself, together with the calls.
            self._remainder = PHASES.index("bookkeeping") if counts and self.phases == PHASES else None
            self._kind: CycleKind | None = board.cycles if port is None else "measured"
            self._where = target if port is None else f"{target} on {port}"
            self._stack = stack.pop_all()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the counts that the cycles depend on."""
        return SampleCounter(self._network, self.compact).names

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What has to be true for the figures to be."""
        return ()

    @property
    def kind(self) -> CycleKind:
        assert self._kind is not None
        return self._kind

    def take(self, source: Source) -> None:
        """Be given samples as `source` from here on; phases that it lacks take 0 cycles."""
        self._device.take(source)

    def write_state(self, state: LearnedState) -> None:
        """Replace everything learned; saturation counts go on."""
        data = state_to_bytes(self._network, state)
        if data != self._state:
            self._device.write_state(state)
        self._state = data

    def measure(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        """Run one sample; the cycles of each phase."""
        self._state = None if learn else self._state
        if self._regions is None:
            return self._counted(sample, learn)
        before = self._regions.read()
        cycles = self._device.exchange_sample(sample, learn).cycles
        phases = (self._regions.read() - before)[1 : len(self.phases) + 1]
        if self._remainder is not None:
            for name, counted in zip(SENSING_PHASES["samples"], cycles[len(DEVICE_PHASES) :], strict=False):
                phases[PHASES.index(name)] = counted
            phases[self._remainder] += sum(cycles) - phases.sum()
        return tuple(phases.tolist())

    def measure_label(self, age: int, label: int) -> tuple[int, ...]:
        """Give a sample of the ring its label; the cycles of each phase. Needs a simulator."""
        assert self._regions is not None
        self._state = None
        before = self._regions.read()
        cycles = self._device.exchange_label(age, label).cycles
        phases = (self._regions.read() - before)[1 : len(self.phases) + 1]
        if self._remainder is not None:
            phases[self._remainder] += cycles - phases.sum()
        return tuple(phases.tolist())

    def _counted(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        cycles = self._device.exchange_sample(sample, learn).cycles
        if not any(cycles):
            raise DeviceError(
                f"the cycle counter of {self._where} stands still. Is it a simulator? QEMU has none: leave out --port. Else switch the "
                "board off and on; if that does not help, its core was made without a counter"
            )
        return cycles + (0,) * (len(self.phases) - len(cycles))  # of events nothing is encoded

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()


def _check_name(hello: Hello, board: Board, port: str) -> None:
    """Raises DeviceError if another board is on the port: the cycles would be taken for those of this one."""
    if hello.board != board.name[: hello.max_payload - SMALLEST_PAYLOAD]:
        raise DeviceError(f"the board on {port} says that it is '{hello.board}', not {board.name}: give its --target")


def _no_counter(target: str, board: Board, port: str | None) -> str:
    if port is None:
        return (
            f"{target} does not count cycles; pico-sim, rtl-picorv32, the simavr targets and boards with a counter do"
        )
    if board.cycle_bits:
        return f"the image on {port} was built without a cycle counter; build and flash it again: sfdfa-codegen flash --target {target}"
    instead = "" if board.simulator is None else f"; leave out --port and take {board.simulator.target}"
    return f"the firmware of {target} has no cycle counter{instead}"


def _phases(regions: RegionFiles, image: Path, board: Board) -> tuple[str, ...]:
    """Regions of the code are the phases, each with its index plus 1 as its number."""
    places = {address: phase + 1 for address, phase in code_phases(image).items()}
    regions.write(_in_flash(places, board), OUTSIDE + 1, board.flash.origin)
    return PHASES


def _lines(regions: RegionFiles, image: Path, board: Board) -> tuple[str, ...]:
    """Regions of the code are the lines of the runtime; the last is all other code."""
    lines = code_lines(image)
    names = sorted(set(lines.values()) - {""})
    numbers = {name: number for number, name in enumerate([*names, ""], start=1)}
    places = {address: numbers[line] for address, line in lines.items()}
    regions.write(_in_flash(places, board), len(numbers), board.flash.origin)
    return tuple(names)


def _in_flash(places: dict[int, int], board: Board) -> dict[int, int]:
    end = board.flash.origin + board.flash.size
    return {address: number for address, number in places.items() if board.flash.origin <= address < end}


def open_meter(
    network: IntegerNetwork,
    board: Board,
    target: str,
    port: str | None = None,
    by_line: bool = False,
    source: Source = "events",
) -> BoardMeter | EstimateMeter:
    """What counts the cycles of a target: its own counter, or for a Cortex-M without one the tables of its core. Raises as both do."""
    counted = port is not None or board.cycles is not None or by_line
    if counted:
        return BoardMeter(network, board, target, port, by_line, source)
    return EstimateMeter(network, board, source)
