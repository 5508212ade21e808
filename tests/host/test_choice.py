"""An encoding that the training set chooses: folds, what is tried, and that no test sample has a say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.host import prepare
from sfdfa_codegen.host.choice import encoding as choosing
from sfdfa_codegen.host.choice.encoding import EncodingChoice, Tried, candidates, chosen_spec, passes_to_try
from sfdfa_codegen.host.choice.folds import FOLDS, fold_numbers
from sfdfa_codegen.host.data.feature_coder import fit_coder
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.tables import column_limits
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.learning_rate import passes_over
from sfdfa_codegen.host.network.spec import EncodingKind, EncodingSpec, NetworkSpec

FILE = 'name = "own"\n[data]\nsource = "npz"\npath = "x.npz"\n{more}\n[[layer]]\nneurons = 8\n[[layer]]\nneurons = 2\n'


def spec(more: str = "") -> NetworkSpec:
    return parse_network(FILE.format(more=more), "own.toml", Path())


def near_the_middle(samples: int, seed: int) -> Features:
    """One class lies near the middle of one column, the other on both sides of it; the second column says nothing."""
    values = np.random.default_rng(seed).uniform(-1, 1, (samples, 2)).astype(np.float32)
    return Features(values, (np.abs(values[:, 0]) > 0.5).astype(np.int64))


def raw_of(train: Features, **changes: Any) -> RawData[Features]:
    limits = column_limits(train.values.astype(np.float64), spec().data)
    return replace(RawData("x.npz", train, near_the_middle(20, 9), limits=limits), **changes)


def test_each_class_is_dealt_out_evenly_and_always_in_the_same_way() -> None:
    labels = np.repeat([0, 1, 2], [40, 20, 8])
    folds = fold_numbers(labels)
    assert np.bincount(folds).tolist() == [17] * FOLDS
    assert [np.bincount(folds[labels == name]).tolist() for name in range(3)] == [[10] * 4, [5] * 4, [2] * 4]
    assert folds.tolist() == fold_numbers(labels).tolist()


def test_a_subject_is_whole_in_one_fold() -> None:
    groups = np.arange(60) % 10 + 100
    folds = fold_numbers(np.arange(60) % 2, groups)
    assert all(len(np.unique(folds[groups == name])) == 1 for name in range(100, 110))
    assert set(folds.tolist()) == set(range(FOLDS))


def test_few_channels_come_first_and_many_features_are_not_spread_over_many_fields() -> None:
    few = (("signed-ttfs", 6), ("population", 3), ("population", 4), ("population", 6))
    assert candidates(200, 2000) == few
    assert candidates(200, 2001) == (*few, ("signed-rate", 6))
    assert candidates(201, 2000) == few[:2]


def test_of_equals_the_first_is_taken_and_what_does_not_fit_never() -> None:
    tried = (Tried("signed-ttfs", 6, None), Tried("population", 3, 7), Tried("population", 4, 7))
    choice = EncodingChoice(10, tried)
    assert choice.best == tried[1]
    assert choice.note == (
        "encoding chosen by 4 folds of the training set: population of 3 "
        "(signed-ttfs does not fit, population of 3 70.0 %, population of 4 70.0 %)"
    )


def test_a_fold_has_the_passes_of_a_run_and_fewer_where_the_rule_gives_them() -> None:
    assert [passes_to_try(spec(), samples) for samples in (16, 600, 2000, 2001)] == [
        (100, 25, 6),
        (50, 12, 3),
        (20, 5, 1),
        (20,),
    ]
    assert passes_to_try(spec("[learning]\nepochs = 7"), 600) == (7,)
    assert passes_to_try(spec("[learning]\nepochs = 700"), 600) == (50,)
    assert passes_to_try(spec("[learning]\nepochs = 700"), 10**6) == (15,)
    assert passes_to_try(spec('[learning]\nrule = "none"'), 600) == (1,)


def test_fewer_passes_are_taken_where_they_are_better_and_not_where_they_are_as_good() -> None:
    tried = (Tried("signed-ttfs", 6, 5, ((9, 7), (2, 6))), Tried("population", 3, 6, ((9, 7), (2, 6))))
    choice = EncodingChoice(10, tried)
    assert (choice.best, choice.best.passes) == (tried[0], 9)
    assert choice.note == (
        "encoding chosen by 4 folds of the training set: signed-ttfs in 9 passes, as more are learned by heart "
        "(signed-ttfs 70.0 %, population of 3 70.0 %)"
    )
    assert Tried("population", 3, 7, ((9, 7), (1, 7))).passes is None
    assert EncodingChoice(10, (Tried("population", 3, 6, ((9, 6), (1, 7))),)).note.startswith(
        "encoding chosen by 4 folds of the training set: population of 3 in 1 pass, as more"
    )


@pytest.mark.parametrize(("signed", "best"), [(87, "signed-ttfs"), (86, "population of 4")])
def test_the_first_is_taken_within_the_error_of_the_best(signed: int, best: str) -> None:
    """Of 100 samples 90 are right, give or take 3."""
    tried = (Tried("signed-ttfs", 6, signed), Tried("population", 3, 89), Tried("population", 4, 90))
    choice = EncodingChoice(100, tried)
    assert choice.best.name == best
    assert (f"{best}, which is as good within their error (" in choice.note) is (best == "signed-ttfs")


def test_levels_by_number_are_taken_where_they_are_best() -> None:
    """Of several populations one is lucky, but this is one."""
    tried = (Tried("signed-ttfs", 6, 89), Tried("population", 4, 88), Tried("signed-rate", 6, 90))
    choice = EncodingChoice(100, tried, 1)
    assert choice.best == tried[2]
    assert choice.note.startswith("encoding chosen by 1 of 4 folds of the training set: signed-rate (")


def test_as_many_are_predicted_of_a_large_training_set_as_of_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, list[int]]] = []

    def count(spec: NetworkSpec, data: Any, folds: Any, held_out: list[int], epochs: Any, *_: Any) -> list[int]:
        seen.append((len(folds), held_out))
        return [0] * len(epochs)

    monkeypatch.setattr(choosing, "right_in_folds", count)
    monkeypatch.setattr(choosing, "candidates", lambda features, samples: (("population", 3),))
    choices = [choosing.choose_encoding(spec(), raw_of(near_the_middle(number, 1))) for number in (2000, 4000, 20_000)]
    assert seen == [(2000, [0, 1, 2, 3]), (4000, [0, 1]), (8000, [0])]
    assert [choice.samples for choice in choices] == [2000, 2000, 2000]


def test_labels_that_are_noise_in_part_are_seen_less_often(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three labels in ten are wrong: 100 passes learn them by heart."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(choosing, "candidates", lambda features, samples: (("population", 3),))
    rng = np.random.default_rng(4)
    values = rng.normal(size=(120, 6)).astype(np.float32)
    labels = ((values[:, 0] > 0) ^ (rng.random(120) < 0.3)).astype(np.int64)
    found, choice = chosen_spec(spec(), raw_of(Features(values, labels)))
    assert choice is not None and choice.best.passes is not None
    assert found.learning.epochs == choice.best.passes < passes_over(spec().learning, 120)


def test_what_the_file_says_or_a_rule_does_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "choose_encoding", None)
    raw = raw_of(near_the_middle(40, 1))
    levels = Features(np.zeros((40, 2), np.uint8), raw.train.labels)
    wide = Features(np.zeros((40, 513), np.float32), raw.train.labels)
    for network, data in (
        (spec('[encoding]\nkind = "signed-ttfs"'), raw),
        (spec(), replace(raw, train=levels)),
        (spec(), replace(raw, train=wide)),
        (spec(), replace(raw, segments=(("later", raw.test),))),
        (spec(), replace(raw, train=raw.train.take(np.arange(15)))),
    ):
        assert chosen_spec(network, data) == (network, None)


def test_a_class_in_the_middle_wants_a_population_and_the_choice_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    raw, seen = raw_of(near_the_middle(80, 1)), []
    file = spec("[learning]\nepochs = 25")
    found, choice = chosen_spec(file, raw, lambda done, total: seen.append((done, total)))
    assert choice is not None and found.encoding.kind == "population"
    assert choice.samples == 80
    assert seen == [(done, 16) for done in range(1, 17)]
    assert choice.best.right is not None and choice.tried[0].right is not None
    assert choice.best.right > choice.tried[0].right

    monkeypatch.setattr(choosing, "choose_encoding", None)
    again = chosen_spec(replace(file, seed=7), replace(raw, test=near_the_middle(30, 2)))
    assert again == (replace(found, seed=7), choice)
    with pytest.raises(TypeError):  # other training samples: it would be tried again
        chosen_spec(file, raw_of(near_the_middle(80, 2)))


@pytest.mark.parametrize(
    ("kind", "features", "last"), [("population", 12, 24), ("population", 13, 16), ("signed-ttfs", 13, 24)]
)
def test_few_features_are_read_finely(kind: EncodingKind, features: int, last: int) -> None:
    values = np.random.default_rng(3).normal(size=(40, features)).astype(np.float32)
    part = Features(values, np.arange(40) % 2)
    raw = RawData("here", part, part)
    assert fit_coder(raw, EncodingSpec(kind)).encoder.window == last
    assert fit_coder(raw, EncodingSpec(kind, ticks=64, window=40)).encoder.window == 40
    assert fit_coder(raw, EncodingSpec(kind, ticks=8)).encoder.window == 8 * last // 32


@pytest.mark.parametrize(("epochs", "told"), [("2", True), ("7", False)])
def test_passes_that_are_asked_for_in_the_place_of_those_of_the_folds_are_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: str, told: bool
) -> None:
    def seven(file: NetworkSpec, raw: RawData[Any], progress: object) -> tuple[NetworkSpec, None]:
        return replace(file, learning=replace(file.learning, epochs=7)), None

    monkeypatch.setattr(prepare, "chosen_spec", seven)
    rows = [f"{k % 7},{'tap' if k % 2 else 'fan'}" for k in range(20)]
    (tmp_path / "own.csv").write_text("\n".join(["a,kind", *rows]))
    (tmp_path / "own.toml").write_text(
        'name = "own"\ndata.source = "csv"\ndata.path = "own.csv"\nlayer = [{ neurons = 4 }, { neurons = 2 }]\n'
    )
    notes = cli("run", "own.toml", "--target", "emu", "--epochs", epochs, "--json", "-").json["notes"]
    said = "--epochs 2 was asked for: the 7 passes that the folds chose are not what is run"
    assert (said in notes) is told and len(notes) == told
