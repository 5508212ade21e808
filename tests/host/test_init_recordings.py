"""`init`: a network file for recordings of sound and of movements, which runs as it is."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli, Outcome
from numpy.typing import NDArray
from sfdfa_codegen.host.data.windows import load_csv_tracks
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.spec import FrontendSpec, NetworkSpec
from wav_files import tone, write_tones, write_wav

HZ = 50


def network_of(done: Outcome, folder: Path) -> NetworkSpec:
    assert done.status == 0, done.err
    (folder / "mine.toml").write_text(done.out, encoding="utf-8")
    return load_network_spec(str(folder / "mine.toml"))


def accuracy(cli: Cli, folder: Path) -> float:
    """In an encoding that is not chosen first, which takes longer than all else."""
    with (folder / "mine.toml").open("a", encoding="utf-8") as file:
        file.write('[encoding]\nkind = "signed-ttfs"\n')
    run = cli("run", str(folder / "mine.toml"), "--target", "native", "--epochs", "5", "--json", "-")
    assert run.status == 0, run.err
    found: float = run.json["test_accuracy"]
    return found


def motions(recordings: list[tuple[str, str, float]], step: float = 1 / HZ) -> list[str]:
    """Rows of time, two axes, subject and class for (class, subject, seconds) of each recording."""
    rng = np.random.default_rng(0)
    rows = ["timestamp,ax,ay,subject,move"]
    for move, subject, seconds in recordings:
        hertz = {"walk": 2.0, "run": 8.0}[move]
        for k in range(round(seconds * HZ)):
            swing = math.sin(2 * math.pi * hertz * k / HZ)
            ax, ay = swing + rng.normal(0, 0.1), 9.8 + 0.3 * swing
            rows.append(f"{k * step:.6g},{ax:.4f},{ay:.4f},{subject},{move}")
    return rows


def write(folder: Path, rows: list[str]) -> str:
    (folder / "moves.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(folder / "moves.csv")


def test_a_folder_of_wav_files_becomes_a_network_that_learns_them(cli: Cli, tmp_path: Path) -> None:
    done = cli("init", str(write_tones(tmp_path / "Tones", 12)))
    spec = network_of(done, tmp_path)
    assert (spec.name, spec.data.source, spec.data.rate_hz, spec.layer_sizes) == ("tones", "wav", 8000, (64, 2))
    assert spec.frontend == FrontendSpec("mel")
    assert done.err.splitlines() == [
        "24 recordings, 2 classes: high 12, low 12",
        "0.40 to 0.40 s, half of them up to 0.40 s; 8000 samples a second",
        "18 recordings train, 6 test, chosen as the data say, or as the same share of each class",
    ]
    assert accuracy(cli, tmp_path) >= 0.9


def test_a_table_of_files_keeps_speakers_apart(cli: Cli, tmp_path: Path) -> None:
    write_tones(tmp_path / "data", 4)
    names = [f"{name}/{k}.wav" for name in ("low", "high") for k in range(4)]
    rows = [f"{name},{name.split('/')[0]},{'abcd'[k % 4]}" for k, name in enumerate(names)]
    (tmp_path / "data" / "list.csv").write_text("\n".join(["file,word,speaker", *rows]), encoding="utf-8")
    spec = network_of(cli("init", str(tmp_path / "data" / "list.csv")), tmp_path)
    assert (spec.data.source, spec.data.label, spec.data.group) == ("wav", "word", "speaker")


def test_what_is_odd_about_recordings_is_said(cli: Cli, tmp_path: Path) -> None:
    write_tones(tmp_path / "data", 4)
    write_wav(tmp_path / "data" / "low" / "silent.wav", tone(400, size=0))
    assert "note: 1 of 9 recordings are silent" in cli("init", str(tmp_path / "data")).err
    (tmp_path / "empty").mkdir()
    refused = cli("init", str(tmp_path / "empty"))
    assert refused.status == 2
    assert "a folder for each class" in refused.message


def test_a_table_of_movements_becomes_a_network_that_learns_them(cli: Cli, tmp_path: Path) -> None:
    recordings = [(move, subject, 12.0) for subject in "abcd" for move in ("walk", "run")]
    done = cli("init", write(tmp_path, motions(recordings)))
    spec = network_of(done, tmp_path)
    assert (spec.data.label, spec.data.time, spec.data.group) == ("move", "timestamp", "subject")
    assert (spec.data.rate_hz, spec.data.window_s, spec.data.hop_s) == (HZ, 2, 1)
    assert spec.frontend == FrontendSpec("bands")
    assert done.err.splitlines()[:3] == [
        '88 windows of 2 s, 2 classes in "move": run 44, walk 44',
        "8 recordings of 2 axes (ax, ay), 50 samples a second",
        '66 windows train, 22 test; whole 4 of the column "subject" are on one side',
    ]
    assert accuracy(cli, tmp_path) >= 0.9


def test_many_short_recordings_are_samples_as_they_are(cli: Cli, tmp_path: Path) -> None:
    """A part of a gesture may say nothing; those of a few seconds, some of each class, are cut all the same."""
    gestures = [(move, "abcd"[k % 4], 2.5 + 0.02 * k) for move in ("walk", "run") for k in range(20)]
    spec = network_of(cli("init", write(tmp_path, motions(gestures))), tmp_path)
    assert (spec.data.window_s, spec.data.hop_s) == (2.52, 2.52)
    few = network_of(cli("init", write(tmp_path, motions(gestures[:6] + gestures[20:26]))), tmp_path)
    assert (few.data.window_s, few.data.hop_s) == (1.0, 0.5)


@pytest.mark.parametrize("turned", [False, True])
def test_movements_in_any_orientation(cli: Cli, tmp_path: Path, turned: bool) -> None:
    """Gravity points elsewhere in each recording, and moves are along it or across; or it points elsewhere by the class."""
    rng = np.random.default_rng(1)
    rows = ["t,ax,ay,az,move"]
    for recording in range(12):
        move = ("walk", "run")[recording % 2]
        up = rng.normal(size=3) if turned else np.array([0.0, recording % 2, 1 - recording % 2])
        up /= np.linalg.norm(up)
        side = np.cross(up, rng.normal(size=3)) if turned and move == "run" else up
        swing = np.sin(np.arange(3 * HZ) * 2 * math.pi * 3 / HZ)[:, None] * side / np.linalg.norm(side)
        samples = 9.8 * up + 4 * swing + rng.normal(0, 0.3, (3 * HZ, 3))
        rows += [f"{k / HZ},{x:.3f},{y:.3f},{z:.3f},{move}" for k, (x, y, z) in enumerate(samples)]
    done = cli("init", write(tmp_path, rows))
    spec = network_of(done, tmp_path)
    assert spec.frontend == FrontendSpec("bands", axes="gravity" if turned else "sensor")
    assert ('the file says axes = "gravity"' in done.err) == turned


START_S = 1_714_557_600
"""2024-05-01, 10 o'clock UTC."""


