"""The rivals of the network: that each learns, what each keeps, and the study on two of its data sets."""

import os
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.host.experiments import rivals
from sfdfa_codegen.host.experiments.asking_rivals import Asker, Rehearsing, follow_asking, follow_labelled
from sfdfa_codegen.host.experiments.online_rivals import (
    NearestOfRing,
    Perceptron,
    Rival,
    SoftmaxRegression,
    accuracy,
    best_rate,
    follow,
    learn_passes,
)
from sfdfa_codegen.host.experiments.outcomes import Cell, Estimate, Outcome, by_settings

needs_data = pytest.mark.skipif("SFDFA_DATA" not in os.environ, reason="SFDFA_DATA does not name a folder of data sets")


def corners(samples: int, seed: int = 3) -> tuple[Any, Any]:
    """Four corners of a square, and as classes which side they are on, or with 2 as the class of a diagonal."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (samples, 2))
    return signs + np.random.default_rng(seed + 1).normal(0, 0.1, (samples, 2)), signs


def passes(samples: int, count: int) -> list[Any]:
    return [np.arange(samples)] * count


@pytest.mark.parametrize(
    ("rival", "diagonal", "least"),
    [
        (SoftmaxRegression(2, 2, 0.1), False, 1.0),
        (Perceptron(2, 2, 0.1, 8, 1), True, 1.0),
        (NearestOfRing(2, 400), True, 1.0),
    ],
)
def test_each_learns_what_it_can(rival: Rival, diagonal: bool, least: float) -> None:
    values, signs = corners(200)
    labels = ((signs[:, 0] * signs[:, 1] if diagonal else signs[:, 0]) > 0).astype(np.int64)
    learn_passes(rival, values, labels, passes(200, 5))
    assert accuracy(rival, values, labels) >= least


def test_softmax_regression_cannot_tell_a_diagonal() -> None:
    values, signs = corners(200)
    labels = (signs[:, 0] * signs[:, 1] > 0).astype(np.int64)
    rival = SoftmaxRegression(2, 2, 0.1)
    learn_passes(rival, values, labels, passes(200, 5))
    assert accuracy(rival, values, labels) < 0.8


def test_a_ring_has_as_many_samples_as_fit_and_forgets_the_oldest() -> None:
    ring = NearestOfRing(3, 20)
    assert ring.ram == 14  # two samples of three readings of two bytes, and a label
    assert ring.predict(np.zeros(3)) == 0
    for place in range(3):
        ring.learn(np.full(3, float(place)), place, 1.0)
    assert [ring.predict(np.full(3, float(place))) for place in range(3)] == [1, 1, 2]


def test_bytes_of_weights_are_counted() -> None:
    assert SoftmaxRegression(128, 6, 0.1).ram == 4 * 129 * 6
    assert Perceptron(128, 6, 0.1, 64, 1).ram == 4 * (129 * 64 + 65 * 6)


def test_only_labelled_samples_of_a_stream_are_learned() -> None:
    values, labels = np.eye(4)[[0, 1, 0, 1]], np.array([0, 1, 0, 1])
    assert follow(NearestOfRing(4, 400), values, labels, np.array([True, True, False, False]), 1.0) == 0.75
    assert follow(NearestOfRing(4, 400), values, labels, np.zeros(4, np.bool_), 1.0) == 0.5


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3])
def test_questions_keep_to_their_budget_whatever_the_unit_of_the_margin(share: float) -> None:
    rng = np.random.default_rng(1)
    for unit in (0.01, 1.0, 100.0):
        asker, margins = Asker(share, 1), unit * rng.random(6000)
        asked = np.array([asker.asks(float(margin)) for margin in margins])
        assert asked[1000:].mean() == pytest.approx(share, abs=0.02)
        assert margins[1000:][asked[1000:]].mean() < margins.mean()


@pytest.mark.parametrize(
    "rival", [SoftmaxRegression(2, 2, 0.1), Perceptron(2, 2, 0.1, 8, 1), NearestOfRing(2, 400)], ids=["a", "b", "c"]
)
def test_a_margin_is_large_where_a_rival_is_sure(rival: Rival) -> None:
    assert rival.margin(np.zeros(2)) == pytest.approx(0.0)
    values, signs = corners(200)
    learn_passes(rival, values, (signs[:, 0] > 0).astype(np.int64), passes(200, 5))
    far, between = (np.mean([rival.margin(np.array([x, y])) for y in (-1.0, 1.0)]) for x in (1.0, 0.05))
    assert far > 3 * between >= 0


class Notes:
    """A rival that only notes what it learns."""

    ram = None

    def __init__(self) -> None:
        self.learned: list[int] = []

    def predict(self, features: Any) -> int:
        return 0

    def margin(self, features: Any) -> float:
        return float(features[0])

    def learn(self, features: Any, label: int, scale: float) -> None:
        assert scale == 0.5
        self.learned.append(label)


def test_what_is_learned_again_is_drawn_from_the_last_labelled_samples() -> None:
    notes = Notes()
    rival = Rehearsing(notes, slots=3, rate=4, seed=1)
    for label in range(6):
        rival.learn(np.zeros(1), label, 0.5)
    assert notes.learned[0] == 0 and len(notes.learned) == 1 + 5 * 5
    groups = [notes.learned[start : start + 5] for start in range(1, 26, 5)]
    for label, group in enumerate(groups, start=1):
        assert group[0] == label
        assert set(group[1:]) <= set(range(max(0, label - 3), label))


def test_a_rival_learns_what_it_asks_for() -> None:
    notes, values = Notes(), np.array([[0.0], [50.0], [0.0], [50.0]])
    followed = follow_asking(notes, values, np.array([0, 1, 2, 0]), Asker(0.5, 2), 0.5)
    assert notes.learned == [0, 2]
    assert (followed.right, followed.labels) == (0.5, 2)
    followed = follow_labelled(notes, values, np.array([0, 1, 2, 0]), np.array([False, True, False, False]), 0.5)
    assert (notes.learned, followed.labels) == ([0, 2, 1], 1)


def test_of_equal_rates_the_lowest_is_taken() -> None:
    made = {rate: SoftmaxRegression(1, 2, rate) for rate in (0.1, 0.01, 0.3)}
    scores = {id(made[0.1]): 0.9, id(made[0.01]): 0.9, id(made[0.3]): 0.8}
    assert best_rate(made.__getitem__, (0.1, 0.01, 0.3), lambda rival: scores[id(rival)]) == 0.01


def findings_of(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> Any:
    monkeypatch.setattr(rivals, "NETWORK_RATES", (0.1,))
    monkeypatch.setattr(rivals, "RIVAL_RATES", (0.01,))
    monkeypatch.setattr(rivals, "measured_cycles", lambda network, samples, learn: 1000.0)
    outcome = Outcome(Cell(settings, 1), rivals.run(settings, 1), 1.0)
    return rivals.findings(by_settings([outcome]))


def test_all_are_compared_on_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings_of(monkeypatch, {"set": "digits", "passes": 1})
    (row,) = found.table.rows
    assert row["set"] == "digits, 8x8, 1 passes"
    assert all(isinstance(row[name], Estimate) and row[name].mean > 0.5 for name in ("sfdfa", "softmax", "mlp"))
    assert row["nearest_ram"].mean <= row["sfdfa_ram"].mean
    assert found.answer.startswith("The network is first on ")


@needs_data
def test_in_a_stream_the_worst_batch_has_a_row_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings_of(monkeypatch, {"set": "gas-drift", "labels": "1 label in 100", "passes": 1})
    mean, worst = found.table.rows
    assert worst["set"] == "gas-drift, 1 label in 100, 1 passes: worst batch"
    assert all(worst[name].mean <= mean[name].mean for name in ("sfdfa", "softmax", "mlp", "nearest"))
    assert mean["cycles"].mean == 1000.0


def test_the_study_has_the_sets_that_are_there() -> None:
    names = [settings["set"] for settings in rivals.settings(False)]
    assert names[0] == "digits"
    assert (names.count("gas-drift") == 3) == ("SFDFA_DATA" in os.environ)
