"""Source "tonic" with the real package, offline, on small files in the official layouts. Skipped where tonic is not installed."""

import inspect
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.network.file import parse_network

pytest.importorskip("tonic", reason="the extra `datasets` is not installed")
h5py: Any = pytest.importorskip("h5py")
import tonic.dataset

pytestmark = pytest.mark.filterwarnings("default")  # of tonic's own dependencies


@pytest.fixture(autouse=True)
def few_files_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """tonic downloads a data set anew unless it has thousands of files; these have a handful."""
    monkeypatch.setattr(
        tonic.dataset.Dataset, "_folder_contains_at_least_n_files_of_type", lambda self, count, ending: True
    )


def load(folder: Path, dataset: str, outputs: int, extra: str = "", sample_ms: float = 1000.0) -> EncodedData:
    text = f"""
        name = "net"
        [data]
        source = "tonic"
        dataset = "{dataset}"
        path = "{folder.name}"
        {extra}
        [encoding]
        kind = "events"
        ticks = 100
        sample_ms = {sample_ms}
        [[layer]]
        neurons = {outputs}
    """
    return load_data(parse_network(inspect.cleandoc(text), "net.toml", folder.parent))


def events(data: EncodedData) -> list[tuple[int, int]]:
    """(tick, channel) of the training samples."""
    return list(zip(data.train.ticks.tolist(), data.train.channels.tolist(), strict=True))


def write_cochlea(folder: Path, names: tuple[str, ...]) -> None:
    """The layout of SHD and SSC."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{name}.h5.zip").touch()
        with h5py.File(folder / f"{name}.h5", "w") as file:
            times, units = ([0.0, 0.5, 0.75], [0.25]), ([699, 0, 3], [1])
            for key, rows, kind in (("times", times, np.float16), ("units", units, np.uint16)):
                values = file.create_dataset(f"spikes/{key}", (2,), h5py.vlen_dtype(kind))
                for index, row in enumerate(rows):
                    values[index] = np.array(row, kind)
            file["labels"] = np.array([19, 2], np.uint16)
            file["extra/keys"] = np.array([b"zero"])
            file["extra/speaker"] = np.array([0, 1])


@pytest.mark.parametrize("dataset", ["SHD", "SSC"])
def test_cochlea_files(tmp_path: Path, dataset: str) -> None:
    folder = tmp_path / "here"
    write_cochlea(folder / dataset, tuple(f"{dataset.lower()}_{part}" for part in ("train", "test", "valid")))
    data = load(folder, dataset, 20)
    assert (data.channels, data.classes, data.train.labels.tolist()) == (700, 20, [19, 2])
    assert events(data) == [(0, 699), (50, 0), (75, 3), (25, 1)]
    assert data.train.offsets.tolist() == [0, 3, 4]


def test_cochlea_cropped_and_downsampled(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    write_cochlea(folder / "SHD", ("shd_train", "shd_test"))
    data = load(folder, "SHD", 20, "crop_ms = 600\ndownsample = 10")
    assert data.channels == 70
    assert events(data) == [(0, 69), (50, 0), (25, 0)]


def test_denoise_needs_a_camera(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    write_cochlea(folder / "SHD", ("shd_train", "shd_test"))
    with pytest.raises(ConfigError, match=r'denoise_ms needs the neighbours of a camera; dataset "SHD" has none'):
        load(folder, "SHD", 20, "denoise_ms = 10")


def write_nmnist(folder: Path, rows: list[tuple[int, int, int, int]]) -> None:
    """One recording of a 7 in each part: x, y, polarity and microseconds of each event, in five bytes."""
    record = bytes(byte for x, y, p, t in rows for byte in (x, y, p << 7 | t >> 16, t >> 8 & 0xFF, t & 0xFF))
    for part in ("Train", "Test"):
        (folder / "NMNIST" / part / "7").mkdir(parents=True)
        (folder / "NMNIST" / part / "7" / "00001.bin").write_bytes(record)
        (folder / "NMNIST" / f"{part.lower()}.zip").touch()


CAMERA_EVENTS = [(33, 0, 1, 20_000), (10, 20, 0, 100_000), (11, 20, 0, 101_000), (0, 33, 1, 299_000)]


def test_nmnist_files(tmp_path: Path) -> None:
    write_nmnist(tmp_path / "here", CAMERA_EVENTS)
    data = load(tmp_path / "here", "NMNIST", 10, sample_ms=300)
    assert (data.channels, data.train.labels.tolist(), data.test.labels.tolist()) == (34 * 34 * 2, [7], [7])
    plane = 34 * 34
    assert events(data) == [(6, plane + 33), (33, 20 * 34 + 10), (33, 20 * 34 + 11), (99, plane + 33 * 34)]


def test_nmnist_downsampled_has_the_channels_of_the_smaller_sensor(tmp_path: Path) -> None:
    write_nmnist(tmp_path / "here", CAMERA_EVENTS)
    data = load(tmp_path / "here", "NMNIST", 10, "downsample = 2", sample_ms=300)
    assert data.channels == 17 * 17 * 2
    assert events(data) == [(6, 289 + 16), (33, 10 * 17 + 5), (99, 289 + 16 * 17)]


def test_nmnist_denoised_keeps_events_with_a_neighbour(tmp_path: Path) -> None:
    write_nmnist(tmp_path / "here", CAMERA_EVENTS)
    data = load(tmp_path / "here", "NMNIST", 10, "denoise_ms = 5", sample_ms=300)
    assert events(data) == [(33, 20 * 34 + 11)]


def test_dvs_gesture_files(tmp_path: Path) -> None:
    folder = tmp_path / "here" / "DVSGesture"
    for part in ("Train", "Test"):
        recordings = folder / f"ibmGesture{part}" / "user01_fluorescent"
        recordings.mkdir(parents=True)
        np.save(recordings / "10.npy", np.array([[127.0, 0.0, 1.0, 0.0], [4.0, 127.0, 0.0, 500.0]]))
        (folder / f"ibmGesture{part}.tar.gz").touch()
    data = load(tmp_path / "here", "DVSGesture", 11, "downsample = 4")
    assert (data.channels, data.train.labels.tolist()) == (32 * 32 * 2, [10])
    assert events(data) == [(0, 1024 + 31), (50, 31 * 32 + 1)]


def test_smnist_files(tmp_path: Path) -> None:
    """The brightest pixel is touched once, and crossed up and down; each spike is doubled."""
    folder = tmp_path / "here" / "smnist"
    folder.mkdir(parents=True)
    image = np.zeros(784, np.uint8)
    image[100] = 255
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, 1, 28, 28) + image.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, 1) + bytes([3]))
    data = load(tmp_path / "here", "SMNIST", 10, sample_ms=1568)
    assert (data.channels, data.train.labels.tolist()) == (99, [3])
    assert min(channel for _, channel in events(data)) == 0
    assert {tick for tick, _ in events(data)} == {12}
