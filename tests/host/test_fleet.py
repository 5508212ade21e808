"""Fleets: many boards at once, boards that go and come back, and one state of many."""

import dataclasses
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state
from sfdfa_codegen.host.cli import run
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.device import BatchResult
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.fleet import member as module
from sfdfa_codegen.host.fleet.boards_file import BoardEntry, read_boards
from sfdfa_codegen.host.fleet.member import RETRIES
from sfdfa_codegen.host.fleet.merging import averaged
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.run_lock import locked

BOARDS = 16


def write_boards(folder: Path, count: int, target: str = "emu", more: str = "") -> Path:
    path = folder / "boards.toml"
    path.write_text("".join(f'[[board]]\nname = "b{n}"\ntarget = "{target}"\n{more}\n' for n in range(count)))
    return path


def test_sixteen_boards_learn_the_same(cli: Cli, tiny: Path) -> None:
    """The same samples give the same bits, on each board as in a run; the generated C is compiled once."""
    alone = cli.json("run", tiny, "--target", "native")
    fleet = cli.json("fleet", "run", tiny, "--boards", write_boards(cli.folder, BOARDS, "native"), "--folder", "kept")
    assert fleet["done"] == BOARDS
    assert fleet["states"] == 1
    assert {board["state_crc32"] for board in fleet["boards"]} == {alone["state_crc32"]}
    assert fleet["boards"][0]["test_accuracy"] == alone["test_accuracy"]
    assert len(list((cli.folder / "kept").glob("b?.npz"))) + len(list((cli.folder / "kept").glob("b1?.npz"))) == BOARDS


class Dying(EmuDevice):
    """Goes after some blocks, as often as it is told."""

    deaths = 0

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        if learn and Dying.deaths > 0:
            Dying.deaths -= 1
            super().run_samples(samples, learn)
            raise DeviceError("the board does not answer; is its cable in?")
        return super().run_samples(samples, learn)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfdfa_codegen.host.devices.emu.EmuDevice", Dying)
    monkeypatch.setattr(module, "WAITS_S", (0.0,))


@pytest.mark.usefixtures("dying")
def test_a_board_that_goes_is_taken_back(cli: Cli, tiny: Path) -> None:
    """It goes on from its checkpoint and ends as if it had stayed."""
    alone = cli.json("run", tiny)
    Dying.deaths = 2
    fleet = cli.json("fleet", "run", tiny, "--boards", write_boards(cli.folder, 1))
    assert fleet["boards"][0]["losses"] == 2
    assert fleet["boards"][0]["state_crc32"] == alone["state_crc32"]


@pytest.mark.usefixtures("dying")
def test_a_board_that_does_not_come_back_is_dropped_and_resumed(cli: Cli, tiny: Path) -> None:
    alone = cli.json("run", tiny)
    Dying.deaths = RETRIES + 10
    outcome = cli("fleet", "run", tiny, "--boards", write_boards(cli.folder, 1))
    assert outcome.status == DeviceError("").exit_status
    assert "b0 is dropped: the board does not answer; is its cable in?" in outcome.err
    assert "--resume goes on" in outcome.err
    Dying.deaths = 0
    fleet = cli.json("fleet", "run", tiny, "--boards", write_boards(cli.folder, 1), "--resume")
    assert fleet["boards"][0]["state_crc32"] == alone["state_crc32"]


