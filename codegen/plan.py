"""The plan of a network's C: where each part lies in the arrays of `sfdfa_t`, how much room there is, and what is proven beforehand.

It is made once. What is rendered, which files a core needs and what the emulator counts are read from it.
"""

from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.bounds import Quiet, layer_can_saturate, narrow_inputs, quiet_neurons
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork, state_size, weight_row_bytes


@dataclass(frozen=True)
class LayerPlan:
    """One layer: the first elements of its parts, in elements of the array they lie in, and what is proven of its neurons."""

    layer: IntegerLayer
    row: int
    """Cells of the weights of one input."""
    first_weight: int
    first_feedback: int
    first_synapse: int
    first_input: int
    first_neuron: int
    first_rho: int
    first_spike_word: int
    can_saturate: bool
    """Whether A or B can reach its limit."""
    narrow_inputs: int
    """After how many inputs of a sample A and B, times 4096, still fit 32 bits."""
    quiet: Quiet

    @property
    def spike_words(self) -> int:
        return (self.layer.neurons + 31) // 32


@dataclass(frozen=True)
class NetworkPlan:
    """The layers, the sizes of the arrays, and what the kernels do. Where no layer spikes, there is room for one neuron that never does."""

    layers: tuple[LayerPlan, ...]
    weight_cells: int
    feedback_cells: int
    synapses: int
    inputs: int
    neurons: int
    hidden: int
    widest: int
    widest_hidden: int
    spike_lists: int
    spike_capacity: int
    spike_words: int
    state_bytes: int
    listed_inputs: int
    """Inputs of a layer that can be listed for the walk; a layer with more of them draws the dither of an input for each neuron anew."""
    sends_grades: bool
    """Whether hidden neurons send grades with their spikes, from which their feedback is learned."""
    late_grades: bool
    """Whether S of an output is summed when it spikes, and not while the sample runs."""
    has_residual: bool
    """Whether feedback learns by the residual of outputs that integrate."""

    @property
    def can_saturate(self) -> bool:
        """Whether A or B of any layer can reach its limit."""
        return any(layer.can_saturate for layer in self.layers)


S_LIMIT: Final = (1 << 15) - 1
"""Of the grades that a neuron sums, section 5."""


def _cell_bytes(network: IntegerNetwork) -> int:
    return 2 if network.weight_bits == 16 else 1


def _plan_layers(network: IntegerNetwork) -> tuple[LayerPlan, ...]:
    plans: list[LayerPlan] = []
    weight = feedback = synapse = inputs = neuron = rho = spike_word = 0
    for layer in network.layers:
        index, row = len(plans), weight_row_bytes(layer, network.weight_bits) // _cell_bytes(network)
        proven = (layer_can_saturate(network, index), narrow_inputs(network, index), quiet_neurons(network, index))
        plans.append(LayerPlan(layer, row, weight, feedback, synapse, inputs, neuron, rho, spike_word, *proven))
        weight += layer.inputs * row
        feedback += layer.neurons * network.outputs
        synapse += layer.inputs * layer.neurons
        inputs += layer.inputs
        neuron += layer.neurons
        rho += layer.spike_capacity
        spike_word += plans[-1].spike_words
    return tuple(plans)


def can_be_compact(network: IntegerNetwork) -> bool:
    """Whether the runtime can be built with SFDFA_COMPACT: it holds neither traces nor grades between hidden layers nor biases, and runs every tick."""
    grades_between_hidden = network.rule == "sfdfa" and len(network.layers) > 2 and not network.integrates
    return (
        network.eligibility == "replay"
        and not grades_between_hidden
        and not network.decide_margin
        and not network.is_biased
    )


def sends_grades(network: IntegerNetwork) -> bool:
    """Whether hidden neurons send grades with their spikes, from which their feedback is learned."""
    return network.rule == "sfdfa" and len(network.layers) > 1 and not network.integrates


def has_residual(network: IntegerNetwork) -> bool:
    """Whether feedback learns by the residual of outputs that integrate."""
    return network.rule == "sfdfa" and len(network.layers) > 1 and network.integrates


def late_grades(network: IntegerNetwork) -> bool:
    """Whether S of an output is summed when it spikes, and not while the sample runs.

    So it is where grades come from the first spikes of one layer only, and all of them together cannot reach the limit of S. Weights of 4 bits take
    longer in one nibble than in the other.
    """
    if not sends_grades(network) or len(network.layers) > 2 or network.weight_bits == 4:
        return False
    least_fraction_bits = min(6, *(layer.weight_fraction_bits for layer in network.layers))
    largest = (64 << (network.weight_bits - 1) >> least_fraction_bits) + 1
    return sum(layer.neurons for layer in network.hidden_layers) * largest <= S_LIMIT


def _listed_inputs(network: IntegerNetwork, weight_cells: int, neurons: int, widest: int) -> int:
    """They lie where the membranes were. There is more room than that if events need it, up to a fourth of what the weights take."""
    dither_bits = max(8, *(layer.dither_bits for layer in network.layers))
    if weight_cells > 1 << (31 - dither_bits):
        return 0
    membranes = neurons * network.state_bits // 4 + 4 * widest
    words = (membranes - 6 * network.ticks - 10) // 4
    most = weight_cells * _cell_bytes(network) // 16
    return max(words, min(network.max_events, most))


def plan_network(network: IntegerNetwork) -> NetworkPlan:
    """Of a network within its bounds."""
    layers = _plan_layers(network)
    hidden = sum(layer.neurons for layer in network.hidden_layers)
    weight_cells = sum(plan.layer.inputs * plan.row for plan in layers)
    feedback_cells = hidden * network.outputs if network.has_feedback else 0
    spiking = layers[: len(network.spiking_layers)]
    neurons = max(1, sum(plan.layer.neurons for plan in spiking))
    widest = max((plan.layer.neurons for plan in spiking), default=1)
    return NetworkPlan(
        layers=layers,
        weight_cells=weight_cells,
        feedback_cells=feedback_cells,
        synapses=max(1, sum(plan.layer.inputs * plan.layer.neurons for plan in spiking)),
        inputs=max(1, sum(plan.layer.inputs for plan in spiking)),
        neurons=neurons,
        hidden=hidden,
        widest=widest,
        widest_hidden=max((layer.neurons for layer in network.hidden_layers), default=1),
        spike_lists=2 if len(network.layers) > 2 else 1,
        spike_capacity=sum(layer.spike_capacity for layer in network.layers),
        spike_words=max(1, sum(plan.spike_words for plan in spiking)),
        state_bytes=state_size(network),
        listed_inputs=_listed_inputs(network, weight_cells, neurons, widest),
        sends_grades=sends_grades(network),
        late_grades=late_grades(network),
        has_residual=has_residual(network),
    )
