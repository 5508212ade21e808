"""From calibration samples to a map: every layer over all cores, in ranges of equal counted work."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import CoreMemory, memory_of
from sfdfa_codegen.codegen.mesh.mesh_map import MOST_CORES, MeshMap, checked_cores, split_sizes
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset

CALIBRATION_SAMPLES: Final = 64
NEURONS_OF_WORD: Final = 4
TOLD_CORES: Final = 4
"""A refusal gives the numbers of so many cores."""

Work = NDArray[np.float64]


def measured_work(network: IntegerNetwork, samples: SpikeDataset) -> list[Work]:
    """Operations a sample of whatever is split of each layer, neurons or inputs, while the samples are learned: one for each weight that is added, each weight that is
    updated, and each tick of a neuron. Without samples all are equal."""
    work = [np.full(size, 0.0 if len(samples) else 1.0) for size in split_sizes(network)]
    emulator = Emulator(network)
    for number in range(len(samples)):
        sample = samples[number]
        found = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, record=True)
        inputs = np.bincount(np.asarray(sample.ticks, dtype=np.int64), minlength=network.ticks)
        for index, record in enumerate(found.records):
            ticks = len(record.spikes)
            backwards = record.spikes[::-1].argmax(axis=0)
            updated = np.where(record.spikes.any(axis=0), inputs.cumsum()[ticks - 1 - backwards], 0)
            work[index] += (inputs.sum() + ticks + updated) / len(samples)
            inputs = np.bincount(record.spikes.nonzero()[0], minlength=network.ticks)
        if network.integrates:
            used = _used_inputs(network, sample.channels, [record.spikes for record in found.records])
            work[-1] += 2 * network.outputs * used / len(samples)
    if network.integrates and len(work) > 1:
        work[-2:] = [work[-2] + work[-1]] * 2  # these two are split alike
    return work


def _used_inputs(
    network: IntegerNetwork, channels: NDArray[np.uint16], spikes: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Which inputs of the outputs had an event or spike."""
    if spikes:
        return np.asarray(spikes[-1].any(axis=0))
    return np.isin(np.arange(network.channels), channels)


def balanced_map(work: Sequence[Work], cores: int, whole_words: bool = True) -> MeshMap:
    """Ranges of as equal work as they can be; with whole_words each begins at a multiple of four neurons where there are two words of them for each core: weights are added a word at a time. Raises ValueError for a number of cores that no mesh has."""
    checked_cores(cores)
    return MeshMap(tuple(_edges(of_layer, cores, whole_words) for of_layer in work))


def _edges(work: Work, cores: int, whole_words: bool) -> tuple[int, ...]:
    step = NEURONS_OF_WORD if whole_words and work.size >= 2 * NEURONS_OF_WORD * cores else 1
    before = np.concatenate(([0.0], work.cumsum()))[::step]
    wanted = work.sum() * np.arange(1, cores) / cores
    nearest = step * np.abs(before[:, None] - wanted).argmin(axis=0)
    return (0, *nearest.tolist(), work.size)


def fitting_map(network: IntegerNetwork, work: Sequence[Work], cores: int | None, core_bytes: int) -> MeshMap:
    """The map for so many cores, or for the fewest that fit. Raises DoesNotFitError with the numbers of cores that are too small."""
    if network.is_biased:
        raise DoesNotFitError(
            f"network '{network.name}' has biases, which the cores of a mesh do not hold; take another target"
        )
    tried = range(1, MOST_CORES + 1) if cores is None else [cores]
    mesh, memory = balanced_map(work, 1), memory_of(network, balanced_map(work, 1))
    for number, whole_words in itertools.product(tried, (True, False)):
        mesh = balanced_map(work, number, whole_words)
        memory = memory_of(network, mesh)
        if max(core.total for core in memory) <= core_bytes:
            return mesh
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
