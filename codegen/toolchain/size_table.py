"""What takes how much of an image, read from its debugging information."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.errors import DeviceError


@dataclass(frozen=True)
class StatePart:
    """One member of the network's state, by its path, such as `learned.weights`."""

    name: str
    bytes: int


def _follow(entry: Any) -> Any:
    """The type behind typedefs and qualifiers."""
    while entry.tag in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"):
        entry = entry.get_DIE_from_attribute("DW_AT_type")
    return entry


def _name(entry: Any) -> str:
    attribute = entry.attributes.get("DW_AT_name")
    return attribute.value.decode() if attribute else ""


def _array_elements(entry: Any) -> int:
    count = 1
    for child in entry.iter_children():
        if child.tag == "DW_TAG_subrange_type":
            attributes = child.attributes
            if "DW_AT_count" in attributes:
                count *= attributes["DW_AT_count"].value
            elif "DW_AT_upper_bound" in attributes:
                count *= attributes["DW_AT_upper_bound"].value + 1
    return count


def _size(entry: Any) -> int:
    entry = _follow(entry)
    if entry.tag == "DW_TAG_array_type":
        return _array_elements(entry) * _size(entry.get_DIE_from_attribute("DW_AT_type"))
    size: int = entry.attributes["DW_AT_byte_size"].value
    return size


def _members(entry: Any, prefix: str, depth: int) -> list[StatePart]:
    parts = []
    for child in _follow(entry).iter_children():
        if child.tag != "DW_TAG_member":
            continue
        kind = _follow(child.get_DIE_from_attribute("DW_AT_type"))
        name = f"{prefix}{_name(child)}"
        if kind.tag == "DW_TAG_structure_type" and depth > 0:
            parts += _members(kind, f"{name}.", depth - 1)
        else:
            parts.append(StatePart(name, _size(kind)))
    return parts


def network_parts(image: Path, type_name: str = "sfdfa_t") -> list[StatePart]:
    """The members of a struct type, nested structs taken apart once, unions whole; largest first.

    Raises DeviceError if the file has no such type or no debugging information.
    """
    try:
        with image.open("rb") as file:
            elf = ELFFile(file)
            units = elf.get_dwarf_info().iter_CUs() if elf.has_dwarf_info() else ()
            for unit in units:
                for entry in unit.get_top_DIE().iter_children():
                    if entry.tag == "DW_TAG_typedef" and _name(entry) == type_name:
                        return sorted(_members(entry, "", 1), key=lambda part: -part.bytes)
    except (OSError, ELFError, KeyError) as error:
        raise DeviceError(f"{image}: unreadable debugging information: {error}; build it again") from error
    raise DeviceError(f"{image}: no debugging information about {type_name}; build it again")
