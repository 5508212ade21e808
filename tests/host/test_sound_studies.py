"""The studies `speaker` and `front-end` on a made-up archive in the layout of FSDD."""

from pathlib import Path

import numpy as np
import pytest
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.fsdd import load_fsdd_speaker
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.experiments import front_end, speaker
from sfdfa_codegen.host.experiments.outcomes import Cell, Group, Outcome
from wav_files import tone


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two digits, a low and a high tone in a little noise, 20 clips of each of six speakers, who differ in pitch; below SFDFA_DATA."""
    rng = np.random.default_rng(4)
    voices = np.repeat(np.arange(6, dtype=np.uint8), 20)
    digits = np.tile(np.arange(2, dtype=np.uint8), 60)
    clips = [
        tone(400 * (1 + 3 * digit) * (1 + voice / 20), 0.2)[:, 0] + rng.normal(0, 30, 1600)
        for voice, digit in zip(voices.tolist(), digits.tolist(), strict=True)
    ]
    path = tmp_path / "fsdd" / "fsdd_8khz_int16.npz"
    path.parent.mkdir()
    np.savez(
        path,
        pcm=np.rint(np.concatenate(clips)).astype(np.int16),
        off=np.cumsum([0, *map(len, clips)]).astype(np.uint32),
        digit=digits,
        speaker=voices,
        index=np.tile(np.arange(20, dtype=np.uint8), 6),
    )
    monkeypatch.setenv("SFDFA_DATA", str(tmp_path))
    speaker._speaker.cache_clear()
    return path


def test_a_new_speaker_is_not_among_those_that_train(archive: Path) -> None:
    raw = load_fsdd_speaker(NumpyArchive(archive), 5)
    assert (len(raw.train), len(raw.test)) == (100, 20)
    pitches = {np.abs(np.fft.rfft(raw.test[k][:, 0])).argmax() for k in range(20)}
    assert pitches == {100, 400}, "400 and 1,600 Hz times 1.25, in steps of 5 Hz"
    with pytest.raises(DataError, match="speaker has 120 entries for 120 clips, or not 6 and others"):
        load_fsdd_speaker(NumpyArchive(archive), 6)


def test_all_learners_know_a_new_speaker_of_tones(archive: Path) -> None:
    groups = []
    for chosen in speaker.settings(quick=True):
        found = speaker.run(chosen, 1)
        assert found["mean"] >= 0.9, chosen["how"]
        groups.append(Group(chosen, (Outcome(Cell(chosen, 1), found, 0.0),)))
    said = speaker.findings(groups)
    assert "softmax regression 100.0 %" in said.answer


def test_front_end_in_integers_and_in_real_numbers(archive: Path) -> None:
    groups = []
    for chosen in front_end.settings(quick=True):
        found = front_end.run(chosen, 1)
        assert found["accuracy"] == 1.0, chosen["how"]
        groups.append(Group(chosen, (Outcome(Cell(chosen, 1), found, 0.0),)))
    integers, reals = (group.outcomes[0].result for group in groups)
    assert integers["worst"] is None
    assert 0 < reals["mean"] <= reals["worst"] < 0.03
    said = front_end.findings(groups)
    assert "fsdd-mel +0.00 points" in said.answer
