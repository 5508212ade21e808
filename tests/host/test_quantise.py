"""From a float network to integers: formats, ranges, capacities, and what is refused."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.bounds import check_bounds, largest_state_limit
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.floats.float_network import FloatNetwork, init_float_network
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import (
    EncodingSpec,
    FixedPointSpec,
    LayerSpec,
    LearningSpec,
    NetworkSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.quantise import decay_constant, event_capacity, quantise

CHANNELS, HIDDEN, OUTPUTS = 4, 5, 3


def make_spec(**tables: Any) -> NetworkSpec:
    usual: dict[str, Any] = {"neuron": NeuronSpec(threshold=(0.5, 0.25))}
    return NetworkSpec(name="net", layers=(LayerSpec(HIDDEN), LayerSpec(OUTPUTS)), **(usual | tables))


def make_data(events_per_sample: int = 4, samples: int = 3) -> EncodedData:
    """Every sample has events on channels 0, 1, .. in as few ticks as that takes."""
    ticks = np.tile(np.arange(events_per_sample) // CHANNELS, samples).astype(np.uint16)
    channels = np.tile(np.arange(events_per_sample) % CHANNELS, samples).astype(np.uint16)
    offsets = np.arange(samples + 1, dtype=np.int64) * events_per_sample
    dataset = SpikeDataset(ticks, channels, offsets, np.zeros(samples, np.uint16))
    return EncodedData(dataset, dataset, (), CHANNELS, OUTPUTS)


def make_float(spec: NetworkSpec, **changes: Any) -> FloatNetwork:
    return replace(init_float_network(spec, CHANNELS, 1), **changes)


def quantised(spec: NetworkSpec | None = None, **changes: Any) -> IntegerNetwork:
    spec = spec or make_spec()
    return quantise(make_float(spec, **changes), make_data(), spec)


def constant_weights(value: float) -> list[np.ndarray[Any, Any]]:
    return [np.full((CHANNELS, HIDDEN), value), np.full((HIDDEN, OUTPUTS), 0.5)]


@pytest.mark.parametrize(("bits", "fraction"), [(4, 2), (8, 6), (16, 14)])
def test_usual_weight_formats(bits: Any, fraction: int) -> None:
    spec = make_spec(fixed_point=FixedPointSpec(weight_bits=bits))
    network = quantised(spec)
    float_network = make_float(spec)
    for layer, weights, exact in zip(network.layers, network.weights, float_network.weights, strict=True):
        assert layer.weight_fraction_bits == fraction
        np.testing.assert_array_equal(weights, np.rint(exact * 2.0**fraction))


@pytest.mark.parametrize(
    ("written", "threshold", "fractions"), [(None, 0.3, (14, 14)), (None, 0.7, (13, 14)), (8, 1.4, (4, 6))]
)
def test_weights_behind_levels_by_number_reach_five_thresholds(
    written: Any, threshold: float, fractions: tuple[int, int]
) -> None:
    spec = make_spec(
        encoding=EncodingSpec("signed-rate"),
        fixed_point=FixedPointSpec(written),
        learning=make_learning((HIDDEN, OUTPUTS)),
        neuron=NeuronSpec(threshold=(threshold,)),
    )
    network = quantised(spec)
    assert network.weight_bits == (written or 16)
    assert tuple(layer.weight_fraction_bits for layer in network.layers) == fractions
    by_time = quantised(replace(spec, encoding=EncodingSpec("signed-ttfs")))
    assert network.layers[0].rate == pytest.approx(by_time.layers[0].rate / 2, abs=1)
    assert network.output_rate == by_time.output_rate


@pytest.mark.parametrize(("largest", "fraction"), [(1.9, 6), (2.0, 6), (2.1, 5), (-7.9, 4), (31.0, 2)])
def test_trained_weights_past_the_range_take_bits_from_the_fraction(largest: float, fraction: int) -> None:
    network = quantised(weights=constant_weights(largest))
    assert network.layers[0].weight_fraction_bits == fraction
    assert network.layers[1].weight_fraction_bits == 6
    expected = min(round(largest * 2**fraction), 127)
    assert set(network.weights[0].ravel().tolist()) == {expected}


@pytest.mark.parametrize(("value", "clamped"), [(40.0, 127), (-40.0, -128), (1e300, 127), (-1.7e308, -128)])
def test_weights_past_every_format_are_clamped(value: float, clamped: int) -> None:
    network = quantised(weights=constant_weights(value))
    assert network.layers[0].weight_fraction_bits == 2
    assert set(network.weights[0].ravel().tolist()) == {clamped}


def test_feedback_is_rounded_and_clamped() -> None:
    spec = make_spec(learning=LearningSpec(rule="dfa"))
    feedback = [np.array([[0.5, -0.01, 9.0]] * HIDDEN)]
    assert quantised(spec, feedback=feedback).feedback[0][0].tolist() == [32, -1, 127]


def test_rule_none_has_no_feedback() -> None:
    assert quantised(make_spec(learning=LearningSpec(rule="none"))).feedback == ()


def test_constants_of_a_layer() -> None:
    spec = make_spec(neuron=NeuronSpec(tau_s_ticks=10.0, threshold=(0.5, 0.25)), learning=LearningSpec(rate=0.05))
    network = quantised(spec)
    first, second = network.layers
    assert (first.threshold, second.threshold) == (512, 256)
    assert (first.decay_s, first.decay) == (round(4096 * (1 - math.exp(-0.1))), round(4096 * (1 - math.exp(-0.05))))
    tau_s = 20.0 * 0.2 / 32
    assert first.rate == round(0.05 * tau_s / 0.5 * 2**20)
    assert second.rate == round(0.05 * tau_s / 0.25 * 2**20)
    assert first.state_limit == largest_state_limit(CHANNELS, 8, 6 - 10, first.decay_s)
    assert (first.spike_capacity, second.spike_capacity) == (4 * HIDDEN, 10 * OUTPUTS)


def test_decay_constant_is_that_of_the_arithmetic() -> None:
    assert decay_constant(20.8) == 192
    assert decay_constant(41.6) == 97


def test_few_spikes_need_little_capacity() -> None:
    spec = make_spec(learning=LearningSpec(max_spikes=3, target_true=3, target_false=1))
    assert [layer.spike_capacity for layer in quantised(spec).layers] == [3 * HIDDEN, 3 * OUTPUTS]


def test_constants_of_learning() -> None:
    learning = LearningSpec(step_gain=3.0, feedback_rate=0.001, regulariser=0.1, rate_target=0.2)
    network = quantised(make_spec(learning=learning))
    assert (network.step_gain, network.feedback_shift) == (48, 10)
    assert (network.regulariser, network.rate_target) == (26, 410)


@pytest.mark.parametrize(("rate", "shift"), [(1.0, 0), (0.5, 1), (0.3, 2), (1e-9, 14)])
def test_feedback_rate_is_the_nearest_power_of_two(rate: float, shift: int) -> None:
    assert quantised(make_spec(learning=LearningSpec(feedback_rate=rate))).feedback_shift == shift


@pytest.mark.parametrize(("weight", "fraction"), [(0.25, 10), (1.0, 10), (60.0, 5)])
def test_states_of_16_bits_leave_room_for_four_times_the_largest_current(weight: float, fraction: int) -> None:
    """One tick with all channels at once is the largest current of the calibration batch."""
    spec = make_spec(fixed_point=FixedPointSpec(state_bits=16))
    layer = quantised(spec, weights=constant_weights(weight)).layers[0]
    assert layer.state_limit == 32767
    assert layer.state_fraction_bits == fraction
    assert 4 * CHANNELS * weight * 2**fraction <= 32767


def test_states_of_16_bits_refuse_a_threshold_past_them() -> None:
    spec = make_spec(fixed_point=FixedPointSpec(state_bits=16), neuron=NeuronSpec(threshold=(40.0, 1.0)))
    with pytest.raises(DoesNotFitError, match=r"network 'net', layer 0: threshold can reach 40960, it must stay below"):
        quantised(spec)


def test_event_capacity_leaves_a_tenth_over_the_longest_sample() -> None:
    assert event_capacity(make_data(100), make_spec(encoding=EncodingSpec(kind="events"))) == 112


def test_event_capacity_of_first_spikes_is_at_most_one_a_channel() -> None:
    assert event_capacity(make_data(4), make_spec(encoding=EncodingSpec("ttfs"))) == CHANNELS


def test_event_capacity_of_the_file_is_kept() -> None:
    assert event_capacity(make_data(4), make_spec(encoding=EncodingSpec(max_events=77))) == 77


def test_event_capacity_below_the_data_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"encoding\.max_events is 3, but a sample of this data set has 4 events"):
        event_capacity(make_data(4), make_spec(encoding=EncodingSpec(max_events=3)))


def test_samples_longer_than_any_buffer_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"a sample of this data set has 65537 events; the most is 65535"):
        event_capacity(make_data(65537, 1), make_spec(encoding=EncodingSpec(kind="events")))


def test_rate_past_its_bound_is_refused() -> None:
    with pytest.raises(DoesNotFitError, match=r"layer 0: rate in 2\^-20 can reach \d+, it must stay below 262144"):
        quantised(make_spec(learning=LearningSpec(rate=10.0)))


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"learning": LearningSpec(rate=1e308)}, "learning.rate"),
        ({"learning": LearningSpec(step_gain=1e308)}, "learning.step_gain"),
        ({"learning": LearningSpec(regulariser=1e308)}, "learning.regulariser"),
        ({"learning": LearningSpec(rate_target=1e308)}, "learning.rate_target"),
        ({"neuron": NeuronSpec(threshold=(1e308, 1.0))}, "neuron.threshold"),
        ({"neuron": NeuronSpec(threshold=(1e-320, 1.0))}, "learning.rate"),
    ],
)
def test_values_past_every_integer_are_refused_by_name(tables: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"{key}.* is too large for the integers"):
        quantised(make_spec(**tables))


@pytest.mark.parametrize("bits", [4, 8, 16])
@pytest.mark.parametrize("state_bits", [16, 32])
def test_what_is_quantised_holds_every_bound(bits: Any, state_bits: Any) -> None:
    check_bounds(quantised(make_spec(fixed_point=FixedPointSpec(weight_bits=bits, state_bits=state_bits))))


def integrator_spec(ticks: int = 32, **written: Any) -> NetworkSpec:
    learning = make_learning((HIDDEN, OUTPUTS), readout="integrator", **written)
    return make_spec(
        learning=learning, neuron=NeuronSpec(threshold=(0.5,)), encoding=EncodingSpec(ticks=ticks, window=ticks // 2)
    )


def test_an_integrating_output_layer_has_no_membranes() -> None:
    network = quantised(integrator_spec())
    layer = network.layers[-1]
    assert (layer.state_fraction_bits, layer.threshold, layer.decay_s, layer.decay) == (0, 1, 1, 1)
    assert (layer.state_limit, layer.rate, layer.spike_capacity) == (0, 0, 0)
    assert not network.weights[-1].any() and not network.feedback[0].any()
    assert [len(q) for q in initial_state(network).mean_delta] == [HIDDEN]


def test_the_one_setting_in_integers() -> None:
    network = quantised(integrator_spec())
    assert (network.softmax_shift, network.softmax_factor) == (3, 256)
    assert network.output_rate == 205
    assert network.target_other == round(256 * 0.05 / 2)
    assert (network.error_gain, network.normaliser_floor, network.feedback_shift) == (32, 64, 7)
    assert (network.learn_below, network.decide_margin) == (257, 0)
    assert (network.ring_slots, network.ring_rate, network.ask_up, network.ask_down) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("hidden", "shift"), [((800,), 0), ((128, 16), 0), ((16, 17), 1), ((64, 64), 1), ((64, 65), 2), ((9, 9, 257), 3)]
)
def test_grades_of_several_hidden_layers_lose_bits_on_their_way(hidden: tuple[int, ...], shift: int) -> None:
    for rule, expected in (("sfdfa", shift), ("dfa", 0)):
        spec = integrator_spec(rule=rule)
        spec = replace(
            spec,
            layers=(*map(LayerSpec, hidden), LayerSpec(OUTPUTS)),
            neuron=NeuronSpec(threshold=(0.5,) * len(hidden)),
        )
        network = quantised(spec)
        assert network.pass_shift == expected
        assert ("pass_shift" in network.constants) == (expected > 0)


@pytest.mark.parametrize("ticks", [1, 3, 24, 32, 255])
@pytest.mark.parametrize("beta", [0.001, 0.125, 1.0, 4.0])
def test_the_softmax_reaches_its_last_entry_in_15_bits(ticks: int, beta: float) -> None:
    network = quantised(integrator_spec(ticks, softmax_beta=beta, rate=0.01))
    sixteenth = 64 * ticks / (16 * beta)
    largest = math.floor(129 * sixteenth)
    assert largest >> network.softmax_shift <= 32767
    assert network.softmax_shift == 0 or largest >> (network.softmax_shift - 1) > 32767
    exponent = (largest >> network.softmax_shift) * network.softmax_factor / 2**15
    assert exponent + 1 >= 128 and exponent == pytest.approx(129, rel=0.01)


def test_bounds_and_shares_in_integers() -> None:
    network = quantised(integrator_spec(learn_below=0.95, decide=2.0, rehearsal=32, rehearsal_rate=3, ask=0.1))
    assert network.learn_below == 243
    assert network.decide_margin == 2 * 16 * 1024
    assert (network.ring_slots, network.ring_rate) == (32, 3)
    assert (network.ask_up, network.ask_down) == (51, 461)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"softmax_beta": 1e9}, "learning.softmax_beta is out of range"),
        ({"rate": 1e6}, "learning.rate of layer 0 is too large"),
        ({"output_gain": 1e4}, "learning.rate times learning.output_gain is too large"),
        ({"decide": 1e9}, "learning.decide is too large"),
    ],
)
def test_what_the_readout_cannot_hold_is_refused(written: dict[str, Any], message: str) -> None:
    with pytest.raises((ConfigError, DoesNotFitError), match=message):
        quantised(integrator_spec(**written))
