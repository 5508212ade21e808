"""TOML texts of strangers, parsed with errors that name the line."""

import re
import tomllib
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ConfigError

MOST_PARTS: Final = 64
"""Of a key, such as a.b.c: for very many `tomllib` takes hours, as its time grows with their square. No key that is known has more than three."""


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """The values of a text. Raises ConfigError, which names `origin` and line."""
    for number, line in enumerate(text.splitlines(), 1):
        if any(len(re.findall(r"\.+", piece)) > MOST_PARTS for piece in re.split("[=,{}]", line)):
            raise ConfigError(f"{origin}, line {number}: a key of more than {MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        last = int(place[1]) if place else len(text.splitlines()) or 1
        raise ConfigError(f"{origin}, line {last}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{origin}, line 1: not valid TOML: values are nested too deeply") from error
    except ValueError as error:  # a number of more than 4,300 digits
        raise ConfigError(f"{origin}, line 1: not valid TOML: {error}") from error
