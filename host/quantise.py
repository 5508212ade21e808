"""From a float network and its data to the integers of docs/ARITHMETIC.md."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.bounds import BIAS_LIMIT, check_bounds, largest_state_limit
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntArray, IntegerLayer, IntegerNetwork
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.floats.calibration import CALIBRATION_SAMPLES
from sfdfa_codegen.host.floats.clock_driven import pack_samples, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.network.rules import DECAY_ONE
from sfdfa_codegen.host.network.spec import LearningSpec, NetworkSpec
from sfdfa_codegen.host.quantise_readout import with_readout

WEIGHT_FRACTION_BITS: Final = {4: 2, 8: 6, 16: 14}
"""What a weight's range of about +-2 leaves for the fraction."""
WEIGHT_THRESHOLDS: Final = 5.0
"""A weight behind signed-rate reaches so many thresholds at least: its many events make them high."""
STATE_FRACTION_BITS: Final = 10
STATE_HEADROOM: Final = 4.0
"""16-bit states hold this many times the largest current of the calibration batch: weights grow while learning."""
MOST_EVENTS: Final = 65535
"""Events of one sample; the C counts them in 16 bits."""
EVENT_HEADROOM: Final = 1.1
"""Room in the event buffer beyond the longest sample of the data set."""
SPIKE_ONCE: Final = ("ttfs", "signed-ttfs", "population")
"""Encodings with one event a channel and sample at most."""
HIDDEN_SPIKES_REMEMBERED: Final = 4
"""Spikes a hidden neuron and sample that replay has room for, on average over a layer."""
OUTPUT_SPIKES_REMEMBERED: Final = 10


def quantise(network: FloatNetwork, data: EncodedData, spec: NetworkSpec, *, seed: int | None = None) -> IntegerNetwork:
    """The integer network of `network`, with its weights, feedback and thresholds rounded to nearest.

    Raises ConfigError for a value that its format cannot hold and DoesNotFitError if a bound breaks.
    """
    learning = spec.learning
    max_events = event_capacity(data, spec)
    weights, fractions = _quantise_weights(network, spec)
    integer_network = IntegerNetwork(
        name=spec.name,
        seed=spec.seed if seed is None else seed,
        ticks=spec.encoding.ticks,
        channels=data.channels,
        time_slots=spec.encoding.time_slots,
        encoder=data.encoder,
        frontend=data.frontend,
        feature_names=data.feature_names,
        class_names=data.class_names,
        max_events=max_events,
        layers=_layers(network, data, spec, fractions, max_events),
        weight_bits=spec.weight_bits,
        state_bits=spec.fixed_point.state_bits,
        rule=learning.rule,
        gradient=learning.gradient,
        eligibility=learning.eligibility,
        error=learning.error,
        normalise=learning.normalise,
        step_gain=_rounded(16 * learning.step_gain, "learning.step_gain"),
        feedback_shift=_feedback_shift(learning),
        regulariser=_rounded(256 * learning.regulariser, "learning.regulariser"),
        rate_target=_rounded(2048 * learning.rate_target, "learning.rate_target"),
        target_true=learning.target_true,
        target_false=learning.target_false,
        max_spikes=learning.max_spikes,
        weights=weights,
        feedback=_quantise_feedback(network.feedback) if learning.rule in ("sfdfa", "dfa") else (),
        readout=learning.readout,
        normaliser_floor=_rounded(64 * learning.normaliser_floor, "learning.normaliser_floor"),
        ring_slots=learning.rehearsal,
        ring_rate=learning.rehearsal_rate if learning.rehearsal else 0,
    )
    if learning.readout == "integrator":
        integer_network = with_readout(integer_network, spec)
    check_bounds(integer_network)
    return integer_network


def _rounded(value: float, key: str) -> int:
    """To nearest. Raises ConfigError, naming the key, for a value past every integer of the arithmetic."""
    if not value < 2.0**31:
        raise ConfigError(f"{key} is too large for the integers: it would be {value:g}, which must stay below 2^31")
    return round(value)


def event_capacity(data: EncodedData, spec: NetworkSpec) -> int:
    """Events a sample can have: what the spec says, else the longest sample of the data set and a tenth more.

    Raises ConfigError if the spec says less than a sample has, or a sample has more than any buffer holds.
    """
    parts = (data.train, data.test, *(segment.samples for segment in data.segments))
    longest = max(_longest(part) for part in parts)
    if longest > MOST_EVENTS:
        raise ConfigError(f"a sample of this data set has {longest} events; the most is {MOST_EVENTS}")
    if spec.encoding.max_events is not None:
        if spec.encoding.max_events < longest:
            raise ConfigError(
                f"encoding.max_events is {spec.encoding.max_events}, but a sample of this data set has {longest} events"
            )
        return spec.encoding.max_events
    kind = spec.encoding.kind if data.encoder is None else data.encoder.kind
    possible = data.channels * (1 if kind in SPIKE_ONCE else spec.encoding.ticks)
    return max(1, min(possible, 8 * math.ceil(longest * EVENT_HEADROOM / 8), MOST_EVENTS))


def _longest(samples: SpikeDataset) -> int:
    return int(samples.events_per_sample.max(initial=0))


def _quantise_weights(network: FloatNetwork, spec: NetworkSpec) -> tuple[tuple[IntArray, ...], tuple[int, ...]]:
    bits = spec.weight_bits
    rounded, fractions = [], []
    by_threshold = spec.encoding.kind == "signed-rate"
    for index, layer in enumerate(network.weights):
        largest = float(np.abs(layer).max(initial=0.0))
        if by_threshold and index < spec.spiking_layers:
            largest = max(largest, WEIGHT_THRESHOLDS * network.thresholds[index])
        fraction = _weight_fraction(largest, bits)
        low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        rounded.append(
            np.rint(np.clip(layer, low / 2.0**fraction, high / 2.0**fraction) * 2.0**fraction).astype(np.int32)
        )
        fractions.append(fraction)
    return tuple(rounded), tuple(fractions)


