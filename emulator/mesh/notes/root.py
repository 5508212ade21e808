"""What takes time when the root compares outputs, told to its port."""

from typing import Final

import numpy as np
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.port import Port

UNROLLED: Final = 4
"""A compiler may unroll a loop over so few outputs: then each of them has a way of its own."""


def _rises(values: Int64) -> Int64:
    """The places of values that are larger than all before them, but for the first."""
    return np.flatnonzero(values[1:] > np.maximum.accumulate(values)[:-1]) + 1


def _note_places(port: Port, what: str, places: Int64, outputs: int) -> None:
    if outputs > UNROLLED:
        port.note(what, places.size)
        return
    for place in places.tolist():
        port.note(f"{what} {place}")


def note_leads(port: Port, y: Int64, when: str = "") -> None:
    """The largest of all outputs is looked for, then the largest of the others: (outputs,). when: each place where that is done has code of its own."""
    first = int(y.argmax())
    _note_places(port, f"new lead{when}", _rises(y), y.size)
    port.note(f"output {first if y.size <= UNROLLED else min(first, 1)} leads{when}")
    _note_places(
        port,
        f"new second{when}" if y.size > UNROLLED else f"new second{when} of {first}",
        _rises(np.delete(y, first)),
        y.size,
    )
