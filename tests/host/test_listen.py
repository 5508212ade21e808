"""`listen`: a recording on its way through a network with a front-end."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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
