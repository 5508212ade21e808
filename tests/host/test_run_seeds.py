"""`run --seeds`: one run a seed, in processes of their own."""

import json
import statistics

import pytest
from cli_runner import Cli, write_tiny
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.runs.many_seeds import seeds_of

OPTIONS = ("--target", "emu", "--epochs", "1", "--no-learn")


@pytest.mark.parametrize(("text", "seeds"), [("3:5", (3, 4, 5)), ("7", (7,)), ("1,9,4", (1, 9, 4)), ("0:0", (0,))])
def test_seeds_are_ranges_or_lists(text: str, seeds: tuple[int, ...]) -> None:
    assert seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["", "5:3", "1,1", "-1", "a", "1:2:3", "1.5", "4294967296", "0:5000"])
def test_seeds_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match="--seeds"):
        seeds_of(text)


def test_each_run_is_that_of_its_seed(cli: Cli) -> None:
    write_tiny(cli.folder)
    found = cli.json("run", "tiny.toml", *OPTIONS, "--seeds", "4:5", "--jobs", "2")
    assert found["seeds"] == [4, 5]
    for seed, run in zip(found["seeds"], found["runs"], strict=True):
        alone = cli.json("run", "tiny.toml", *OPTIONS, "--seed", str(seed))
        for key in ("state_crc32", "test_accuracy", "model_hash", "seed", "train_samples"):
            assert run[key] == alone[key], key
    accuracies = [run["test_accuracy"] for run in found["runs"]]
    assert found["test_accuracy"]["mean"] == statistics.mean(accuracies)
    assert found["test_accuracy"]["std"] == statistics.stdev(accuracies)
    assert (found["test_accuracy"]["min"], found["test_accuracy"]["max"]) == (min(accuracies), max(accuracies))


def test_table_has_a_row_a_seed(cli: Cli) -> None:
    write_tiny(cli.folder)
    outcome = cli("run", "tiny.toml", *OPTIONS, "--seeds", "4,8", "--json", "out.json")
    assert outcome.status == 0, outcome.err
    assert [line.split()[0] for line in outcome.out.splitlines()[4:9]] == ["4", "8", "mean", "std", "least"]
    assert len(json.loads((cli.folder / "out.json").read_text())["runs"]) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seeds", "1:2", "--seed", "3"), "--seed is for one run"),
        (("--seeds", "1:2", "--state-out", "s.npz"), "--state-out is for one run"),
        (("--jobs", "2"), "--jobs is for --seeds"),
    ],
)
def test_options_that_do_not_go_together(cli: Cli, words: tuple[str, ...], message: str) -> None:
    assert message in cli("run", "digits", *words).message


def test_run_that_fails_is_named(cli: Cli) -> None:
    outcome = cli("run", "nothing.toml", "--seeds", "6:7", "--jobs", "1")
    assert outcome.status == 2
    assert "seed 6: nothing.toml" in outcome.message
