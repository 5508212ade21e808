"""The kernels of each kind of core: which of them a network can use, which a board wants, and the files of the runtime that have them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final, Literal

from sfdfa_codegen.codegen.board import Architecture, Board
from sfdfa_codegen.codegen.bounds import UPDATE_LIMIT, largest_output_update
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.late import NO_HASH
from sfdfa_codegen.codegen.merge import merge_headers
from sfdfa_codegen.codegen.plan import S_LIMIT, can_be_compact, has_residual, late_grades, plan_network, sends_grades
from sfdfa_codegen.codegen.render import render_network, render_template, tool_version

Core = Literal["words", "vectors", "cortex_m0", "cortex_m4", "riscv", "avr", "compact"]
"""words: any processor, the weights of four neurons in a word where they fit; vectors: a computer; cortex_m0, cortex_m4, riscv, avr: assembly; compact:
any processor, in the least RAM."""

FLAGS: Final[dict[Core, str]] = {
    "avr": "SFDFA_AVR",
    "compact": "SFDFA_COMPACT",
    "cortex_m0": "SFDFA_CORTEX_M0",
    "cortex_m4": "SFDFA_CORTEX_M4",
    "riscv": "SFDFA_RISCV",
}
"""1 in sfdfa_config.h where a core's kernels are used: files that only these compile ask for it."""
CONDITIONS: Final[dict[Core, str]] = {
    "compact": "defined(SFDFA_COMPACT)",
    "vectors": "!defined(SFDFA_LAYOUT_OF_WORDS)",
    "cortex_m0": "defined(__GNUC__) && defined(__ARM_ARCH_6M__)",
    "avr": "defined(__GNUC__) && defined(__AVR_HAVE_MUL__)",
    "riscv": "defined(__GNUC__) && defined(__riscv_mul) && defined(__riscv_div) && __riscv_xlen == 32 && !defined(__riscv_32e)",
    "cortex_m4": "defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && __ARM_ARCH_PROFILE == 'M'",
}
"""How a compiler tells, in a library that has the kernels of several cores, that these are the ones. The last core of a library has no condition."""
BOARD_CORES: Final[dict[str, Core]] = {
    "cortex-m0": "cortex_m0",
    "cortex-m0plus": "cortex_m0",
    "cortex-m4": "cortex_m4",
    "cortex-m7": "cortex_m4",
    "cortex-m33": "cortex_m4",
}
"""By what compilers call the core of a board."""
LARGEST_DECAY: Final = 2047
"""In 1/4096: times 2^20 it has no sign. The assembly of the Cortex-M4 multiplies so."""
LARGEST_INDEX: Final = 32767
"""Of a channel or neuron, which that assembly holds in 16 bits with a sign."""


ORDERS: Final[dict[Core, str]] = {"vectors": "vectors", "compact": "compact"}
"""The folder of a core that does not step the neurons of a layer one after the other."""
DELTA_LIMIT: Final = (1 << 20) - 1
"""Of a hidden neuron's delta, section 6: the kernel of a Cortex-M0 does not clamp."""
MOST_SPIKING_M4: Final = 128
"""Hidden neurons of which each adds up to 255 to what the outputs get and takes 1 away, in 16 bits with a sign."""
FEW_OUTPUTS_RISCV: Final = 10
"""Of as many the kernel has a sum in a register each."""
LEAST_TICKS_AVR: Final = 4
"""With fewer, the largest D that is not clamped could come of a step of more than 24 bits."""
LEAST_DECAY_AVR: Final = 9
"""In 1/4096, of the hidden layers: u and v of section 8 then have 24 bits, for a spike adds less than 2^15.2 to them with the gradient `sfdfa`."""
STORE_UNITS: Final = ("store/sfdfa_slot.c", "store/sfdfa_store.c")
"""What keeps the state in flash or EEPROM, where that is wanted."""
PUBLIC: Final = (
    "sfdfa.h",
    "sfdfa_board.h",
    "sfdfa_board_config.h",
    "sfdfa_config.h",
    "sfdfa_encode.h",
    "sfdfa_layout.h",
    "sfdfa_names.h",
    "sfdfa_network.h",
    "sfdfa_samples.h",
    "sfdfa_store.h",
)
"""Headers that stay files of their own wherever the C goes."""
SHARED: Final = "core/sfdfa_internal.h"
"""Where the C has few files, this has what several of them share."""
INCLUDE: Final = re.compile(r'^#include (?:"([^"]+)"|(SFDFA_[A-Z_]+)(?:\((\w+\.h)\))?)$', re.MULTILINE)

