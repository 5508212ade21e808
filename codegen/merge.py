"""From the many small files that the runtime is written in to the few that a folder for one core has: what only one file includes becomes part of it."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_DOCUMENT: Final = re.compile(r"/\*.*?\*/\n", re.DOTALL)
_GUARD: Final = re.compile(r"#ifndef (SFDFA_(?:\w+_)?H)\n#define \1\n(.*)\n#endif\n\Z", re.DOTALL)
_CONDITION: Final = re.compile(r"^#(if|endif)", re.MULTILINE)
_OF_A_HEADER: Final = re.compile(
    r"(?:^/\*(?:(?!\*/).)*\*/\n)?^static (?:inline|SFDFA_OWN_\w+) [^;{}()]*?(\w+)\([^;{}]*\)\n\{\n.*?^\}\n\n?",
    re.DOTALL | re.MULTILINE,
)
"""A function that a header may define for files of which some do not call it, with the comment right before it."""

Resolve = Callable[[str, str], str | None]
"""Of a file and what one of its lines includes, the file of the folder that this is; None for what is none of them."""


def merge_headers(sources: Mapping[str, str], resolve: Resolve, public: Collection[str], shared: str) -> dict[str, str]:
    """The same C in fewer files, by path.

    sources: files by path, without conditions around what may be merged. resolve: gets a path and a line that begins with #include. public: paths of headers that stay
    files of their own. shared: a header that takes in what several files include of its own folder, if that needs nothing outside of it.

    A header that one file includes, itself or by what it includes, becomes part of it, before what includes it. This relies on each header including all that it
    needs. What nobody calls of a header that became part of a unit is left out: clang warns of functions that a unit defines and does not use.
    """
    merge = _Merge(sources, resolve, public, shared)
    merge.join()
    while merge.gather():
        merge.join()
    texts = {path: merge.text(path) for path in sources if path not in merge.holder}
    return {path: _without_unused(text) if path.endswith(".c") else text for path, text in texts.items()}


def _without_unused(text: str) -> str:
    """A unit without the functions of headers that nothing in it names, nor what only those name."""
    names = Counter(re.findall(r"\w+", _COMMENT.sub("", text)))
    left = _OF_A_HEADER.sub(lambda found: "" if names[found[1]] == 1 else found[0], text)
    return text if left == text else _without_unused(left)


class _Merge:
    def __init__(self, sources: Mapping[str, str], resolve: Resolve, public: Collection[str], shared: str) -> None:
        self._sources = sources
        self._resolve = resolve
        self._public = public
        lines = {path: _include_lines(_split(text)[2]) for path, text in sources.items()}
        left = {name for path, found in lines.items() for name in self._resolved(path, found.later + found.inner)}
        self._apart = {*public, shared, *left}
        self._shared = shared
        self.holder: dict[str, str] = {}
        """Of each header that is part of another file, that file."""
        self._lines = lines
        self._includes = {path: self._resolved(path, found.first + found.later) for path, found in lines.items()}

    def _resolved(self, path: str, lines: list[str]) -> list[str]:
        found = (self._resolve(path, line) for line in lines)
        return list(dict.fromkeys(included for included in found if included is not None))

    def _top(self, path: str) -> str:
        """The file that a header is part of in the end."""
        while path in self.holder:
            path = self.holder[path]
        return path

    def _needs(self) -> dict[str, set[str]]:
        """The files that each file includes, itself or by its parts."""
        needs: dict[str, set[str]] = {path: set() for path in self._sources if path not in self.holder}
        for path, included in self._includes.items():
            top = self._top(path)
            needs[top] |= {self._top(other) for other in included} - {top}
        return needs

    def join(self) -> None:
        """Find what becomes part of what."""
        while True:
            needs = self._needs()
            users: dict[str, list[str]] = {}
            for path, needed in needs.items():
                for other in needed - _reached(needs, path, needed):
                    users.setdefault(other, []).append(path)
            found = {
                path: using[0]
                for path, using in users.items()
                if len(using) == 1 and path.endswith(".h") and path not in self._apart
            }
            if not found:
                return
            self.holder.update(found)

    def gather(self) -> bool:
        """Let one more header of its folder become part of the shared one; whether there was one."""
        folder = self._shared.rpartition("/")[0]
        for path, needed in self._needs().items():
            beside = path.rpartition("/")[0] == folder and path.endswith(".h") and path not in self._apart
            if beside and needed <= {*self._public, self._shared}:
                self.holder[path] = self._shared
                self._includes[self._shared].append(path)
                return True
        return False

    def text(self, path: str) -> str:
        """A file with what has become part of it."""
        document, opening, body, closing = _split(self._sources[path])
        includes: dict[str, None] = {}
        parts = list(self._parts(path, body, includes, {path}))
        includes.pop(f'#include "{path}"', None)
        top = "".join(f"{line}\n" for line in includes)
        pieces = [piece.strip("\n") for piece in (top, *parts) if piece.strip()]
        return document + opening + "\n\n".join(pieces) + "\n" + closing

    def _parts(self, path: str, body: str, includes: dict[str, None], seen: set[str]) -> Iterator[str]:
        """The text of a file behind that of the headers that are part of it; `includes` gets what stays to be included."""
        lines = self._lines[path].first
        for line in lines:
            included = self._resolve(path, line)
            if included is None or included not in self.holder:
                includes[line if included is None else f'#include "{included}"'] = None
            elif self._top(included) != self._top(path):
                includes[f'#include "{self._top(included)}"'] = None
            elif included not in seen:
                seen.add(included)
                document, _, inner, _ = _split(self._sources[included])
                yield from _behind(document, list(self._parts(included, inner, includes, seen)))
        for line in lines:
            body = body.replace(f"{line}\n", "", 1)
        yield body
        for gathered in self._gathered(path):
            if gathered not in seen:
                seen.add(gathered)
                document, _, inner, _ = _split(self._sources[gathered])
                yield from _behind(document, list(self._parts(gathered, inner, includes, seen)))

    def _gathered(self, path: str) -> list[str]:
        """What a header took in that it does not include."""
        included = self._resolved(path, self._lines[path].first + self._lines[path].later)
        return [other for other in self._includes[path] if other not in included]


def _behind(document: str, parts: list[str]) -> list[str]:
    """Parts of which the last is a header's own, with the comment that the header begins with."""
    return [*parts[:-1], document + "\n" + parts[-1].strip("\n")]