def dated(second: float, form: str) -> str:
    return datetime.fromtimestamp(START_S + round(second, 3), UTC).strftime(form)


CLOCKS: dict[str, tuple[str, Callable[[float], str]]] = {
    "milliseconds": ("timestamp", lambda second: f"{1000 * second:.0f}"),
    "microseconds": ("t", lambda second: f"{1e6 * second:.0f}"),
    "epoch in milliseconds": ("timestamp", lambda second: f"{1000 * (START_S + second):.0f}"),
    "epoch in nanoseconds": ("time", lambda second: f"{1000 * START_S + round(1000 * second)}000000"),
    "seconds by the header": ("Time (s)", lambda second: f"{second:.3f}"),
    "milliseconds by the header": ("elapsed [ms]", lambda second: f"{1000 * second:.1f}"),
    "ISO 8601": ("timestamp", lambda second: dated(second, "%Y-%m-%dT%H:%M:%S.%fZ")),
    "times of a day": ("time", lambda second: dated(second, "%H:%M:%S.%f")),
    "dates": ("Date", lambda second: dated(second, "%Y-%m-%d %H:%M:%S.%f")),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_times_as_loggers_write_them(cli: Cli, tmp_path: Path, clock: str) -> None:
    """In what `init` writes, and, without its rate_hz, in what reads the table."""
    name, written = CLOCKS[clock]
    rows = motions([(move, subject, 4.0) for subject in "ab" for move in ("walk", "run")])
    cells = [row.partition(",") for row in rows[1:]]
    rows = [rows[0].replace("timestamp", name), *(f"{written(float(second))},{rest}" for second, _, rest in cells)]
    spec = network_of(cli("init", write(tmp_path, rows)), tmp_path)
    assert (spec.data.rate_hz, spec.data.time) == (HZ, name)
    raw = load_csv_tracks(tmp_path / "moves.csv", replace(spec.data, rate_hz=None), 1)
    assert raw.rate_hz == pytest.approx(HZ)
    assert len(raw.train) + len(raw.test) == 4 * 4


def test_rows_that_go_on_are_said_to_be_like_samples(cli: Cli, tmp_path: Path) -> None:
    """A table of movements whose times nobody can read is no table of features; one of features is none of movements, sorted or not."""
    rows = motions([("walk", "a", 4.0), ("run", "a", 4.0)])
    table = [",".join(np.delete(row.split(","), [0, 3])) for row in rows]
    assert "follow each other as samples of a sensor do" in cli("init", write(tmp_path, table)).err
    rng = np.random.default_rng(0)
    assert "follow each other" not in cli("init", write(tmp_path, [table[0], *rng.permutation(table[1:])])).err
    sorted_rows = [f"{rng.normal(size)},{rng.normal(-size)},{size}" for size in (0, 9) for _ in range(99)]
    assert "follow each other" not in cli("init", write(tmp_path, ["a,b,kind", *sorted_rows])).err


def test_another_column_of_times_is_no_axis(cli: Cli, tmp_path: Path) -> None:
    """Tables put below each other, each with its header."""
    rows = [f"{row},{k / HZ}" for k, row in enumerate(motions([("walk", "a", 4.0), ("run", "a", 4.0)] * 2)[1:])]
    rows = [row.replace(",a,", ",") for row in rows]
    header = "timestamp,ax,ay,move,seconds_elapsed"
    done = cli("init", write(tmp_path, [header, *rows[:400], header, *rows[400:]]), "--label", "move", "--json", "-")
    assert done.json["features"] == ["ax", "ay"]


def recorded(cli: Cli, folder: Path, seconds: NDArray[np.float64]) -> tuple[int, float, str]:
    """Recordings, rate and notes of a walk and a run with these times."""
    rows = [
        "time,ax,ay,move",
        *(f"{second:.6f},{k % 7},{k % 3},{move}" for move in ("walk", "run") for k, second in enumerate(seconds)),
    ]
    done = cli("init", write(folder, rows), "--json", "-")
    assert done.status == 0, done.err
    return done.json["recordings"], done.json["rate_hz"], done.err


def test_clocks_that_are_not_even(cli: Cli, tmp_path: Path) -> None:
    """Rows with one time are samples of a clock that is coarse, and a recording ends where many are missing."""
    even = np.arange(800) / HZ
    assert recorded(cli, tmp_path, even)[:2] == (2, HZ)
    assert recorded(cli, tmp_path, np.floor(even * 25) / 25)[:2] == (2, HZ)
    recordings, rate_hz, said = recorded(cli, tmp_path, np.delete(even, np.arange(300, 400)))
    assert (recordings, rate_hz) == (4, HZ)
    assert "2 times samples are missing" in said
    uneven = even + np.where(np.arange(800) % 8 == 1, 0.013, 0)
    assert "steps of time differ from the usual 0.02 s" in recorded(cli, tmp_path, uneven)[2]


def test_one_recording_of_each_class_is_enough(cli: Cli, tmp_path: Path) -> None:
    rows = [",".join(np.delete(row.split(","), 3)) for row in motions([("walk", "a", 16.0), ("run", "a", 16.0)])]
    done = cli("init", write(tmp_path, rows))
    network_of(done, tmp_path)
    assert "note: each class has one recording, which was divided into 8" in done.err
    assert accuracy(cli, tmp_path) >= 0.9


def test_recordings_end_where_time_begins_again(cli: Cli, tmp_path: Path) -> None:
    rows = motions([("walk", "a", 4.0)] * 3 + [("run", "a", 4.0), ("run", "b", 4.0)])
    assert cli("init", write(tmp_path, rows), "--json", "-").json["recordings"] == 5


def test_a_subject_for_each_class_cannot_test(cli: Cli, tmp_path: Path) -> None:
    rows = motions([("walk", "a", 4.0)] * 3 + [("run", "b", 4.0)] * 2)
    assert "each class is of one group only" in cli("init", write(tmp_path, rows)).message


def test_columns_of_movements_that_do_not_fit(cli: Cli, tmp_path: Path) -> None:
    file = write(tmp_path, motions([("walk", "a", 4.0), ("run", "a", 4.0)]))
    assert 'the column "subject" has one value, so that no other subject can test' in cli("init", file).message
    assert "--group who: " in cli("init", file, "--group", "who").message
    assert "--time when: " in cli("init", file, "--time", "when").message


def test_a_table_of_samples_with_a_time_is_no_movement(cli: Cli, tmp_path: Path) -> None:
    rows = ["time,a,kind", *(f"{k},{k % 7}.5,{'tap' if k % 2 else 'fan'}" for k in range(40))]
    assert network_of(cli("init", write(tmp_path, rows)), tmp_path).frontend is None
    days = [f"{date(2024, 1, 1) + timedelta(k)},{k % 7}.5,{k % 3},{'dry' if k < 60 else 'wet'}" for k in range(120)]
    assert network_of(cli("init", write(tmp_path, ["date,rain,wind,kind", *days])), tmp_path).frontend is None