CONDITIONAL_INCLUDES: Final = re.compile(r"^#if (SFDFA_[A-Z_]+)(?: > 0)?\n(?:#include .*\n)+#endif$", re.MULTILINE)


@dataclass(frozen=True)
class Variant:
    """What the C of a network is made of where it has the kernels of one core."""

    core: Core
    flags: tuple[tuple[str, int], ...]
    """Macros that are 0 or 1."""
    folders: tuple[tuple[str, str], ...]
    """Macros that make a path of a file's name, and the folder that it then lies in."""
    headers: tuple[tuple[str, str], ...]
    """Macros that are a path."""
    parts: Mapping[str, bool]
    """Macros of sfdfa_network.h that decide what is included, and whether they are not 0."""
    units: tuple[str, ...]
    """Paths of the files that are compiled, without the generated one."""

    def settle(self, text: str) -> str:
        """A file in which what is included where a part is there is included always or never."""

        def settled(match: re.Match[str]) -> str:
            there = self.parts.get(match[1])
            return match[0] if there is None else "\n".join(match[0].splitlines()[1:-1]) if there else ""

        return CONDITIONAL_INCLUDES.sub(settled, text)

    def resolve(self, macro: str, name: str) -> str:
        """The path that an #include of a macro stands for."""
        return f"{dict(self.folders)[macro]}/{name}" if name else dict(self.headers)[macro]


@dataclass(frozen=True)
class Choice:
    """One way through the chooser of sfdfa_config.h."""

    condition: str
    """Of the preprocessor; empty for what is left."""
    variant: Variant
    init: str
    """The function behind sfdfa_init, of which no other network or core has the name."""


def _in_assembly(network: IntegerNetwork) -> bool:
    """Whether states are words, and weights bytes with dithers of one, or nibbles with dithers that are the same for all layers."""
    dithers = {layer.dither_bits for layer in network.layers}
    fits = dithers == {8} if network.weight_bits == 8 else network.weight_bits == 4 and len(dithers) == 1
    return fits and network.state_bits == 32


def _fits_m4(network: IntegerNetwork) -> bool:
    widest = max(layer.neurons for layer in network.layers)
    decay = max(layer.decay_s for layer in network.layers)
    return decay <= LARGEST_DECAY and network.channels <= LARGEST_INDEX + 1 and 1 < widest <= LARGEST_INDEX


def assembly_cores(network: IntegerNetwork) -> tuple[Core, ...]:
    """The cores that have assembly for the network's formats and have no bias to add."""
    if not _in_assembly(network) or network.is_biased:
        return ()
    in_bytes = network.weight_bits == 8
    takes: dict[Core, bool] = {
        "cortex_m0": True,
        "cortex_m4": _fits_m4(network),
        "riscv": in_bytes,
        "avr": in_bytes,
    }
    return tuple(core for core, fits in takes.items() if fits)


def library_cores(network: IntegerNetwork, compact: bool = False) -> tuple[Core, ...]:
    """All that a library for any board has, the one for any processor last; or the one in the least RAM.

    Raises ConfigError for a network that has no compact form.
    """
    if not compact:
        return (*assembly_cores(network), "words")
    if not can_be_compact(network):
        raise ConfigError(
            f"network '{network.name}' cannot be compact: it needs replay, and no grades between hidden layers"
        )
    return ("compact",)


def is_compact(network: IntegerNetwork, board: Board) -> bool:
    """Whether the image is built with SFDFA_COMPACT."""
    return board.compact and can_be_compact(network)


def board_core(network: IntegerNetwork, board: Board) -> Core:
    """The one whose kernels the network's image for a board has."""
    if is_compact(network, board):
        return "compact"
    cores: dict[Architecture, Core] = {"avr": "avr", "riscv": "riscv"}
    core = cores.get(board.architecture, BOARD_CORES.get(board.core, "words"))
    return core if core in assembly_cores(network) else "words"


