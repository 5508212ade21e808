"""Bad input: one message that says what, where and what to try, the exit status of the contract, and nothing left behind."""

import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import TINY, Cli, listing, write_tiny
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.toolchain import compilers
from sfdfa_codegen.host import prepare as prepare_module


def assert_refused(cli: Cli, message: str, *words: str | Path, status: int = 2) -> None:
    """One message that holds the regular expression, the exit status, and every file and folder as it was."""
    before = listing(cli.folder)
    outcome = cli(*words)
    assert re.search(message, outcome.message), outcome.message
    assert outcome.status == status
    assert listing(cli.folder) == before


WORK = [("run",), ("compare",), ("build",), ("train", "--out", "w.npz")]
"""Every command that reads a network."""


@pytest.mark.parametrize("words", WORK, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ticks = 24", "tick = 24", r'tiny\.toml, line 9, \[encoding\] tick: unknown key \(did you mean "ticks"\?\)'),
        ("neurons = 12", "neurons = 0", r"tiny\.toml, line 13, \[\[layer\]\] 1 neurons: 0 is not allowed; must be"),
        ("neurons = 12", "neurons = 5000", r"line 13, .* 5000 is not allowed; must be a whole number from 1 to 4096"),
        ("ticks = 24", "ticks = 256", r"line 9, \[encoding\] ticks: 256 is not allowed; .* from 1 to 255"),
        ("rate = 0.01", "rate = nan", r"line 19, \[learning\] rate: nan is not allowed; must be a number"),
        ("epochs = 2", 'rule = "magic"', r'line 18, \[learning\] rule: "magic" is not allowed; must be one of "sfdfa"'),
        ("seed = 3", "seed = ", r"tiny\.toml, line 2: not valid TOML"),
        ("tiny.npz", "other.npz", r'\[data\] path "other\.npz" was not found; looked for .*other\.npz.* To get it: '),
    ],
    ids=["unknown key", "no neurons", "many neurons", "many ticks", "NaN", "unknown rule", "no TOML", "no data"],
)
def test_network_file(cli: Cli, words: tuple[str, ...], old: str, new: str, message: str) -> None:
    network = write_tiny(cli.folder, TINY.replace(old, new))
    assert_refused(cli, message, words[0], network, *words[1:])


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("rate = 1e308", 2, r"learning\.rate of layer 0 is too large for the integers"),
        ("step_gain = 1e308", 2, r"learning\.step_gain is too large for the integers"),
        ("regulariser = 1e308", 2, r"learning\.regulariser is too large for the integers"),
        ("rate_target = 1e308", 2, r"learning\.rate_target is too large for the integers"),
        ("rate = 100", 1, r"layer 0: rate in 2\^-20 can reach \d+, it must stay below 262144"),
        (
            "max_spikes = 40",
            2,
            r"line 19, \[learning\] max_spikes: 40 is not allowed; must be at most 31, or up to 255 with rule = \"none\"",
        ),
        ("rate_target = 31", 1, r"target rate in 1/2048 can reach 63488, it must stay below 61441"),
    ],
)
def test_value_that_no_integer_holds(cli: Cli, line: str, status: int, message: str) -> None:
    network = write_tiny(cli.folder, TINY.replace("rate = 0.01", line))
    assert_refused(cli, message, "run", network, status=status)


BAD_ARRAYS: list[tuple[str, dict[str, Any], str]] = [
    ("label", {"y_train": np.full(24, 2, np.uint8)}, r"tiny\.npz: training set, sample 0: label 2 is out of range"),
    ("negative label", {"y_test": np.full(16, -1)}, r"tiny\.npz: test set, sample 0: label -1 is out of range"),
    (
        "empty",
        {"x_train": np.zeros((0, 4), np.uint8), "y_train": np.zeros(0, np.uint8)},
        r"training set: .*0? ?samples",
    ),
    ("blank", {"x_train": np.zeros((24, 4), np.uint8)}, r"no sample has an event within the 200 ms"),
    ("features", {"x_test": np.zeros((16, 5), np.uint8)}, r"x_test has 5 features a sample, x_train 4"),
    ("samples", {"y_test": np.zeros(3, np.uint8)}, r"x_test has 16 samples, y_test 3"),
    ("objects", {"x_test": np.array([None] * 16)}, r"tiny\.npz: .*x_test"),
]


@pytest.mark.parametrize(("arrays", "message"), [case[1:] for case in BAD_ARRAYS], ids=[case[0] for case in BAD_ARRAYS])
def test_data_set_of_features(cli: Cli, arrays: dict[str, Any], message: str) -> None:
    assert_refused(cli, message, "run", write_tiny(cli.folder, **arrays))