def _reached(needs: Mapping[str, set[str]], path: str, needed: set[str]) -> set[str]:
    """What a file gets by what it includes."""
    found: set[str] = set()
    waiting = [other for first in needed for other in needs[first] if other != first]
    while waiting:
        other = waiting.pop()
        if other not in found and other != path:
            found.add(other)
            waiting += needs[other]
    return found


@dataclass(frozen=True)
class _IncludeLines:
    """Lines that include something: before all else, between other things, and under a condition, where they are left."""

    first: list[str]
    later: list[str]
    inner: list[str]


def _include_lines(body: str) -> _IncludeLines:
    found = _IncludeLines([], [], [])
    depth, begun = 0, False
    for line in body.splitlines():
        if condition := _CONDITION.match(line):
            depth += 1 if condition[1] == "if" else -1
        including = line.startswith("#include ")
        if including:
            (found.inner if depth else found.later if begun else found.first).append(line)
        begun = begun or not (including or not line)
    return found


def _split(text: str) -> tuple[str, str, str, str]:
    """The comment that a file begins with, its guard's beginning, what is in it, and the guard's end."""
    found = _DOCUMENT.match(text)
    document = found[0] if found else ""
    rest = text[len(document) :]
    guard = _GUARD.match(rest)
    if not guard:
        return document, "\n" if document else "", rest, ""
    return document, f"#ifndef {guard[1]}\n#define {guard[1]}\n\n", guard[2], "\n#endif\n"
