"""The JSON of every command: names and types that scripts outside this project rely on."""

import importlib.util
import json
from pathlib import Path
from types import NoneType
from typing import Any

import pytest
from cli_runner import TINY, Cli, listing, stream_arrays, write_tiny

Schema = Any
"""A type, a tuple of types, a dictionary of schemas, or a list of one schema."""

NUMBER = (float, int)
SHARE = (float, int, NoneType)
"""A fraction of 1, or unknown."""
COUNT_OR_UNKNOWN = (int, NoneType)
RAM = {"total": COUNT_OR_UNKNOWN, "weights": COUNT_OR_UNKNOWN, "learning": COUNT_OR_UNKNOWN}

RUN: Schema = {
    "network": str,
    "target": str,
    "train_samples": int,
    "test_samples": int,
    "epochs": int,
    "online_accuracy": SHARE,
    "test_accuracy": SHARE,
    "online_curve": [{"samples": int, "accuracy": NUMBER}],
    "segments": [{"name": str, "samples": int, "accuracy": NUMBER}],
    "learned_share": SHARE,
    "mean_ticks": SHARE,
    "labels": (dict, NoneType),
    "state_crc32": str,
    "saturations": {
        name: int for name in ("state", "grades", "eligibility", "update", "spikes", "weights", "feedback")
    },
    "seconds": NUMBER,
    "samples_per_second": (float, NoneType),
    "ram_bytes": RAM,
    "flash_bytes": COUNT_OR_UNKNOWN,
    "persistence": NoneType,
    "cycles": {"mean": SHARE, "min": COUNT_OR_UNKNOWN, "max": COUNT_OR_UNKNOWN, "kind": (str, NoneType)},
}
COMPARE: Schema = {
    "targets": [str],
    "samples": int,
    "identical": bool,
    "first_divergence": NoneType,
    "accuracy": {"emu": NUMBER, "native": NUMBER, "float": NUMBER},
    "learning_curve": {name: [{"samples": int, "accuracy": NUMBER}] for name in ("emu", "native", "float")},
    "state_crc32": {"emu": str, "native": str},
}
BUILD: Schema = {
    "target": str,
    "out": str,
    "files": [str],
    "artefact": (str, NoneType),
    "ram_bytes": RAM,
    "flash_bytes": COUNT_OR_UNKNOWN,
    "stack_bytes": COUNT_OR_UNKNOWN,
    "persistence": NoneType,
    "neurobench": {"footprint": int, "connection_sparsity": NUMBER, "synaptic_operations": {"dense": int}},
    "fits": bool,
    "model_hash": str,
}
TRAIN: Schema = {
    "network": str,
    "rule": str,
    "engine": str,
    "epochs": int,
    "train_samples": int,
    "test_samples": int,
    "test_accuracy": SHARE,
    "learning_curve": [{"online_accuracy": NUMBER, "test_accuracy": SHARE, "seconds": NUMBER}],
    "seconds": NUMBER,
    "seed": int,
    "out": str,
}


def assert_follows(value: Any, schema: Schema, where: str = "") -> None:
    """Every key of the schema is there with its type. Keys may be added."""
    if isinstance(schema, dict):
        assert isinstance(value, dict), where
        for key, part in schema.items():
            assert key in value, f"{where}{key} is missing"
            assert_follows(value[key], part, f"{where}{key}.")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for item in value:
            assert_follows(item, schema[0], f"{where}item.")
    else:
        allowed = schema if isinstance(schema, tuple) else (schema,)
        assert type(value) in allowed, f"{where} is {value!r}"


@pytest.mark.parametrize("target", ["emu", "native"])
def test_run(cli: Cli, tiny: Path, target: str) -> None:
    values = cli.json("run", tiny, "--target", target)
    assert_follows(values, RUN)
    assert (values["network"], values["target"], values["segments"]) == ("tiny", target, [])
    assert (values["train_samples"], values["test_samples"], values["epochs"]) == (24, 16, 2)
    assert len(values["state_crc32"]) == 8 and int(values["state_crc32"], 16) >= 0
    assert 0 <= values["online_accuracy"] <= 1 and 0 <= values["test_accuracy"] <= 1


def test_run_says_null_for_what_it_does_not_know(cli: Cli, tiny: Path) -> None:
    values = cli.json("run", tiny, "--target", "emu", "--no-learn", "--test", "0")
    assert_follows(values, RUN)
    assert values["online_accuracy"] is None
    assert values["test_accuracy"] is None
    assert values["flash_bytes"] is None
    assert values["ram_bytes"] == {"total": None, "weights": None, "learning": None}
    assert values["cycles"] == {"mean": None, "min": None, "max": None, "kind": None}


