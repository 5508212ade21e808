"""Checkpoints of `run`: an interrupted run that is resumed gives what it would have given; nothing else is resumed."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli, stream_arrays, write_tiny
from host_board import BoardLine, HostBoard, host_board_library
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices import targets
from sfdfa_codegen.host.devices.device import BatchResult, Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import Target
from sfdfa_codegen.host.runs import streaming

OF_THE_PROCESS = ("seconds", "samples_per_second", "line")
OF_THE_TARGET = ("target", "ram_bytes", "flash_bytes")
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


def test_what_another_run_left_is_kept_aside(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words, "--train", "10")
    first = Path("way.npz").read_bytes()
    cli.json(*words)
    assert Path("way.npz.previous").read_bytes() == first


def damaged(header: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**header, **changes}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda header: [], "a checkpoint of another version"),
        (lambda header: damaged(header, version=99), "a checkpoint of another version"),
        (lambda header: damaged(header, identity={}), "a damaged checkpoint"),
        (lambda header: damaged(header, position=None), "a damaged checkpoint"),
        (lambda header: damaged(header, position=damaged(header["position"], part=-1)), "a count is no count"),
        (lambda header: damaged(header, position=damaged(header["position"], right=["1"])), "a count is no count"),
        (lambda header: damaged(header, position=damaged(header["position"], right=[1])), "the parts do not add up"),
        (lambda header: damaged(header, position=damaged(header["position"], part=10**6)), "the parts do not add up"),
    ],
)
def test_a_damaged_header_is_refused(cli: Cli, network: Path, change: Callable[[Any], Any], text: str) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    with np.load("way.npz") as file:
        header, state = json.loads(str(file["header"])), file["state"]
    np.savez("way.npz", header=np.array(json.dumps(change(header))), state=state)
    assert text in cli(*words, "--resume").message


def test_a_state_of_another_size_is_refused(cli: Cli, network: Path) -> None:
    words = ("run", network, "--target", "native", "--checkpoint", "way.npz")
    cli.json(*words)
    with np.load("way.npz") as file:
        np.savez("short.npz", header=file["header"], state=file["state"][:-1])
    shutil.move("short.npz", "way.npz")
    assert "a damaged checkpoint (the state has" in cli(*words, "--resume").message


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


def test_a_serial_line_has_a_checkpoint_of_its_own(cli: Cli, network: Path, on_a_line: Path) -> None:
    file = on_a_line / "checkpoints" / "tiny-line.npz"
    whole = cli("run", network, "--target", "line")
    assert f"checkpoints are kept in {file}" in whole.out.replace("\n", "")
    assert file.exists()
    expected = cli.json("run", network, "--target", "native")
    with pytest.MonkeyPatch.context() as patch:
        act_in_block(patch, SerialDevice, 5, press_ctrl_c)
        assert cli("run", network, "--target", "line").status == 130
    resumed = cli.json("run", network, "--target", "line", "--resume")
    assert figures(resumed, *OF_THE_TARGET) == figures(expected, *OF_THE_TARGET)
    assert resumed["line"]["requests_repeated"] == 0
    assert 0 < resumed["line"]["bytes_received_per_sample"] < resumed["line"]["bytes_sent_per_sample"] < 60


def test_a_device_that_fails_names_the_way_on(
    cli: Cli, network: Path, on_a_line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DeviceError("line: the device fell silent")

    act_in_block(monkeypatch, SerialDevice, 5, fail)
    failed = cli("run", network, "--target", "line", "--no-learn")
    assert failed.status == 3
    file = on_a_line / "checkpoints" / "tiny-line.npz"
    command = f"sfdfa-codegen run {network} --target line --no-learn --resume"
    assert f"the device fell silent (checkpoint {file}; go on from it with: {command})" in failed.err
