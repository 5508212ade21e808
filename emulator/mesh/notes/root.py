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


def note_leads(port: Port, y: Int64) -> None:
    """The largest of all outputs is looked for, then the largest of the others: (outputs,)."""
    first = int(y.argmax())
    _note_places(port, "new lead", _rises(y), y.size)
    port.note(f"output {first if y.size <= UNROLLED else min(first, 1)} leads")
    _note_places(
        port, "new second" if y.size > UNROLLED else f"new second of {first}", _rises(np.delete(y, first)), y.size
    )


def note_winners(port: Port, counts: Int64, scores: Int64) -> None:
    """The output with the most spikes is looked for; scores: spikes, then potentials, (outputs,)."""
    before = np.maximum.accumulate(scores)[:-1]
    _note_places(port, "new lead", _rises(scores), counts.size)
    _note_places(port, "equal count", np.flatnonzero(counts[1:] == before >> 32) + 1, counts.size)
