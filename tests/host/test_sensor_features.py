"""Features of recordings: a tone is where its frequency is."""

from pathlib import Path

import numpy as np
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.experiments.sensor_features import (
    AXES,
    FRAME,
    MEL_BANDS,
    MEL_FRAMES,
    SOUND_HZ,
    WATCH_HZ,
    mel_bank,
    sound_features,
    watch_features,
)


def test_a_movement_of_two_hertz_is_in_its_band_of_its_axis(tmp_path: Path) -> None:
    seconds = np.arange(400) / WATCH_HZ
    readings = np.zeros((400, 6), np.float32)
    readings[:, 2] = 5 + np.sin(2 * np.pi * 2 * seconds)
    ends = np.array([0, 230, 400])
    np.savez(tmp_path / "w.npz", x=readings, offsets=ends, y=np.array([1, 0]), subject=np.array([7, 8]))
    table = watch_features(NumpyArchive(tmp_path / "w.npz"))
    assert table.values.shape == (3, 8 * len(AXES)) == (3, len(table.names))
    assert (table.labels.tolist(), table.groups.tolist()) == ([1, 1, 0], [7, 7, 8])
    row = dict(zip(table.names, table.values[0].tolist(), strict=True))
    assert abs(row["az_mean"] - 5) < 0.1 and row["ax_mean"] == 0
    bands = {name: value for name, value in row.items() if name.startswith("az_band")}
    assert max(bands, key=lambda name: bands[name]) == "az_band3"  # 1.5 to 3 Hz


def test_filters_cover_all_frequencies_and_are_triangles() -> None:
    bank = mel_bank()
    assert bank.shape == (MEL_BANDS, FRAME // 2 + 1)
    assert (bank.sum(axis=0)[2:-1] > 0).all() and bank.max() <= 1.0
    assert (np.diff(bank.argmax(axis=1)) > 0).all()


def test_a_clip_of_a_tone_is_loudest_in_one_band_however_loud_it_is(tmp_path: Path) -> None:
    tone = 3000 * np.sin(2 * np.pi * 1000 * np.arange(2000) / SOUND_HZ)
    np.savez(
        tmp_path / "s.npz",
        pcm=np.concatenate((tone, 4 * tone, tone[:100])).astype(np.int16),
        off=np.array([0, 2000, 4000, 4100]),
        digit=np.array([3, 4, 5]),
        speaker=np.array([0, 1, 1]),
    )
    table = sound_features(NumpyArchive(tmp_path / "s.npz"))
    assert table.values.shape == (3, MEL_FRAMES * MEL_BANDS)
    loudest = table.values.reshape(3, MEL_FRAMES, MEL_BANDS).argmax(axis=2)
    assert len(set(loudest[:2].ravel().tolist())) == 1
    assert np.allclose(table.values.mean(axis=1), 0)
    assert abs(table.values[0].max() - table.values[1].max()) < 0.5
    assert (table.labels.tolist(), table.groups.tolist()) == ([3, 4, 5], [0, 1, 1])
