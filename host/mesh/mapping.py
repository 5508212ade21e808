"""From calibration samples to a map: ranges of equal counted work, and layers whose spikes are packets on as few cores as pays."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import TICKS_OF_BLOCK, CoreMemory, memory_of
from sfdfa_codegen.codegen.mesh.mesh_map import MOST_CORES, MeshMap, checked_cores
from sfdfa_codegen.host.mesh.load import Load, Work

CALIBRATION_SAMPLES: Final = 64
NEURONS_OF_WORD: Final = 4
TOLD_CORES: Final = 4
"""A refusal gives the numbers of so many cores."""

SPIKE_WORK: Final = 9.7
"""What a spike that arrives takes of a core, in operations of 13.6 cycles, as PicoRV32 does them;"""
END_WORK: Final = 10.3
"""an end of tick that arrives;"""
TICK_WORK: Final = 45.0
"""a tick of a layer that gets spikes, whatever comes;"""
FIRST_TICK_WORK: Final = 88.0
"""and of the first one;"""
HEARING_WORK: Final = 2.6
"""an operation of a layer that gets spikes: it adds grades, too;"""
LEARNING_WORK: Final = 3.6
"""and a weight that is updated."""
LEARNING_PEAK: Final = 6.0 / LEARNING_WORK
"""What the core with most to learn in a sample has to learn, in parts of what the core has that has most in the mean of samples."""


def balanced_map(work: Sequence[Work], cores: int, whole_words: bool = True) -> MeshMap:
    """Every layer over all cores, in ranges of as equal work as they can be; with whole_words each begins at a multiple of four neurons where there are two words of them for each core: weights are added a word at a time. Raises ValueError for a number of cores that no mesh has."""
    checked_cores(cores)
    equal = np.ones(cores)
    return MeshMap(tuple(_edges(of_layer, equal, whole_words) for of_layer in work))


def _edges(work: Work, shares: Work, whole_words: bool) -> tuple[int, ...]:
    """Ranges of a layer, one a core. shares: of the work, as it were; who is to have none has none."""
    having = np.flatnonzero(shares)
    step = NEURONS_OF_WORD if whole_words and work.size >= 2 * NEURONS_OF_WORD * having.size else 1
    before = np.concatenate(([0.0], work.cumsum()))[::step]
    wanted = work.sum() * shares[having].cumsum()[:-1] / shares.sum()
    nearest = step * np.abs(before[:, None] - wanted).argmin(axis=0)
    ends = np.append(nearest, work.size)
    told = (np.arange(shares.size)[:, None] >= having).sum(axis=1)  # how many that have some there are up to each
    return (0, *np.concatenate(([0], ends))[told].tolist())


def best_map(load: Load, cores: int, whole_words: bool = True) -> MeshMap:
    """The first of `maps_by_time`."""
    return maps_by_time(load, cores, whole_words)[0]


def maps_by_time(load: Load, cores: int, whole_words: bool = True) -> list[MeshMap]:
    """Maps that may be good, the fastest by `estimated_time` first: a layer whose inputs are packets on any number of cores; where there are several such layers, on 1, 2, 4 and so on. Raises ValueError for a number of cores that no mesh has."""
    plain = balanced_map(load.work, cores, whole_words)
    if not load.spikes:
        return [plain]
    powers = sorted({min(cores, 1 << power) for power in range(cores.bit_length() + 1)})
    chosen: list[tuple[int, ...]] = [(count,) for count in range(1, cores + 1)]
    if len(load.spikes) == 2:
        chosen = list(itertools.product(powers, powers))
    elif len(load.spikes) > 2:
        chosen = [(count,) * len(load.spikes) for count in powers]
    maps = dict.fromkeys([plain, *(_packed_map(load, cores, counts, whole_words) for counts in chosen)])
    return sorted(maps, key=lambda mesh: estimated_time(load, mesh))


def _packed_map(load: Load, cores: int, counts: Sequence[int], whole_words: bool) -> MeshMap:
    """The last layers first, each on so many of the cores that have least, of which the root is the last to be taken; and of the first layer each core gets what the others have left it."""
    busy, edges = np.zeros(cores), []
    for layer in range(len(counts), 0, -1):
        work, count = load.work[layer], counts[layer - 1]
        chosen = np.lexsort((-np.arange(cores), busy))[:count]
        shares = np.zeros(cores)
        shares[chosen] = 1
        busy[chosen] += HEARING_WORK * _in_ticks(load, layer).sum() / count + _hearing(load, layer, cores - count)
        edges.append(_edges(work, shares, whole_words))
    shares = _filled(busy + load.ticks * FIRST_TICK_WORK, float(_in_ticks(load, 0).sum()))
    edges.append(_edges(load.work[0], shares, whole_words))
    rest = load.work[len(counts) + 1 :]  # outputs that integrate are where the layer before them is
    return MeshMap((*edges[::-1], *(edges[0] for _ in rest)))


def _in_ticks(load: Load, layer: int) -> Work:
    """What is not learning."""
    return load.work[layer] - load.learning[layer]


def _of_cores(work: Work, edges: Sequence[int]) -> Work:
    """The sum of each core's."""
    return np.diff(np.concatenate(([0.0], work.cumsum()))[list(edges)])


