"""Every bound of docs/ARITHMETIC.md section 11: just inside it is accepted, and one more is refused by name and number."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from networks import make_integrator, make_network, with_layer
from sfdfa_codegen.codegen.bounds import check_bounds, inputs_per_sample, inputs_per_tick, largest_state_limit
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork

Make = Callable[[int], IntegerNetwork]
WORD = 2**31


def layer_zero(**fixed: Any) -> Callable[[str], Make]:
    """Networks of which one constant of layer 0 is the number asked for."""
    return lambda name: lambda value: with_layer(make_network(6, 5, 3, rule="dfa"), 0, **fixed | {name: value})


def network_of(name: str, **fixed: Any) -> Make:
    return lambda value: make_network(6, 5, 3, **fixed | {name: value})


def of_ticks(ticks: int) -> IntegerNetwork:
    return make_network(2, 2, ticks=ticks)


def of_layers(layers: int) -> IntegerNetwork:
    return make_network(*[1] * (layers + 1), rule="none")


def of_inputs(channels: int) -> IntegerNetwork:
    return make_network(channels, 1, max_events=8, rule="none")


def of_neurons(neurons: int) -> IntegerNetwork:
    return with_layer(make_network(1, neurons, rule="none"), 0, spike_capacity=1)


def of_spikes(neurons: int) -> IntegerNetwork:
    return with_layer(make_network(1, neurons, rule="dfa", max_spikes=15, target_true=8), 0, spike_capacity=1)


def of_graded_inputs(inputs: int) -> IntegerNetwork:
    """16-bit weights of 2 fraction bits: a grade weighs up to 2^28 a spike."""
    network = make_network(inputs, 2, weight_bits=16)
    return with_layer(network, 0, weight_fraction_bits=2, state_fraction_bits=0, state_limit=2**15 - 1)


def integrator_of(name: str) -> Make:
    return lambda value: make_integrator(6, 5, 3, **{name: value})


def of_readout_inputs(neurons: int) -> IntegerNetwork:
    """16-bit weights of few fraction bits, of which none is dropped."""
    network = make_integrator(1, neurons, 2, weight_bits=16, rule="dfa", output_rate=0)
    return with_layer(network, 1, weight_fraction_bits=6)


def of_residual_inputs(neurons: int) -> IntegerNetwork:
    network = make_integrator(1, neurons, 2, weight_bits=16)
    return with_layer(network, 1, weight_fraction_bits=2)


CASES: list[tuple[str, Make, int, str]] = [
    (
        "one tick",
        layer_zero(weight_fraction_bits=2, state_fraction_bits=20, decay_s=1, decay=1)("state_limit"),
        WORD - 1 - (6 * 128 << 18) - 2**19,
        "input of one tick plus the state limit",
    ),
    ("decay", layer_zero()("state_limit"), (WORD - 2049) // 192, "decay of a state at its limit"),
    ("decay constant", layer_zero(state_limit=2**20 - 1)("decay_s"), 2047, "decay of a state at its limit"),
    ("slow decay", layer_zero()("decay"), 192, "slow decay"),
    ("feedback shift", network_of("feedback_shift"), 14, "feedback shift"),
    ("threshold", layer_zero(state_limit=32767)("threshold"), 32767, "threshold"),
    (
        "rho",
        layer_zero(state_limit=2**23 - 1, decay_s=100)("threshold"),
        (WORD - 2**23) // 256,
        "256 times the threshold plus a current",
    ),
    ("rate", layer_zero()("rate"), 2**18 - 1, "rate in 2^-20"),
    ("grades", of_graded_inputs, 8, "sum of spike grades in one tick"),
    ("projected error", network_of("target_true", regulariser=0), 2**14 - 1, "error of an output in 1/64"),
    ("regulariser", network_of("regulariser"), 4095, "regulariser in 1/256"),
    ("gain", network_of("step_gain"), 255, "step gain in 1/16"),
    ("mean rate", network_of("max_spikes"), 31, "mean rate of a hidden neuron in 1/2048"),
    ("target rate", network_of("rate_target", max_spikes=12), 12 * 2048, "target rate in 1/2048"),
    ("ticks", of_ticks, 255, "number of ticks"),
    ("layers", of_layers, 127, "number of layers"),
    ("inputs", of_inputs, 65535, "number of inputs of all layers"),
    ("neurons", of_neurons, 65535, "number of neurons of all layers"),
    ("spikes", of_spikes, 65535 // 15, "spikes of a sample"),
    ("events", network_of("max_events"), 65535, "number of events of a sample"),
    ("normaliser", network_of("normaliser_floor"), 4095, "floor of the normaliser in 1/64"),
    (
        "output rate",
        integrator_of("output_rate"),
        (WORD - 513) // (256 * sum(range(5, 17))),
        "update of an output weight",
    ),
    ("pass shift", integrator_of("pass_shift"), 4, "shift of grades that are passed on"),
    ("softmax factor", integrator_of("softmax_factor"), 65535, "factor of the softmax"),
    ("softmax shift", integrator_of("softmax_shift"), 31, "shift of the softmax"),
    ("targets", integrator_of("target_other"), 127, "target of all outputs but one, in 1/256"),
    ("margin", integrator_of("decide_margin"), 2**30, "margin that decides"),
    ("readout", of_readout_inputs, (2**30 - 1) // (2**15 * sum(range(5, 17))), "the readout's sum"),
    ("graded inputs", of_residual_inputs, 8, "sum of the grades of a layer"),
    ("ring", network_of("ring_slots"), 4095, "samples of the ring"),
    ("rehearsals", network_of("ring_rate"), 255, "samples rehearsed after each"),
    ("asking", integrator_of("ask_up"), 32767, "step of the bound on asking"),
    ("memory of spikes", layer_zero()("spike_capacity"), 65535 - 12, "number of remembered spikes"),
]


@pytest.mark.parametrize(("make", "largest", "what"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_bound(make: Make, largest: int, what: str) -> None:
    check_bounds(make(largest))
    with pytest.raises(DoesNotFitError, match=rf"network 'tiny'(, layer 0)?: {re.escape(what)} .*must stay below \d+"):
        check_bounds(make(largest + 1))


def test_only_an_integrator_of_one_hidden_layer_has_the_rule_weights() -> None:
    check_bounds(make_integrator(6, 5, 3, rule="weights"))
    message = 'the rule "weights" is for the readout "integrator" with one hidden layer; use the rule "sfdfa"'
    for network in (make_network(rule="weights"), make_integrator(6, 5, 4, 3, rule="weights")):
        with pytest.raises(DoesNotFitError, match=message):
            check_bounds(network)


def test_only_an_integrator_asks() -> None:
    check_bounds(make_integrator(6, 5, 3, ask_up=51, ask_down=461))
    with pytest.raises(DoesNotFitError, match='only the readout "integrator" asks for labels'):
        check_bounds(make_network(ask_up=51, ask_down=461))


@pytest.mark.parametrize("keys", [{"ring_slots": 3}, {"ask_up": 51, "ask_down": 461}])
def test_what_does_not_learn_neither_keeps_samples_nor_asks(keys: dict[str, int]) -> None:
    check_bounds(make_integrator(6, 5, 3, rule="none"))
    with pytest.raises(
        DoesNotFitError, match="a network that does not learn neither keeps samples nor asks for labels"
    ):
        check_bounds(make_integrator(6, 5, 3, rule="none", **keys))


def test_outputs_that_integrate_have_no_membrane_to_check() -> None:
    check_bounds(with_layer(make_integrator(6, 5, 3), 1, threshold=2**20, rate=2**20))


def test_message_names_layer_number_and_what_to_try() -> None:
    with pytest.raises(DoesNotFitError) as caught:
        check_bounds(with_layer(make_network(), 1, rate=300000))
    assert str(caught.value) == (
        "network 'tiny', layer 1: rate in 2^-20 can reach 300000, it must stay below 262144; "
        "use a lower learning.rate or a higher threshold"
    )


def test_error_projected_on_a_hidden_neuron() -> None:
    """Many outputs at the largest error."""
    outputs = (WORD - 2) // (128 * 16383)
    check_bounds(make_network(1, 1, outputs, rule="dfa", target_true=16383, regulariser=0))
    with pytest.raises(DoesNotFitError, match="error projected on a hidden neuron can reach"):
        check_bounds(make_network(1, 1, outputs + 1, rule="dfa", target_true=16383, regulariser=0))


def test_bounds_of_learning_do_not_bind_a_network_that_does_not_learn() -> None:
    network = make_network(rule="none", regulariser=10**6, step_gain=10**6, max_spikes=200)
    check_bounds(with_layer(network, 0, rate=10**9))


@pytest.mark.parametrize("bits", [4, 8, 16])
@pytest.mark.parametrize("inputs", [1, 100, 40000])
@pytest.mark.parametrize(("shift", "decay_s"), [(-10, 192), (4, 192), (0, 4095), (-4, 800)])
def test_state_limit_is_the_largest_that_holds(bits: int, inputs: int, shift: int, decay_s: int) -> None:
    limit = largest_state_limit(inputs, bits, shift, decay_s)

    def holds(candidate: int) -> bool:
        current = inputs * 2 ** (bits - 1) * 2 ** max(0, -shift)
        return current + candidate < WORD and candidate * decay_s + 2048 < WORD

    possible = [2**n - 1 for n in range(1, 23) if holds(2**n - 1)]
    assert limit == max(possible, default=0)


def test_no_state_limit_holds_too_many_inputs() -> None:
    assert largest_state_limit(2**16, 16, -10, 192) == 0


def test_inputs_of_a_tick_and_of_a_sample() -> None:
    network = replace(make_network(6, 5, 3), max_events=4, max_spikes=3)
    assert [inputs_per_tick(network, index) for index in (0, 1)] == [4, 5]
    assert [inputs_per_sample(network, index) for index in (0, 1)] == [4, 15]
    many = replace(network, max_events=10**4, max_spikes=10**4)
    assert [inputs_per_sample(many, index) for index in (0, 1)] == [6 * 16, 5 * 16]


@pytest.mark.parametrize("slots", [0, -2, 4, 17])
def test_time_slots_divide_the_channels_and_have_ticks(slots: int) -> None:
    check_bounds(make_network(6, 5, 3, time_slots=3))
    with pytest.raises(DoesNotFitError, match=f"{slots} time slots do not suit 16 ticks and 34 channels"):
        check_bounds(make_network(34, 5, 3, time_slots=slots))
