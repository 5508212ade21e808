"""Nothing imports the benchmarks, so only this tells when one of them no longer runs."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import click
import numpy as np
import pytest
from cli_runner import write_tiny
from needs import need_target
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.cores import runtime_files
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.hearers import KINDS_FOR_SOME, hearers
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.codegen.mesh.routing import grid_of
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import Count, Port, To
from sfdfa_codegen.emulator.mesh.timing.work import WorkPort
from sfdfa_codegen.host.data.spikes import SpikeDataset

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_the_perceptron_beside_the_spiking_network(tmp_path: Path) -> None:
    for target in ("pico-sim", "unicorn-cortex-m4"):
        need_target(target)
    words = ["--network", "digits-counts", "--epochs", "0", "--samples", "2", "--json", str(tmp_path / "costs.json")]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "integer_mlp.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    spiking, perceptron = json.loads((tmp_path / "costs.json").read_text(encoding="utf-8"))["rows"]
    assert spiking.keys() == perceptron.keys()
    for row in (spiking, perceptron):
        assert row["pico, predicting, cycles (model)"] < row["pico, initial, cycles (model)"] < 4e5
        assert row["unicorn-cortex-m4, initial, instructions"] < row["unicorn-cortex-m4, initial, cycles (estimate)"]
        assert 2368 < row["pico, initial, bytes of RAM"] < 9000


def test_a_python_without_lava_is_told() -> None:
    words = ["--lava", sys.executable, "--network", "digits", "--learned", "20", "--samples", "2"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "loihi_lava.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "No module named 'lava'; install lava-nc==0.10.0 there" in done.stderr


def test_a_python_without_pacman_is_told() -> None:
    words = [sys.executable, str(BENCHMARKS / "spinnaker_pacman.py"), "--pacman", sys.executable, "--cores", "2"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "No module named 'spinn_utilities'; install SpiNNaker_PACMAN there" in done.stderr


class Tapped:
    """A port that notes who sends what."""

    def __init__(self, sender: int, port: Port, seen: list[tuple[str, To, Packet]]) -> None:
        self._sender, self._port, self._seen, self.note = str(sender), port, seen, port.note

    def send(self, to: To, packet: Packet) -> None:
        self._seen.append((self._sender, to, packet))
        self._port.send(to, packet)


@pytest.mark.parametrize("network", [make_network(10, 9, 7, 4), make_integrator(12, 12, 6)], ids=["grades", "sums"])
def test_every_packet_of_a_core_has_one_flow(network: IntegerNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is sent is among the keys that PACMAN is given, of this sender, and for those whom the core names."""
    flows = _benchmark(monkeypatch, "spinnaker_pacman").flows(network, even_map(network, 5))
    sent: list[tuple[str, To, Packet]] = []

    def core(part: CorePart, cores: int, start: LearnedState, port: Port) -> Core:
        return Core(part, cores, start, Tapped(part.core, port, sent))

    even = even_map(network, 5)
    mesh = MeshEmulator(network, even, Random(1), make_core=core)
    sample = make_samples(network, 1)[0]
    mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    spiking = len(network.spiking_layers)
    for sender, to, packet in sent:
        some = hearers(even, spiking, packet.kind, packet.layer) if packet.kind in KINDS_FOR_SOME else range(5)
        everyone = {str(core) for core in some}
        (flow,) = [one for one in flows if not (one.key ^ packet.key) & one.mask]
        parent = {str(grid_of(5).parent(int(sender)))} if int(sender) else set()
        wanted = {
            To.ALL: everyone,
            To.ALL_AND_HOST: {*everyone, "gate"},
            To.ROOT: {"0"},
            To.HOST: {"gate"},
            To.ITSELF: {sender},
        }
        assert flow.sender == sender and set(flow.receivers) == wanted.get(to, parent)
    assert len(sent) > 20