EVENTS = TINY.replace('path = "tiny.npz"', 'path = "events.npz"\nchannels = 4').replace(
    "[encoding]", '[encoding]\nkind = "events"'
)


def write_events(folder: Path, **changes: Any) -> Path:
    part = {
        "t": np.array([0, 2, 2, 1, 3]),
        "i": np.array([3, 0, 1, 0, 2]),
        "offsets": np.array([0, 3, 5]),
        "y": np.array([1, 0]),
    }
    arrays = {f"{name}_{key}": value for name in ("train", "test") for key, value in part.items()} | changes
    np.savez(folder / "events.npz", **arrays)
    network = folder / "events.toml"
    network.write_text(EVENTS, encoding="utf-8")
    return network


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_t": np.array([0, 2, 1, 1, 3])}, r"training set, .*time 1 is earlier than the event before it"),
        ({"test_t": np.array([0, 2, 2, 1, 24])}, r"test set, .*time 24 is not below the 24 ticks of \[encoding\]"),
        ({"test_i": np.array([3, 0, 4, 0, 2])}, r"test set, .*channel 4"),
        ({"train_i": np.array([3, 0, -1, 0, 2])}, r"training set, .*channel -1"),
        ({"train_offsets": np.array([0, 4, 3])}, r"training set: .*offsets"),
        ({"train_offsets": np.array([0, 3, 9])}, r"training set: .*offsets"),
        ({"train_y": np.array([1, 7])}, r"training set, sample 1: label 7 is out of range"),
        (
            {"train_t": np.zeros(0, int), "train_i": np.zeros(0, int), "train_offsets": np.zeros(3, int)},
            r"no sample has",
        ),
    ],
)
def test_data_set_of_events(cli: Cli, changes: dict[str, Any], message: str) -> None:
    assert_refused(cli, message, "run", write_events(cli.folder, **changes))


def test_truncated_data_set(cli: Cli, tiny: Path) -> None:
    data = cli.folder / "tiny.npz"
    data.write_bytes(data.read_bytes()[:200])
    assert_refused(cli, r"tiny\.npz: ", "run", tiny)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "no-such"), r"no-such: there is neither a preset nor a file of this name.* Presets: digits"),
        (("run", "digit"), r'\(did you mean "digits"\?\)'),
        (("run", "no.toml"), r"no\.toml: cannot read the network file: No such file"),
        (("run", "--target", "toaster"), r"there is no target 'toaster'; the targets are emu, native"),
        (("build", "--target", "toaster"), r"there is no target 'toaster'"),
        (("compare", "--target", "emu"), r"compare needs two or more different targets"),
        (("compare", "--target", "emu", "--target", "emu"), r"give --target once for each"),
        (("presets", "no-such"), r"no-such: there is neither a preset nor a file"),
        (("run", "--state-in", "no.npz"), r"no\.npz: no such state file; write one with run --state-out"),
        (("run", "--weights", "no.npz"), r"no\.npz: no such weights file"),
        (("run", "--target", "native", "--port", "/dev/null"), r"the target native has no port: leave out --port"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_names_that_are_none(cli: Cli, words: tuple[str, ...], message: str) -> None:
    assert_refused(cli, message, *words)


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("run", "--no-such-option"),
        ("run", "--train", "-1"),
        ("run", "--epochs", "many"),
        ("run", "--seed", str(2**32)),
        ("run", "digits", "mnist-128"),
        ("compare", "--samples", "0"),
        ("train",),
        ("train", "--rule", "magic", "--out", "w.npz"),
        ("train", "--rate", "0", "--out", "w.npz"),
    ],
    ids=" ".join,
)
def test_bad_usage(cli: Cli, words: tuple[str, ...]) -> None:
    before = listing(cli.folder)
    outcome = cli(*words)
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("Usage: sfdfa-codegen") and "\nError: " in outcome.err
    assert listing(cli.folder) == before


