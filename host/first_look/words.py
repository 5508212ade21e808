"""Words of a first look: names, lists and TOML that cells and folders of strangers go into."""

import json
import re
from pathlib import Path
from typing import Final

HIDDEN: Final = 64
"""Neurons: a size that is enough for tables and sensors, and fits boards of 32 KB."""
MOST_NAMED: Final = 5
"""Columns or classes that a line names."""

_LAYERS: Final = """\
[[layer]]
neurons = {hidden}   # hidden; fewer need less RAM, more may learn finer differences

[[layer]]
neurons = {outputs}   # one output a class

# [fixed_point]
# weight_bits = 8   # 4, 8 or 16; left out, what suits the encoding
"""


def network_text(name: str, file: str | None, data: list[str], middle: str, outputs: int) -> str:
    """A network file. file: what commands are to call it, None its name; data: lines of its [data]; middle: what comes between that and the layers."""
    called = f"{name}.toml" if file is None else file
    head = [
        f"# Try it:     sfdfa-codegen run {called} --target native",
        f"# Then:       sfdfa-codegen build {called} --target library",
        f'name = "{name}"',
        "",
        "[data]",
        *data,
    ]
    return "\n".join(head) + f"\n\n{middle}\n\n" + _LAYERS.format(hidden=HIDDEN, outputs=outputs)


def name_of(path: Path) -> str:
    """A network's name from a file's or folder's."""
    name = re.sub(r"[^a-z0-9._-]+", "-", path.resolve().stem.lower()).strip("._-")[:64]
    return name or "mine"


def listed(words: list[str] | tuple[str, ...]) -> str:
    """A few of them, and how many more there are."""
    more = len(words) - MOST_NAMED
    shown = ", ".join(words[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return "".join(letter if letter.isprintable() else " " for letter in shown)  # it stands in comments of TOML


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def counted(classes: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """How many samples each class has."""
    return listed([f"{name} {count}" for name, count in zip(classes, counts, strict=True)])
