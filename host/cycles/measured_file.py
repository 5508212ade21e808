"""What a board takes for each count of a network, measured there and kept: `cycles --port` writes it, `build` and `cycles --target emu` read it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.model_file import model_from_json, model_to_json
from sfdfa_codegen.host.kept_file import read_json
from sfdfa_codegen.host.outputs import write_whole

VERSION: Final = 1
LEFT_OUT: Final = ("name", "seed", "rate_target", "regulariser", "step_gain")
"""Constants of a network that its code takes as it takes any others; so are those of a layer that follow."""
LEFT_OUT_OF_LAYERS: Final = ("threshold", "rate", "state_limit")


@dataclass(frozen=True)
class MeasuredFile:
    """Coefficients of the kind `measured`. board: its name; network: that of the network, structure: what it must share with any other that the
    coefficients are used for. fitted, held_out: numbers of samples; error: of the samples held out, the mean of its size, as a part of their mean cycles."""

    board: str
    network: str
    structure: str
    fitted: int
    held_out: int
    error: float
    model: CycleModel


def structure(network: IntegerNetwork) -> str:
    """A hash over all that decides what the network's code does for each count: sizes, formats and rules, not weights, thresholds or rates."""
    constants = {name: value for name, value in network.constants.items() if name not in LEFT_OUT}
    layers = constants.pop("layers")
    assert isinstance(layers, (list, tuple))
    kept = [{name: value for name, value in layer.items() if name not in LEFT_OUT_OF_LAYERS} for layer in layers]
    return hashlib.sha256(json.dumps([constants, kept], sort_keys=True).encode()).hexdigest()


def save_measured(path: Path, file: MeasuredFile) -> None:
    """Raises ConfigError if it cannot be written."""
    head = {name: getattr(file, name) for name in ("board", "network", "structure", "fitted", "held_out", "error")}
    values = {"version": VERSION, "kind": "measured", **head, "model": model_to_json(file.model)}
    write_whole(path, (json.dumps(values, indent=1) + "\n").encode())


def load_measured(path: Path) -> MeasuredFile:
    """Raises ConfigError for a file that is not there, and DataError for one that is none."""
    try:
        values = read_json(path)
        if values["version"] != VERSION or values["kind"] != "measured":
            raise ValueError("it has another version or kind")
        file = MeasuredFile(
            str(values["board"]),
            str(values["network"]),
            str(values["structure"]),
            int(values["fitted"]),
            int(values["held_out"]),
            float(values["error"]),
            model_from_json(values["model"]),
        )
        if any(len(mode.phases) != len(file.model.phases) for mode in file.model.modes.values()):
            raise ValueError("its modes have different phases")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; cycles --port writes such a file") from error
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, ArithmeticError) as error:
        raise DataError(
            f"{path} is no file of measured cycles: {error!r}; write it again with cycles --port"
        ) from error
    return file


def measured_board(path: Path, file: MeasuredFile, network: IntegerNetwork, own: Board | None = None) -> Board:
    """The board that was measured. own: a board of one's own, which may be the one. Raises ConfigError if the file does not hold for this network."""
    board = own if own is not None and own.name == file.board else boards().get(file.board)
    if board is None:
        raise DataError(
            f"{path} is no file of measured cycles: there is no board {file.board}; write it again with cycles --port"
        )
    names = SampleCounter(network, is_compact(network, board)).names
    if file.structure != structure(network) or file.model.names != names:
        raise ConfigError(
            f"{path} was measured with the network {file.network} of other sizes, formats or rules, or by another version; "
            f"measure this one: sfdfa-codegen cycles --target {file.board} --port PORT"
        )
    return board
