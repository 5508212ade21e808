"""One trial: a network file, learned on what the validation split leaves and tested on the split, if it fits the budget."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError, DataError, DoesNotFitError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, state_size
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.choice.validation import validation_split
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.data.fit_encoder import chosen_kind
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import EncodingSpec, NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPart, RunPlan, RunPosition, stream
from sfdfa_codegen.host.tuning.budget import Budget
from sfdfa_codegen.host.tuning.network_text import changed_text
from sfdfa_codegen.host.tuning.space import Values

CYCLE_SAMPLES: Final = 8
"""Of the training set, whose mean counts."""
KEPT_ENCODINGS: Final = 4
"""Data sets as events that are kept, for trials of the same encoding."""

AfterPass = Callable[[int, float], None]
"""Called with the pass, from 1, and the accuracy on the validation split. It may raise to end the trial."""


class DoesNotFitBudgetError(Exception):
    """A trial that is not worth learning. Its text says why."""


@dataclass(frozen=True)
class TrialResult:
    """accuracy: on the validation split, a fraction of 1. ram: bytes; cycles: of a learned sample after learning. None: not known."""

    accuracy: float
    ram: int | None
    cycles: float | None


@dataclass(frozen=True)
class Task:
    """What is tuned. text, origin, folder: of the network file. epochs: passes; None as the file. board: whose cycles count; None counts none."""

    text: str
    origin: str
    folder: Path
    budget: Budget
    epochs: int | None = None
    board: Board | None = None

    @property
    def spec(self) -> NetworkSpec:
        """The file as it stands."""
        return parse_network(self.text, self.origin, self.folder)


@dataclass
class Trials:
    """Runs trials on one data set, which is loaded once."""

    task: Task
    raw: RawData[Any] = field(init=False)
    _chosen: NetworkSpec = field(init=False)
    _encoded: dict[EncodingSpec, EncodedData] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        spec = self.task.spec
        self.raw = validation_split(load_raw(spec), spec.data.validation)
        self._chosen, _ = chosen_spec(spec, self.raw)

    def encoding_of_file(self) -> EncodingSpec:
        """What the file has, or the folds of what is learned would choose for it."""
        encoding = self._chosen.encoding
        if encoding.kind == "auto" and isinstance(self.raw.train, Features):
            return replace(encoding, kind=chosen_kind(self.raw))
        return encoding

    def passes(self) -> Values:
        """The passes of all trials, where those folds choose them: a file that names an encoding would have those of the rule."""
        passes = self._chosen.learning.epochs
        return {} if self.task.epochs is not None or passes is None else {"learning.epochs": passes}

    def run(self, values: Values, after_pass: AfterPass) -> TrialResult:
        """Raises DoesNotFitBudgetError for a network that its integers or the budget do not allow, and what `after_pass` raises."""
        try:
            spec = parse_network(changed_text(self.task.text, values), self.task.origin, self.task.folder)
            data = self._data(spec)
            network = quantise(prepare_network(spec, data), data, spec)
        except DoesNotFitError as error:
            raise DoesNotFitBudgetError(f"its integers would overflow: {error}") from error
        except (ConfigError, DataError) as error:
            raise DoesNotFitBudgetError(f"the file does not allow it: {error}") from error
        self._check(ram=state_size(network))  # what is learned is the least that it takes
        with _device(network) as device:
            ram = device.hello().ram
            self._check(ram=None if ram is None else ram.total)
            self._check(cycles=self._cycles(network, data.train, initial_state(network)))
            accuracy = _learn(device, spec, data, self.task.epochs, after_pass)
            cycles = self._cycles(network, data.train, device.read_state())
        self._check(cycles=cycles)
        return TrialResult(accuracy, None if ram is None else ram.total, cycles)

    def _data(self, spec: NetworkSpec) -> EncodedData:
        if spec.encoding not in self._encoded:
            while len(self._encoded) >= KEPT_ENCODINGS:
                del self._encoded[next(iter(self._encoded))]
            self._encoded[spec.encoding] = encode_raw(self.raw, spec)
        return self._encoded[spec.encoding]

    def _check(self, ram: int | None = None, cycles: float | None = None) -> None:
        problem = self.task.budget.problem(ram, cycles)
        if problem is not None:
            raise DoesNotFitBudgetError(problem)

    def _cycles(self, network: IntegerNetwork, train: SpikeDataset, state: LearnedState) -> float | None:
        board = self.task.board
        if board is None:
            return None
        samples = train.head(CYCLE_SAMPLES)
        with open_meter(network, board, board.name) as meter:
            meter.write_state(state)
            return float(np.mean([sum(meter.measure(samples[k], network.learns)) for k in range(len(samples))]))


def counts_cycles(board: Board) -> str | None:
    """Why the cycles of a board cannot be counted on this machine, or None."""
    try:
        find_target(board.name).check()
    except ToolMissingError as error:
        return str(error)
    return None


def _device(network: IntegerNetwork) -> Device:
    return EmuDevice(network) if find_target("native").problem() is not None else ShapedDevice(network)


def _learn(device: Device, spec: NetworkSpec, data: EncodedData, epochs: int | None, after_pass: AfterPass) -> float:
    """Learn in passes, with a test after each; returns the last accuracy."""
    passes = 0

    def look(position: RunPosition, part: RunPart) -> None:
        nonlocal passes
        if part.kind != "test" or position.sample < len(part.samples) or position.part == 0:
            return
        passes += 1
        after_pass(passes, position.right[-1] / len(part.samples))

    outcome = stream(device, spec, replace(data, segments=()), RunPlan(epochs=epochs), after_block=look)
    assert outcome.test_accuracy is not None
    return outcome.test_accuracy