OUTPUTS = [
    ("run", "--json", "OUT"),
    ("run", "--state-out", "OUT"),
    ("train", "--out", "OUT"),
    ("train", "--out", "w.npz", "--json", "OUT"),
    ("compare", "--json", "OUT"),
    ("build", "--json", "OUT"),
    ("build", "--out", "OUT"),
]


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize("out", ["file/result", "missing-folder/result", "/proc/result"])
def test_output_that_cannot_be_written(cli: Cli, tiny: Path, words: tuple[str, ...], out: str) -> None:
    if out.startswith("missing") and words == ("build", "--out", "OUT"):
        pytest.skip("build makes its folder")
    (cli.folder / "file").write_text("")
    words = (words[0], str(tiny), *(out if word == "OUT" else word for word in words[1:]))
    before = listing(cli.folder)
    outcome = cli(*words)
    assert outcome.status == 2
    assert re.search(rf"error: .*{re.escape(out)}.*(writable|choose another)", outcome.err), outcome.err
    left = set(listing(cli.folder)) - set(before)
    assert not {name for name in left if not name.startswith("build/") and name not in ("build", "w.npz")}


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
def test_output_is_checked_before_the_work(
    cli: Cli, tiny: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is loaded, let alone learned."""
    if words == ("build", "--out", "OUT"):
        pytest.skip("build learns nothing")

    def fail(*arguments: object) -> None:
        raise AssertionError("the data were loaded")

    monkeypatch.setattr(prepare_module, "load_raw", fail)
    words = (words[0], str(tiny), *("missing-folder/result" if word == "OUT" else word for word in words[1:]))
    assert_refused(
        cli, r"cannot write missing-folder/result: No such file or directory; is its folder there and writable", *words
    )


def test_build_folder_that_is_a_file(cli: Cli, tiny: Path) -> None:
    (cli.folder / "out").write_text("mine")
    assert_refused(cli, "out is a file; choose another folder with --out", "build", tiny, "--out", "out")


def test_build_folder_with_other_things_in_it(cli: Cli, tiny: Path) -> None:
    (cli.folder / "out").mkdir()
    (cli.folder / "out" / "letter.txt").write_text("mine")
    assert_refused(cli, r"out is not empty and not a build folder", "build", tiny, "--out", "out")


def test_build_folder_of_another_network(cli: Cli, tiny: Path) -> None:
    cli.json("build", tiny, "--out", "out")
    tiny.write_text(TINY.replace('name = "tiny"', 'name = "other"'))
    message = r"out holds a build of another network \('tiny', not 'other'\); remove it or choose another with --out"
    assert_refused(cli, message, "build", tiny, "--out", "out")


def test_build_folder_of_another_target(cli: Cli, tiny: Path) -> None:
    cli.json("build", tiny, "--out", "out")
    message = r"out holds a build of another target \('emu', not 'native'\)"
    assert_refused(cli, message, "build", tiny, "--out", "out", "--target", "native")


@pytest.mark.parametrize("manifest", ["{}", "[1]", "{", '"text"', "\0", "[" * 100_000])
def test_build_folder_with_a_damaged_manifest(cli: Cli, tiny: Path, manifest: str) -> None:
    (cli.folder / "out").mkdir()
    (cli.folder / "out" / "manifest.json").write_text(manifest)
    assert_refused(cli, r"out is not empty and not a build folder", "build", tiny, "--out", "out")


def test_build_folder_of_another_version(cli: Cli, tiny: Path) -> None:
    cli.json("build", tiny, "--out", "out")
    path = cli.folder / "out" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tool_version": "0.0.1"}))
    assert_refused(cli, r"another tool version \('0\.0\.1', not '", "build", tiny, "--out", "out")


def test_failed_compile_leaves_no_folder(cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: compilers.Compiler, arguments: list[str], **options: object) -> None:
        raise DeviceError("the C compiler failed (cc):\nno space")

    monkeypatch.setattr(compilers.Compiler, "run", fail)
    before = listing(cli.folder)
    outcome = cli("build", tiny, "--target", "native", "--out", "a/b/c")
    assert (outcome.status, outcome.err) == (3, "error: the C compiler failed (cc):\nno space\n")
    assert listing(cli.folder) == before


def test_missing_compiler_exits_with_3(cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    message = "CC is set to 'no-such-compiler', which cannot be found; set it to a C compiler or unset it"
    for command in ("build", "run"):
        assert_refused(cli, message, command, tiny, "--target", "native", status=3)


def test_missing_compiler_is_told_by_targets_and_doctor(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    problems = {target["name"]: target["problem"] for target in cli.json("targets")["targets"]}
    assert problems["emu"] is None
    assert "no-such-compiler" in problems["native"]
    assert any("no-such-compiler" in (finding["advice"] or "") for finding in cli.json("doctor")["findings"])


def save(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def state(cli: Cli, tiny: Path) -> bytes:
    """A good state file of `tiny`, which is there no more."""
    cli.json("run", tiny, "--state-out", "s.npz")
    path = cli.folder / "s.npz"
    data = path.read_bytes()
    path.unlink()
    return data


def try_state(cli: Cli, tiny: Path, data: bytes, message: str) -> None:
    (cli.folder / "s.npz").write_bytes(data)
    assert_refused(cli, message, "run", tiny, "--state-in", "s.npz")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_state_file(cli: Cli, tiny: Path, state: bytes, share: float) -> None:
    try_state(cli, tiny, state[: int(share * len(state))], r"s\.npz: not a state file; write one with run --state-out")


def test_state_file_with_any_byte_changed(cli: Cli, tiny: Path, state: bytes) -> None:
    """Read or refused by a message, never more."""
    path = cli.folder / "s.npz"
    for position in range(0, len(state), 29):
        path.write_bytes(state[:position] + bytes([state[position] ^ 0xFF]) + state[position + 1 :])
        outcome = cli("run", tiny, "--train", "0", "--test", "0", "--state-in", "s.npz")
        assert outcome.status in (0, 2), outcome.err


def test_state_of_another_network(cli: Cli, tiny: Path, state: bytes) -> None:
    tiny.write_text(TINY.replace("seed = 3", "seed = 4"))
    try_state(
        cli, tiny, state, r"s\.npz: the state of another network, seed or version; this network's hash is [0-9a-f]{64}"
    )


Change = Callable[[Any], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bytes_: {"state": bytes_[:-1]}, r"s\.npz: the state has \d+ bytes, this network needs \d+"),
        (lambda bytes_: {"state": bytes_.astype(np.float32)}, r"s\.npz: state: must be a row of bytes"),
        (lambda bytes_: {"state": bytes_.reshape(1, -1)}, r"s\.npz: state: must be a row of bytes"),
        (lambda bytes_: {"state": np.full_like(bytes_, 255)}, r"s\.npz: the state has rate_scale 65535"),
        (lambda bytes_: {"state": np.array([{}])}, r"s\.npz: not a state file"),
        (lambda bytes_: {"other": bytes_}, r"s\.npz: not a state file"),
    ],
)
def test_wrong_state_in_a_good_file(cli: Cli, tiny: Path, state: bytes, change: Change, message: str) -> None:
    with np.load(io.BytesIO(state)) as file:
        model_hash, data = file["model_hash"], file["state"]
    try_state(cli, tiny, save(model_hash=model_hash, **change(data)), message)


def test_array_in_the_place_of_a_state_file(cli: Cli, tiny: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(4))
    try_state(cli, tiny, buffer.getvalue(), r"s\.npz: not a state file")


def test_archive_in_the_place_of_a_state_file(cli: Cli, tiny: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("letter.txt", "hello")
    try_state(cli, tiny, buffer.getvalue(), r"s\.npz: not a state file")


@dataclass(frozen=True)
class Weights:
    """A change to what train wrote."""

    change: Callable[[dict[str, Any]], object]
    message: str


WRONG_WEIGHTS = {
    "NaN": Weights(lambda w: w["weights_0"].__setitem__((0, 0), np.nan), "weights_0: holds NaN or infinite values"),
    "infinite": Weights(lambda w: w["weights_1"].__setitem__((0, 0), -np.inf), "weights_1: holds NaN or infinite"),
    "missing": Weights(lambda w: w.pop("weights_1"), "weights_1: missing. Was the file written for another network"),
    "shape": Weights(
        lambda w: w.update(weights_0=np.zeros((3, 3))), r"weights_0: shape \(3, 3\), but the network needs"
    ),
    "type": Weights(lambda w: w.update(weights_0=np.zeros((4, 12), int)), "must be an array of floating-point numbers"),
    "threshold": Weights(lambda w: w.update(thresholds=np.array([1.0, 0.0])), "thresholds: must be above 0"),
    "layers": Weights(lambda w: w.update(weights_2=np.zeros((2, 2))), "weights_2: the network has only 2 layers"),
}


@pytest.mark.parametrize("case", WRONG_WEIGHTS.values(), ids=WRONG_WEIGHTS)
def test_wrong_weights(cli: Cli, tiny: Path, case: Weights) -> None:
    cli.json("train", tiny, "--epochs", "1", "--out", "w.npz")
    with np.load(cli.folder / "w.npz") as file:
        arrays: dict[str, Any] = dict(file)
    case.change(arrays)
    np.savez(cli.folder / "w.npz", **arrays)
    assert_refused(cli, rf"w\.npz: .*{case.message}", "run", tiny, "--weights", "w.npz")


def test_debug_shows_the_traceback_of_an_error(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    from sfdfa_codegen.host import cli as cli_module

    for words in (["--debug", "run", "no-such"], ["run", "no-such", "--debug"]):
        with pytest.raises(SystemExit) as caught:
            cli_module.main(words)
        assert caught.value.code == 2
        error = capsys.readouterr().err
        assert "Traceback" in error and "error: no-such: there is neither" in error


TOO_LARGE = {
    "wide": (
        "neurons = 12",
        "neurons = 4096\n" + "[[layer]]\nneurons = 4096\n" * 40,
        "the layers have 671436800 weights",
    ),
    "deep": ("neurons = 12", "neurons = 1\n" + "[[layer]]\nneurons = 1\n" * 64, "66 layers; the most is 64"),
    "feedback": (
        "neurons = 2\n",
        "neurons = 4096\n",
        "the layers have 8397825 weights together, with 1 input channels; the most is 8388608",
    ),
}


@pytest.mark.parametrize("words", WORK, ids=lambda words: words[0])
@pytest.mark.parametrize("case", TOO_LARGE)
def test_network_that_is_too_large_as_a_whole(cli: Cli, words: tuple[str, ...], case: str) -> None:
    """A few hundred bytes that ask for gigabytes: refused before any array is made."""
    old, new, message = TOO_LARGE[case]
    text = TINY.replace(old, new)
    if case == "feedback":
        text = TINY.replace("neurons = 12", "neurons = 1025").replace(old, new)
    network = write_tiny(cli.folder, text)
    tracemalloc.start()
    assert_refused(cli, rf"tiny\.toml, line \d+, \[\[layer\]\]: {message}", words[0], network, *words[1:])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 24


def test_network_that_is_too_large_with_its_channels(cli: Cli) -> None:
    x = np.full((24, 4000), 200, np.uint8)
    network = write_tiny(cli.folder, TINY.replace("neurons = 12", "neurons = 2500"), x_train=x, x_test=x[:16])
    message = r"network 'tiny': the layers have 10010000 weights together, with 4000 input channels; the most is 8388608; give fewer"
    assert_refused(cli, message, "run", network)


def test_ring_that_is_too_large(cli: Cli) -> None:
    text = TINY.replace("ticks = 24", "ticks = 24\nmax_events = 65535").replace(
        "epochs = 2", "epochs = 2\nrehearsal = 4095"
    )
    network = write_tiny(cli.folder, text)
    assert_refused(
        cli, r"what it learns takes \d+ bytes; the most is 67108864\. Lower \[learning\] rehearsal", "run", network
    )


@pytest.mark.parametrize(
    "words",
    [
        ("run", "LONG.toml"),
        ("run", "tiny.toml", "--state-in", "LONG"),
        ("run", "tiny.toml", "--weights", "LONG"),
        ("run", "tiny.toml", "--state-out", "LONG"),
        ("run", "tiny.toml", "--checkpoint", "LONG"),
        ("run", "tiny.toml", "--json", "LONG"),
        ("build", "tiny.toml", "--out", "LONG"),
        ("build", "tiny.toml", "--measured", "LONG"),
        ("build", "tiny.toml", "--state", "LONG"),
        ("train", "tiny.toml", "--out", "LONG"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000, "file/below"], ids=["long", "deep", "below a file"])
def test_path_that_cannot_be(cli: Cli, tiny: Path, words: tuple[str, ...], name: str) -> None:
    """What the system refuses is said as that, and is no bug of ours."""
    (cli.folder / "file").write_text("")
    outcome = cli(*(word.replace("LONG", name) for word in words))
    assert outcome.status == 2
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1


def test_home_of_nobody(cli: Cli) -> None:
    network = write_tiny(cli.folder, TINY.replace('"tiny.npz"', '"~no-such-user/tiny.npz"'))
    assert_refused(
        cli, r"~no-such-user/tiny\.npz: there is no home folder for its ~; write the whole path", "run", network
    )


@pytest.mark.parametrize("option", ["--measured", "--board-file"])
def test_file_of_measured_cycles_by_its_new_and_its_old_option(cli: Cli, tiny: Path, option: str) -> None:
    assert_refused(
        cli,
        "cannot read no.json: .*; cycles --port writes such a file",
        "build",
        tiny,
        "--target",
        "pico",
        option,
        "no.json",
    )
    for command in ("build", "cycles"):
        told = cli(command, "--help").out
        assert "--measured" in told and "--board-file" not in told


@pytest.mark.parametrize("text", ["/dev/zero", "[" * 100_000, "5", "[]", '{"version": 1}', "\0"])
def test_file_of_measured_cycles_that_is_none(cli: Cli, tiny: Path, text: str) -> None:
    path = Path(text) if text.startswith("/") else cli.folder / "board.json"
    if path != Path("/dev/zero"):
        path.write_text(text)
    assert_refused(
        cli,
        rf"{path} is no file of measured cycles: .*; write it again with cycles --port",
        "build",
        tiny,
        "--target",
        "pico",
        "--measured",
        path,
    )
