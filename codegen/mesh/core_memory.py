"""How much memory each core of a mesh needs for its part of a network: sections 2 and 4 of docs/MESH.md."""

from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, most_listed
from sfdfa_codegen.codegen.plan import sends_grades

STACK_BYTES: Final = 2048
"""Kept free on every core."""
TICKS_IN_FLIGHT: Final = 8
TICKS_OF_BLOCK: Final = 4
COUNTS_OF_BLOCK: Final = 6
"""Bytes of a layer that gets spikes, and block: ends of tick and spikes that came, spikes announced."""
COUNTS_OF_TICK: Final = 2
"""And of each tick: spikes that came."""
RANKS_OF_TICK: Final = 4
"""Bytes of a layer and tick: both sums of section 5."""
SUM: Final = 9
"""Bytes of a sum over cores: so far, how many shares it lacks, and what it comes to at the root."""


@dataclass(frozen=True)
class CoreMemory:
    """Bytes of one core. weights: with feedback. state: means, membranes, counts, records, errors. lists: what is remembered, or traces. store: the receive store."""

    weights: int
    state: int
    lists: int
    store: int
    stack: int = STACK_BYTES

    @property
    def total(self) -> int:
        return self.weights + self.state + self.lists + self.store + self.stack


def _words(bits: int) -> int:
    """Bytes of so many bits in words of 32."""
    return (bits + 31) // 32 * 4


def _weights(network: IntegerNetwork, mesh: MeshMap, core: int) -> int:
    """Rows of the own neurons; of outputs that integrate, rows of the own inputs."""
    total = 0
    for index, layer in enumerate(network.layers):
        part = mesh.part(index, core)
        size = part.stop - part.start
        is_split_by_input = network.integrates and index == len(network.layers) - 1
        inputs, neurons = (size, layer.neurons) if is_split_by_input else (layer.inputs, size)
        total += inputs * ((neurons * network.weight_bits + 7) // 8)
        if network.has_feedback and index < len(network.layers) - 1:
            total += size * network.outputs
    return total


def _state(network: IntegerNetwork, neurons: int, is_output: bool, graded: bool) -> int:
    """Of own neurons of a spiking layer."""
    a_and_b, count, current, reached = network.state_bits // 4, 1, 4, 2
    means = (4 if is_output else 6) if network.learns else 0
    grades = (2 if graded else 0) + (12 if is_output and network.learns else 0)
    return neurons * (a_and_b + count + current + reached + means + grades)


def _lists(network: IntegerNetwork, layer: IntegerLayer, neurons: int) -> int:
    """Spikes that are remembered, each with its tick, slope and the one before, or traces of synapses and inputs."""
    if not network.learns:
        return 0
    if network.eligibility == "trace":
        return 4 * layer.inputs * neurons + 8 * layer.inputs + 2 * neurons
    most = min(layer.spike_capacity, neurons * min(network.ticks, network.max_spikes))
    return most * (4 if network.rho_max < 256 else 6) + 2 * neurons + 2 * network.ticks


def _listed(network: IntegerNetwork) -> int:
    """The inputs of a layer that learns by replay, with their draws, and where those of each tick end."""
    remembers = network.learns and network.eligibility == "replay"
    return 4 * (most_listed(network) + network.ticks + 1) if remembers else 0


def _store(network: IntegerNetwork, layer: IntegerLayer, neurons: int) -> int:
    """Bits of the inputs of a layer that gets spikes, their indices in a tick, and what they come to for the own neurons."""
    remembers = network.learns and network.eligibility == "replay"
    bits = (network.ticks if remembers else TICKS_IN_FLIGHT) * _words(layer.inputs)
    return bits + TICKS_IN_FLIGHT * 8 * neurons + 2 * layer.inputs


def _store_of_all(network: IntegerNetwork) -> int:
    """What every core has: the events and their ticks, counts of ticks, ranks and sums."""
    spiking, ticks = len(network.spiking_layers), network.ticks
    events = 2 * (network.max_events + 1) + 2 * (ticks + 1)
    blocks = -(-ticks // TICKS_OF_BLOCK)
    counts = (spiking + 1) * (blocks * COUNTS_OF_BLOCK + ticks * COUNTS_OF_TICK) if spiking > 1 else 0
    ranks = spiking * (ticks + 1) * RANKS_OF_TICK if network.learns and network.eligibility == "replay" else 0
    sums = SUM * ((4 * network.outputs if network.integrates else 0) + spiking)
    return events + counts + ranks + sums


def core_memory(network: IntegerNetwork, mesh: MeshMap, core: int) -> CoreMemory:
    """What a core needs. A layer of which it has no neuron takes nothing."""
    state, lists, store = 10 * network.outputs, _listed(network), _store_of_all(network)
    for index, layer in enumerate(network.spiking_layers):
        part = mesh.part(index, core)
        neurons, graded = part.stop - part.start, index > 0 and sends_grades(network)
        state += _state(network, neurons, index == len(network.layers) - 1, graded)
        if neurons:
            lists += _lists(network, layer, neurons)
            store += _store(network, layer, neurons) if index > 0 else 0
    if network.integrates:
        part = mesh.part(len(network.layers) - 1, core)
        state += 2 * (part.stop - part.start)
    if core == 0:
        state += 16 * network.outputs  # what the root makes of the sums
    return CoreMemory(_weights(network, mesh, core), state, lists, store)


def memory_of(network: IntegerNetwork, mesh: MeshMap) -> list[CoreMemory]:
    """Of every core: (cores,)."""
    return [core_memory(network, mesh, core) for core in range(mesh.cores)]
