"""Cycles of a Cortex-M by a table: the image runs in Unicorn, and every instruction that it executes takes what the core's table says."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from sfdfa_codegen.codegen.board import Board, CycleKind, boards
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.toolchain.code_phases import OUTSIDE, PHASES, code_phases
from sfdfa_codegen.codegen.toolchain.instruction_times import ASSUMPTIONS, TIMES, Cycles, InstructionTimes, read_times
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.boards import cached_image
from sfdfa_codegen.host.devices.device import Source
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.simulators.unicorn_line import UnicornLine

INSTRUCTION_STEP: Final = 2


def estimating_board(board: Board) -> Board:
    """The board in Unicorn that has the same core. Raises ConfigError where there is none."""
    for other in boards().values():
        if other.simulator is not None and other.simulator.kind == "unicorn" and other.core == board.core:
            return other
    raise ConfigError(f"there is no table of instruction times for the core {board.core} of {board.name}")


class InstructionCounter:
    """Adds up the cycles of executed code by phase."""

    def __init__(self, image: Path, times: InstructionTimes) -> None:
        self._times = read_times(image, times)
        self._phases = code_phases(image)
        self._refill = times.refill
        self._blocks: dict[tuple[int, int], list[tuple[int | None, Cycles]]] = {}
        self._next = 0
        self._current = OUTSIDE
        self.cycles = [0] * (OUTSIDE + 1)

    def watch(self, address: int, size: int) -> None:
        """Code from `address` on is about to be executed, without a jump to its end."""
        jumped = address != self._next
        if jumped:
            self.cycles[self._current] += self._refill
        for phase, cycles in self._block(address, size):
            if phase is not None:
                self._current = phase
            self.cycles[self._current] += cycles.after_jump if jumped else cycles.in_line
            jumped = False
        self._next = address + size

    def _block(self, address: int, size: int) -> list[tuple[int | None, Cycles]]:
        if (address, size) not in self._blocks:
            places = range(address, address + size, INSTRUCTION_STEP)
            self._blocks[address, size] = [
                (self._phases.get(place), self._times[place]) for place in places if place in self._times
            ]
        return self._blocks[address, size]


class EstimateMeter:
    """The image of a network for a Cortex-M in Unicorn. Use as a context manager."""

    phases: tuple[str, ...] = PHASES
    kind: CycleKind = "estimate"
    assumptions = ASSUMPTIONS

    def __init__(self, network: IntegerNetwork, board: Board, source: Source = "events") -> None:
        """source: what samples are given as. Raises ToolMissingError and DeviceError, and ConfigError for a core without a table."""
        stand_in = estimating_board(board)
        self.compact = is_compact(network, stand_in)
        assert stand_in.simulator is not None
        image = cached_image(network, stand_in)
        self._counter = InstructionCounter(image, TIMES[board.core])
        with contextlib.ExitStack() as stack:
            self._line = line = UnicornLine(stand_in, stand_in.simulator.arguments[0], image, self._counter.watch)
            self._device = stack.enter_context(SerialDevice(network, line, stand_in.name))
            self._device.take(source)
            self._stack = stack.pop_all()

    def take(self, source: Source) -> None:
        """Be given samples as `source` from here on; phases that it lacks take 0 cycles."""
        self._device.take(source)

    def write_state(self, state: LearnedState) -> None:
        """Replace everything learned."""
        with self._line.unwatched():
            self._device.write_state(state)

    def measure(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        """Run one sample; the cycles of each phase."""
        return self._spent(lambda: self._device.exchange_sample(sample, learn))

    def measure_label(self, age: int, label: int) -> tuple[int, ...]:
        """Give a sample of the ring its label; the cycles of each phase."""
        return self._spent(lambda: self._device.exchange_label(age, label))

    def _spent(self, call: Callable[[], object]) -> tuple[int, ...]:
        before = list(self._counter.cycles)
        call()
        after = self._counter.cycles
        return tuple(after[phase] - before[phase] for phase in range(len(PHASES)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
