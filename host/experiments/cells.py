"""Finished cells, one JSON file each, so that an interrupted study goes on where it stopped."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.data.digest import digest_here
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome
from sfdfa_codegen.host.kept_file import read_json
from sfdfa_codegen.host.outputs import write_whole


def cell_key(study: str, cell: Cell) -> str:
    """24 hex digits of what the cell's result depends on beside its data, with the versions of what computes it."""
    values = [study, dict(cell.settings), cell.seed, tool_version(), ARITHMETIC_VERSION]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:24]


def check_same_data(seen: Mapping[str, str], outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The digests of data sets with those of more outcomes. Raises DataError where one path has two contents."""
    known = dict(seen)
    for outcome in outcomes:
        for path, digest in outcome.data.items():
            if known.setdefault(path, digest) != digest:
                raise DataError(
                    f'the data set "{path}" is not the same for all cells of this study: {digest} by content, and {known[path]} for others; '
                    "put the same files wherever it runs"
                )
    return known


class CellStore:
    """The folder `cells` of a run folder. A cell counts while the data it was run on are what is here; where they are not here, they cannot be compared."""

    def __init__(self, study: str, run_folder: Path) -> None:
        """Raises ConfigError if the folder cannot be made."""
        self._study, self._folder = study, run_folder / "cells"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"cannot make the folder {self._folder}: {error.strerror}; say where with --out"
            ) from error

    def load(self, cell: Cell) -> Outcome | None:
        """The outcome, or None if it is not there whole or was run on other data."""
        try:
            values: Any = read_json(self._path(cell))
            outcome = Outcome(cell, dict(values["result"]), float(values["seconds"]), dict(values["data"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        changed = any(digest_here(path) not in (None, digest) for path, digest in outcome.data.items())
        return None if changed else outcome

    def save(self, outcome: Outcome) -> None:
        """Raises ConfigError if it cannot be written."""
        cell = outcome.cell
        values = {"study": self._study, "settings": dict(cell.settings), "seed": cell.seed}
        values |= {"seconds": outcome.seconds, "data": dict(outcome.data), "result": outcome.result}
        write_whole(self._path(cell), (json.dumps(values, indent=1, allow_nan=False) + "\n").encode())

    def _path(self, cell: Cell) -> Path:
        return self._folder / f"{cell_key(self._study, cell)}.json"
