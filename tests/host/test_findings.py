"""Results that guessing would reach are told with their likely cause, and neurons and updates at their limits with what to change."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import LearnedState
from sfdfa_codegen.host.data.fit_encoder import fit_encoder, units_of
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.spec import EncodingSpec, NetworkSpec
from sfdfa_codegen.host.runs.findings import RATE_ONE, Learned, findings_of, majority_accuracy

GUESSED = Learned(0.4, 0.5, 100)
GENERAL = "try more epochs, another rate in [learning] or another kind in [encoding]"


def dataset(labels: list[int], events: int, apart: bool = True) -> SpikeDataset:
    """Samples of so many events, one a tick; apart: each class on a channel of its own."""
    count = len(labels) * events
    ticks = np.tile(np.arange(events, dtype=np.uint16), len(labels))
    channels = np.repeat(np.array(labels, np.uint16), events) if apart else np.zeros(count, np.uint16)
    offsets = np.arange(len(labels) + 1, dtype=np.int64) * events
    return SpikeDataset(ticks, channels, offsets, np.array(labels, dtype=np.uint16))


def of(train: SpikeDataset, **changes: Any) -> EncodedData:
    return EncodedData(train, train, (), 4, 2, **changes)


def spec(shuffle: bool = True) -> NetworkSpec:
    network = load_network_spec("digits-counts")
    return replace(network, learning=replace(network.learning, shuffle=shuffle))


def state(*spikes: list[float]) -> LearnedState:
    """A state of hidden layers whose neurons spike so often a sample."""
    return LearnedState(9, 4096, [], [], [], [np.rint(RATE_ONE * np.array(layer)).astype(np.int32) for layer in spikes])


def test_majority_is_the_share_of_the_commonest_class() -> None:
    assert majority_accuracy(np.array([2, 1, 2, 2], dtype=np.uint16)) == 0.75
    assert majority_accuracy(np.zeros(0, dtype=np.uint16)) is None


def test_causes_are_looked_for_in_their_order() -> None:
    in_order, mixed = [0, 0, 1, 1], [0, 1, 0, 1]
    for labels, events, apart, shuffle, cause in (
        (in_order, 2, False, False, "the training set is sorted by class; write shuffle = true in [learning]"),
        (in_order, 2, False, True, "100 % of the training samples have the same events as one of another class"),
        (in_order, 0, True, True, "samples have less than one event in the mean; look at low and high in [data]"),
        (mixed, 0, True, False, "samples have less than one event in the mean; look at low and high in [data]"),
        (mixed, 2, True, False, GENERAL),
    ):
        (finding,) = findings_of(spec(shuffle), of(dataset(labels, events, apart)), GUESSED)
        assert finding.code == "no-better-than-majority"
        assert cause in finding.message
        assert "40.00 %, is no better than naming the commonest class, 50.00 %" in finding.message


@pytest.mark.parametrize(("largest", "narrow"), [(1, True), (255, False)])
def test_columns_that_use_little_of_the_range_are_a_cause(largest: int, narrow: bool) -> None:
    values: NDArray[np.uint8] = (np.arange(40).reshape(20, 2) * 7 % (largest + 1)).astype(np.uint8)
    encoder = fit_encoder(units_of(values), values, EncodingSpec("ttfs"), None, None)
    train = replace(dataset([0, 1] * 10, 2), readings=values)
    (finding,) = findings_of(spec(), of(train, encoder=encoder), GUESSED)
    assert (
        "100 % of the columns use less than a tenth of the range that is encoded; leave low and high out"
        in finding.message
    ) == narrow
    assert finding.message.endswith(GENERAL) != narrow


def test_hidden_layers_that_are_silent_are_a_cause_and_a_finding() -> None:
    learned = replace(GUESSED, state=state([1.0, 1.0], [0.0, 0.01, 0.7]))
    cause, silent = findings_of(spec(), of(dataset([0, 1, 0, 1], 2)), learned)
    assert 'hidden layer 2 is silent; write threshold = "auto" in [neuron]' in cause.message
    assert silent.code == "hidden-silent"
    assert silent.message.startswith("67 % of the neurons of hidden layer 2 hardly ever spike; lower its threshold")


def test_neurons_and_updates_at_their_limits_are_told_of_good_results_too() -> None:
    network = spec()
    most = min(network.encoding.ticks, network.learning.max_spikes)
    steps = 10 * sum(network.layer_sizes) * 2
    learned = Learned(0.9, 0.5, 100, updates=steps * 3 // 4, samples=10, state=state([float(most), 0.9 * most, 0.1]))
    data = of(dataset([0, 1, 0, 1], 2))
    saturated, clamped = findings_of(network, data, learned)
    assert (saturated.code, clamped.code) == ("hidden-saturated", "updates-clamped")
    assert "67 % of the neurons of hidden layer 1 spike nearly as often as they can, 30 times" in saturated.message
    assert "about 75 % of the updates were larger than the integers hold and cut; lower rate" in clamped.message
    assert findings_of(network, data, replace(learned, updates=steps // 4, state=state([1.2, 0.5]))) == []


def test_nothing_is_found_well_above_the_majority_or_without_a_test() -> None:
    data = of(dataset([0, 1], 0))
    assert findings_of(spec(), data, Learned(0.61, 0.5, 100)) == []
    assert findings_of(spec(), data, Learned(None, None, 0)) == []
    (near,) = findings_of(spec(), data, Learned(0.59, 0.5, 100))
    assert near.code == "near-majority"
    assert "59.00 %, is hardly better than naming the commonest class, 50.00 %" in near.message


def test_a_test_of_few_samples_is_no_fault_of_the_network() -> None:
    (near,) = findings_of(spec(), of(dataset([0, 1], 0)), Learned(1.0, 0.5, 4))
    assert (near.code, "too few to tell 100.00 % from" in near.message) == ("near-majority", True)
    (below,) = findings_of(spec(), of(dataset([0, 1], 0)), Learned(0.5, 0.5, 4))
    assert below.code == "no-better-than-majority"


def test_a_run_tells_the_majority_and_warns_only_after_learning(cli: Cli) -> None:
    learned = cli(
        "run", "digits", "--target", "emu", "--train", "1", "--test", "40", "--epochs", "1", "--json", "-"
    ).json
    assert 0.1 < learned["majority_accuracy"] < 0.3
    near = learned["test_accuracy"] <= learned["majority_accuracy"]
    assert ("no-better-than-majority" in [finding["code"] for finding in learned["warnings"]]) == near
    frozen = cli("run", "digits", "--target", "emu", "--train", "1", "--test", "40", "--no-learn", "--json", "-").json
    assert frozen["warnings"] == []
