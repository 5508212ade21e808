"""Results that guessing would reach are told with their likely cause."""

from dataclasses import replace

import numpy as np
from cli_runner import Cli
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.runs.findings import findings_of, majority_accuracy


def dataset(labels: list[int], events: int) -> SpikeDataset:
    count = len(labels) * events
    ticks = np.tile(np.arange(events, dtype=np.uint16), len(labels))
    offsets = np.arange(len(labels) + 1, dtype=np.int64) * events
    return SpikeDataset(ticks, np.zeros(count, np.uint16), offsets, np.array(labels, dtype=np.uint16))


def spec(shuffle: bool) -> NetworkSpec:
    network = load_network_spec("digits")
    return replace(network, learning=replace(network.learning, shuffle=shuffle))


def test_majority_is_the_share_of_the_commonest_class() -> None:
    assert majority_accuracy(np.array([2, 1, 2, 2], dtype=np.uint16)) == 0.75
    assert majority_accuracy(np.zeros(0, dtype=np.uint16)) is None


def test_causes_are_looked_for_in_their_order() -> None:
    in_order, mixed = [0, 0, 1, 1], [0, 1, 0, 1]
    for labels, events, shuffle, cause in (
        (in_order, 0, False, "the training set is sorted by class; write shuffle = true in [learning]"),
        (in_order, 0, True, "samples have less than one event in the mean; look at low and high"),
        (mixed, 0, False, "samples have less than one event in the mean; look at low and high"),
        (mixed, 2, False, "try more epochs, another rate in [learning] or another kind in [encoding]"),
    ):
        (finding,) = findings_of(spec(shuffle), dataset(labels, events), 0.4, 0.5)
        assert finding.code == "no-better-than-majority"
        assert cause in finding.message
        assert "40.00 %, is no better than naming the commonest class, 50.00 %" in finding.message


def test_nothing_is_found_above_the_majority_or_without_a_test() -> None:
    assert findings_of(spec(False), dataset([0, 1], 0), 0.6, 0.5) == []
    assert findings_of(spec(False), dataset([0, 1], 0), None, None) == []


def test_a_run_tells_the_majority_and_warns_only_after_learning(cli: Cli) -> None:
    learned = cli(
        "run", "digits", "--target", "emu", "--train", "1", "--test", "40", "--epochs", "1", "--json", "-"
    ).json
    assert 0.1 < learned["majority_accuracy"] < 0.3
    warned = learned["test_accuracy"] <= learned["majority_accuracy"]
    assert [finding["code"] for finding in learned["warnings"]] == ["no-better-than-majority"] * warned
    frozen = cli("run", "digits", "--target", "emu", "--train", "1", "--test", "40", "--no-learn", "--json", "-").json
    assert frozen["warnings"] == []
