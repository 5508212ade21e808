"""tune: the budget, the validation split, trials that are ended early, a search that goes on, and the file that it writes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from optuna.trial import FixedTrial
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.choice.validation import validation_split
from sfdfa_codegen.host.commands import tune as command
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.file import load_network_spec, network_text, parse_network
from sfdfa_codegen.host.network.spec import EncodingSpec, NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.report import Rows
from sfdfa_codegen.host.tuning import trial
from sfdfa_codegen.host.tuning.budget import Budget, parse_budget
from sfdfa_codegen.host.tuning.network_text import changed_text, path_from
from sfdfa_codegen.host.tuning.page import findings, front, lines, ranked
from sfdfa_codegen.host.tuning.search import Tried, search
from sfdfa_codegen.host.tuning.space import start, suggest
from sfdfa_codegen.host.tuning.trial import DoesNotFitBudgetError, Task, Trials

PLAIN = 'name = "own"\n# kept\n[data]\nsource = "csv"\npath = "own.csv"\n[[layer]]\nneurons = 8 # hidden\n[[layer]]\nneurons = 2\n'


def digits(budget: Budget = Budget(), epochs: int = 1) -> Task:  # noqa: B008  (frozen)
    return Task(*network_text("digits"), budget, epochs)


def never(number: int, accuracy: float) -> None:
    raise AssertionError((number, accuracy))


def test_a_budget_in_words() -> None:
    assert parse_budget("ram=16k,cycles=200k") == Budget(16 * 1024, 200_000)
    assert parse_budget("cycles=1.5M") == Budget(None, 1_500_000)
    assert parse_budget(None) == Budget()


@pytest.mark.parametrize("text", ["ram", "ram=", "ram=16q", "flash=3k", "ram=1k,ram=2k", "ram=-1", ""])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not allowed; write what a network may take, such as ram=16k,cycles=200k"):
        parse_budget(text)


def test_the_validation_split_is_of_the_training_set_alone() -> None:
    train = Features(np.arange(100, dtype=np.uint8)[:, None], np.repeat([0, 1], [80, 20]))
    test = Features(np.full((5, 1), 255, dtype=np.uint8), np.zeros(5, dtype=np.int64))
    split = validation_split(RawData("x", train, test, segments=(("late", test),)), 0.2)
    kept, held_out = split.train.values[:, 0], split.test.values[:, 0]
    assert sorted([*kept, *held_out]) == list(range(100))
    assert np.bincount(split.test.labels).tolist() == [16, 4]
    assert split.segments == ()


def test_groups_stay_whole_in_the_validation_split() -> None:
    groups = np.repeat(np.arange(10), 10)
    train = Features(groups.astype(np.uint8)[:, None], np.arange(100) % 2)
    split = validation_split(RawData("x", train, train, train_groups=groups), 0.3)
    assert not set(split.train.values[:, 0]) & set(split.test.values[:, 0])
    assert split.train_groups is not None and split.train_groups.tolist() == split.train.values[:, 0].tolist()


def test_too_few_samples_to_split() -> None:
    train = Features(np.zeros((2, 1), dtype=np.uint8), np.array([0, 1]))
    with pytest.raises(DataError, match=r"2 training samples are too few to keep 0\.2 of them for validation"):
        validation_split(RawData("x", train, train), 0.2)


def test_one_group_cannot_be_split() -> None:
    train = Features(np.zeros((20, 1), dtype=np.uint8), np.arange(20) % 2)
    with pytest.raises(DataError, match="all training samples are of one group, which cannot be held out from itself"):
        validation_split(RawData("x", train, train, train_groups=np.zeros(20, dtype=np.int64)), 0.2)


def test_other_values_keep_the_comments_of_a_file() -> None:
    text = changed_text(PLAIN, {"layer.0.neurons": 12, "learning.rate": 0.2, "neuron.threshold": [0.3]})
    assert "# kept" in text and "# hidden" in text
    spec = parse_network(text, "own.toml", Path())
    assert (spec.layers[0].neurons, spec.learning.rate, spec.neuron.threshold) == (12, 0.2, (0.3,))


def test_a_file_written_elsewhere_still_finds_its_data(tmp_path: Path) -> None:
    (tmp_path / "own.csv").touch()
    assert path_from("own.csv", tmp_path, tmp_path / "runs" / "x") == "../../own.csv"
    assert path_from("gas_drift", tmp_path, tmp_path / "runs") == "gas_drift"


@pytest.mark.parametrize(
    ("values", "budget", "reason"),
    [
        ({"layer.0.neurons": 256}, Budget(ram=8192), "RAM: 23,"),
        ({"layer.0.neurons": 24}, Budget(ram=3000), "RAM: 3,"),
        ({"encoding.window": 40}, Budget(), "window"),
    ],
)
def test_what_does_not_fit_is_not_learned(
    values: dict[str, int], budget: Budget, reason: str, user_cache: Path
) -> None:
    with pytest.raises(DoesNotFitBudgetError, match=reason):
        Trials(digits(budget)).run(values, never)


def test_a_trial_learns_and_is_tested_on_the_split(user_cache: Path) -> None:
    seen: list[tuple[int, float]] = []
    trials = Trials(digits(epochs=2))
    result = trials.run({"learning.rate": 0.1}, lambda number, accuracy: seen.append((number, accuracy)))
    assert [number for number, _ in seen] == [1, 2]
    assert seen[-1][1] == result.accuracy > 0.8
    assert len(trials.raw.train.labels) + len(trials.raw.test.labels) == len(
        load_raw(load_network_spec("digits")).train.labels
    )


def test_a_search_goes_on_where_it_was_and_only_for_the_same_network(tmp_path: Path, user_cache: Path) -> None:
    shown: list[int] = []
    task = digits(Budget(ram=5000))
    first = search(task, tmp_path, 2, 1, lambda done, _: shown.append(done))
    assert (first[0].values["learning.rate"], first[0].values["layer.0.neurons"]) == (0.1, 32)  # the file as it stands
    more = search(task, tmp_path, 3, 1, lambda done, _: shown.append(done))
    assert more[:2] == first and shown == [1, 2, 3]
    with pytest.raises(ConfigError, match="name another with --folder"):
        search(digits(Budget(ram=6000)), tmp_path, 3, 1, lambda done, _: None)


def test_the_file_is_tried_again_where_its_trial_was_interrupted(
    tmp_path: Path, user_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Trials, values: Any, after_pass: Any) -> None:
        raise KeyboardInterrupt

    task = digits(Budget(ram=100))  # nothing fits, so none is learned
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trials, "run", interrupted)
        search(task, tmp_path, 2, 1, lambda done, _: None)
    found = search(task, tmp_path, 2, 1, lambda done, _: None)
    assert [(one.is_file, one.reason[:3] if one.reason else None) for one in found] == [(True, "RAM"), (False, "RAM")]
    assert found[0].values["learning.rate"] == task.spec.learning.rate


@pytest.mark.parametrize(
    "text", [b"{}\n", b"[]\n5\n", b"\xff\xfe none\n", b'{"op_code": 4}\n', b'{"op_code": 0}\n' * 2]
)
def test_a_damaged_journal_is_told(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "study.log").write_bytes(text)
    with pytest.raises(ConfigError, match=r"study\.log is damaged"):
        search(digits(), tmp_path, 1, 1, lambda done, _: None)


def test_two_processes_run_as_many_trials_as_are_asked_for(tmp_path: Path, user_cache: Path) -> None:
    task = digits(Budget(ram=100))  # nothing fits, so none is learned
    assert len(search(task, tmp_path, 3, 2, lambda done, _: None)) == 3
    assert len(search(task, tmp_path, 4, 2, lambda done, _: None)) == 4


def tried(number: int, accuracy: float | None, ram: int, cycles: float) -> Tried:
    return Tried(number, {}, accuracy, ram, cycles, None if accuracy is not None else "RAM: much", 1.0)


def test_the_first_trial_is_the_file() -> None:
    trials = Trials(digits())
    first = start(trials.task.spec, trials.raw, trials.encoding_of_file())
    assert (first["encoding"], first["ticks"], first["window_share"]) == ("ttfs", 32, 0.5)
    values = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    few = RawData("x", Features(values, np.arange(60) % 2), Features(values, np.arange(60) % 2))
    first = start(trials.task.spec, few, EncodingSpec("population", fields=4))
    assert (first["encoding"], first["window_share"], first["weight_bits"]) == ("population-4", 0.75, 8)
    rows = np.arange(2001) % 60
    many = replace(few, train=Features(values[rows], rows % 2))
    first = start(trials.task.spec, many, EncodingSpec("signed-rate"))
    assert (first["encoding"], first["weight_bits"]) == ("signed-rate", 16)


@pytest.mark.parametrize("thresholds", [{"thresholds": "auto"}, {"thresholds": "set", "threshold_1": 0.1}])
@pytest.mark.parametrize("ticks", [16, 64])
def test_no_trial_has_a_rate_that_the_integers_do_not_hold(
    thresholds: dict[str, Any], ticks: int, user_cache: Path
) -> None:
    drawn = {"rate": 0.5, "hidden_1": 16, "weight_bits": 8, "encoding": "ttfs", "ticks": ticks, "window_share": 0.5}
    trials = Trials(digits())
    values = suggest(FixedTrial({**drawn, **thresholds}), trials.task.spec, trials.raw)
    assert values["learning.rate"] == 0.5 or thresholds["thresholds"] == "auto"
    spec = parse_network(changed_text(trials.task.text, values), "own.toml", Path())
    data = encode_raw(trials.raw, spec)
    quantise(replace(prepare_network(spec, data), thresholds=_least(spec)), data, spec)


def _least(spec: NetworkSpec) -> tuple[float, ...]:
    """Those of a file, or the lowest that are ever found."""
    return (0.25, 1.0) if spec.neuron.threshold == "auto" else (*spec.neuron.threshold, 1.0)


def test_all_trials_have_the_passes_that_folds_choose_for_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def seven(spec: NetworkSpec, raw: RawData[Any]) -> tuple[NetworkSpec, None]:
        return replace(spec, learning=replace(spec.learning, epochs=7)), None

    monkeypatch.setattr(trial, "chosen_spec", seven)
    assert Trials(Task(*network_text("digits"), Budget())).passes() == {"learning.epochs": 7}
    assert Trials(digits(epochs=2)).passes() == {}
    monkeypatch.undo()
    assert Trials(Task(*network_text("digits"), Budget())).passes() == {}


def test_what_no_other_trial_beats() -> None:
    found = [
        tried(0, 0.9, 500, 10),
        tried(1, 0.9, 400, 10),
        tried(2, 0.8, 400, 5),
        tried(3, None, 0, 0),
        tried(4, 0.7, 600, 50),
    ]
    assert [one.number for one in ranked(found)] == [1, 0, 2, 4]
    assert [one.number for one in front(found)] == [1, 2]


def test_what_the_best_trials_have_in_common_is_said_once() -> None:
    found = [
        Tried(0, {"learning.rate": 0.1, "layer.0.neurons": 64}, 0.9, 500, None, None, 1.0),
        Tried(1, {"learning.rate": 0.2, "layer.0.neurons": 64}, 0.8, 500, None, None, 1.0),
    ]
    task = digits()
    said = list(lines(findings(task, found), found))
    assert "in all of these: neurons 1 64" in said
    rows = next(part for part in said if isinstance(part, Rows))
    assert [row[-1] for row in rows.rows] == ["rate 0.1", "rate 0.2"]
    alone = list(lines(findings(task, found[:1]), found[:1]))
    assert next(part for part in alone if isinstance(part, Rows)).rows[0][-1] == "rate 0.1, neurons 1 64"
    assert not any(isinstance(part, str) and part.startswith("in all") for part in alone)


def test_the_command_writes_the_best_file_a_table_and_a_page(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "counts_cycles", lambda board: "no compiler")
    run = cli("tune", "digits", "--trials", "2", "--epochs", "1", "--out", "best.toml", "--json", "tune.json")
    assert run.status == 0, run.err
    told = json.loads((tmp_path / "tune.json").read_text())
    assert load_network_spec(str(tmp_path / "best.toml")).learning.rate == told["best"]["values"]["learning.rate"]
    assert {path.name for path in (tmp_path / "runs" / "tune-digits").iterdir()} >= {
        "report.html",
        "table.csv",
        "study.log",
    }
    assert "<svg" in (tmp_path / "runs" / "tune-digits" / "report.html").read_text()
    assert cli("tune", "digits", "--trials", "1", "--budget", "cycles=1k").status == 3


def test_a_search_in_which_nothing_fits_says_so(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "counts_cycles", lambda board: "no compiler")
    run = cli("tune", "digits", "--trials", "1", "--budget", "ram=100")
    assert run.status == 1
    assert "raise --budget or begin with a smaller network" in run.out


def test_a_run_that_validates_does_not_look_at_the_test_set(cli: Cli) -> None:
    plain = cli("run", "digits", "--epochs", "0", "--no-learn", "--train", "0", "--json", "-").json
    held_out = cli("run", "digits", "--epochs", "0", "--no-learn", "--train", "0", "--validate", "--json", "-").json
    assert (plain["test_samples"], held_out["test_samples"]) == (360, 288)
    assert any(note.startswith("validation: 288 of 1437 training samples are held out") for note in held_out["notes"])
