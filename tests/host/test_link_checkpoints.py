"""Checkpoints of `run`: an interrupted run that is resumed gives what it would have given; nothing else is resumed."""

import json
import os
import re
import signal
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli, stream_arrays, write_tiny
from host_board import BoardLine, HostBoard, host_board_library
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices import targets
from sfdfa_codegen.host.devices.device import BatchResult, Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import Target
from sfdfa_codegen.host.runs import checkpoint, streaming
from sfdfa_codegen.host.runs.run_lock import locked

OF_THE_PROCESS = ("seconds", "samples_per_second", "line")
OF_THE_TARGET = ("target", "ram_bytes", "flash_bytes", "neurobench")
BLOCKS = 14
"""Of a whole run: 2 passes over 24 samples and 3 tests of 16, no more than 10 samples in a block, and 10 of a stream."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BLOCK_SAMPLES", 10)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Two passes, tests and two stream segments."""
    return write_tiny(tmp_path, **stream_arrays())


def figures(values: dict[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in (*OF_THE_PROCESS, *without)}


def act_in_block(monkeypatch: pytest.MonkeyPatch, kind: type[Device], block: int, act: Callable[[], None]) -> None:
    """Call `act` while the device runs a block, counted from 0."""
    original = kind.run_samples
    blocks = iter(range(1000))

    def run_samples(self: Device, samples: SpikeDataset, learn: bool) -> BatchResult:
        if next(blocks) == block:
            act()
        return original(self, samples, learn)

    monkeypatch.setattr(kind, "run_samples", run_samples)


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def heeded_interrupts() -> Iterator[None]:
    """A shell starts what runs in the background with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("block", range(0, BLOCKS, 2))
@pytest.mark.parametrize(("target", "kind"), [("native", NativeDevice), ("emu", EmuDevice)])
def test_ctrl_c_and_resume_give_what_an_uninterrupted_run_gives(
    cli: Cli, network: Path, target: str, kind: type[Device], block: int
) -> None:
    words = ("run", network, "--target", target, "--checkpoint", "way.npz")
    expected = cli.json("run", network, "--target", target)
    with pytest.MonkeyPatch.context() as patch:
        act_in_block(patch, kind, block, press_ctrl_c)
        stopped = cli(*words)
    assert stopped.status == 130
    command = f"(checkpoint way.npz; go on from it with: sfdfa-codegen run {network} --target {target} --checkpoint way.npz --resume)"
    assert "interrupted at sample " in stopped.err
    assert command in stopped.err
    resumed = cli.json(*words, "--resume")
    assert figures(resumed) == figures(expected)


def test_a_finished_run_is_told_again(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    first = cli.json(*words)
    assert figures(cli.json(*words, "--resume")) == figures(first)


def test_a_second_ctrl_c_stops_at_once(cli: Cli, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice() -> None:
        press_ctrl_c()
        press_ctrl_c()

    act_in_block(monkeypatch, NativeDevice, 3, twice)
    stopped = cli("run", network, "--target", "native", "--checkpoint", "way.npz")
    assert stopped.status == 130
    assert stopped.err.strip().endswith("interrupted")
    assert Path("way.npz").exists()


@pytest.mark.usefixtures("heeded_interrupts")
def test_without_a_checkpoint_ctrl_c_stops_at_once(cli: Cli, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    act_in_block(monkeypatch, NativeDevice, 3, press_ctrl_c)
    stopped = cli("run", network, "--target", "native")
    assert (stopped.status, stopped.err.strip()) == (130, "interrupted")


def test_ctrl_c_is_as_before_afterwards(cli: Cli, network: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    cli.json("run", network, "--target", "native", "--checkpoint", "way.npz")
    assert signal.getsignal(signal.SIGINT) is before


def test_another_target_may_go_on(cli: Cli, network: Path) -> None:
    expected = cli.json("run", network, "--target", "emu")
    with pytest.MonkeyPatch.context() as patch:
        act_in_block(patch, NativeDevice, 4, press_ctrl_c)
        cli("run", network, "--target", "native", "--checkpoint", "way.npz")
    resumed = cli.json("run", network, "--target", "emu", "--checkpoint", "way.npz", "--resume")
    assert figures(resumed, *OF_THE_TARGET) == figures(expected, *OF_THE_TARGET)


def test_a_run_from_a_state_is_resumed_from_it(cli: Cli, network: Path) -> None:
    cli.json("run", network, "--target", "native", "--train", "10", "--state-out", "state.npz")
    words = ("run", network, "--target", "native", "--state-in", "state.npz", "--checkpoint", "way.npz")
    expected = cli.json(*words)
    with pytest.MonkeyPatch.context() as patch:
        act_in_block(patch, NativeDevice, 3, press_ctrl_c)
        assert cli(*words).status == 130
    assert figures(cli.json(*words, "--resume")) == figures(expected)
    refused = cli("run", network, "--target", "native", "--checkpoint", "way.npz", "--resume")
    assert refused.status == 2
    assert "other samples, rates or --state-in" in refused.message


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("--seed", "2"), "another network, seed or version; this network's hash is"),
        (
            ("--train", "20"),
            "a run over 24 training samples, 16 test samples, 2 epochs, learning; this one is over 20 training samples",
        ),
        (("--epochs", "1"), "this one is over 24 training samples, 16 test samples, 1 epochs"),
        (("--no-learn",), "2 epochs, no learning"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(cli: Cli, network: Path, change: tuple[str, ...], text: str) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    before = Path("way.npz").read_bytes()
    refused = cli(*words, "--resume", *change)
    assert refused.status == 2
    assert text in refused.message
    assert "Give the same options as then, or leave out --resume to start over" in refused.message
    assert Path("way.npz").read_bytes() == before


def test_other_samples_are_refused(cli: Cli, network: Path, tmp_path: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    with np.load(tmp_path / "tiny.npz") as file:
        arrays = dict(file)
    arrays["y_test"] = 1 - arrays["y_test"]
    np.savez(tmp_path / "tiny.npz", **arrays)
    assert "a run with other samples" in cli(*words, "--resume").message


def test_what_other_runs_left_is_kept_aside(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    left = []
    for samples in ("10", "11", "12"):
        cli.json(*words, "--train", samples)
        left.append(Path("way.npz").read_bytes())
    kept = [Path(f"way.npz.previous{number}").read_bytes() for number in ("", "2")]
    assert [*kept, Path("way.npz").read_bytes()] == left


def test_a_forgotten_resume_costs_nothing(cli: Cli, network: Path) -> None:
    """However often: only what is further takes the place of a checkpoint."""
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    expected = cli.json("run", network, "--target", "native")

    def interrupted(block: int) -> str:
        with pytest.MonkeyPatch.context() as patch:
            act_in_block(patch, NativeDevice, block, press_ctrl_c)
            stopped = cli(*words)
        assert stopped.status == 130
        return stopped.out

    interrupted(9)
    far = Path("way.npz").read_bytes()
    for block in (2, 4):
        assert "way.npz is kept until this run is further" in interrupted(block)
        assert Path("way.npz").read_bytes() == far
    interrupted(11)
    assert Path("way.npz").read_bytes() != far
    assert list(Path().glob("*.previous*")) == []
    assert figures(cli.json(*words, "--resume")) == figures(expected)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_asking_to_stop_leaves_a_checkpoint(cli: Cli, network: Path, number: signal.Signals) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    expected = cli.json("run", network, "--target", "native")
    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, usual)  # nohup and shells in the background have some of them ignored
    try:
        with pytest.MonkeyPatch.context() as patch:
            act_in_block(patch, NativeDevice, 6, lambda: os.kill(os.getpid(), number))
            stopped = cli(*words)
    finally:
        signal.signal(number, before)
    assert stopped.status == 128 + number
    assert "interrupted at sample " in stopped.err
    assert figures(cli.json(*words, "--resume")) == figures(expected)


def test_what_is_ignored_stays_ignored(cli: Cli, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        act_in_block(monkeypatch, NativeDevice, 6, lambda: os.kill(os.getpid(), signal.SIGHUP))
        assert cli("run", network, "--target", "native", "--checkpoint", "way.npz").status == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_two_runs_do_not_share_a_checkpoint(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    with locked(Path("way.npz")):
        refused = cli(*words)
    assert (refused.status, refused.message) == (
        2,
        "another run keeps its checkpoint in way.npz; wait for its end, or say where else with --checkpoint",
    )
    assert cli(*words).status == 0
    assert sorted(path.name for path in Path().iterdir()) == ["tiny.npz", "tiny.toml", "way.npz"]


def damaged(header: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**header, **changes}


def moved(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A header with another position."""
    return lambda header: damaged(header, position=damaged(header["position"], **changes))


HEADERS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda header: [], "a checkpoint of another version"),
    (lambda header: damaged(header, version=99), "a checkpoint of another version"),
    (lambda header: damaged(header, identity={}), "a damaged checkpoint"),
    (lambda header: damaged(header, identity=[1, 2, 3]), "a damaged checkpoint"),
    (lambda header: damaged(header, target="\x1b[2J"), "a text is no text"),
    (lambda header: damaged(header, position=None), "a damaged checkpoint"),
    (moved(part=-1), "a count is no count"),
    (moved(part=10**6), "a count is no count"),
    (moved(part=True), "a count is no count"),
    (moved(part=0.0), "a count is no count"),
    (moved(sample=10**9), "a count is no count"),
    (moved(right=["1"]), "the parts do not add up"),
    (moved(right=[1]), "the parts do not add up"),
    (moved(right=[800_000] * 7), "a count is no count"),
    (moved(right=5), "a damaged checkpoint"),
    (moved(streamed=3), "the samples do not add up"),
    (moved(seconds=float("nan")), "a time is no time"),
    (moved(seconds=float("inf")), "a time is no time"),
    (moved(seconds="1"), "a time is no time"),
    (moved(cycles={}), "a damaged checkpoint"),
    (moved(cycles={"samples": 1, "total": 9, "least": 1, "most": 8}), "the cycles do not add up"),
    (moved(cycles={"samples": 10**6, "total": 9, "least": 1, "most": 8}), "a count is no count"),
    (moved(tally={}), "a damaged checkpoint"),
    (
        moved(tally=dict.fromkeys(("labelled", "learned", "withheld", "asked", "ticks"), 0) | {"learned": 1}),
        "the samples shown do not add up",
    ),
    (
        moved(tally=dict.fromkeys(("labelled", "learned", "withheld", "asked", "ticks"), 0) | {"ticks": -1}),
        "a count is no count",
    ),
    (moved(saturations={"state": -1}), "a count is no count"),
    (moved(saturations={"state": 2**70}), "a count is no count"),
    (moved(curve=[[1, 24, 25]]), "a count is no count"),
    (moved(curve=[[99, 1, 1]]), "a count is no count"),
    (moved(curve=[[1]]), "a damaged checkpoint"),
]


