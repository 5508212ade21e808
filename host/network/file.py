"""Reads a network file (TOML) or a preset into a `NetworkSpec`, strictly: what it does not know is an error."""

import dataclasses
import difflib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, Final, NoReturn

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.rules import Table, check_together, field_types, find_limit
from sfdfa_codegen.host.network.spec import (
    DataSpec,
    EncodingSpec,
    FixedPointSpec,
    FrontendSpec,
    LayerSpec,
    LearningSpec,
    NetworkSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.network.toml_lines import KeyLines, KeyPath
from sfdfa_codegen.host.network.toml_text import parse_toml
from sfdfa_codegen.host.network.toml_types import NotAllowedError, convert
from sfdfa_codegen.host.regular_file import check_regular

DEFAULT_PRESET: Final = "digits"
MAX_FILE_BYTES: Final = 1 << 20
_LAYER: Final = "layer"
_TABLES: Final[dict[str, type[Table]]] = {
    "data": DataSpec,
    "frontend": FrontendSpec,
    "encoding": EncodingSpec,
    "neuron": NeuronSpec,
    "learning": LearningSpec,
    "fixed_point": FixedPointSpec,
}
_TOP_KEYS: Final = ("name", "seed", "compact")


def load_network_spec(name_or_path: str | None) -> NetworkSpec:
    """The network of a preset (`None` is the preset "digits") or of a TOML file.

    Raises ConfigError: no such preset or file, or a mistake in it; the message names file, line and key.
    """
    return parse_network(*network_text(name_or_path))


def network_text(name_or_path: str | None) -> tuple[str, str, Path]:
    """The text of a preset or file as it stands, what messages call it, and its folder. Raises ConfigError where there is none."""
    wanted = DEFAULT_PRESET if name_or_path is None else name_or_path
    if wanted in preset_names():
        return preset_text(wanted), f"preset {wanted}", Path()
    path = Path(wanted)
    if path.suffix != ".toml" and not path.is_file():
        raise ConfigError(
            f"{wanted}: there is neither a preset nor a file of this name{_did_you_mean(wanted, preset_names())}. "
            f"Presets: {', '.join(preset_names())}; a file's name ends in .toml"
        )
    return _read_text(path), str(path), path.parent


def preset_names() -> tuple[str, ...]:
    """Names of the presets in the package, sorted."""
    files = resources.files("sfdfa_codegen.host.network").joinpath("presets").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def preset_text(name: str) -> str:
    """The TOML text of a preset. Raises ConfigError if there is none of this name."""
    if name not in preset_names():
        raise ConfigError(
            f"{name}: no such preset{_did_you_mean(name, preset_names())}. Presets: {', '.join(preset_names())}"
        )
    return resources.files("sfdfa_codegen.host.network").joinpath("presets", f"{name}.toml").read_text("utf-8")


def parse_network(text: str, origin: str, folder: Path) -> NetworkSpec:
    """The network that a TOML text describes.

    `origin` is named in messages; `data.path` is searched in `folder` first. Raises ConfigError.
    """
    return _NetworkReader(text, origin).read(folder)


def _read_text(path: Path) -> str:
    try:
        check_regular(path)
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the network file: {error.strerror}") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: not a network file, it is larger than {MAX_FILE_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: the text is not UTF-8, which TOML must be") from error


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean "X"?)` for the closest of the known names, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


class _NetworkReader:
    """Turns the tables of one text into the dataclasses of `spec`, whose fields are the keys and types allowed."""

    def __init__(self, text: str, origin: str) -> None:
        self._origin = origin
        self._lines = KeyLines(text)
        self._document = parse_toml(text, origin)

    def read(self, folder: Path) -> NetworkSpec:
        self._check_known((), self._document, (*_TOP_KEYS, *_TABLES, _LAYER))
        top = self._values((), NetworkSpec, {key: self._document[key] for key in _TOP_KEYS if key in self._document})
        layers = self._layers()
        sizes = tuple(layer.neurons for layer in layers)
        tables = {name: self._table(name, kind, sizes) for name, kind in _TABLES.items()}
        spec = NetworkSpec(**top, **tables, layers=layers, folder=folder)
        for problem in check_together(spec):
            self._fail(problem.path, problem.text)
        return spec

    def _fail(self, path: KeyPath, problem: str) -> NoReturn:
        """Raise the ConfigError for the value at `path`."""
        raise ConfigError(f"{self._origin}, line {self._lines.line(path)}, {_path_name(path)}: {problem}")

    def _check_known(self, path: KeyPath, values: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in values:
            if key not in known:
                self._fail((*path, key), f"unknown key{_did_you_mean(key, known)}. Known here: {', '.join(known)}")

    def _layers(self) -> tuple[LayerSpec, ...]:
        tables = self._document.get(_LAYER)
        if tables is None:
            self._fail((), "no [[layer]]: write one [[layer]] with `neurons = N` a layer, the last one for the output")
        if not isinstance(tables, list) or not tables:
            self._fail((_LAYER,), "must be written [[layer]], with two brackets, once a layer")
        return tuple(LayerSpec(**self._values((_LAYER, i), LayerSpec, table)) for i, table in enumerate(tables))

    def _table(self, name: str, kind: type[Table], layer_sizes: tuple[int, ...]) -> Any:
        if kind is FrontendSpec and name not in self._document:
            return None
        values = self._values((name,), kind, self._document.get(name, {}))
        if kind is LearningSpec:
            return make_learning(layer_sizes, self._table("data", DataSpec, layer_sizes).is_stream, **values)
        return kind(**values)

    def _values(self, path: KeyPath, kind: type[Table], table: Any) -> dict[str, Any]:
        """The checked values of one table, by field name; a field without default must be there."""
        if not isinstance(table, dict):
            self._fail(path, f"must be a table, not {table!r}")
        types = {name: hint for name, hint in field_types(kind).items() if kind is not NetworkSpec or name in _TOP_KEYS}
        self._check_known(path, table, tuple(types))
        for field in dataclasses.fields(kind):
            if field.name in types and field.name not in table and field.default is dataclasses.MISSING:
                self._fail(path, f"the key {field.name} is missing")
        return {key: self._value((*path, key), kind, types[key], value) for key, value in table.items()}

    def _value(self, path: KeyPath, kind: type[Table], hint: Any, value: Any) -> Any:
        """One value of the type `hint` and within the limits of its field."""
        limit = find_limit(kind, str(path[-1]))
        try:
            converted = convert(value, hint)
        except NotAllowedError as error:
            self._fail(path, f"{_shown(value)} is not allowed; must be {limit.allowed if limit else error}")
        if limit is not None and not limit.accepts(converted):
            self._fail(path, f"{_shown(value)} is not allowed; must be {limit.allowed}")
        return converted


def _shown(value: Any) -> str:
    """A value as a message shows it: TOML-like, and short."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value).replace("'", '"')
    return text if len(text) <= 60 else text[:57] + "..."


def _path_name(path: KeyPath) -> str:
    """`[encoding] ticks`, `[[layer]] 2 neurons`, `seed`, or `top level`."""
    match path:
        case ():
            return "top level"
        case (str(name),):
            return f"[{name}]" if name in _TABLES else f"[[{name}]]" if name == _LAYER else name
        case (str(name), int(index), *rest):
            return " ".join([f"[[{name}]] {index + 1}", *map(str, rest)])
        case (table, *rest):
            return f"[{table}] {'.'.join(map(str, rest))}"
    return str(path)
