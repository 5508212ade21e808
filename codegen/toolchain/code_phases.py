"""Which part of the work each instruction of an image belongs to, from its debugging information.

Functions that were inlined count for what they are: of the chain of functions that an instruction stands in, the innermost that the table names decides.
"""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, Final

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.cores import runtime_files
from sfdfa_codegen.codegen.errors import DeviceError

PHASES: Final = (
    "frontend",
    "encoding",
    "input",
    "neurons",
    "grades",
    "error",
    "feedback",
    "eligibility",
    "bookkeeping",
)
"""From samples of a sensor to readings; from readings to events; sums of weights; decay, threshold and reset, and what outputs that integrate make of their sums; grades on the spikes; errors and steps; learned feedback; replay or traces with the weights; the rest."""
BOOKKEEPING: Final = PHASES.index("bookkeeping")
OUTSIDE: Final = len(PHASES)
INSTRUCTION_STEP: Final = 2
"""Bytes between addresses at which an instruction can begin."""

FUNCTIONS: Final = {
    "frontend": ("sfdfa_listen", "sfdfa_samples", "sfdfa_heard"),
    "encoding": ("sfdfa_sort_readings",),
    "input": (
        "sum_inputs",
        "sfdfa_sum_inputs",
        "find_inputs",
        "list_spikes",
        "sfdfa_readout_add",
        "sfdfa_readout_tick",
    ),
    "neurons": (
        "sfdfa_integrate_layer",
        "fire",
        "sfdfa_step_coasting",
        "step_neuron",
        "step_membrane",
        "integrate",
        "sfdfa_readout_begin",
        "sfdfa_readout_decides",
        "sfdfa_readout_end",
    ),
    "grades": (
        "sum_grades",
        "sfdfa_sum_grades",
        "note_first_spikes",
        "take_grade",
        "sfdfa_send_grades",
        "sfdfa_add_output_grades",
        "send_grade",
        "note_first_spike",
    ),
    "error": (
        "sfdfa_learn_sample",
        "learn_layer",
        "compute_errors",
        "regulate",
        "project_error",
        "normalise",
        "sfdfa_readout_error",
    ),
    "feedback": ("begin_feedback", "learn_feedback", "sfdfa_residual_find", "sfdfa_residual_learn"),
    "eligibility": (
        "sfdfa_eligibility_record",
        "sfdfa_note_record",
        "sfdfa_eligibility_tick",
        "sfdfa_eligibility_begin",
        "sfdfa_eligibility_inputs",
        "sfdfa_eligibility_spikes",
        "sfdfa_eligibility_begin_layer",
        "sfdfa_eligibility_learn",
        "sfdfa_eligibility_end_layer",
        "find_cut",
        "find_spikes",
        "find_virtual_spike",
        "remember_spike",
        "remember_highest",
        "walk_back",
        "walk_tick",
        "compute_update",
        "update_weight",
        "sfdfa_readout_learn",
    ),
    "bookkeeping": (
        "sfdfa_sample_begin",
        "begin_run",
        "advance",
        "begin_tick",
        "sfdfa_event",
        "sfdfa_sample_end",
        "sfdfa_put_result",
        "sfdfa_readout_asks",
        "sfdfa_readout_knows",
        "sfdfa_ring_begin",
        "sfdfa_ring_event",
        "sfdfa_ring_rehearse",
        "sfdfa_ring_store",
        "sfdfa_learn_slot",
        "sfdfa_forward_begin",
        "sfdfa_forward_skip",
        "sfdfa_forward_tick",
        "sfdfa_forward_end",
        "step_neurons",
        "sfdfa_step_layer",
        "run_layer",
        "run_hidden",
        "run_output",
        "vote",
    ),
}
"""Functions of the runtime. What others do belongs to whatever called them."""

_PHASE_OF: Final = {name: PHASES.index(phase) for phase, names in FUNCTIONS.items() for name in names}


