"""Which part of the work each instruction of an image belongs to, from its debugging information.

Functions that were inlined count for what they are: of the chain of functions that an instruction stands in, the innermost in a file with a phase decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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

FILES: Final = {
    "frontend": (
        "sfdfa_frame_values.h",
        "sfdfa_frontend.c",
        "sfdfa_gravity_axes.h",
        "sfdfa_joined_frames.h",
        "sfdfa_joined_slots.h",
        "sfdfa_sensor_axes.h",
        "sfdfa_sliding_slots.h",
        "sfdfa_spectrum.h",
        "sfdfa_utterance_slots.h",
    ),
    "encoding": ("sfdfa_encode.c", "sfdfa_levels.h"),
    "input": ("sfdfa_bias.c", "sfdfa_input.h", "sfdfa_readout_inputs.h", "sfdfa_sum_rows.h"),
    "neurons": (
        "sfdfa_coast.h",
        "sfdfa_fire.h",
        "sfdfa_integrate.h",
        "sfdfa_kept_kappa.h",
        "sfdfa_layer.h",
        "sfdfa_lead.h",
        "sfdfa_neuron.h",
        "sfdfa_neurons.h",
        "sfdfa_readout.c",
    ),
    "grades": (
        "sfdfa_grades.h",
        "sfdfa_late_grades.h",
        "sfdfa_no_grades.h",
        "sfdfa_sum_grades.h",
        "sfdfa_summed_grades.h",
    ),
    "error": (
        "sfdfa_counted_errors.h",
        "sfdfa_erring.h",
        "sfdfa_error.h",
        "sfdfa_integrated_errors.h",
        "sfdfa_learn.c",
        "sfdfa_learn_layer.h",
        "sfdfa_learn_projected.h",
        "sfdfa_project_on_feedback.h",
        "sfdfa_projection.h",
        "sfdfa_readout_error.h",
        "sfdfa_steps.h",
    ),
    "feedback": (
        "sfdfa_feedback.h",
        "sfdfa_find_residual.h",
        "sfdfa_fixed_feedback.h",
        "sfdfa_output_draws.h",
        "sfdfa_residual.c",
        "sfdfa_residual.h",
        "sfdfa_residual_of_layers.c",
        "sfdfa_residual_of_one.c",
    ),
    "eligibility": (
        "sfdfa_byte_rows.h",
        "sfdfa_count_spikes.h",
        "sfdfa_eligibility.h",
        "sfdfa_late_kappa.h",
        "sfdfa_listed_inputs.h",
        "sfdfa_listing.h",
        "sfdfa_no_walk_from_end.h",
        "sfdfa_note_record.h",
        "sfdfa_readout_learn.h",
        "sfdfa_records.h",
        "sfdfa_remember.h",
        "sfdfa_replay.c",
        "sfdfa_run_again.h",
        "sfdfa_run_once.h",
        "sfdfa_spikes.h",
        "sfdfa_trace.c",
        "sfdfa_walk.h",
        "sfdfa_walk_from_end.h",
        "sfdfa_walk_ticks.c",
        "sfdfa_walker.h",
        "sfdfa_wide_rows.h",
    ),
    "bookkeeping": (
        "sfdfa.c",
        "sfdfa_compact.c",
        "sfdfa_counted_result.h",
        "sfdfa_early_decision.h",
        "sfdfa_forward.c",
        "sfdfa_integrated_result.h",
        "sfdfa_integrating_outputs.h",
        "sfdfa_late_decision.h",
        "sfdfa_readout_labels.h",
        "sfdfa_rehearsal.c",
        "sfdfa_spiking_outputs.h",
        "sfdfa_step.h",
        "sfdfa_tick_learning.h",
    ),
}
"""Files of the runtime, in whatever folder, by the phase that their functions belong to. Those of all others belong to whatever called them, as most assembly does."""

ASSEMBLY: Final = {"sfdfa_riscv_learn.S": "error", "sfdfa_riscv_walk.S": "eligibility"}
"""Those whose functions call one another without C between."""

_PHASE_OF: Final = {file: PHASES.index(phase) for phase, files in FILES.items() for file in files}


def _inherited(entry: Any, attribute: str) -> Any:
    """An attribute of a function, or of its abstract instance or declaration; None where none has it."""
    if attribute in entry.attributes:
        return entry.attributes[attribute].value
    for reference in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if reference in entry.attributes:
            return _inherited(entry.get_DIE_from_attribute(reference), attribute)
    return None


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


@dataclass(frozen=True)
class _Unit:
    """A compiled file. phases: of the files that its debugging information numbers."""

    dwarf: Any
    base: int
    phases: dict[int, int]

    def mark(self, entry: Any, phase: int | None, places: dict[int, int]) -> None:
        """Enter an entry's code, then what is inside it."""
        if entry.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine"):
            phase = self.phases.get(_inherited(entry, "DW_AT_decl_file"), phase)
            for low, high in _ranges(entry, self.dwarf, self.base):
                if low > 0 and phase is not None:
                    places.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), phase))
        for child in entry.iter_children():
            self.mark(child, phase, places)


def _file_names(dwarf: Any, unit: Any) -> dict[int, str]:
    """The files of a unit, without their folders, by number."""
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return {}
    entries = program["file_entry"]
    return {number: PurePath(entry.name.decode()).name for number, entry in enumerate(entries, _first_file(program))}


def _first_file(program: Any) -> int:
    return 0 if program.header.version >= 5 else 1


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
                for line, low, high in line_ranges(dwarf, unit):
                    name = line if line.partition(":")[0] in runtime else ""
                    places.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), name))
    except (OSError, ELFError, KeyError) as error:
        raise DeviceError(f"{image}: unreadable debugging information: {error}; build it again") from error
    return places


def line_ranges(dwarf: Any, unit: Any) -> Iterator[tuple[str, int, int]]:
    """Lines of a unit, with the addresses where the code of each begins and ends."""
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return
    names = _file_names(dwarf, unit)
    before = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if before is not None and before.address > 0:
            yield f"{names[before.file]}:{before.line}", before.address, state.address
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
                name = PurePath((_inherited(top, "DW_AT_name") or b"").decode()).name
                if name.startswith("sfdfa") and name.endswith(".c"):
                    names = _file_names(dwarf, unit)
                    phases = {number: _PHASE_OF[file] for number, file in names.items() if file in _PHASE_OF}
                    found = _Unit(dwarf, _base(top), phases)
                    found.mark(top, None if name in runtime else OUTSIDE, places)
                elif name in ASSEMBLY:
                    for low, high in _ranges(top, dwarf, _base(top)):
                        places.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), PHASES.index(ASSEMBLY[name])))
    except (OSError, ELFError, KeyError) as error:
        raise DeviceError(f"{image}: unreadable debugging information: {error}; build it again") from error
    if OUTSIDE not in places.values() or BOOKKEEPING not in places.values():
        raise DeviceError(f"{image}: no debugging information about the runtime and the link; build it again")
    return places


def _base(top: Any) -> int:
    attribute = top.attributes.get("DW_AT_low_pc")
    return 0 if attribute is None else int(attribute.value)