def test_run_of_native_counts_its_ram(cli: Cli, tiny: Path) -> None:
    ram = cli.json("run", tiny, "--target", "native", "--train", "1", "--test", "1")["ram_bytes"]
    assert ram["weights"] == 4 * 12 + 12 * 2
    assert 0 < ram["learning"] < ram["total"]


def test_both_targets_learn_the_same(cli: Cli, tiny: Path) -> None:
    same = ("online_accuracy", "test_accuracy", "state_crc32", "saturations", "model_hash")
    emu, native = (cli.json("run", tiny, "--target", target) for target in ("emu", "native"))
    assert {key: emu[key] for key in same} == {key: native[key] for key in same}


def test_compare(cli: Cli, tiny: Path) -> None:
    values = cli.json("compare", tiny, "--samples", "10")
    assert_follows(values, COMPARE)
    assert (values["targets"], values["samples"], values["identical"]) == (["emu", "native"], 10, True)
    assert values["state_crc32"]["emu"] == values["state_crc32"]["native"]


def test_compare_of_test_samples(cli: Cli, tiny: Path) -> None:
    every = cli.json("compare", tiny, "--test", "--crc-every", "100")
    run = cli.json("run", tiny)
    assert (every["samples"], every["identical"]) == (run["test_samples"], True)
    assert cli.json("compare", tiny, "--test", "--samples", "3")["samples"] == 3
    assert "state after all 3 samples" in cli("compare", tiny, "--test", "--samples", "3", "--crc-every", "3").out
    assert (
        "state after every 2 of 3 samples" in cli("compare", tiny, "--test", "--samples", "3", "--crc-every", "2").out
    )


def test_compare_takes_no_more_samples_than_there_are(cli: Cli, tiny: Path) -> None:
    assert cli.json("compare", tiny, "--samples", "10000")["samples"] == 24


@pytest.mark.parametrize("target", ["emu", "native"])
def test_build(cli: Cli, tiny: Path, target: str) -> None:
    values = cli.json("build", tiny, "--target", target, "--out", "built")
    assert_follows(values, BUILD)
    assert values["fits"] is True
    made = listing(cli.folder / "built")
    assert sorted(values["files"]) == sorted(name for name, data in made.items() if data is not None)
    manifest = json.loads((cli.folder / "built" / "manifest.json").read_text())
    assert manifest["model_hash"] == values["model_hash"]
    assert manifest["target"] == target
    if target == "native":
        assert (cli.folder / values["artefact"]).is_file()


def test_train(cli: Cli, tiny: Path) -> None:
    values = cli.json("train", tiny, "--epochs", "2", "--out", "weights.npz")
    assert_follows(values, TRAIN)
    assert values["engine"] in ("c", "numpy")
    assert len(values["learning_curve"]) == 2
    assert (cli.folder / "weights.npz").is_file()


def test_targets(cli: Cli) -> None:
    values = cli.json("targets")
    assert_follows(values, {"targets": [{"name": str, "description": str, "problem": (str, NoneType)}]})
    assert {"emu", "native"} <= {target["name"] for target in values["targets"]}


def test_presets(cli: Cli) -> None:
    values = cli.json("presets")
    assert_follows(values, {"presets": [{"name": str, "neurons": str, "description": str}]})
    assert {"digits", "mnist-128", "mnist-256", "fashion-400-400", "emnist47-800", "gas-drift", "fsdd-spikes"} <= {
        preset["name"] for preset in values["presets"]
    }


def test_one_preset_is_a_network_file(cli: Cli) -> None:
    values = cli.json("presets", "digits")
    (cli.folder / "own.toml").write_text(values["text"], encoding="utf-8")
    assert cli.json("run", "own.toml", "--train", "2", "--test", "2", "--epochs", "1")["network"] == "digits"


def test_doctor(cli: Cli) -> None:
    values = cli.json("doctor")
    assert_follows(values, {"findings": [{"what": str, "found": (str, NoneType), "advice": (str, NoneType)}]})
    assert all((finding["found"] is None) == (finding["advice"] is not None) for finding in values["findings"])


