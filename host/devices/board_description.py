"""Reads the description of a board of one's own (TOML), as strictly as a network file: what it does not know is an error.

It is trusted as source code is: its C is compiled into the image, and its simulator and flash tool are run.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from sfdfa_codegen.codegen.board import Architecture, Board, Reception, SimulatorKind, boards, make_board
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.link.frames import LARGEST_PAYLOAD
from sfdfa_codegen.host.link.messages import SMALLEST_PAYLOAD, WINDOWS
from sfdfa_codegen.host.network.toml_lines import KeyLines, KeyPath
from sfdfa_codegen.host.network.toml_text import parse_toml
from sfdfa_codegen.host.network.toml_types import NotAllowedError, convert
from sfdfa_codegen.host.regular_file import check_regular

MAX_FILE_BYTES: Final = 1 << 16
MAX_SOURCE_BYTES: Final = 1 << 20
SOURCE_ENDINGS: Final = (".c", ".h", ".S")
UNITS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Bytes that a memory programs at least."""
ADDRESS_END: Final = 1 << 32


@dataclass(frozen=True)
class _Key:
    """What a key may hold: its type, a test of a value of that type, and in words what passes."""

    hint: Any
    accepts: Callable[[Any], bool] = lambda value: True
    allowed: str = ""
    needed: bool = True


def _whole(low: int, high: int, needed: bool = True) -> _Key:
    return _Key(int, lambda value: low <= value <= high, f"a whole number from {low} to {high}", needed)


def _text(pattern: str, allowed: str, needed: bool = True) -> _Key:
    return _Key(str, lambda value: re.fullmatch(pattern, value) is not None, allowed, needed)


def _texts(pattern: str, allowed: str, needed: bool = True) -> _Key:
    return _Key(tuple[str, ...], lambda values: all(re.fullmatch(pattern, value) for value in values), allowed, needed)


def _is_stretch(values: tuple[int, ...]) -> bool:
    return len(values) == 2 and values[0] >= 0 and values[1] >= 1 and sum(values) <= ADDRESS_END


