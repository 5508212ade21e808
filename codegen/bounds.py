"""Proof that no integer overflows: section 11 of docs/ARITHMETIC.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from sfdfa_codegen.codegen.encoder_bounds import check_encoder
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.frontend_bounds import check_frontend
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork

INT32_LIMIT = 1 << 31
INDEX_LIMIT = 1 << 16
UPDATE_LIMIT = 28671
"""Of D, sections 5a and 8."""
RATE = "rate in 2^-20"
SPIKES = "spikes of a sample"
ADVICE = {RATE: "a lower learning.rate or a higher threshold", SPIKES: "fewer neurons or a lower learning.max_spikes"}
"""What to try, where it is not the same for all bounds of a layer."""
MAX_STATE_BITS = 22
NARROW_STATE = 1 << 19
QUIET_BITS = 12
"""Of a threshold, and 3 more of a state, with which their product fits 32 bits."""
NEVER_BELOW = -(1 << 30)
BIAS_LIMIT = (1 << 15) - 1
MOST_RESET = 4
"""Thresholds."""
ROUNDING = 1 << 19
"""The most that rounding a shifted current adds."""


def decay_fits(state_limit: int, decay_s: int) -> bool:
    """Whether a state at its limit can be decayed in 32 bits."""
    return state_limit * decay_s + 2048 < INT32_LIMIT


def largest_state_limit(inputs_per_tick: int, weight_bits: int, input_shift: int, decay_s: int) -> int:
    """The state limit of a layer with 32-bit states: 2^n - 1, or 0 if even n = 1 breaks a bound."""
    current = inputs_per_tick * (1 << (weight_bits - 1)) << max(0, -input_shift)
    for bits in range(MAX_STATE_BITS, 0, -1):
        limit = (1 << bits) - 1
        if decay_fits(limit, decay_s) and current + limit + ROUNDING < INT32_LIMIT:
            return limit
    return 0


def inputs_per_tick(network: IntegerNetwork, index: int) -> int:
    """The most inputs that layer `index` can have in a tick."""
    layer = network.layers[index]
    return min(layer.inputs, network.max_events) if index == 0 else layer.inputs


def inputs_per_sample(network: IntegerNetwork, index: int) -> int:
    """The most inputs that layer `index` can have in a sample."""
    layer = network.layers[index]
    if index == 0:
        return min(network.max_events, layer.inputs * network.ticks)
    return layer.inputs * min(network.ticks, network.max_spikes)


def largest_state(network: IntegerNetwork, index: int) -> int:
    """No A or B of the layer gets further from 0, if its limit lets it."""
    layer: IntegerLayer = network.layers[index]
    current = inputs_per_sample(network, index) * (1 << (network.weight_bits - 1)) + network.ticks * layer.largest_bias
    return (current << max(0, -layer.input_shift)) + network.max_spikes * max(layer.threshold, layer.reset_step)


def layer_can_saturate(network: IntegerNetwork, index: int) -> bool:
    """Whether A or B of one layer can reach its limit; an output layer that integrates has neither."""
    return index < len(network.spiking_layers) and largest_state(network, index) > network.layers[index].state_limit


def can_be_narrow(network: IntegerNetwork) -> bool:
    """Whether few inputs prove that states are near 0: a bias comes without an input, and a reset by more than the threshold leaves B further from 0."""
    return not network.is_biased and all(layer.reset_step <= layer.threshold for layer in network.layers)


def narrow_inputs(network: IntegerNetwork, index: int) -> int:
    """After how many inputs of a sample A and B of the layer, times 4096, still fit 32 bits and their limit, so that a decay is one product and
    a shift; -1 where that is not proven.

    Each input adds a weight; no decay, rounding or reset takes a state further from 0: after a reset B is not below A.
    """
    layer: IntegerLayer = network.layers[index]
    if not can_be_narrow(network):
        return -1
    weight = 1 << (network.weight_bits - 1)
    shift = layer.input_shift
    of_one_input = weight << -shift if shift <= 0 else max(1, weight >> shift)
    return min(min(NARROW_STATE - 1, layer.state_limit) // of_one_input, INDEX_LIMIT - 1)


@dataclass(frozen=True)
class Quiet:
    """What proves that a neuron without further inputs spikes no more, DESIGN.md, "Neurons that are done".

    below: where B - A is below, and falls. factor: where ((B >> shift) + 1)^2 is at most (A >> shift) * factor.
    """

    below: int
    factor: int
    shift: int


def quiet_neurons(network: IntegerNetwork, index: int) -> Quiet:
    """The constants of one layer."""
    layer: IntegerLayer = network.layers[index]
    rounding = Fraction(2048, layer.decay) + Fraction(2048, layer.decay_s)
    margin = layer.threshold - rounding
    shift = max(0, layer.threshold.bit_length() - QUIET_BITS)
    if margin <= 0:
        return Quiet(NEVER_BELOW, 0, shift)
    faster = Fraction((4096 - layer.decay_s) * 4096, (4096 - layer.decay) ** 2)
    peak = 4 * margin * min(Fraction(1), faster) ** network.ticks
    return Quiet(floor(margin), floor(peak / (1 << shift)), shift)


def _layer_bounds(network: IntegerNetwork, index: int) -> Iterator[tuple[str, int, int]]:
    """(what, value, least value that is too large)."""
    layer: IntegerLayer = network.layers[index]
    weight = 1 << (network.weight_bits - 1)
    inputs = inputs_per_tick(network, index)
    current = inputs * weight + (BIAS_LIMIT if layer.bias is not None else 0) << max(0, -layer.input_shift)
    yield "input of one tick plus the state limit", current + layer.state_limit + ROUNDING, INT32_LIMIT
    yield "decay of a state at its limit", layer.state_limit * layer.decay_s + 2048, INT32_LIMIT
    yield "slow decay", layer.decay, layer.decay_s + 1
    yield "threshold", layer.threshold, layer.state_limit + 1
    yield "reset", layer.reset_step, (MOST_RESET if network.state_bits == 32 else 1) * layer.threshold + 1
    past_limit = max(0, layer.reset_step - layer.threshold)
    yield "decay of a state after a reset", (layer.state_limit + past_limit) * layer.decay + 2048, INT32_LIMIT
    yield "bias", layer.largest_bias, BIAS_LIMIT + 1
    yield "256 times the threshold plus a current", 256 * layer.threshold + layer.state_limit, INT32_LIMIT
    if network.learns:
        spikes = layer.neurons * min(network.ticks, network.max_spikes)
        yield SPIKES, spikes, INDEX_LIMIT
        yield RATE, layer.rate, 1 << 18
    if network.rule == "sfdfa" and not network.integrates:
        grade = inputs * ((weight * 32767 >> layer.weight_fraction_bits) + 1) + 32767
        yield "sum of spike grades in one tick", grade, INT32_LIMIT
        yield "one weighted spike grade", weight * 32767 + (1 << 13), INT32_LIMIT


def _index_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    """What the C counts in 8 or 16 bits."""
    yield "number of layers", len(network.layers), 128
    yield "number of ticks", network.ticks, 256
    yield "number of events of a sample", network.max_events, INDEX_LIMIT
    yield "number of inputs of all layers", sum(layer.inputs for layer in network.layers), INDEX_LIMIT
    yield "number of neurons of all layers", sum(layer.neurons for layer in network.layers), INDEX_LIMIT
    yield "spikes of a neuron in a sample", network.max_spikes, 256
    yield "number of remembered spikes", sum(layer.spike_capacity for layer in network.layers), INDEX_LIMIT


def _network_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    """Of what learns."""
    if network.hidden_layers:
        yield "mean rate of a hidden neuron in 1/2048", 2048 * network.max_spikes, 1 << 16
        yield "target rate in 1/2048", network.rate_target, 2048 * network.max_spikes + 1
    yield "feedback shift", network.feedback_shift, 15
    yield "regulariser in 1/256", network.regulariser, 4096
    yield "step gain in 1/16", network.step_gain, 256
    yield "floor of the normaliser in 1/64", network.normaliser_floor, 4096
    yield from _integrator_learning_bounds(network) if network.integrates else _count_bounds(network)


def _count_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    largest_error = max(network.target_true, network.target_false, network.max_spikes)
    projected = network.outputs * 128 * largest_error + network.regulariser * 65535 // 8192 + 1
    yield "error projected on a hidden neuron", projected, INT32_LIMIT
    yield "error of an output in 1/64", 64 * largest_error, 1 << 20


def largest_kappa(network: IntegerNetwork) -> int:
    """No kappa of section 5a is larger: an input in the earliest ticks, as often as a neuron spikes, or in every one where it is a channel."""
    most = min(network.ticks, network.max_spikes) if network.hidden_layers else network.ticks
    return sum(range(network.ticks - most + 1, network.ticks + 1))


def _largest_activity(network: IntegerNetwork) -> int:
    """No sum of weights times kappa is larger."""
    return network.layers[-1].inputs * (1 << (network.weight_bits - 1)) * largest_kappa(network)


def activity_needs_64_bits(network: IntegerNetwork) -> bool:
    """Whether Y of section 5a, before it is scaled, can leave 32 bits."""
    return _largest_activity(network) >= INT32_LIMIT


def largest_output_update(network: IntegerNetwork) -> int:
    """No D of an output weight of section 5a is further from 0, before it is clamped."""
    return (256 * largest_kappa(network) * network.output_rate + 512) >> 10


def _readout_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    """Of an output layer that integrates, section 5a."""
    layer = network.layers[-1]
    yield (
        "the readout's sum",
        _largest_activity(network) >> (layer.weight_fraction_bits - network.output_fraction_bits),
        1 << 30,
    )
    yield "factor of the softmax", network.softmax_factor, 1 << 16
    yield "shift of the softmax", network.softmax_shift, 32
    yield "margin that decides", network.decide_margin, (1 << 30) + 1


def _integrator_learning_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    weight = 1 << (network.weight_bits - 1)
    yield "update of an output weight", 256 * largest_kappa(network) * network.output_rate + 512, INT32_LIMIT
    yield "target of all outputs but one, in 1/256", (network.outputs - 1) * network.target_other, 256
    largest = network.outputs * 128 * 256
    if network.rule == "weights":
        sum_in_64ths = weight * 256 * network.outputs << max(0, 6 - network.layers[-1].weight_fraction_bits)
        largest = sum_in_64ths >> max(0, network.layers[-1].weight_fraction_bits - 6)
        yield "error times the output weights, in 1/64", sum_in_64ths, INT32_LIMIT
    projected = largest * network.error_gain + 128 + network.regulariser * 65535 // 8192 + 1
    yield "error projected on a hidden neuron", projected, INT32_LIMIT
    if network.rule == "sfdfa":
        yield "shift of grades that are passed on", network.pass_shift, 5
        yield "one weighted spike grade", weight * 32767 + (1 << 17), INT32_LIMIT
        for layer in network.layers[1:]:
            grade = layer.inputs * ((weight * 32767 >> layer.weight_fraction_bits) + 1)
            yield "sum of the grades of a layer", grade, INT32_LIMIT


def _rehearsal_bounds(network: IntegerNetwork) -> Iterator[tuple[str, int, int]]:
    """Section 8a."""
    yield "samples of the ring", network.ring_slots, 4096
    yield "samples rehearsed after each", network.ring_rate, 256
    yield "step of the bound on asking", max(network.ask_up, network.ask_down), 32768


def check_bounds(network: IntegerNetwork) -> None:
    """Raise DoesNotFitError, naming the layer and the number, if any intermediate value could overflow."""
    for index in range(len(network.spiking_layers)):
        for what, value, too_large in _layer_bounds(network, index):
            if value >= too_large:
                raise DoesNotFitError(
                    f"network '{network.name}', layer {index}: {what} can reach {value}, it must stay below {too_large}; "
                    f"use {ADVICE.get(what, 'fewer inputs, narrower weights or another threshold')}"
                )
    for what, value, too_large in (*_index_bounds(network), *_rehearsal_bounds(network)):
        if value >= too_large:
            raise DoesNotFitError(f"network '{network.name}': {what} is {value}, it must stay below {too_large}")
    readout = _readout_bounds(network) if network.integrates else ()
    for what, value, too_large in (*readout, *(_network_bounds(network) if network.learns else ())):
        if value >= too_large:
            raise DoesNotFitError(f"network '{network.name}': {what} can reach {value}, it must stay below {too_large}")
    _check_rule(network)
    _check_time_slots(network)
    if network.encoder is not None:
        check_encoder(network.encoder, network.name, network.ticks, network.channels)
    if network.frontend is not None:
        check_frontend(network.frontend, network.encoder, network.name)


def _check_time_slots(network: IntegerNetwork) -> None:
    """Raise DoesNotFitError for slots of section 13 that do not divide the channels, or have no tick."""
    slots = network.time_slots
    if slots != 1 and (network.encoder is not None or not 1 < slots <= network.ticks or network.channels % slots):
        raise DoesNotFitError(
            f"network '{network.name}': {slots} time slots do not suit {network.ticks} ticks and {network.channels} channels of events; "
            "there are at most as many as ticks, and each has as many channels"
        )


def _check_rule(network: IntegerNetwork) -> None:
    """Raise DoesNotFitError for a rule that the readout or the number of layers does not have."""
    if network.rule == "weights" and not (network.integrates and len(network.layers) == 2):
        raise DoesNotFitError(
            f'network \'{network.name}\': the rule "weights" is for the readout "integrator" with one hidden layer; use the rule "sfdfa"'
        )
    other_resets = [index for index, layer in enumerate(network.layers) if not layer.resets_by_threshold]
    if network.learns and other_resets:
        raise DoesNotFitError(
            f"network '{network.name}', layer {other_resets[0]}: learning knows only a reset that subtracts the threshold; "
            'use that one, or the rule "none"'
        )
    if network.is_biased and (network.learns or (network.integrates and network.layers[-1].bias is not None)):
        raise DoesNotFitError(
            f"network '{network.name}': a bias is only for neurons that spike in a network that does not learn; use the rule \"none\""
        )
    if not network.learns and (network.asks or network.ring_slots):
        raise DoesNotFitError(
            f"network '{network.name}': a network that does not learn neither keeps samples nor asks for labels; use the rule \"sfdfa\""
        )
    if network.asks and not network.integrates:
        raise DoesNotFitError(f"network '{network.name}': only the readout \"integrator\" asks for labels")
