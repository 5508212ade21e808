"""Boards and simulators that count cycles, as meters: a total, and phases where the simulator can tell them."""

import contextlib
import tempfile
from pathlib import Path
from typing import Final, Self

import numpy as np
from sfdfa_codegen.codegen.board import Board, CycleKind
from sfdfa_codegen.codegen.code_phases import BOOKKEEPING, OUTSIDE, PHASES, code_phases
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_to_bytes
from sfdfa_codegen.host.cycles.estimate import EstimateMeter
from sfdfa_codegen.host.cycles.regions import RegionFiles
from sfdfa_codegen.host.devices.boards import BoardDevice, cached_image
from sfdfa_codegen.host.spikes import SpikeSample

TOTAL: Final = ("total",)
"""The phases of what can only count all of them together."""
TELLING_SIMULATORS: Final = ("simavr", "verilator", "rp2040js")
_REGIONS: Final = OUTSIDE + 1
"""That of a phase is its index plus 1."""


class BoardMeter:
    """A board on a port, or its simulator. Use as a context manager."""

    def __init__(self, network: IntegerNetwork, board: Board, target: str, port: str | None = None) -> None:
        """Raises as `BoardDevice`, and ConfigError for a board that does not count cycles."""
        self._network = network
        self._state: bytes | None = None
        self._regions: RegionFiles | None = None
        telling = port is None and board.simulator is not None and board.simulator.kind in TELLING_SIMULATORS
        self.phases: tuple[str, ...] = PHASES if telling else TOTAL
        with contextlib.ExitStack() as stack:
            if telling:
                self._regions = RegionFiles(Path(stack.enter_context(tempfile.TemporaryDirectory())))
                _write_regions(self._regions, cached_image(network, board), board)
            paths = () if self._regions is None else self._regions.paths
            self._device = stack.enter_context(BoardDevice(network, board, target, port, paths))
            if self._device.cycle_kind is None:
                raise ConfigError(
                    f"{target} does not count cycles; pico-sim, rtl-picorv32, the simavr targets and boards with a counter do"
                )
            self._stack = stack.pop_all()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What has to be true for the figures to be."""
        return ()

    @property
    def kind(self) -> CycleKind:
        assert self._device.cycle_kind is not None
        return self._device.cycle_kind

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
            return (self._total(sample, learn),)
        before = self._regions.read()
        total = self._total(sample, learn)
        phases = (self._regions.read() - before)[1 : len(PHASES) + 1]
        phases[BOOKKEEPING] = total - np.delete(phases, BOOKKEEPING).sum()
        return tuple(phases.tolist())

    def _total(self, sample: SpikeSample, learn: bool) -> int:
        return sum(self._device.exchange_sample(sample, learn).cycles)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()


def _write_regions(regions: RegionFiles, image: Path, board: Board) -> None:
    places = {
        address: phase + 1
        for address, phase in code_phases(image).items()
        if board.flash.origin <= address < board.flash.origin + board.flash.size
    }
    regions.write(places, _REGIONS, board.flash.origin)


def open_meter(
    network: IntegerNetwork, board: Board, target: str, port: str | None = None
) -> BoardMeter | EstimateMeter:
    """What counts the cycles of a target: its own counter, or for a Cortex-M without one the tables of its core. Raises as both do."""
    counted = port is not None or board.cycles is not None
    return BoardMeter(network, board, target, port) if counted else EstimateMeter(network, board)
