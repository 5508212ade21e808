"""Line numbers of the keys of a TOML text, which `tomllib` does not keep, for error messages."""

import re
from typing import Final

KeyPath = tuple[str | int, ...]
"""Where a value sits: table and key names, and the index within an array of tables."""

_HEADER: Final = re.compile(r"""^\s*(\[\[?)\s*([\w\s."'-]+?)\s*\]\]?\s*(?:#.*)?$""")
_KEY: Final = re.compile(r"""^\s*([\w."'-]+(?:\s*\.\s*[\w"'-]+)*)\s*=""")


def _parts(dotted: str) -> KeyPath:
    """Names of a dotted key, without quotes."""
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


class KeyLines:
    """Maps key paths of one TOML text to 1-based lines. For messages: multi-line strings may mislead it."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = self._enter(_parts(header[2]), is_array=header[1] == "[[")
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault(table + _parts(key[1]), number)

    def _enter(self, names: KeyPath, is_array: bool) -> KeyPath:
        """Path of the table that a header opens; a further `[[name]]` gets the next index."""
        if not is_array:
            return names
        index = self._arrays.get(names, -1) + 1
        self._arrays[names] = index
        return (*names, index)

    def line(self, path: KeyPath) -> int:
        """Line of the value at `path`, else of the nearest table around it, else 1."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        starts = [number for known, number in self._lines.items() if known[: len(path)] == path]
        return min(starts, default=1)
