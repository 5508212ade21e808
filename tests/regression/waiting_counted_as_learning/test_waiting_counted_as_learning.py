"""Cycles by line were told of the bytes that a board waited for: the serial line's buffer had a file of the same name as rehearsal.

Debugging information is read by the name of a file, so one that learns shares its name with none that moves bytes.
"""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from sfdfa_codegen.codegen.cores import runtime_files


def names_below(folder: Traversable) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from names_below(entry)
        else:
            yield entry.name


def test_runtime_shares_no_name_with_link_and_boards() -> None:
    templates = resources.files("sfdfa_codegen.firmware_templates")
    others = {name for room in ("link", "boards") for name in names_below(templates / room)}
    learning = {path.rpartition("/")[2] for path in runtime_files()}
    assert learning
    assert learning & others == set()