def _name(entry: Any) -> str:
    """The function's name, through its abstract instance or declaration."""
    attribute = entry.attributes.get("DW_AT_name")
    if attribute is not None:
        return str(attribute.value.decode())
    for reference in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if reference in entry.attributes:
            return _name(entry.get_DIE_from_attribute(reference))
    return ""


def _ranges(entry: Any, dwarf: Any, base: int) -> Iterator[tuple[int, int]]:
    """Addresses of a function or an inlined copy of one; the linker gives 0 to what it has left out."""
    attributes = entry.attributes
    if "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        yield low, high.value if high.form == "DW_FORM_addr" else low + high.value
    elif "DW_AT_ranges" in attributes:
        for part in dwarf.range_lists().get_range_list_at_offset(attributes["DW_AT_ranges"].value):
            if type(part).__name__ == "BaseAddressEntry":
                base = part.base_address
            else:
                yield base + part.begin_offset, base + part.end_offset


def _mark(entry: Any, phase: int | None, dwarf: Any, base: int, places: dict[int, int]) -> None:
    """Enter an entry's code, then what is inside it."""
    if entry.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine"):
        phase = _PHASE_OF.get(_name(entry), phase)
        for low, high in _ranges(entry, dwarf, base):
            if low > 0 and phase is not None:
                places.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), phase))
    for child in entry.iter_children():
        _mark(child, phase, dwarf, base, places)


def code_lines(image: Path) -> dict[int, str]:
    """The line of the runtime, as "file:line", of the instruction at each address; "" for code of other files that have lines.

    Raises DeviceError for an image without debugging information.
    """
    runtime = _runtime_files()
    places: dict[int, str] = {}
    try:
        with image.open("rb") as file:
            dwarf = ELFFile(file).get_dwarf_info()
            for unit in dwarf.iter_CUs():
                for line, low, high in _line_ranges(dwarf, unit):
                    name = line if line.partition(":")[0] in runtime else ""
                    places.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), name))
    except (OSError, ELFError, KeyError) as error:
        raise DeviceError(f"{image}: unreadable debugging information: {error}; build it again") from error
    return places


def _line_ranges(dwarf: Any, unit: Any) -> Iterator[tuple[str, int, int]]:
    """Lines of a unit, with the addresses where the code of each begins and ends."""
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return
    first_file = 0 if program.header.version >= 5 else 1
    before = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if before is not None and before.address > 0:
            name = program["file_entry"][before.file - first_file].name.decode()
            yield f"{PurePath(name).name}:{before.line}", before.address, state.address
        before = None if state.end_sequence else state


def _runtime_files() -> set[str]:
    """All but the CRC, which the frames of the link have too."""
    files = {PurePath(path).name for path in runtime_files()}
    return files - {"sfdfa_crc.c"}


def code_phases(image: Path) -> dict[int, int]:
    """The phase of the instruction at each address, as an index of PHASES, or OUTSIDE for what is not the runtime's, such as the link.

    What has no entry serves whatever called it, such as the compiler's arithmetic. Raises DeviceError for an image without debugging
    information.
    """
    runtime = _runtime_files()
    places: dict[int, int] = {}
    try:
        with image.open("rb") as file:
            dwarf = ELFFile(file).get_dwarf_info()
            for unit in dwarf.iter_CUs():
                top = unit.get_top_DIE()
                name = PurePath(_name(top)).name
                if name.startswith("sfdfa") and name.endswith(".c"):
                    _mark(top, None if name in runtime else OUTSIDE, dwarf, _base(top), places)
    except (OSError, ELFError, KeyError) as error:
        raise DeviceError(f"{image}: unreadable debugging information: {error}; build it again") from error
    if OUTSIDE not in places.values() or BOOKKEEPING not in places.values():
        raise DeviceError(f"{image}: no debugging information about the runtime and the link; build it again")
    return places


def _base(top: Any) -> int:
    attribute = top.attributes.get("DW_AT_low_pc")
    return 0 if attribute is None else int(attribute.value)
