"""A name of its own for everything that a library defines, so that two networks fit one program.

Both headers may be included in one file, so functions alone are not enough: types, constants, include guards and file names carry the prefix too.
Names are C identifiers, and are renamed as such: whole words that are `sfdfa` or begin with `sfdfa_` or `SFDFA_`, and files that begin with `sfdfa`.
Kconfig puts CONFIG_ before a name; the prefix comes after it.
"""

import re
from pathlib import PurePosixPath

from sfdfa_codegen.codegen.errors import ConfigError

_IDENTIFIER = re.compile(r"\b(?=sfdfa(?:_|\b(?!-))|sensor_loop_)")
_MACRO = re.compile(r"(?:\b|(?<=\bCONFIG_))(?=SFDFA_|SENSOR_LOOP_)")
_LIBRARY = re.compile(r"\blibsfdfa\b")


def check_prefix(prefix: str) -> None:
    """Raises ConfigError for what no identifier of C may begin with."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", prefix):
        raise ConfigError(
            f"--prefix {prefix}: must be 1 to 31 of a-z, 0-9 and underscore, beginning with a letter, such as door_"
        )


def with_prefix(sources: dict[str, str], prefix: str) -> dict[str, str]:
    """The same files under names of their own. sources: texts by path. Raises ConfigError as `check_prefix`."""
    check_prefix(prefix)
    return {_renamed(path, prefix): _in_text(text, prefix) for path, text in sources.items()}


def _in_text(text: str, prefix: str) -> str:
    return _LIBRARY.sub(f"lib{prefix}sfdfa", _MACRO.sub(prefix.upper(), _IDENTIFIER.sub(prefix, text)))


def _renamed(path: str, prefix: str) -> str:
    name = PurePosixPath(path)
    return str(name.with_name(prefix + name.name)) if name.name.startswith("sfdfa") else path
