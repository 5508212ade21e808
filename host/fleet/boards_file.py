"""The file that names the boards of a fleet (TOML), read as strictly as a network file: what it does not know is an error."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.regular_file import check_regular

MAX_FILE_BYTES: Final = 1 << 16
MOST_BOARDS: Final = 256
KEYS: Final = ("name", "target", "port", "classes", "share")
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
EXAMPLE: Final = '[[board]] with name = "door" and target = "native", one for each board'


@dataclass(frozen=True)
class BoardEntry:
    """One board. port: of a real one. classes: whose samples it is given; None is all. share: (place, of), every `of`-th sample from `place` on; None is all."""

    name: str
    target: str
    port: str | None = None
    classes: tuple[int, ...] | None = None
    share: tuple[int, int] | None = None

    def samples_of(self, samples: SpikeDataset) -> SpikeDataset:
        """What this board is given of a stream that all could have."""
        chosen: NDArray[np.bool_] = np.ones(len(samples), dtype=bool)
        if self.classes is not None:
            chosen &= np.isin(samples.labels, self.classes)
        indices = np.flatnonzero(chosen)
        if self.share is not None:
            place, of = self.share
            indices = indices[place - 1 :: of]
        return samples.take(indices.astype(np.int64))


def read_boards(path: Path, classes: int) -> tuple[BoardEntry, ...]:
    """classes: of the network. Raises ConfigError, which says where and what to do."""
    tables = _tables(path)
    boards = tuple(_Reader(path, place, classes).board(table) for place, table in enumerate(tables, 1))
    _check_unique(path, "name", [board.name for board in boards])
    _check_unique(path, "port", [board.port for board in boards if board.port is not None])
    return boards


def _tables(path: Path) -> list[Any]:
    try:
        check_regular(path)
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; it needs {EXAMPLE}") from error
    if len(text) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; a file of boards is a few lines")
    try:
        document = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: no TOML: {error}") from error
    unknown = sorted(set(document) - {"board"})
    if unknown:
        raise ConfigError(f"{path}: it does not take '{unknown[0]}'; it needs {EXAMPLE}")
    tables = document.get("board")
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"{path}: it names no board; it needs {EXAMPLE}")
    if len(tables) > MOST_BOARDS:
        raise ConfigError(f"{path}: {len(tables)} boards; at most {MOST_BOARDS}")
    return tables


def _check_unique(path: Path, key: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ConfigError(f"{path}: two boards have the {key} {twice[0]}; give each its own")


class _Reader:
    """One [[board]]."""

    def __init__(self, path: Path, place: int, classes: int) -> None:
        self._where, self._classes = f"{path}: board {place}", classes

    def board(self, table: Any) -> BoardEntry:
        if not isinstance(table, dict):
            raise ConfigError(f"{self._where}: it needs {EXAMPLE}")
        unknown = sorted(set(table) - set(KEYS))
        if unknown:
            raise ConfigError(f"{self._where}: it does not take '{unknown[0]}'; it takes {', '.join(KEYS)}")
        name = self._text(table, "name")
        if NAME.fullmatch(name) is None:
            raise ConfigError(
                f"{self._where}: name = {name[:60]!r}: letters, digits, - and _ only, as files are named after it"
            )
        target = find_target(self._text(table, "target"))
        port = self._text(table, "port") if "port" in table else None
        if target.needs_port and port is None:
            raise ConfigError(f"{self._where}: {target.name} is a real board; give its port")
        if port is not None and not target.needs_port:
            raise ConfigError(f"{self._where}: the target {target.name} has no port; leave port out")
        return BoardEntry(name, target.name, port, self._class_numbers(table), self._share(table))

    def _text(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise ConfigError(f"{self._where}: it needs {key}, a text")
        return value

    def _class_numbers(self, table: dict[str, Any]) -> tuple[int, ...] | None:
        values = table.get("classes")
        if values is None:
            return None
        if (
            not isinstance(values, list)
            or not values
            or not all(type(value) is int and 0 <= value < self._classes for value in values)
        ):
            raise ConfigError(
                f"{self._where}: classes: a list of class numbers from 0 to {self._classes - 1}, such as [0, 1]"
            )
        return tuple(values)

    def _share(self, table: dict[str, Any]) -> tuple[int, int] | None:
        value = table.get("share")
        if value is None:
            return None
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", value) if isinstance(value, str) else None
        place, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= place <= of:
            raise ConfigError(f'{self._where}: share: a text such as "1/8", the first of eight equal parts')
        return place, of