def _filled(busy: Work, work: float) -> Work:
    """What each core gets of the work so that those that get some end with as much as one another."""
    order, level = np.sort(busy), 0.0
    for count in range(busy.size, 0, -1):
        level = (work + order[:count].sum()) / count
        if level > order[count - 1]:
            break
    return np.maximum(0.0, level - busy)


def _hearing(load: Load, layer: int, senders: int) -> float:
    """What a core that has some of a layer pays for what arrives, however little it has."""
    return load.spikes[layer - 1] * SPIKE_WORK + load.ticks * (TICK_WORK + senders * END_WORK / TICKS_OF_BLOCK)


def tick_work(layer: int) -> float:
    """Of an operation of a layer that is not learning."""
    return HEARING_WORK if layer else 1.0


def estimated_shares(load: Load, mesh: MeshMap) -> tuple[Work, Work]:
    """Operations of each core, with what it hears, in the ticks and while it learns: (cores,) each."""
    layers = range(len(load.spikes) + 1)
    having = np.diff(mesh.edges)[: len(layers)] > 0
    sizes = having.sum(axis=1)
    busy, learning = having[0] * load.ticks * FIRST_TICK_WORK, np.zeros(mesh.cores)
    for layer in layers:
        busy = busy + _of_cores(_in_ticks(load, layer), mesh.edges[layer]) * tick_work(layer)
        learning += LEARNING_WORK * _of_cores(load.learning[layer], mesh.edges[layer])
        if layer:
            busy += having[layer] * _hearing(load, layer, sizes[layer - 1])
            busy += having[layer - 1] * load.ticks * END_WORK / TICKS_OF_BLOCK * sizes[layer]
    return busy, learning


def estimated_time(load: Load, mesh: MeshMap) -> float:
    """Operations of the core that has most to do in the ticks, and of the one that has most to learn. load: the mean of samples."""
    busy, learning = estimated_shares(load, mesh)
    return float(busy.max() + LEARNING_PEAK * learning.max())


def fitting_map(network: IntegerNetwork, load: Load, cores: int | None, core_bytes: int) -> MeshMap:
    """The fastest map for so many cores, or for the fewest that have room with each layer over all of them, that fits. Raises DoesNotFitError with the numbers of cores that are too small."""
    if network.is_biased:
        raise DoesNotFitError(
            f"network '{network.name}' has biases, which the cores of a mesh do not hold; take another target"
        )

    def fits(mesh: MeshMap) -> bool:
        return max(core.total for core in memory_of(network, mesh)) <= core_bytes

    def has_room(number: int) -> bool:
        return any(fits(balanced_map(load.work, number, whole_words)) for whole_words in (True, False))

    number = cores if cores is not None else next(filter(has_room, range(1, MOST_CORES + 1)), MOST_CORES)
    for whole_words in (True, False):
        found = next(filter(fits, maps_by_time(load, number, whole_words)), None)
        if found is not None:
            return found
    memory = memory_of(network, balanced_map(load.work, number, whole_words=False))
    raise DoesNotFitError(_refusal(network, memory, cores, core_bytes))


def _refusal(network: IntegerNetwork, memory: Sequence[CoreMemory], cores: int | None, core_bytes: int) -> str:
    small = [(number, core) for number, core in enumerate(memory) if core.total > core_bytes]
    told = "; ".join(
        f"core {number} needs {core.total} (weights {core.weights}, state {core.state}, lists {core.lists}, receive store {core.store}, "
        f"stack {core.stack})"
        for number, core in small[:TOLD_CORES]
    )
    more = f"; and {len(small) - TOLD_CORES} more" if len(small) > TOLD_CORES else ""
    advice = "take more cores with --cores" if cores is not None and cores < MOST_CORES else "take larger cores"
    return f"{network.name} does not fit {len(memory)} cores of {core_bytes} bytes: {told}{more}; {advice} or --core-memory"