def _learning_folder(network: IntegerNetwork, core: Core) -> str:
    """The folder of what a network holds and does to learn."""
    if core == "compact":
        return "compact"
    if not network.learns:
        return "frozen"
    return "traces" if network.eligibility == "trace" else ORDERS.get(core, "scalar")


def _delta_fits(network: IntegerNetwork) -> bool:
    """Whether no delta of a hidden neuron can reach its limit: of the error, which is at most a target or all spikes, and of the regulariser."""
    error = max(network.target_true, network.target_false, network.max_spikes)
    if network.integrates:
        error = network.error_gain
    return 128 * network.outputs * error + network.regulariser * 65535 // 8192 + 1 <= DELTA_LIMIT


def _riscv_learns(network: IntegerNetwork, learning: str) -> bool:
    """Whether a kernel of RISC-V lets hidden layers learn."""
    return learning == "scalar" and has_residual(network) and network.normalise and _delta_fits(network)


def _learn_layer(network: IntegerNetwork, core: Core, learning: str) -> str:
    """The header that lets a layer learn."""
    if learning in ("vectors", "compact"):
        return f"{learning}/sfdfa_learn_layer.h"
    by_kernel = core == "cortex_m0" and learning == "scalar" and len(network.layers) > 1 and _delta_fits(network)
    if by_kernel and network.has_feedback:
        return "cortex_m0/sfdfa_learn_layer.h"
    if core == "riscv" and _riscv_learns(network, learning):
        return "riscv/sfdfa_learn_layer.h"
    return f"core/sfdfa_learn_{'projected' if network.integrates else 'layer'}.h"


def _output_rows(network: IntegerNetwork, core: Core) -> str:
    """The header of the loops over outputs that integrate. Assembly has them for weights of 8 bits; none clamps updates, and that of a Cortex-M4 has sums of 16 bits."""
    hidden = sum(layer.neurons for layer in network.hidden_layers)
    takes = {
        "cortex_m0": True,
        "cortex_m4": hidden <= MOST_SPIKING_M4,
        "riscv": True,
        "avr": network.ticks >= LEAST_TICKS_AVR,
    }
    fits = takes.get(core, False)
    by_kernel = (
        fits and network.weight_bits == 8 and network.integrates and largest_output_update(network) <= UPDATE_LIMIT
    )
    return f"{core if by_kernel else 'core'}/sfdfa_output_rows.h"


def _kappa(network: IntegerNetwork, core: Core, learning: str) -> str:
    """The header of kappa. Where only learning asks for it, replay has noted the hidden spikes that it follows from; an AVR is slow to find the place of a bit."""
    late = (
        network.decide_margin > 0
        and len(network.layers) > 1
        and learning in ("scalar", "vectors")
        and core not in ("avr", "riscv")
    )
    return f"{learning if late else 'core'}/sfdfa_{'late' if late else 'kept'}_kappa.h"


def _first_leads(network: IntegerNetwork, core: Core) -> str:
    """The header of how far the first output leads; that of the leaders alone where nobody asks."""
    if not network.decide_margin:
        return "core/sfdfa_readout_leaders.h"
    return f"{'riscv' if core == 'riscv' else 'core'}/sfdfa_lead.h"


def _find_residual(network: IntegerNetwork, core: Core, learning: str) -> str:
    """The header of the loop over neurons that finds the residual of one hidden layer."""
    by_kernel = core == "riscv" and _riscv_learns(network, learning) and network.outputs <= FEW_OUTPUTS_RISCV
    return f"{core if by_kernel else 'core'}/sfdfa_find_residual.h"


def _frame_slots(frontend: Frontend | None) -> str:
    if frontend is not None and frontend.sliding:
        return "sliding"
    return "utterance" if frontend is not None and frontend.endpoint is not None else "joined"


def _walk_folder(network: IntegerNetwork, core: Core) -> Core:
    """The folder of the walk back through the ticks. That of a Cortex-M4 compares dithers of a byte, as weights of 8 bits have them; that of an AVR has narrow sums."""
    if core == "avr":
        slow = all(layer.decay >= LEAST_DECAY_AVR for layer in network.spiking_layers)
        return core if network.gradient == "sfdfa" and slow else "words"
    return "words" if core == "cortex_m4" and network.weight_bits != 8 else core


