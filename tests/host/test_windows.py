"""Movements of one's own: recordings in an archive or a table, cut into windows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.data.windows import load_csv_tracks, load_npz_tracks
from sfdfa_codegen.host.network.spec import DataSpec

DATA = DataSpec("npz", rate_hz=10, window_s=1, hop_s=0.5)


def write_archive(folder: Path, **changes: Any) -> NumpyArchive:
    """Six recordings of three subjects, two axes, 2.5 s each; the last one of half a second."""
    lengths = [25, 25, 25, 25, 25, 5]
    values = np.random.default_rng(0).normal(0, 2, (sum(lengths), 2)).astype(np.float32)
    arrays = {
        "x": values,
        "offsets": np.cumsum([0, *lengths]),
        "y": np.array([0, 1, 0, 1, 0, 1]),
        "subject": np.array(["a", "a", "b", "b", "c", "c"]),
    }
    np.savez(folder / "x.npz", **(arrays | changes))
    return NumpyArchive(folder / "x.npz")


def test_windows_of_an_archive(tmp_path: Path) -> None:
    raw = load_npz_tracks(write_archive(tmp_path), DATA, 1)
    assert len(raw.train) + len(raw.test) == 5 * 4
    assert np.diff(raw.train.offsets).tolist() == [10] * len(raw.train)
    assert np.abs(raw.train.samples).max(axis=0).tolist() == [16384, 16384]
    assert (
        raw.notes[0] == "1 recordings are shorter than a window and left out" or "in units of: axis 1" in raw.notes[0]
    )
    assert raw.rate_hz == 10


def test_axes_of_a_vector_have_one_unit(tmp_path: Path) -> None:
    """Else a turned sensor would have another length."""
    values = np.tile([[1.0, -2.0, 4.0, 10.0, 0.0, 20.0]], (130, 1))
    data = load_npz_tracks(write_archive(tmp_path, x=values), DATA, 1, vectors=True).train.samples
    assert data[0].tolist() == [4096, -8192, 16384, 8192, 0, 16384]


def test_subjects_are_whole(tmp_path: Path) -> None:
    data = DataSpec("npz", rate_hz=10, window_s=1, group="subject", test=0.34)
    raw = load_npz_tracks(write_archive(tmp_path), data, 1)
    assert raw.train_groups is not None
    assert len(set(raw.train_groups.tolist())) == 2
    assert len(raw.test) in (4, 8)


def test_int16_is_taken_as_it_is(tmp_path: Path) -> None:
    values = np.arange(130).astype(np.int16)[:, None]
    raw = load_npz_tracks(write_archive(tmp_path, x=values), DATA, 1)
    assert raw.train.samples.max() < 130
    assert raw.notes == ("1 recordings are shorter than a window and left out",)


def write_table(folder: Path) -> Path:
    """A sample in each row: four stretches of 20 rows."""
    rows = ["t,ax,ay,move"]
    rng = np.random.default_rng(1)
    for stretch in range(4):
        size = 1 + 8 * (stretch % 2)
        for k in range(20):
            x, y = size * rng.normal(size=2)
            rows.append(f"{(20 * stretch + k) / 10},{x:.4f},{y:.4f},{'walk' if stretch % 2 else 'rest'}")
    path = folder / "moves.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_windows_of_a_table(tmp_path: Path) -> None:
    raw = load_csv_tracks(write_table(tmp_path), DataSpec("csv", time="t", window_s=1, test=0.5), 1)
    assert raw.rate_hz == pytest.approx(10)
    assert raw.class_names == ("rest", "walk")
    assert (len(raw.train), len(raw.test)) == (6, 6)
    assert "in units of: ax " in raw.notes[0]


NETWORK = """\
name = "moves"
[data]
source = "csv"
path = "moves.csv"
time = "t"
window_s = 1
test = 0.5
[frontend]
kind = "{kind}"
window_ms = 800
[[layer]]
neurons = 6
[[layer]]
neurons = 2
"""


@pytest.mark.parametrize("kind", ["bands", "stats"])
def test_a_table_of_movements_is_learned(cli: Cli, tmp_path: Path, kind: str) -> None:
    write_table(tmp_path)
    network = tmp_path / "moves.toml"
    network.write_text(NETWORK.format(kind=kind), encoding="utf-8")
    found = [cli.json("run", network, "--target", "native", "--from", source) for source in ("samples", "events")]
    assert found[0]["test_accuracy"] == 1.0
    assert found[0]["state_crc32"] == found[1]["state_crc32"]


@pytest.mark.parametrize(
    ("changes", "data", "message"),
    [
        ({}, DataSpec("npz"), "give their samples a second, rate_hz in"),
        ({}, DataSpec("npz", rate_hz=10, window_s=9), "the longest recording has 2.5 s, a window 9 s; lower window_s"),
        ({"offsets": np.array([0, 5])}, DATA, "2 event offsets for 6 samples"),
        (
            {"subject": np.array(["a"])},
            DataSpec("npz", rate_hz=10, group="subject"),
            "subject has 1 entries for 6 samples",
        ),
    ],
)
def test_archives_that_do_not_fit(tmp_path: Path, changes: dict[str, Any], data: DataSpec, message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        load_npz_tracks(write_archive(tmp_path, **changes), data, 1)


def test_a_missing_sample_is_named(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = "0.2,,1.0,rest"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match='line 4, column "ax": a sample is missing; fill it in'):
        load_csv_tracks(path, DataSpec("csv", rate_hz=10), 1)