def read_checkpoint(path: Path) -> tuple[Any, bytes]:
    with np.load(path) as file:
        return json.loads(file["header"].tobytes()), file["state"].tobytes()


def write_checkpoint(path: Path, header: object, state: bytes) -> None:
    """With a digest that holds: made by somebody who knows how."""
    text = json.dumps(header).encode()
    digest = sha256(len(text).to_bytes(8, "little") + text + state).digest()
    arrays = {"header": text, "state": state, "digest": digest}
    np.savez(path, **{name: np.frombuffer(data, np.uint8) for name, data in arrays.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(("change", "text"), HEADERS)
def test_a_header_that_cannot_be_is_refused(cli: Cli, network: Path, change: Callable[[Any], Any], text: str) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    header, state = read_checkpoint(Path("way.npz"))
    write_checkpoint(Path("way.npz"), change(header), state)
    assert text in cli(*words, "--resume").message


def test_a_state_of_another_size_is_refused(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    header, state = read_checkpoint(Path("way.npz"))
    write_checkpoint(Path("way.npz"), header, state[:-1])
    assert "a damaged checkpoint (the state has" in cli(*words, "--resume").message


def test_parts_of_two_checkpoints_make_none(cli: Cli, network: Path) -> None:
    """One digest over both: a header is not believed beside another state."""
    words = ("run", network, "--target", "native", "--checkpoint")
    cli.json(*words, "way.npz")
    cli.json(*words, "other.npz", "--seed", "7")
    with np.load("way.npz") as first, np.load("other.npz") as second:
        np.savez("mixed.npz", header=first["header"], state=second["state"], digest=first["digest"])
    assert "a damaged checkpoint (its digest does not hold)" in cli(*words, "mixed.npz", "--resume").message


def bomb(path: Path, name: str, size: int) -> None:
    """A small file that declares, and holds, much."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("run", "--target", "native", "--resume", "--checkpoint"), "header"),
        (("run", "--target", "native", "--resume", "--checkpoint"), "state"),
        (("run", "--state-in"), "state"),
        (("run", "--weights"), "weights_0"),
        (("build", "--state"), "model_hash"),
    ],
)
def test_a_bomb_is_refused_before_it_takes_memory(cli: Cli, network: Path, words: tuple[str, ...], name: str) -> None:
    bomb(Path("bomb.npz"), name, 1 << 26)
    assert Path("bomb.npz").stat().st_size < 1 << 17
    tracemalloc.start()
    refused = cli(words[0], network, *words[1:], "bomb.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.status == 2
    assert "bomb.npz" in refused.message
    assert peak < 1 << 24


@pytest.mark.parametrize("option", [("--resume", "--checkpoint"), ("--state-in",), ("--weights",), ("--state",)])
def test_what_never_ends_is_not_read(cli: Cli, network: Path, option: tuple[str, ...]) -> None:
    refused = cli("run", network, "--target", "native", *option, "/dev/zero")
    assert refused.status == 2
    assert "/dev/zero" in refused.message and "no regular file" in refused.message


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"no checkpoint at all", None])
def test_what_is_no_checkpoint_is_refused(cli: Cli, network: Path, data: bytes | None) -> None:
    if data is not None:
        Path("way.npz").write_bytes(data)
    refused = cli("run", network, "--target", "native", "--checkpoint", "way.npz", "--resume")
    assert refused.status == 2
    assert ("there is no checkpoint" if data is None else "not a checkpoint") in refused.message
    assert "leave out --resume to start from the beginning" in refused.message


def test_resume_needs_a_checkpoint(cli: Cli, network: Path) -> None:
    refused = cli("run", network, "--target", "native", "--resume")
    assert refused.status == 2
    assert refused.message.startswith("--resume needs --checkpoint FILE on this target")


def test_a_checkpoint_that_cannot_be_written_is_refused_before_the_run(cli: Cli, network: Path) -> None:
    refused = cli("run", network, "--target", "native", "--checkpoint", "nowhere/way.npz")
    assert refused.status == 2
    assert "cannot write nowhere/way.npz" in refused.message


@pytest.fixture
def on_a_line(monkeypatch: pytest.MonkeyPatch, compile_cache: Path, tmp_path: Path) -> Iterator[Path]:
    """A target `line`, the serial application in this process; returns the folder of the user's state."""

    def open_device(network: IntegerNetwork, port: str | None) -> Device:
        return SerialDevice(network, BoardLine(HostBoard(host_board_library(network, compile_cache, 80, 4))), "line")

    monkeypatch.setitem(targets.TARGETS, "line", Target("line", "for tests", open_device, lambda: None))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield tmp_path / "state" / "sfdfa-codegen"


def checkpoints_of(on_a_line: Path) -> list[Path]:
    return sorted((on_a_line / "checkpoints").iterdir())


def test_a_serial_line_has_a_checkpoint_of_its_own(cli: Cli, network: Path, on_a_line: Path) -> None:
    whole = cli("run", network, "--target", "line")
    (file,) = checkpoints_of(on_a_line)
    assert re.fullmatch(r"tiny-line-[0-9a-f]{12}\.npz", file.name)
    assert f"checkpoints are kept in {file}" in whole.out.replace("\n", "")
    file.unlink()
    expected = cli.json("run", network, "--target", "native")
    with pytest.MonkeyPatch.context() as patch:
        act_in_block(patch, SerialDevice, 5, press_ctrl_c)
        assert cli("run", network, "--target", "line").status == 130
    resumed = cli.json("run", network, "--target", "line", "--resume")
    assert figures(resumed, *OF_THE_TARGET) == figures(expected, *OF_THE_TARGET)
    assert resumed["line"]["requests_repeated"] == 0
    assert 0 < resumed["line"]["bytes_received_per_sample"] < resumed["line"]["bytes_sent_per_sample"] < 60


def test_each_run_and_each_port_has_a_checkpoint_of_its_own(cli: Cli, network: Path, on_a_line: Path) -> None:
    for words in ((), ("--port", "/dev/ttyACM0"), ("--port", "/dev/ttyACM1"), ("--seed", "4"), ("--train", "10")):
        assert cli("run", network, "--target", "line", *words).status == 0
    names = [path.name for path in checkpoints_of(on_a_line)]
    assert len(names) == 5
    assert sum("-_dev_ttyACM1-" in name for name in names) == 1


def test_two_runs_on_a_line_at_once(cli: Cli, network: Path, on_a_line: Path) -> None:
    """The second one does its work, and says that it keeps nothing."""
    cli.json("run", network, "--target", "line")
    (file,) = checkpoints_of(on_a_line)
    before = file.read_bytes()
    with locked(file):
        second = cli("run", network, "--target", "line")
        assert (second.status, cli("run", network, "--target", "line", "--resume").status) == (0, 2)
    assert f"another run keeps its checkpoint in {file}; this one keeps none" in second.out.replace("\n", "")
    assert file.read_bytes() == before


def test_no_home_is_said(cli: Cli, network: Path, on_a_line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "user_state_path", lambda name: Path("~/.local/state") / name)
    refused = cli("run", network, "--target", "line")
    assert refused.message == (
        "there is no home folder to keep checkpoints in; set HOME, or say where with --checkpoint"
    )


class LyingDevice(NativeDevice):
    """Says something else than is."""

    crc_error = 0
    samples_error = 0

    def state_crc(self) -> int:
        return super().state_crc() ^ self.crc_error

    def read_state(self) -> LearnedState:
        state = super().read_state()
        return replace(state, samples=(state.samples + self.samples_error) % 2**32)


@pytest.mark.parametrize(
    ("lie", "text"),
    [
        (
            {"crc_error": 1},
            r"native says that its state has the CRC [0-9a-f]{8}, and the state that it sent has [0-9a-f]{8}",
        ),
        ({"samples_error": 1}, r"native counts 11 samples learned where 10 were sent"),
        (
            {"samples_error": -1},
            r"native counts 9 samples learned where 10 were sent: a sample was lost or learned twice",
        ),
    ],
)
def test_a_device_that_lies_is_named(cli: Cli, network: Path, lie: dict[str, int], text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in lie.items():
            patch.setattr(LyingDevice, name, value)
        lying = replace(targets.TARGETS["native"], opener=lambda net, port: LyingDevice(net))
        patch.setitem(targets.TARGETS, "native", lying)
        found = cli("run", network, "--target", "native", "--checkpoint", "way.npz", "--train", "10")
    assert found.status == 3
    assert re.search(text, found.err), found.err


def test_a_device_that_fails_names_the_way_on(
    cli: Cli, network: Path, on_a_line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DeviceError("line: the device fell silent")

    act_in_block(monkeypatch, SerialDevice, 5, fail)
    failed = cli("run", network, "--target", "line", "--no-learn")
    assert failed.status == 3
    (file,) = checkpoints_of(on_a_line)
    command = f"sfdfa-codegen run {network} --target line --no-learn --resume"
    assert f"the device fell silent (checkpoint {file}; go on from it with: {command})" in failed.err