def _headers(network: IntegerNetwork, core: Core, learning: str) -> tuple[tuple[str, str], ...]:
    order = ORDERS.get(core, "scalar")
    grades, feedback = "ticks/sfdfa_no_grades.h", "core/sfdfa_fixed_feedback.h"
    if sends_grades(network):
        grades = f"{order}/sfdfa_{'late' if late_grades(network) else 'summed'}_grades.h"
        folder = "vectors" if learning == "vectors" else "cortex_m0" if core == "cortex_m0" else "core"
        feedback = f"{folder}/sfdfa_feedback.h"
    outputs = "integrating" if network.integrates else "spiking"
    if core == "compact":
        grades = f"compact/sfdfa_{'' if sends_grades(network) else 'no_'}grades.h"
    if has_residual(network):
        feedback = "core/sfdfa_residual.h"
    feedback_types = "residual" if has_residual(network) else "fixed_feedback"
    if sends_grades(network) and core != "compact":
        feedback_types = "grade"
    slots = _frame_slots(network.frontend)
    axes = "gravity" if network.frontend is not None and network.frontend.gravity else "sensor"
    sum_grades = "cortex_m4" if core == "cortex_m4" and network.weight_bits == 8 else "scalar"
    in_bytes = {network.weight_bits, *(layer.dither_bits for layer in network.layers)} == {8}
    return (
        ("SFDFA_CELLS", f"core/sfdfa_{'nibbles' if network.weight_bits == 4 else 'cells'}.h"),
        ("SFDFA_DECISION", f"core/sfdfa_{'early' if network.decide_margin else 'late'}_decision.h"),
        ("SFDFA_KAPPA", _kappa(network, core, learning)),
        ("SFDFA_FIRST_LEADS", _first_leads(network, core)),
        ("SFDFA_RESULT", f"core/sfdfa_{'integrated' if network.integrates else 'counted'}_result.h"),
        ("SFDFA_READOUT_TYPES", f"core/sfdfa_{'' if network.integrates else 'no_'}readout_types.h"),
        ("SFDFA_FEEDBACK_TYPES", f"core/sfdfa_{feedback_types}_types.h"),
        ("SFDFA_RING_TYPES", f"core/sfdfa_{'' if network.ring_slots else 'no_'}ring_types.h"),
        ("SFDFA_QUESTION_TYPES", f"core/sfdfa_{'' if network.ask_down else 'no_'}question_types.h"),
        ("SFDFA_FRAME_SLOTS", f"core/sfdfa_{slots}_slots.h"),
        ("SFDFA_FRAME_AXES_OF", f"core/sfdfa_{axes}_axes.h"),
        ("SFDFA_TICK_LEARNING", f"{'ticks' if network.learns else 'frozen'}/sfdfa_tick_learning.h"),
        ("SFDFA_GRADES", grades),
        ("SFDFA_OUTPUT_LAYER", f"{'compact' if core == 'compact' else 'ticks'}/sfdfa_{outputs}_outputs.h"),
        ("SFDFA_LEARN_LAYER", _learn_layer(network, core, learning)),
        ("SFDFA_FIND_ERRORS", f"cortex_m0/sfdfa_{'integrated' if network.integrates else 'counted'}_errors.h"),
        ("SFDFA_FEEDBACK", feedback),
        ("SFDFA_FIND_RESIDUAL", _find_residual(network, core, learning)),
        ("SFDFA_SUM_GRADES", f"{sum_grades}/sfdfa_sum_grades.h"),
        ("SFDFA_WALK", f"{_walk_folder(network, core)}/sfdfa_walk.h"),
        (
            "SFDFA_WALK_FROM_END",
            "riscv/sfdfa_walk_from_end.h" if core == "riscv" else "scalar/sfdfa_no_walk_from_end.h",
        ),
        ("SFDFA_RUN_AGAIN", f"compact/sfdfa_run_{'again' if network.learns else 'once'}.h"),
        ("SFDFA_ROWS", f"vectors/sfdfa_{'byte' if in_bytes else 'wide'}_rows.h"),
        ("SFDFA_OUTPUT_ROWS", _output_rows(network, core)),
        ("SFDFA_COAST", f"{'riscv' if core == 'riscv' else 'scalar'}/sfdfa_coast.h"),
        ("SFDFA_PROJECT_ON_FEEDBACK", f"{'cortex_m4' if core == 'cortex_m4' else 'core'}/sfdfa_project_on_feedback.h"),
    )


