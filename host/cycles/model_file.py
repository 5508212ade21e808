"""A cycle model as JSON: coefficients by name, those that are 0 left out."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.emulator.counting.cycle_model import Coefficients, CycleModel, ModeModel
from sfdfa_codegen.host.kept_file import read_json
from sfdfa_codegen.host.outputs import write_whole


def _to_json(names: tuple[str, ...], factors: Coefficients) -> dict[str, str]:
    return {name: str(factor) for name, factor in zip(names, factors, strict=True) if factor}


def _from_json(names: tuple[str, ...], values: dict[str, str]) -> Coefficients:
    return tuple(Fraction(values.get(name, 0)) for name in names)


def model_to_json(model: CycleModel) -> dict[str, object]:
    """As `model_from_json` reads it."""
    modes = {
        mode: {
            "phases": {
                phase: _to_json(model.names, factors) for phase, factors in zip(model.phases, found.phases, strict=True)
            },
            "relations": [_to_json(model.names, factors) for factors in found.relations],
        }
        for mode, found in model.modes.items()
    }
    return {"counts": list(model.names), "modes": modes}


def model_from_json(values: dict[str, Any]) -> CycleModel:
    """Raises KeyError, TypeError or ValueError for what is no model."""
    names = tuple(values["counts"])
    modes = {
        mode: ModeModel(
            tuple(_from_json(names, factors) for factors in found["phases"].values()),
            tuple(_from_json(names, factors) for factors in found["relations"]),
        )
        for mode, found in values["modes"].items()
    }
    phases = tuple(next(iter(values["modes"].values()))["phases"])
    return CycleModel(names, phases, modes)


def save_model(path: Path, model: CycleModel) -> None:
    """Raises ConfigError if the file cannot be written."""
    write_whole(path, (json.dumps(model_to_json(model), indent=1) + "\n").encode())


def load_model(path: Path) -> CycleModel:
    """Raises DataError for a file that is no cycle model."""
    try:
        return model_from_json(read_json(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration, ArithmeticError) as error:
        raise DataError(f"{path} is no cycle model: {error}; remove it and run cycles again") from error