def _weight_fraction(largest: float, bits: int) -> int:
    """The most fraction bits with which the largest weight still fits, at most the usual and at least 2."""
    fraction = WEIGHT_FRACTION_BITS[bits]
    while fraction > 2 and largest * 2**fraction >= (1 << (bits - 1)) + 0.5:
        fraction -= 1
    return fraction


def _quantise_feedback(feedback: list[FloatArray]) -> tuple[IntArray, ...]:
    return tuple(np.clip(np.rint(64 * layer), -128, 127).astype(np.int32) for layer in feedback)


def _feedback_shift(learning: LearningSpec) -> int:
    if learning.feedback_rate <= 0.0:
        raise ConfigError("learning.feedback_rate must be above 0 to be built in integers")
    return min(14, max(0, round(-math.log2(learning.feedback_rate))))


def decay_constant(tau_ticks: float) -> int:
    """1 - exp(-1 / tau) in 1/DECAY_ONE."""
    return round(DECAY_ONE * -math.expm1(-1.0 / tau_ticks))


def _state_fractions(network: FloatNetwork, data: EncodedData, spec: NetworkSpec) -> tuple[int, ...]:
    """Fraction bits of the membranes of each layer."""
    if spec.fixed_point.state_bits == 32:
        return (STATE_FRACTION_BITS,) * len(spec.layers)
    inputs = pack_samples(data.train.head(CALIBRATION_SAMPLES), np.float64)
    record = run_network(network.weights, network.thresholds, inputs, Dynamics.from_spec(spec), network.biases)
    largest = [max(float(np.abs(layer.synaptic_currents).max()), 1e-3) for layer in record.layers]
    return tuple(
        max(0, min(STATE_FRACTION_BITS, math.floor(math.log2(32767 / (STATE_HEADROOM * current)))))
        for current in largest
    )


def _layers(
    network: FloatNetwork, data: EncodedData, spec: NetworkSpec, weight_fractions: tuple[int, ...], max_events: int
) -> tuple[IntegerLayer, ...]:
    state_fractions = _state_fractions(network, data, spec)
    sizes = (data.channels, *spec.layer_sizes)
    return tuple(
        _with_bias(
            _layer(spec, index, sizes[index], network.thresholds[index], weight_fractions[index], fraction, max_events),
            network.biases[index] if network.biases else None,
        )
        for index, fraction in enumerate(state_fractions)
    )


def _layer(
    spec: NetworkSpec, index: int, inputs: int, threshold: float, weight_fraction: int, state_fraction: int, events: int
) -> IntegerLayer:
    neurons = spec.layer_sizes[index]
    decay_s = decay_constant(spec.tau_s_ticks(index))
    tau_s = spec.tau_ticks(index) * spec.encoding.tick_s
    in_a_tick = min(inputs, events) if index == 0 else inputs
    bits = spec.weight_bits
    limit = 32767
    if spec.fixed_point.state_bits == 32:
        limit = largest_state_limit(in_a_tick, bits, weight_fraction - state_fraction, decay_s)
    if index == spec.spiking_layers:
        return _integrating_layer(inputs, neurons, weight_fraction)
    remembered = OUTPUT_SPIKES_REMEMBERED if index == len(spec.layers) - 1 else HIDDEN_SPIKES_REMEMBERED
    possible = min(spec.encoding.ticks, spec.learning.max_spikes)
    own, scaled = spec.layers[index], threshold * 2**state_fraction
    amount = max(1, round(own.reset_amount * scaled)) if own.reset_amount != 1.0 else None
    return IntegerLayer(
        inputs=inputs,
        neurons=neurons,
        weight_fraction_bits=weight_fraction,
        state_fraction_bits=state_fraction,
        threshold=max(1, _rounded(scaled, f"neuron.threshold of layer {index}")),
        reset=own.reset,
        reset_amount=amount,
        decay_s=decay_s,
        decay=decay_constant(spec.tau_ticks(index)),
        state_limit=limit,
        rate=_rounded(
            spec.learning.rate * spec.rate_share(index) * tau_s / threshold * 2**20, f"learning.rate of layer {index}"
        ),
        spike_capacity=neurons * min(remembered, possible),
    )


def _with_bias(layer: IntegerLayer, bias: FloatArray | None) -> IntegerLayer:
    """Raises ConfigError for a bias that 16 bits cannot hold."""
    if bias is None:
        return layer
    unit = min(layer.weight_fraction_bits, layer.state_fraction_bits)
    rounded = np.rint(bias * 2.0**unit)
    if np.abs(rounded).max(initial=0) > BIAS_LIMIT:
        raise ConfigError(
            f"a bias of {np.abs(bias).max():g} is too large: at most {BIAS_LIMIT / 2**unit:g} fits 16 bits in its layer"
        )
    return replace(layer, bias=tuple(int(value) for value in rounded))


def _integrating_layer(inputs: int, neurons: int, weight_fraction: int) -> IntegerLayer:
    """An output layer without membranes and thresholds, section 2."""
    return IntegerLayer(
        inputs=inputs,
        neurons=neurons,
        weight_fraction_bits=weight_fraction,
        state_fraction_bits=0,
        threshold=1,
        decay_s=1,
        decay=1,
        state_limit=0,
        rate=0,
        spike_capacity=0,
    )
