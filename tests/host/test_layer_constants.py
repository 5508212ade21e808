"""Constants that a layer has of its own: in the network file, in the integers and in the float reference."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.bounds import check_bounds
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.floats.clock_driven import SpikeBlock, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.floats.engines import make_engine
from sfdfa_codegen.host.floats.float_network import init_float_network
from sfdfa_codegen.host.floats.learning import LearningSetup
from sfdfa_codegen.host.floats.replay import replay_gradient
from sfdfa_codegen.host.floats.traces import trace_gradient
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.quantise import decay_constant, quantise

FILE = """
name = "net"
[encoding]
ticks = 24
window = 12
[neuron]
threshold = [0.4, 0.6]
[[layer]]
neurons = 6
FIRST
[[layer]]
neurons = 3
LAST
[learning]
readout = "counts"
"""


def read(first: str, last: str = "", learning: str = "") -> NetworkSpec:
    text = FILE.replace("FIRST", first).replace("LAST", last) + learning
    return parse_network(text, "net.toml", Path())


def block_of(spec: NetworkSpec) -> SpikeBlock:
    spikes = (np.random.default_rng(4).random((spec.encoding.ticks, 2, 5)) < 0.3).astype(np.float64)
    return SpikeBlock(np.arange(spec.encoding.ticks), None, spikes)


def make_data() -> EncodedData:
    part = SpikeDataset(*(np.zeros(1, np.uint16), np.zeros(1, np.uint16), np.array([0, 1]), np.zeros(1, np.uint16)))
    return EncodedData(part, part, (), 5, 3)


def test_a_layer_without_its_own_has_those_of_the_network() -> None:
    spec = read("tau_s_ticks = 5", "tau_ticks = 30")
    assert [spec.tau_s_ticks(layer) for layer in (0, 1)] == [5.0, 20.8]
    assert [spec.tau_ticks(layer) for layer in (0, 1)] == [10.0, 30.0]
    assert Dynamics.from_spec(read("tau_s_ticks = 20.8")).layers == ()


@pytest.mark.parametrize(
    ("first", "last", "learning", "message"),
    [
        ("tau_s_ticks = 0.1", "", "", "tau_s_ticks: 0.1 is not allowed; must be a number above 0.12 and at most 4095"),
        ("tau_ticks = 9", "", "", "tau_ticks: 9 is not allowed; must be at least tau_s_ticks, which is 20.8"),
        (
            "tau_ticks = 30",
            "",
            'gradient = "exact"',
            'tau_ticks: 30 is not allowed; the gradient "exact" is only known where tau_ticks is twice tau_s_ticks, which is 20.8',
        ),
    ],
)
def test_each_mistake_has_its_message(first: str, last: str, learning: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(first, last, learning)
    assert str(caught.value).endswith(message)


@pytest.mark.parametrize(
    ("first", "rule", "message"),
    [
        ('reset = "zero"', "sfdfa", 'reset: is only for rule = "none": learning knows no other reset than one that subtracts the threshold'),
        ("reset_amount = 0.5", "dfa", 'reset_amount: is only for rule = "none": learning knows no other reset than one that subtracts the threshold'),
        ('reset = "zero"\nreset_amount = 0.5', "none", 'reset_amount: is for reset = "subtract"; leave it out'),
        ("reset_amount = 4.5", "none", "reset_amount: 4.5 is not allowed; must be a number above 0 and at most 4"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_reset_has_its_message(first: str, rule: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(first, learning=f'rule = "{rule}"')
    assert str(caught.value).endswith(message)


def test_resets_of_each_layer() -> None:
    spec = read('reset = "zero"', "reset_amount = 0.5", 'rule = "none"')
    network = quantise(init_float_network(spec, 5, 1), make_data(), spec)
    first, last = network.layers
    assert (first.reset, first.reset_step) == ("zero", first.threshold)
    assert (last.reset, last.reset_step) == ("subtract", round(0.5 * 0.6 * 1024))
    with pytest.raises(
        DoesNotFitError,
        match="layer 0: learning knows only a reset that subtracts the threshold; use that one, or the rule",
    ):
        check_bounds(replace(network, rule="dfa", feedback=(np.zeros((6, 3), np.int32),)))
    too_much = replace(network, layers=(first, replace(last, reset_amount=4 * last.threshold + 1)))
    with pytest.raises(DoesNotFitError, match="layer 1: reset can reach 2457, it must stay below 2457"):
        check_bounds(too_much)


def test_outputs_that_integrate_have_no_time_constants() -> None:
    text = FILE.replace("[0.4, 0.6]", "[0.4]").replace("FIRST", "").replace("LAST", "tau_s_ticks = 9")
    message = r'tau_s_ticks: the outputs of the readout "integrator" have no membranes; leave it out'
    with pytest.raises(ConfigError, match=message):
        parse_network(text.replace('"counts"', '"integrator"'), "net.toml", Path())


def test_integers_of_each_layer() -> None:
    spec = read("tau_s_ticks = 5\ntau_ticks = 5", "tau_ticks = 30")
    first, last = quantise(init_float_network(spec, 5, 1), make_data(), spec).layers
    assert (first.decay_s, first.decay) == (decay_constant(5.0), decay_constant(5.0))
    assert (last.decay_s, last.decay) == (decay_constant(20.8), decay_constant(30.0))
    assert last.rate / first.rate == pytest.approx(30 / 5 * 0.4 / 0.6, rel=1e-3)


def spikes_by_ticks(
    x: np.ndarray[Any, Any], tau_s: float, tau: float, threshold: float, reset: float | None = None
) -> np.ndarray[Any, Any]:
    """reset: what a spike takes from B, None makes it A. Which neurons spike in each tick, by the equations as they stand; x: (ticks, batch, neurons)."""
    a, b, spikes = np.zeros(x.shape[1:]), np.zeros(x.shape[1:]), np.zeros(x.shape)
    for tick, current in enumerate(x):
        a, b = a * np.exp(-1 / tau_s) + current, b * np.exp(-1 / tau) + current
        spikes[tick] = b - a >= threshold
        b = np.where(spikes[tick] > 0, a if reset is None else b - reset, b)
    return spikes


def test_float_layers_follow_their_own_constants() -> None:
    spec = read("tau_s_ticks = 3\ntau_ticks = 15", "tau_s_ticks = 9\ntau_ticks = 40")
    network, block = init_float_network(spec, 5, 2), block_of(spec)
    weights = [np.abs(layer) for layer in network.weights]
    record = run_network(weights, (0.4, 0.6), block, Dynamics.from_spec(spec))
    first = spikes_by_ticks(block.spikes @ weights[0], 3, 15, 0.4, 0.4)
    last = spikes_by_ticks(first @ weights[1], 9, 40, 0.6, 0.6)
    assert first.sum() > 20 and last.sum() > 5
    for layer, spikes in zip(record.layers, (first, last), strict=True):
        np.testing.assert_array_equal(layer.counts, spikes.sum(axis=0))


def test_float_layers_reset_as_they_are_told() -> None:
    spec = read('reset = "zero"', "reset_amount = 0.5", 'rule = "none"')
    network, block = init_float_network(spec, 5, 2), block_of(spec)
    weights = [np.abs(layer) for layer in network.weights]
    record = run_network(weights, (0.4, 0.6), block, Dynamics.from_spec(spec))
    first = spikes_by_ticks(block.spikes @ weights[0], 20.8, 41.6, 0.4)
    last = spikes_by_ticks(first @ weights[1], 20.8, 41.6, 0.6, 0.3)
    assert first.sum() > 20 and last.sum() > 5
    for layer, spikes in zip(record.layers, (first, last), strict=True):
        np.testing.assert_array_equal(layer.counts, spikes.sum(axis=0))


def test_replay_and_traces_hold_the_same_gradient() -> None:
    spec = read("tau_s_ticks = 3\ntau_ticks = 15")
    network, block, dynamics = init_float_network(spec, 5, 2), block_of(spec), Dynamics.from_spec(spec)
    layer = run_network([np.abs(w) for w in network.weights], (0.4, 0.6), block, dynamics).layers[0]
    delta = np.random.default_rng(1).normal(size=layer.counts.shape)
    arguments = (block, layer.spikes, delta, 0.4, dynamics.of_layer(0))
    np.testing.assert_allclose(replay_gradient(*arguments), trace_gradient(*arguments), rtol=1e-9, atol=1e-12)


def test_the_engine_in_c_is_not_taken() -> None:
    spec = read("tau_s_ticks = 3")
    setup = LearningSetup("sfdfa", spec.learning, Dynamics.from_spec(spec))
    network = init_float_network(spec, 5, 2)
    engine, why = make_engine(network, setup, 1, 4)
    assert (engine.name, why) == ("numpy", "the C has the same constants in all layers")
    with pytest.raises(ConfigError, match="has the same constants in all layers; take the one of numpy"):
        make_engine(network, setup, 1, 4, "c")
