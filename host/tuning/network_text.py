"""A network file with other values, its comments kept."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sfdfa_codegen.codegen.errors import ToolMissingError


def changed_text(text: str, values: Mapping[str, Any]) -> str:
    """The text of a network file with these keys written. values: by path, such as "layer.0.neurons"; a table that is not there is added. Raises ToolMissingError."""
    try:
        import tomlkit
    except ImportError as error:
        raise ToolMissingError("tune needs tomlkit: pip install 'sfdfa-codegen[tune]'") from error
    document = tomlkit.parse(text)
    for path, value in values.items():
        *tables, key = path.split(".")
        place: Any = document
        for name in tables:
            if not name.isdigit() and name not in place:
                place[name] = tomlkit.table()
            place = place[int(name) if name.isdigit() else name]
        place[key] = value
    return tomlkit.dumps(document)


def path_from(data_path: str, folder: Path, target: Path) -> str:
    """A path of `[data]`, relative to `folder`, as a file in the folder `target` has to name it; one that is searched for elsewhere stays."""
    found = folder / data_path
    if Path(data_path).is_absolute() or not found.exists():
        return data_path
    return Path(os.path.relpath(found.resolve(), target.resolve())).as_posix()