_STRETCH: Final = _Key(
    tuple[int, ...], _is_stretch, "[origin, size]: two whole numbers in bytes, which end within 4 GB"
)
_TOP: Final[dict[str, _Key]] = {
    "description": _text(r"[ -)+-.0-~]{1,80}", "a text of 1 to 80 plain characters without * and /"),
    "architecture": _Key(Architecture),
    "core": _text(r"[a-z][a-z0-9_+.-]*", "a core as its compiler names it, such as cortex-m4, rv32imac or atmega328p"),
    "sources": _texts(r"[^\0]+", "a list of names of folders in quotes"),
    "clock_hz": _whole(1, ADDRESS_END - 1),
    "baud": _whole(1, 50_000_000),
    "flash": _STRETCH,
    "ram": _STRETCH,
    "defines": _texts(r"[A-Za-z_]\w*(=\w+)?", 'a list of macros such as ["NAME", "NAME=1"]', needed=False),
    "stack_bytes": _whole(1, 1 << 24),
    "max_payload": _whole(SMALLEST_PAYLOAD, LARGEST_PAYLOAD),
    "window": _Key(int, lambda value: value in WINDOWS, f"one of {', '.join(map(str, WINDOWS))}"),
    "reception": _Key(Reception, needed=False),
    "cycle_bits": _whole(0, 32, needed=False),
    "compact": _Key(bool, needed=False),
    "cycles": _Key(Literal["exact", "model"], needed=False),
    "image": _Key(Literal["elf", "bin", "hex", "uf2"], needed=False),
    "flash_tool": _text(
        r"(pyocd|openocd|uf2|teensy|esptool):[\w./-]+|(avrdude|dfu):\w+:\w+|bossac",
        "pyocd:TARGET, openocd:CONFIG, uf2:VOLUME, teensy:MCU, esptool:CHIP, bossac, dfu:VENDOR:PRODUCT or avrdude:PART:PROGRAMMER",
        needed=False,
    ),
    "uf2_family": _whole(0, ADDRESS_END - 1, needed=False),
}
_POWER: Final[dict[str, _Key]] = {
    "run_ma": _Key(float, lambda value: value > 0, "a number above 0"),
    "volts": _Key(float, lambda value: value > 0, "a number above 0"),
    "source": _Key(str),
}
_SIMULATOR: Final[dict[str, _Key]] = {
    "target": _text(r"[a-z0-9][a-z0-9-]{0,63}", "1 to 64 of a-z, 0-9 and hyphen"),
    "kind": _Key(SimulatorKind),
    "arguments": _texts(r"[^\0]*", "a list of texts in quotes", needed=False),
}
_PERSISTENCE: Final[dict[str, _Key]] = {
    "sources": _texts(r"[^\0]+", "a list of names of folders in quotes"),
    "unit_bytes": _Key(int, lambda value: value in UNITS, f"one of {', '.join(map(str, UNITS))}"),
    "page_bytes": _whole(0, 1 << 24),
    "size": _whole(0, 1 << 24, needed=False),
    "erase_ms": _Key(float, lambda value: value >= 0, "a number of at least 0"),
    "program_us": _Key(float, lambda value: value > 0, "a number above 0"),
    "cycles": _whole(1, 1 << 30),
    "source": _Key(str),
    "brown_out": _texts(r"[^\0]+", "a list of names of folders in quotes", needed=False),
    "boot_bytes": _whole(0, 1 << 16, needed=False),
}
_MEMORIES: Final = ("persistence", "larger_persistence")
_TABLES: Final = {**dict.fromkeys(_MEMORIES, _PERSISTENCE), "power": _POWER, "simulator": _SIMULATOR}
_CONFIG: Final = "config"
_ARGUMENTS: Final[dict[SimulatorKind, tuple[Callable[[tuple[str, ...]], bool], str]]] = {
    "qemu": (
        lambda words: bool(words) and re.fullmatch(r"qemu-system-\w+", words[0]) is not None,
        'QEMU and its machine, as in ["qemu-system-arm", "-M", "microbit"]',
    ),
    "simavr": (lambda words: len(words) == 1, 'the processor, as in ["atmega1284p"]'),
    "unicorn": (
        lambda words: len(words) == 1 and words[0] in ("m0", "m3", "m4", "m7", "m33"),
        'one of ["m0"], ["m3"], ["m4"], ["m7"], ["m33"]',
    ),
    "rp2040js": (lambda words: not words, "left out"),
    "verilator": (lambda words: not words, "left out"),
}
"""Of each kind of simulator: what its arguments must be."""