COMMANDS = [
    ("run", "NETWORK", "--train", "2", "--test", "2"),
    ("compare", "NETWORK", "--samples", "2"),
    ("build", "NETWORK"),
    ("train", "NETWORK", "--epochs", "1", "--out", "w.npz"),
    ("targets",),
    ("presets",),
    ("doctor",),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_json_goes_to_a_file_and_words_to_the_screen(cli: Cli, tiny: Path, words: tuple[str, ...]) -> None:
    words = tuple(str(tiny) if word == "NETWORK" else word for word in words)
    outcome = cli(*words, "--json", "result.json")
    assert outcome.status == 0, outcome.err
    assert outcome.out.strip() and "{" not in outcome.out
    assert isinstance(json.loads((cli.folder / "result.json").read_text()), dict)
    assert not list(cli.folder.glob("*.partial"))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_json_on_standard_output_is_alone_there(cli: Cli, tiny: Path, words: tuple[str, ...]) -> None:
    words = tuple(str(tiny) if word == "NETWORK" else word for word in words)
    outcome = cli(*words, "--json", "-")
    assert outcome.status == 0, outcome.err
    assert outcome.out.startswith("{") and outcome.out.endswith("}\n")
    assert outcome.json
    assert outcome.err.strip()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_help(cli: Cli, words: tuple[str, ...]) -> None:
    outcome = cli(words[0], "--help")
    assert outcome.status == 0
    assert outcome.out.startswith(f"Usage: sfdfa-codegen {words[0]} ")
    assert "--json FILE" in outcome.out


def test_help_names_every_command(cli: Cli) -> None:
    outcome = cli("--help")
    assert outcome.status == 0
    assert all(f"\n  {words[0]} " in outcome.out for words in COMMANDS)


def test_version(cli: Cli) -> None:
    assert cli("--version").out.startswith("sfdfa-codegen, version ")


def test_stream_segments(cli: Cli) -> None:
    network = write_tiny(cli.folder, **stream_arrays())
    values = cli.json("run", network)
    assert_follows(values, RUN)
    assert [(segment["name"], segment["samples"]) for segment in values["segments"]] == [("may", 4), ("june", 6)]
    accuracies = [segment["accuracy"] for segment in values["segments"]]
    assert values["online_accuracy"] == pytest.approx(sum(accuracies) / 2)


def test_no_learn_freezes_the_stream_but_not_the_training(cli: Cli) -> None:
    """The state after it is the state after training alone."""
    trained = cli.json("run", write_tiny(cli.folder))["state_crc32"]
    network = write_tiny(cli.folder, **stream_arrays())
    frozen, learned = (cli.json("run", network, flag) for flag in ("--no-learn", "--learn"))
    assert frozen["state_crc32"] == trained != learned["state_crc32"]
    assert frozen["online_accuracy"] is None
    assert frozen["train_samples"] == 24


def test_no_learn_without_a_stream_learns_nothing(cli: Cli, tiny: Path) -> None:
    untouched = cli.json("run", tiny, "--train", "0")["state_crc32"]
    values = cli.json("run", tiny, "--no-learn")
    assert values["state_crc32"] == untouched != cli.json("run", tiny)["state_crc32"]
    assert values["train_samples"] == 0


def test_state_goes_on_where_it_was_left(cli: Cli, tiny: Path) -> None:
    whole = cli.json("run", tiny, "--target", "native", "--epochs", "2")
    cli.json("run", tiny, "--target", "emu", "--epochs", "1", "--state-out", "half.npz")
    rest = cli.json("run", tiny, "--target", "native", "--epochs", "1", "--state-in", "half.npz")
    assert rest["state_crc32"] == whole["state_crc32"]


def test_trained_weights_are_taken_up(cli: Cli, tiny: Path) -> None:
    cli.json("train", tiny, "--epochs", "3", "--out", "w.npz")
    fresh, trained = (cli.json("run", tiny, "--train", "0", *more) for more in ((), ("--weights", "w.npz")))
    assert fresh["model_hash"] != trained["model_hash"]


def test_seed_of_the_command_line_comes_first(cli: Cli, tiny: Path) -> None:
    usual, other = (cli.json("run", tiny, "--train", "1", *seed)["model_hash"] for seed in ((), ("--seed", "9")))
    assert usual == cli.json("run", tiny, "--train", "1", "--seed", "3")["model_hash"] != other


def test_build_is_written_over_by_a_build_of_the_same_network(cli: Cli, tiny: Path) -> None:
    first = cli.json("build", tiny, "--out", "built")
    assert cli.json("build", tiny, "--out", "built") == first
    assert sorted(path.name for path in cli.folder.iterdir()) == ["built", "tiny.npz", "tiny.toml"]


def test_build_keeps_what_a_user_has_added(cli: Cli, tiny: Path) -> None:
    """It used to be deleted with the build before."""
    first = cli.json("build", tiny, "--out", "built")
    built = cli.folder / "built"
    (built / "mine" / "empty").mkdir(parents=True)
    (built / "mine" / "main.c").write_text("int main(void) { return 0; }\n")
    (built / "link.c").symlink_to("mine/main.c")
    assert cli.json("build", tiny, "--out", "built") == first
    assert (built / "mine" / "main.c").read_text() == "int main(void) { return 0; }\n"
    assert (built / "link.c").is_symlink() and (built / "mine" / "empty").is_dir()


def test_build_does_not_write_over_what_a_user_has_added(cli: Cli, tiny: Path) -> None:
    cli.json("build", tiny, "--out", "built")
    manifest = cli.folder / "built" / "manifest.json"
    values = json.loads(manifest.read_text())
    del values["digests"]["core/sfdfa.c"]
    manifest.write_text(json.dumps(values))
    before = listing(cli.folder)
    assert "sfdfa.c is in the way" in cli("build", tiny, "--out", "built").message
    assert listing(cli.folder) == before


def test_build_says_in_json_that_bounds_break(cli: Cli) -> None:
    """The network in integers cannot even be made: its rate does not fit its format."""
    network = write_tiny(cli.folder, TINY.replace("rate = 0.01", "rate = 900.0"))
    outcome = cli("build", network, "--json", "build.json")
    assert outcome.status == 1, outcome.err
    values = json.loads((cli.folder / "build.json").read_text())
    assert (values["fits"], values["model_hash"], values["files"]) == (False, None, [])


def test_doctor_does_not_break_a_path(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cli.folder / ("a-long-name-" * 12)
    folder.mkdir()
    monkeypatch.setenv("SFDFA_DATA", str(folder))
    monkeypatch.setenv("COLUMNS", "40")
    assert str(folder) in cli("doctor").out


def test_state_is_built_in(cli: Cli, tiny: Path) -> None:
    whole = cli.json("run", tiny, "--target", "native", "--epochs", "2")
    cli.json("run", tiny, "--target", "native", "--epochs", "1", "--state-out", "half.npz")
    built = cli.json("build", tiny, "--target", "native", "--state", "half.npz", "--out", "built")
    for target in ("emu", "native"):
        rest = cli.json("run", tiny, "--target", target, "--epochs", "1", "--state", "half.npz")
        assert (rest["state_crc32"], rest["model_hash"]) == (whole["state_crc32"], built["model_hash"])
    assert built["model_hash"] != whole["model_hash"]


def test_learning_curves_end_at_the_accuracy(cli: Cli, tiny: Path) -> None:
    run = cli.json("run", tiny, "--target", "native")
    last_of_passes = [point for point in run["online_curve"] if point["samples"] in (24, 48)]
    assert [point["accuracy"] for point in last_of_passes] == [
        curve["online_accuracy"] for curve in run["learning_curve"]
    ]
    compared = cli.json("compare", tiny, "--samples", "24")
    for name, curve in compared["learning_curve"].items():
        assert curve[-1] == {"samples": 24, "accuracy": compared["accuracy"][name]}
    assert compared["learning_curve"]["emu"] == run["online_curve"][: len(run["online_curve"]) // 2]


@pytest.mark.parametrize("command", ["run", "compare"])
def test_plot_is_drawn_or_says_what_it_needs(cli: Cli, tiny: Path, command: str) -> None:
    outcome = cli(command, tiny, "--plot", "curve.svg")
    if importlib.util.find_spec("matplotlib") is None:
        assert outcome.status == 3
        assert "pip install 'sfdfa-codegen[plots]'" in outcome.message
    else:
        assert outcome.status == 0
        assert "<svg" in (cli.folder / "curve.svg").read_text()
    assert "must end in .png or .svg" in cli(command, tiny, "--plot", "curve.doc").message


def test_network_is_built_where_its_data_are_not(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SFDFA_DATA", raising=False)
    values = cli.json("build", "mnist-128", "--target", "library", "--out", "built")
    assert values["fits"] is True
    manifest = json.loads((cli.folder / "built" / "manifest.json").read_text())
    assert (manifest["constants"]["channels"], manifest["constants"]["max_events"]) == (784, 392)
    assert cli("run", "mnist-128").status == 2


def test_network_whose_file_says_too_little_needs_its_data(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SFDFA_DATA", raising=False)
    text = 'name = "few"\n[data]\nsource = "idx"\npath = "nowhere"\nfeatures = 4\n[encoding]\nkind = "ttfs"\n[[layer]]\nneurons = 3\n'
    (cli.folder / "few.toml").write_text(text)
    message = cli("build", "few.toml", "--target", "library").message
    assert 'path "nowhere" was not found' in message
    assert "can be built if the network file gives [encoding] max_events, [neuron] threshold in numbers" in message
