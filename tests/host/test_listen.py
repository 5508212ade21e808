"""`listen`: a recording on its way through a network with a front-end."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cli import run
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.prepare import load_spec, prepare
from wav_files import NETWORK, bytes_of, tone, write_tones, write_wav


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tones.toml, and learned.npz of a run of it."""
    folder = tmp_path_factory.mktemp("listen")
    write_tones(folder / "data")
    (folder / "tones.toml").write_text(NETWORK.format(path=folder / "data"), encoding="utf-8")
    assert run(["run", str(folder / "tones.toml"), "--epochs", "5", "--state-out", str(folder / "learned.npz")]) == 0
    return folder


def listen(tones: Path, file: Path, *more: str) -> dict[str, Any]:
    words = ["listen", str(tones / "tones.toml"), str(file), "--state", str(tones / "learned.npz")]
    assert run([*words, "--json", str(file.with_suffix(".json")), *more]) == 0
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("hertz", "name"), [(400, "low"), (1600, "high")])
def test_decision_is_that_of_the_emulator_given_the_samples(
    tones: Path, tmp_path: Path, hertz: float, name: str
) -> None:
    file = write_wav(tmp_path / "x.wav", tone(hertz))
    found = listen(tones, file)
    network = prepare(load_spec(str(tones / "tones.toml")), None, tones / "learned.npz").integer_network
    decided = Emulator(network).decide(read_wav(file).samples, None, learn=False)
    assert found["class"] == name
    assert list(found["scores"].values()) == (decided.counts / 256).tolist()


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_picture(tones: Path, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / f"x.{suffix}"
    listen(tones, write_wav(tmp_path / "x.wav", tone(400)), "--out", str(out))
    assert out.read_bytes().startswith(b"\x89PNG" if suffix == "png" else b"<?xml")


def test_what_is_changed_or_odd_is_said(tones: Path, tmp_path: Path) -> None:
    several = listen(tones, write_wav(tmp_path / "a.wav", np.tile(tone(400, rate_hz=16000), 2), rate_hz=16000))
    assert several["notes"] == ["its 2 channels were averaged", "brought from 16000 to 8000 samples a second"]
    (silent,) = listen(tones, write_wav(tmp_path / "b.wav", tone(400, size=0)))["notes"]
    assert silent.startswith("silent: ")
    loud = np.clip(tone(400, size=200_000), -32768, 32767)
    (clipped,) = listen(tones, write_wav(tmp_path / "c.wav", loud))["notes"]
    assert clipped.startswith("clipped: ")
    (short,) = listen(tones, write_wav(tmp_path / "d.wav", tone(400)[:20]))["notes"]
    assert short == "20 samples, less than a window of 256: zeros follow them"


def test_recordings_that_cannot_be_heard(tones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network, file = str(tones / "tones.toml"), tmp_path / "x.wav"

    def refusal(*words: str) -> str:
        assert run(["listen", *words]) == 2
        return capsys.readouterr().err

    assert "there is no such file; name a WAV recording" in refusal(network, str(file))
    file.write_bytes(bytes_of(3, bytes(16)))
    assert "convert it to 16 bits PCM" in refusal(network, str(file))
    file.write_bytes(bytes_of(1, b""))
    assert "the recording has no sample" in refusal(network, str(file))
    file.write_bytes(bytes_of(1, bytes(601 * 8000)))
    assert "listen shows 600 s at most" in refusal(network, str(file))
    assert "digits has no [frontend], so it hears nothing" in refusal("digits", str(file))
    assert "listen takes one recording" in refusal(network, str(file), "more")


class _Stream:
    """A microphone that gives a tone, and loses samples once."""

    def __init__(self, samplerate: float, channels: int, dtype: str, blocksize: int) -> None:
        assert (samplerate, channels, dtype) == (8000, 1, "int16")
        self._tone = tone(1600, seconds=60).astype(np.int16)
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, count: int) -> tuple[NDArray[np.int16], bool]:
        self._read += 1
        start = self._read * count
        return self._tone[start : start + count], self._read == 5


def _no_device(**_: object) -> None:
    raise LookupError("no default input device")


def stand_in(monkeypatch: pytest.MonkeyPatch, stream: object) -> None:
    """sounddevice with this as its stream."""
    module = SimpleNamespace(InputStream=stream, PortAudioError=LookupError)
    monkeypatch.setitem(sys.modules, "sounddevice", cast("ModuleType", module))


def test_microphone_decides_what_was_heard_last(tones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, _Stream)
    out = tmp_path / "live.json"
    words = ["listen", str(tones / "tones.toml"), "--microphone", "--seconds", "1", "--json", str(out)]
    assert run([*words, "--state", str(tones / "learned.npz")]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["decisions"] == {"high": 4, "low": 0}, "at 0.4 s, and from 0.8 s on, for samples were lost at 0.5 s"
    assert found["seconds"] == 1.0
    assert found["notes"] == ["samples were lost, and what was heard begins anew: is this machine busy?"]


def test_microphone_that_there_is_not(
    tones: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network = str(tones / "tones.toml")

    def refusal(*words: str) -> str:
        assert run(["listen", network, *words]) == 2
        return capsys.readouterr().err

    monkeypatch.setitem(sys.modules, "sounddevice", cast("ModuleType", None))
    assert "pip install 'sfdfa-codegen[microphone]'" in refusal("--microphone")
    stand_in(monkeypatch, _no_device)
    assert "no microphone that gives 8000 samples a second: no default input device" in refusal("--microphone")
    assert "a file ends by itself" in refusal("x.wav", "--seconds", "1")
    assert "--out draws one recording" in refusal("--microphone", "--out", "x.png")
    assert "listen takes one recording" in refusal("x.wav", "--microphone")
