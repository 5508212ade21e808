"""Where each part of a network lies in the arrays of the C runtime's `sfdfa_t`."""

from dataclasses import dataclass

from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork, state_size, weight_row_bytes


@dataclass(frozen=True)
class LayerPlan:
    """First elements of one layer's parts, in elements of the array they lie in."""

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

    @property
    def spike_words(self) -> int:
        return (self.layer.neurons + 31) // 32


@dataclass(frozen=True)
class MemoryPlan:
    """The layers and the sizes of the arrays. Where no layer spikes, there is room for one neuron that never does."""

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


def _cell_bytes(network: IntegerNetwork) -> int:
    return 2 if network.weight_bits == 16 else 1


def _plan_layers(network: IntegerNetwork) -> tuple[LayerPlan, ...]:
    plans: list[LayerPlan] = []
    weight = feedback = synapse = inputs = neuron = rho = spike_word = 0
    for layer in network.layers:
        row = weight_row_bytes(layer, network.weight_bits) // _cell_bytes(network)
        plans.append(LayerPlan(layer, row, weight, feedback, synapse, inputs, neuron, rho, spike_word))
        weight += layer.inputs * row
        feedback += layer.neurons * network.outputs
        synapse += layer.inputs * layer.neurons
        inputs += layer.inputs
        neuron += layer.neurons
        rho += layer.spike_capacity
        spike_word += plans[-1].spike_words
    return tuple(plans)


def can_be_compact(network: IntegerNetwork) -> bool:
    """Whether the runtime can be built with SFDFA_COMPACT: it holds neither traces nor grades between hidden layers, and runs every tick."""
    grades_between_hidden = network.rule == "sfdfa" and len(network.layers) > 2 and not network.integrates
    return network.eligibility == "replay" and not grades_between_hidden and not network.decide_margin


def plan_memory(network: IntegerNetwork) -> MemoryPlan:
    """Lay out `network`."""
    layers = _plan_layers(network)
    hidden = sum(layer.neurons for layer in network.hidden_layers)
    weight_cells = sum(plan.layer.inputs * plan.row for plan in layers)
    feedback_cells = hidden * network.outputs if network.has_feedback else 0
    spiking = layers[: len(network.spiking_layers)]
    return MemoryPlan(
        layers=layers,
        weight_cells=weight_cells,
        feedback_cells=feedback_cells,
        synapses=max(1, sum(plan.layer.inputs * plan.layer.neurons for plan in spiking)),
        inputs=max(1, sum(plan.layer.inputs for plan in spiking)),
        neurons=max(1, sum(plan.layer.neurons for plan in spiking)),
        hidden=hidden,
        widest=max((plan.layer.neurons for plan in spiking), default=1),
        widest_hidden=max((layer.neurons for layer in network.hidden_layers), default=1),
        spike_lists=2 if len(network.layers) > 2 else 1,
        spike_capacity=sum(layer.spike_capacity for layer in network.layers),
        spike_words=max(1, sum(plan.spike_words for plan in spiking)),
        state_bytes=state_size(network),
    )