def _parts(network: IntegerNetwork) -> dict[str, bool]:
    """Macros of sfdfa_network.h that decide what is included, and whether they are not 0."""
    frontend = network.frontend
    return {
        "SFDFA_AXES": frontend is not None,
        "SFDFA_BANDS": frontend is not None and frontend.bands > 0,
        "SFDFA_HANGOVER": frontend is not None and frontend.endpoint is not None,
        "SFDFA_GRAVITY": frontend is not None and frontend.gravity,
        "SFDFA_FEATURES": network.encoder is not None,
        "SFDFA_INTEGRATES": network.integrates,
        "SFDFA_LEARNS": network.learns,
        "SFDFA_RING_SLOTS": network.ring_slots > 0,
    }


def _residual_units(network: IntegerNetwork) -> tuple[str, ...]:
    """Those of section 7a. In one pass where all grades of one hidden layer together cannot reach the limit of what an output gets."""
    if not has_residual(network):
        return ()
    largest = (64 << (network.weight_bits - 1) >> network.layers[-1].weight_fraction_bits) + 1
    of_one = len(network.layers) == 2 and network.layers[0].neurons * largest <= S_LIMIT
    return ("core/sfdfa_residual.c", f"core/sfdfa_residual_of_{'one' if of_one else 'layers'}.c")


def _units(network: IntegerNetwork, core: Core, learning: str) -> tuple[str, ...]:
    """All of core/, and of the other folders what they compile."""
    units = [path for path in runtime_files() if path.startswith("core/") and path.endswith(".c")]
    if not network.learns:
        units.remove("core/sfdfa_learn.c")
    if not network.is_biased:
        units.remove("core/sfdfa_bias.c")
    if network.encoder is None:
        units.remove("core/sfdfa_encode.c")
    if network.frontend is None:
        units.remove("core/sfdfa_frontend.c")
    if not network.integrates:
        units.remove("core/sfdfa_readout.c")
    if not network.ring_slots:
        units.remove("core/sfdfa_rehearsal.c")
    residual = _residual_units(network)
    units = [path for path in units if "residual" not in path or path in residual]
    if core == "compact":
        return (*units, "compact/sfdfa_compact.c")
    units.append("ticks/sfdfa_forward.c")
    units += {
        "scalar": ["scalar/sfdfa_replay.c"],
        "vectors": ["vectors/sfdfa_walk_ticks.c"],
        "traces": ["traces/sfdfa_trace.c"],
        "frozen": [],
    }[learning]
    kernels = [path for path in runtime_files() if path.startswith(f"{core}/") and path.endswith(".S")]
    in_bytes, walks = network.weight_bits == 8, _walk_folder(network, core) == core
    unwanted = {
        "nibbles": in_bytes,
        "outputs": not (in_bytes and network.integrates),
        "walk": not (walks and learning == "scalar"),
        "learn": core == "riscv" and not _riscv_learns(network, learning),
    }
    return (*units, *(path for path in kernels if not unwanted.get(path[:-2].rpartition("_")[2], False)))


def core_variant(network: IntegerNetwork, core: Core) -> Variant:
    """What the network is made of on a core."""
    learning = _learning_folder(network, core)
    return Variant(
        core=core,
        flags=tuple((macro, int(core == name)) for name, macro in FLAGS.items()),
        folders=(("SFDFA_CORE", core), ("SFDFA_ORDER", ORDERS.get(core, "scalar")), ("SFDFA_LEARNING", learning)),
        headers=_headers(network, core, learning),
        parts=_parts(network),
        units=_units(network, core, learning),
    )


