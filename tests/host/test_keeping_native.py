"""`run --persist` on this machine: the C keeps what it learns in a file, as a board does in flash."""

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from cli_runner import Cli, write_tiny
from native_build import quick_library
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.keeping_native import KeepingNative
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.link.messages import Woke

NETWORK = make_network(20, 6, 3)
EVERY = 4
SAMPLES = make_samples(NETWORK, 40, 0.1)


@pytest.fixture(scope="module")
def library(compile_cache: Path) -> Path:
    return quick_library(NETWORK, compile_cache)


def opened(library: Path, path: Path, start_over: bool = False) -> KeepingNative:
    return KeepingNative(NETWORK, EVERY, library=library, path=path, start_over=start_over)


def state(device: NativeDevice | EmuDevice) -> bytes:
    return state_to_bytes(NETWORK, device.read_state())


def test_it_wakes_with_what_it_kept(library: Path, tmp_path: Path) -> None:
    path = tmp_path / "f" / "kept.flash"
    with opened(library, path) as device:
        assert device.woke == Woke.EMPTY
        device.run_samples(SAMPLES.head(10), learn=True)
        device.run_sample(SAMPLES[10], learn=True)
    model = EmuDevice(NETWORK)
    model.run_samples(SAMPLES.head(8), learn=True)
    with opened(library, path) as device:
        assert device.woke == Woke.RESTORED and state(device) == state(model)
    with opened(library, path, start_over=True) as device:
        assert device.woke == Woke.RESTORED and device.read_state().samples == 0
    with opened(library, path) as device:
        assert device.read_state().samples == 0


def test_results_are_those_of_a_run_that_keeps_nothing(library: Path, tmp_path: Path) -> None:
    with opened(library, tmp_path / "kept") as device, NativeDevice(NETWORK, library) as plain:
        kept, other = device.run_samples(SAMPLES, learn=True), plain.run_samples(SAMPLES, learn=True)
        assert kept.predictions.tolist() == other.predictions.tolist()
        assert kept.squared_errors.tolist() == other.squared_errors.tolist()
        assert len(device.run_samples(SAMPLES.head(0), learn=True).predictions) == 0
        assert state(device) == state(plain)


def test_one_run_at_a_time(library: Path, tmp_path: Path) -> None:
    with opened(library, tmp_path / "kept"), pytest.raises(ConfigError, match="in use by another run of this network"):
        opened(library, tmp_path / "kept")


@pytest.mark.parametrize("content", [b"", b"rubbish", bytes(1 << 16)])
def test_a_file_that_holds_something_else(library: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    with opened(library, tmp_path / "kept") as device:
        assert device.woke == Woke.EMPTY
        device.run_samples(SAMPLES.head(4), learn=True)
    with opened(library, tmp_path / "kept") as device:
        assert device.woke == Woke.RESTORED


def _learn_for_ever(library: Path, path: Path) -> None:
    device = opened(library, path)
    for _ in range(1_000_000):
        device.run_samples(SAMPLES, learn=True)


def test_a_process_that_is_killed(library: Path, tmp_path: Path) -> None:
    path, seen = tmp_path / "kept", 0
    for wait_s in (0.5, 0.53, 0.57, 0.61):
        process = get_context("fork").Process(target=_learn_for_ever, args=(library, path))
        process.start()
        time.sleep(wait_s)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        with opened(library, path) as device:
            kept = device.read_state().samples
            assert kept >= seen and kept % EVERY == 0
            assert device.woke in (Woke.RESTORED, Woke.EARLIER, Woke.EMPTY)
            seen = kept
    assert seen > 0


def test_run_says_where_and_what_it_woke_with(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(cli.folder / "state"))
    network = write_tiny(cli.folder)
    first = cli.json("run", network, "--target", "native", "--persist", "5")
    again = cli.json("run", network, "--target", "native", "--persist", "5")
    assert (first["persistence"]["woke"], again["persistence"]["woke"]) == ("empty", "restored")
    assert first["persistence"]["snapshots_a_day"] is None and first["state_crc32"] == again["state_crc32"]
    text = cli("run", network, "--target", "native", "--persist", "5").out
    assert "a snapshot every 5 learned samples, in 4 slots of 4096 bytes in " in text


def test_what_has_no_memory_is_refused(cli: Cli) -> None:
    network = write_tiny(cli.folder)
    for words in (("run", network, "--target", "emu"), ("build", network, "--target", "native")):
        assert "has no memory that outlives the power" in cli(*words, "--persist", "5").message
