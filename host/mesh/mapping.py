"""From calibration samples to a map: ranges of equal counted work, and layers whose spikes are packets on as few cores as pays."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import TICKS_OF_BLOCK, CoreMemory, memory_of
from sfdfa_codegen.codegen.mesh.mesh_map import MOST_CORES, MeshMap, checked_cores, split_sizes
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset

CALIBRATION_SAMPLES: Final = 64
NEURONS_OF_WORD: Final = 4
TOLD_CORES: Final = 4
"""A refusal gives the numbers of so many cores."""

SPIKE_WORK: Final = 14.0
"""What a spike that arrives takes of a core, in operations, as PicoRV32 does them;"""
END_WORK: Final = 7.0
"""an end of tick that arrives;"""
TICK_WORK: Final = 36.0
"""a tick of a layer that gets spikes, whatever comes;"""
FIRST_TICK_WORK: Final = 85.0
"""and of the first one;"""
HEARING_WORK: Final = 2.7
"""an operation of a layer that gets spikes: it adds grades, too;"""
LEARNING_WORK: Final = 3.0
"""and a weight that is updated."""

Work = NDArray[np.float64]


class Load(NamedTuple):
    """What a network takes a sample. work: operations of whatever is split of each layer; learning: those of them that come after the ticks. spikes: of each layer but the last that spikes; none where no spike is a packet. ticks: of a sample."""

    work: list[Work]
    learning: list[Work]
    spikes: tuple[float, ...]
    ticks: int


def equal_load(network: IntegerNetwork) -> Load:
    """Where nothing is known: each neuron, or input, takes as much as another."""
    work = [np.ones(size) for size in split_sizes(network)]
    if network.integrates and len(work) > 1:
        work[-1] = work[-2]  # these two are split alike
    return Load(work, [np.zeros_like(of_layer) for of_layer in work], (), network.ticks)


def measured_work(network: IntegerNetwork, samples: SpikeDataset) -> list[Work]:
    """The work of `measured_load`."""
    return measured_load(network, samples).work


def measured_load(network: IntegerNetwork, samples: SpikeDataset) -> Load:
    """The mean of `sample_loads`. Without samples all neurons are equal."""
    if not len(samples):
        return equal_load(network)
    loads = list(sample_loads(network, samples))
    return Load(
        [np.mean(of_layer, axis=0) for of_layer in zip(*(load.work for load in loads), strict=True)],
        [np.mean(of_layer, axis=0) for of_layer in zip(*(load.learning for load in loads), strict=True)],
        tuple(np.mean([load.spikes for load in loads], axis=0).tolist()),
        network.ticks,
    )


def sample_loads(network: IntegerNetwork, samples: SpikeDataset) -> Iterator[Load]:
    """Operations of each sample, of whatever is split of each layer, neurons or inputs, while the samples are learned: one for each weight that is added, each weight that is
    updated, and each tick of a neuron."""
    emulator = Emulator(network)
    for number in range(len(samples)):
        sample = samples[number]
        work, learning, spikes = [], [], []
        found = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, record=True)
        inputs = np.bincount(np.asarray(sample.ticks, dtype=np.int64), minlength=network.ticks)
        for record in found.records:
            ticks = len(record.spikes)
            backwards = record.spikes[::-1].argmax(axis=0)
            updated = np.where(record.spikes.any(axis=0), inputs.cumsum()[ticks - 1 - backwards], 0.0)
            work.append(inputs.sum() + ticks + updated)
            learning.append(updated)
            inputs = np.bincount(record.spikes.nonzero()[0], minlength=network.ticks)
            spikes.append(float(inputs.sum()))
        if network.integrates:
            used = _used_inputs(network, sample.channels, [record.spikes for record in found.records])
            outputs = 2.0 * network.outputs * used
            work[-1:] = [work[-1] + outputs] * 2 if work else [outputs]  # these two are split alike
            learning.append(np.zeros(outputs.size))
        yield Load(work, learning, tuple(spikes[: len(network.spiking_layers) - 1]), network.ticks)


def _used_inputs(
    network: IntegerNetwork, channels: NDArray[np.uint16], spikes: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Which inputs of the outputs had an event or spike."""
    if spikes:
        return np.asarray(spikes[-1].any(axis=0))
    return np.isin(np.arange(network.channels), channels)


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


def estimated_time(load: Load, mesh: MeshMap) -> float:
    """Operations, with what is heard, of the core that has most to do in the ticks, and of the one that has most to learn."""
    layers = range(len(load.spikes) + 1)
    having = np.diff(mesh.edges)[: len(layers)] > 0
    sizes = having.sum(axis=1)
    busy, learning = having[0] * load.ticks * FIRST_TICK_WORK, np.zeros(mesh.cores)
    for layer in layers:
        busy = busy + _of_cores(_in_ticks(load, layer), mesh.edges[layer]) * (HEARING_WORK if layer else 1.0)
        learning += LEARNING_WORK * _of_cores(load.learning[layer], mesh.edges[layer])
        if layer:
            busy += having[layer] * _hearing(load, layer, sizes[layer - 1])
            busy += having[layer - 1] * load.ticks * END_WORK / TICKS_OF_BLOCK * sizes[layer]
    return float(busy.max() + learning.max())


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