def _choices(network: IntegerNetwork, cores: tuple[Core, ...], late: bool) -> tuple[Choice, ...]:
    conditions = (*(CONDITIONS[core] for core in cores[:-1]), "")
    model = (NO_HASH if late else network.model_hash)[:12]
    return tuple(
        Choice(condition, core_variant(network, core), f"sfdfa_init_{model}_{core}")
        for core, condition in zip(cores, conditions, strict=True)
    )


def render_config(
    network: IntegerNetwork, cores: tuple[Core, ...], lent_bytes: int = 0, late: bool = False, apart: bool = True
) -> str:
    """sfdfa_config.h. lent_bytes: at least so many of a compact network's scratch are lent to the caller between calls. late: of a shape. apart: with
    the paths of the headers that are chosen."""
    context: dict[str, object] = {
        "network": network,
        "tool_version": tool_version(),
        "choices": _choices(network, cores, late),
        "listed_inputs": plan_network(network).listed_inputs,
        "lent_bytes": lent_bytes,
        "apart": apart,
    }
    return render_template("sfdfa_config.h", context)


def _tree_sources(folder: Traversable, path: PurePosixPath) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found.update(_tree_sources(entry, path / entry.name))
        elif entry.name.endswith((".c", ".h", ".S")):
            found[str(path / entry.name)] = entry.read_text(encoding="utf-8")
    return found


@cache
def runtime_files() -> Mapping[str, str]:
    """Every hand-written file of the runtime, of all cores, by its path below the folder of the C."""
    return _tree_sources(resources.files("sfdfa_codegen.firmware_templates") / "runtime", PurePosixPath())


def _included(variant: Variant, path: str) -> Iterator[str]:
    """What a file of the runtime includes of it."""
    folder = path.rpartition("/")[0]
    for quoted, macro, name in INCLUDE.findall(variant.settle(runtime_files()[path])):
        included = quoted or variant.resolve(macro, name)
        beside = f"{folder}/{included}"
        found = beside if beside in runtime_files() else included
        if found in runtime_files():  # the others are generated
            yield found


def _needed_files(variant: Variant, more: tuple[str, ...]) -> set[str]:
    """The files that a core compiles, and `more`, with all that these include."""
    needed: set[str] = set()
    waiting = {"sfdfa.h", *variant.units, *more}
    while waiting:
        path = waiting.pop()
        needed.add(path)
        waiting |= set(_included(variant, path)) - needed
    return needed


def runtime_sources(
    network: IntegerNetwork,
    cores: tuple[Core, ...],
    lent_bytes: int = 0,
    store: bool = False,
    late: bool = False,
    apart: bool = False,
) -> dict[str, str]:
    """The C of a network with the kernels of `cores`, among which the compiler chooses, by path below one folder: the one on its include path.

    store: with what keeps the state in flash or EEPROM. late: of a shape, as `late` has it. apart: with every file as it was written; else the C of one core
    has few files.
    """
    more = STORE_UNITS if store else ()
    needed = set[str]().union(*(_needed_files(core_variant(network, core), more) for core in cores))
    files = {path: text for path, text in runtime_files().items() if path in needed}
    apart = apart or len(cores) > 1
    config = render_config(network, cores, lent_bytes, late, apart)
    sources = {**files, "sfdfa_config.h": config, **render_network(network, late)}
    return sources if apart else merge_sources(sources, core_variant(network, cores[0]))


def merge_sources(sources: Mapping[str, str], variant: Variant) -> dict[str, str]:
    """The C of one core, and what else is compiled with it, in fewer files. What includes of the core are chosen is written out."""

    def resolve(path: str, line: str) -> str | None:
        found = INCLUDE.match(line)
        if not found:
            return None
        included = found[1] or variant.resolve(found[2], found[3])
        beside = f"{path.rpartition('/')[0]}/{included}"
        return next((name for name in (beside, included) if name in sources), None)

    settled = {path: variant.settle(text) for path, text in sources.items()}
    return merge_headers(settled, resolve, PUBLIC, SHARED)


def compiled_files(sources: Mapping[str, str]) -> list[str]:
    """The paths of those that a compiler is given, in the order of their names."""
    return sorted((path for path in sources if path.endswith((".c", ".S"))), key=lambda path: PurePosixPath(path).name)
