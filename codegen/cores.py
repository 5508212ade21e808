"""The kernels of each kind of core: which of them a network can use, which a board wants, and the files of the runtime that have them."""

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final, Literal

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.memory_plan import can_be_compact
from sfdfa_codegen.codegen.render import render_network, render_template, tool_version

Core = Literal["words", "vectors", "cortex_m0", "cortex_m4", "compact"]
"""words: any processor, the weights of four neurons in a word where they fit; vectors: a computer; cortex_m0, cortex_m4: assembly; compact: any
processor, in the least RAM."""

MACROS: Final[dict[Core, str]] = {
    "compact": "SFDFA_COMPACT",
    "vectors": "SFDFA_WALK_BY_TICKS",
    "cortex_m0": "SFDFA_CORTEX_M0",
    "cortex_m4": "SFDFA_CORTEX_M4",
}
"""1 in sfdfa_config.h where a core's kernels are used; words has none."""
CONDITIONS: Final[dict[Core, str]] = {
    "compact": "defined(SFDFA_COMPACT)",
    "vectors": "!defined(SFDFA_LAYOUT_OF_WORDS)",
    "cortex_m0": "defined(__GNUC__) && defined(__ARM_ARCH_6M__)",
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


@dataclass(frozen=True)
class CoreChoice:
    """One way through the chooser of sfdfa_config.h."""

    condition: str
    """Of the preprocessor; empty for what is left."""
    flags: tuple[tuple[str, int], ...]
    init: str
    """The function behind sfdfa_init, of which no other network or core has the name."""


def _in_bytes(network: IntegerNetwork) -> bool:
    """Whether weights and dithers are bytes and states words, as all assembly wants them."""
    bits = {network.weight_bits, *(layer.dither_bits for layer in network.layers)}
    return bits == {8} and network.state_bits == 32


def _fits_m4(network: IntegerNetwork) -> bool:
    widest = max(layer.neurons for layer in network.layers)
    decay = max(layer.decay_s for layer in network.layers)
    return decay <= LARGEST_DECAY and network.channels <= LARGEST_INDEX + 1 and 1 < widest <= LARGEST_INDEX


def assembly_cores(network: IntegerNetwork) -> tuple[Core, ...]:
    """The cores that have assembly for the network's formats."""
    if not _in_bytes(network):
        return ()
    return ("cortex_m0", "cortex_m4") if _fits_m4(network) else ("cortex_m0",)


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
    core = BOARD_CORES.get(board.core, "words")
    return core if core in assembly_cores(network) else "words"


def _flags(core: Core) -> tuple[tuple[str, int], ...]:
    return tuple((macro, int(core == name)) for name, macro in MACROS.items())


def _choices(network: IntegerNetwork, cores: tuple[Core, ...]) -> tuple[CoreChoice, ...]:
    conditions = (*(CONDITIONS[core] for core in cores[:-1]), "")
    model = network.model_hash[:12]
    return tuple(
        CoreChoice(condition, _flags(core), f"sfdfa_init_{model}_{core}")
        for condition, core in zip(conditions, cores, strict=True)
    )


def render_config(network: IntegerNetwork, cores: tuple[Core, ...], lent_bytes: int = 0) -> str:
    """sfdfa_config.h. lent_bytes: at least so many of a compact network's scratch are lent to the caller between calls."""
    context: dict[str, object] = {
        "network": network,
        "tool_version": tool_version(),
        "choices": _choices(network, cores),
        "lent_bytes": lent_bytes,
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


def runtime_files() -> dict[str, str]:
    """Every hand-written file of the runtime, of all cores, by its path below the folder of the C."""
    return _tree_sources(resources.files("sfdfa_codegen.firmware_templates") / "runtime", PurePosixPath())


def runtime_sources(network: IntegerNetwork, cores: tuple[Core, ...], lent_bytes: int = 0) -> dict[str, str]:
    """The C of a network with the kernels of `cores`, among which the compiler chooses, by path below one folder: the one on its include path."""
    config = {"sfdfa_config.h": render_config(network, cores, lent_bytes)}
    return {**runtime_files(), **config, **render_network(network)}


def compiled_files(sources: dict[str, str]) -> list[str]:
    """The paths of those that a compiler is given, in the order of their names."""
    return sorted((path for path in sources if path.endswith((".c", ".S"))), key=lambda path: PurePosixPath(path).name)