def test_what_is_not_foreseen_is_not_lost_in_a_thread(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("never thought of")

    monkeypatch.setattr(module.Member, "_stream", fall)
    boards = write_boards(tmp_path, 2)
    assert run(["fleet", "run", str(tiny), "--boards", str(boards), "--folder", str(tmp_path / "kept")]) == 3
    assert "RuntimeError: never thought of" in capsys.readouterr().err


def test_two_fleets_in_one_folder(cli: Cli, tiny: Path) -> None:
    (cli.folder / "kept").mkdir()
    with locked(cli.folder / "kept" / "fleet"):
        outcome = cli("fleet", "run", tiny, "--boards", write_boards(cli.folder, 1), "--folder", "kept")
    assert "another fleet is running in kept; wait for it, or give --folder" in outcome.message


def test_a_board_has_its_own_samples(cli: Cli, tiny: Path) -> None:
    data = prepare(load_spec(str(tiny))).data
    ours = BoardEntry("a", "emu", classes=(1,)).samples_of(data.train)
    assert set(ours.labels.tolist()) == {1}
    assert len(ours) == int((data.train.labels == 1).sum())
    thirds = [BoardEntry("a", "emu", share=(place, 3)).samples_of(data.train) for place in (1, 2, 3)]
    assert sum(map(len, thirds)) == len(data.train)
    boards = cli.folder / "boards.toml"
    boards.write_text('[[board]]\nname = "a"\ntarget = "emu"\nshare = "1/3"\n')
    fleet = cli.json("fleet", "run", tiny, "--boards", boards, "--epochs", "1")
    assert fleet["boards"][0]["samples_learned"] == len(thirds[0])


def test_merged_states_start_a_run(cli: Cli, tiny: Path) -> None:
    boards = cli.folder / "boards.toml"
    boards.write_text("".join(f'[[board]]\nname = "b{n}"\ntarget = "emu"\nshare = "{n}/2"\n' for n in (1, 2)))
    cli.json("fleet", "run", tiny, "--boards", boards, "--folder", "kept")
    states = ("kept/b1.npz", "kept/b2.npz")
    merged = cli.json("fleet", "merge", tiny, *states, "--out", "merged.npz")
    again = cli.json("run", tiny, "--epochs", "0", "--state-in", "merged.npz")
    assert again["test_accuracy"] == merged["test_accuracy"]
    best = cli.json("fleet", "merge", tiny, *states, "--how", "best", "--out", "best.npz")
    assert best["test_accuracy"] in [state["test_accuracy"] for state in best["states"]]
    other = cli("fleet", "merge", tiny, *states, "--seed", "9", "--out", "other.npz")
    assert other.status == 2
    assert "the state of another network" in other.message


@cache
def network() -> IntegerNetwork:
    return prepare(load_spec("digits")).integer_network


@given(st.lists(st.integers(0, 50), min_size=2, max_size=4))
def test_a_mean_lies_between(learned: list[int]) -> None:
    """Weights stay in their range; equal states stay what they are."""
    rng = np.random.default_rng(len(learned))
    start = initial_state(network())
    states = [
        dataclasses.replace(
            start,
            samples=count,
            weights=[rng.integers(-128, 128, w.shape).astype(w.dtype) for w in start.weights],
        )
        for count in learned
    ]
    mean = averaged(states, learned)
    for place, weights in enumerate(mean.weights):
        each = np.stack([state.weights[place] for state in states])
        assert weights.dtype == start.weights[place].dtype
        assert ((weights >= each.min(axis=0)) & (weights <= each.max(axis=0))).all()
    same = averaged([states[0]] * 3, [1, 2, 3])
    assert all(np.array_equal(a, b) for a, b in zip(same.weights, states[0].weights, strict=True))
    assert mean.samples == max(learned)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it names no board"),
        ("boards = 3", "does not take 'boards'"),
        ("[[board]", "no TOML"),
        ("board = [3]", "board 1: it needs"),
        ('[[board]]\nname = "a"', "it needs target, a text"),
        ('[[board]]\nname = "../a"\ntarget = "emu"', "letters, digits, - and _ only"),
        ('[[board]]\nname = "a"\ntarget = "moon"', "there is no target 'moon'"),
        ('[[board]]\nname = "a"\ntarget = "pico"', "give its port"),
        ('[[board]]\nname = "a"\ntarget = "emu"\nport = "/dev/x"', "has no port"),
        ('[[board]]\nname = "a"\ntarget = "emu"\nclass = 1', "does not take 'class'"),
        ('[[board]]\nname = "a"\ntarget = "emu"\nclasses = [7]', "from 0 to 2"),
        ('[[board]]\nname = "a"\ntarget = "emu"\nshare = "9/8"', 'such as "1/8"'),
        ('[[board]]\nname = "a"\ntarget = "emu"\n[[board]]\nname = "a"\ntarget = "emu"', "two boards have the name a"),
        (
            '[[board]]\nname = "a"\ntarget = "pico"\nport = "/dev/x"\n[[board]]\nname = "b"\ntarget = "pico"\nport = "/dev/x"',
            "two boards have the port /dev/x",
        ),
        ("[[board]]\n" * 300, "at most 256"),
    ],
)
def test_a_file_of_boards_that_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "boards.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_boards(path, 3)
    assert says in str(caught.value)


def test_a_pipe_in_the_place_of_a_file_of_boards_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "boards.toml")
    with pytest.raises(ConfigError, match="it is a pipe or a device"):
        read_boards(tmp_path / "boards.toml", 3)