@pytest.mark.parametrize(
    ("entries", "right"),
    [
        ({(0, 0): [(0x10, 0xF0, [0], [])], (2, 0): [(0x10, 0xF0, [], [5])]}, True),  # straight on over (1, 0)
        ({(0, 0): [(0x10, 0xF0, [0], [4])], (2, 0): [(0x10, 0xF0, [], [5])]}, False),  # somebody else, too
        ({(0, 0): [(0x11, 0xFF, [0], [])], (2, 0): [(0x10, 0xF0, [], [5])]}, False),  # some keys only
        ({(0, 0): [(0x10, 0xF0, [0], [])], (2, 0): [(0x10, 0xF0, [], [6])]}, False),
        ({(2, 0): [(0x10, 0xF0, [], [5])]}, False),
    ],
)
def test_keys_that_go_astray_are_found(
    entries: dict[tuple[int, int], list[Any]], right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacman = _benchmark(monkeypatch, "spinnaker_pacman")
    links = {((x, 0), 0): (x + 1, 0) for x in range(2)}
    tables = pacman.Tables("", {"1": ((0, 0), 1), "2": ((2, 0), 5)}, links, entries)
    assert tables.is_right(pacman.Flow("end", "1", 0x10, 0xF0, ("2",))) is right


def test_meshes_in_c_against_one_core(tmp_path: Path) -> None:
    words = [
        "--network",
        "digits-counts, trace",
        "--network",
        "digits-counts, capacity 12",
        "--cores",
        "3",
        "--seeds",
        "1",
    ]
    words += ["--share", "3", "--json", str(tmp_path / "rows.json")]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "mesh_matrix.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    traced, small = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]
    assert traced["equal"] and traced["samples"] == 30 and traced["forgotten"] == 0
    assert small["equal"] and small["forgotten"] > 0


def test_packets_are_lost_one_at_a_time(tmp_path: Path) -> None:
    words = ["--losses", "4", "--samples", "1", "--cores", "2", "--json", str(tmp_path / "rows.json")]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "mesh_losses.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]
    assert next(row["lost"] for row in rows if row["kind"] == "all") == 4


def test_a_mesh_is_measured_against_one_core(tmp_path: Path) -> None:
    need_target("rtl-mesh")
    words = ["--network", str(write_tiny(tmp_path)), "--cores", "2", "--learned", "5", "--samples", "1"]
    words += ["--json", str(tmp_path / "rows.json")]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "mesh_speed.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    ordinary, mesh = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]
    assert mesh["crc"] == ordinary["crc"] and mesh["speed_up"] > 1


def test_lines_of_which_nothing_is_counted_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nothing tells how many inputs a tick has, whose weights are added."""
    need_target("rtl-mesh")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    mesh_lines = importlib.import_module("mesh_lines")
    counted = WorkPort.note

    def note(port: WorkPort, what: str, count: Count = 1) -> None:
        if what != "inputs 0":
            counted(port, what, count)

    monkeypatch.setattr(WorkPort, "note", note)
    (core,) = mesh_lines.run(make_network(4, 3, 2, ticks=8), 1, 2)
    assert any("sfdfa_kernels.h" in lines for _, lines in core.odd)


def test_parts_of_a_sample_are_functions_of_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that was renamed would otherwise be counted with the rest."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    parts = importlib.import_module("device_speed").PARTS
    names = {
        name for text in runtime_files().values() for name in re.findall(r"\b([a-z]\w*)(?:\(|:$)", text, re.MULTILINE)
    }
    for starts in parts.values():
        assert [start for start in starts if not any(name.startswith(start) for name in names)] == []


def test_readings_everywhere(tmp_path: Path) -> None:
    """A row of all test samples, and one that stops for its time; a whole row is not run again."""
    file = tmp_path / "rows.json"
    words = ["--preset", "digits-uno", "--target", "native", "--json", str(file)]
    script = [sys.executable, str(BENCHMARKS / "readings_everywhere.py")]
    rows = []
    for more in ([], ["--target", "emu", "--minutes", "0"]):
        done = subprocess.run([*script, *words, *more], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        rows.append(json.loads(file.read_text(encoding="utf-8"))["rows"])
    (whole,), (stopped, again) = rows
    assert whole == again and whole["samples"] == whole["of"] == 360 and whole["found"] == "equal"
    assert stopped["samples"] == 0


def test_a_table_of_what_is_tried_against_loss() -> None:
    words = [sys.executable, str(BENCHMARKS / "survival.py"), "--quick", "damaged-files", "power-cuts"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\| `python tests/mutated_files.py 140 11` \| 140 damaged files of 14 kinds", done.stdout)
    assert re.search(r"\| `python tests/power_cuts.py 500` \| 500 cuts over \d+ networks", done.stdout)


def _benchmark(monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module(name)


def test_a_commit_beside_the_working_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = _benchmark(monkeypatch, "earlier_version")
    folders = [tmp_path / name for name in ("before", "now")]
    for folder in folders:
        folder.mkdir()
    with pytest.raises(click.ClickException, match="there is no commit nothing-of-the-kind"):
        earlier.take_out("nothing-of-the-kind", folders[0])
    versions = earlier.take_out("HEAD", folders[0]), earlier.this_version(folders[1])
    words = ("run", "digits", "--target", "emu", "--epochs", "1", "--train", "20", "--test", "5")
    before, now = (version.json(*words) for version in versions)
    assert before["train_samples"] == now["train_samples"] == 20


def test_spikes_that_peers_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peers = _benchmark(monkeypatch, "peers")
    ticks, channels = np.array([0, 2, 1], np.uint16), np.array([3, 1, 0], np.uint16)
    samples = SpikeDataset(ticks, channels, np.array([0, 2, 3]), np.array([1, 0], np.uint16))
    peers.write_spikes(samples, 4, 5, tmp_path / "spikes.npz")
    with np.load(tmp_path / "spikes.npz") as arrays:
        assert np.argwhere(arrays["spikes"]).tolist() == [[0, 0, 3], [0, 2, 1], [1, 1, 0]]
        assert arrays["labels"].tolist() == [1, 0]