def read_board(path: Path) -> Board:
    """The board that a file describes; its name is the file's without the ending.

    Raises ConfigError, which names file, line and key.
    """
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        text = self._text(path, MAX_FILE_BYTES)
        self._lines = KeyLines(text)
        self._document = parse_toml(text, str(path))

    def read(self) -> Board:
        name = self._path.stem
        if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name) is None or self._path.suffix != ".toml":
            raise ConfigError(
                f"{self._path}: the file gives the board its name: 1 to 32 of a-z, 0-9 and hyphen, and then .toml"
            )
        known = (*_TOP, *_TABLES, _CONFIG)
        self._check_keys((), self._document, known)
        top = {key: value for key, value in self._document.items() if key in _TOP}
        table: dict[str, Any] = self._values((), top, _TOP)
        for key, keys in _TABLES.items():
            if key in self._document:
                table[key] = self._values((key,), self._document[key], keys)
        table[_CONFIG] = self._config(self._document.get(_CONFIG, {}))
        self._check_simulator(table)
        self._check_free((), name, "the file is named like")
        own, shipped = self._sources(table["sources"])
        for memory in (table[name] for name in _MEMORIES if name in table):
            for key in ("sources", "brown_out"):
                more, folders = self._sources(memory.get(key, ()))
                own += more
                memory[key] = folders
        return replace(make_board(name, {**table, "sources": shipped}), own_files=own)

    def _check_simulator(self, table: dict[str, Any]) -> None:
        simulator = table.get("simulator")
        if simulator is None:
            return
        self._check_free(("simulator", "target"), simulator["target"], "the target is named like")
        accepts, allowed = _ARGUMENTS[simulator["kind"]]
        if not accepts(simulator.get("arguments", ())):
            self._fail(("simulator", "arguments"), f"must be {allowed} for the kind {simulator['kind']}")
        if simulator["kind"] == "unicorn" and "UART" not in table[_CONFIG]:
            self._fail((_CONFIG,), "the key UART is missing: the address of the UART that the kind unicorn imitates")

    def _check_free(self, path: KeyPath, name: str, what: str) -> None:
        """Raise if a name is that of something else."""
        simulated = {board.simulator.target for board in boards().values() if board.simulator is not None}
        if name in {*boards(), *simulated, "emu", "native", "library", "source", "all"}:
            self._fail(path, f"{what} a target that there is, {name}; choose another name")

    def _sources(self, folders: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Files, by name, of the folders that lie beside the description; and the names of the folders that are the project's."""
        shipped_root = resources.files("sfdfa_codegen.firmware_templates") / "boards"
        shipped = tuple(entry.name for entry in shipped_root.iterdir() if entry.is_dir())
        own: dict[str, str] = {}
        for folder in folders:
            if folder in shipped:
                continue
            place = self._path.parent / folder
            if not place.is_dir():
                self._fail(
                    ("sources",),
                    f'"{folder}" is neither a folder beside this file nor one of {", ".join(sorted(shipped))}',
                )
            files = sorted(file for file in place.iterdir() if file.suffix in SOURCE_ENDINGS and file.is_file())
            own.update({file.name: self._text(file, MAX_SOURCE_BYTES) for file in files})
        return tuple(own.items()), tuple(folder for folder in folders if folder in shipped)

    def _config(self, table: Any) -> dict[str, int]:
        if not isinstance(table, dict):
            self._fail((_CONFIG,), f"must be a table, not {table!r}")
        for name, value in table.items():
            path = (_CONFIG, name)
            if re.fullmatch(r"[A-Z][A-Z0-9_]*", name) is None:
                self._fail(path, "the name of a macro has A-Z, 0-9 and underscore")
            if type(value) is not int or not 0 <= value < ADDRESS_END:
                self._fail(path, f"{value!r} is not allowed; must be a whole number from 0 to {ADDRESS_END - 1}")
        return dict(table)

    def _values(self, path: KeyPath, table: Any, keys: dict[str, _Key]) -> dict[str, Any]:
        if not isinstance(table, dict):
            self._fail(path, f"must be a table, not {table!r}")
        self._check_keys(path, table, tuple(keys))
        for name, key in keys.items():
            if key.needed and name not in table:
                self._fail(path, f"the key {name} is missing")
        return {name: self._value((*path, name), value, keys[name]) for name, value in table.items()}

    def _value(self, path: KeyPath, value: Any, key: _Key) -> Any:
        try:
            converted = convert(value, key.hint)
        except NotAllowedError as error:
            self._fail(path, f"{value!r} is not allowed; must be {key.allowed or error}")
        if not key.accepts(converted):
            self._fail(path, f"{value!r} is not allowed; must be {key.allowed}")
        return converted

    def _check_keys(self, path: KeyPath, table: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._fail((*path, key), f"unknown key. Known here: {', '.join(known)}")

    def _fail(self, path: KeyPath, problem: str) -> NoReturn:
        where = " ".join(str(part) for part in path) or "top level"
        raise ConfigError(f"{self._path}, line {self._lines.line(path)}, {where}: {problem}")

    @staticmethod
    def _text(path: Path, most_bytes: int) -> str:
        """Raises ConfigError for what cannot be read, is no text, or is too long."""
        try:
            check_regular(path)
            with path.open("rb") as file:
                data = file.read(most_bytes + 1)
            if len(data) > most_bytes:
                raise ConfigError(f"{path}: larger than {most_bytes} bytes; is it the right file?")
            return data.decode("utf-8")
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}; is it the right name?") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: the text is not UTF-8; is it the right file?") from error
