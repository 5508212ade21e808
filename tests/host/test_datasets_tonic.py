"""Source "tonic", against a stand-in package. test_datasets_tonic_real.py has the real one."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError, SfdfaError
from sfdfa_codegen.host.data.tonic import load_tonic
from sfdfa_codegen.host.network.spec import DataSpec, EncodingSpec

ENCODING = EncodingSpec("events", ticks=10, sample_ms=1.0)
Sample = tuple[Any, Any]


def structured(fields: str, rows: list[tuple[int, ...]]) -> NDArray[Any]:
    return np.array(rows, [(field, np.int64) for field in fields])


class Audio:
    """Like SHD: no y, and a polarity that says nothing."""

    sensor_size = (5, 1, 1)
    samples: tuple[Sample, ...] = (
        (structured("txp", [(0, 4, 1), (150, 0, 1), (100, 2, 1), (9999, 1, 1)]), np.int64(1)),
    )

    def __init__(self, save_to: str, train: bool = True) -> None:
        self.save_to, self.train = save_to, train

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:
        return self.samples[index]


class Camera(Audio):
    """Like a DVS data set, with parts by name."""

    sensor_size = (3, 2, 2)
    samples = ((structured("xytp", [(2, 1, 0, 1), (0, 0, 0, 0)]), 0),)

    def __init__(self, save_to: str, split: str = "train") -> None:
        super().__init__(save_to, split == "train")


class Whole(Audio):
    """A data set in one piece."""

    def __init__(self, save_to: str) -> None:
        super().__init__(save_to)


class Broken(Audio):
    """Its download fails."""

    def __init__(self, save_to: str, train: bool = True) -> None:
        raise OSError("no network")


class Huge(Audio):
    """More channels than a uint16 can name."""

    sensor_size = (640, 480, 2)


def variant(name: str, **attributes: Any) -> type[Audio]:
    return type(name, (Audio,), attributes)


@pytest.fixture
def fake_tonic(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    datasets = ModuleType("tonic.datasets")
    for kind in (Audio, Camera, Whole, Broken, Huge):
        setattr(datasets, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, "tonic", ModuleType("tonic"))
    monkeypatch.setitem(sys.modules, "tonic.datasets", datasets)
    return datasets


def message(dataset: str) -> str:
    with pytest.raises(SfdfaError) as caught:
        load_tonic(DataSpec("tonic", dataset=dataset), Path("folder"), ENCODING)
    return str(caught.value)


@pytest.mark.usefixtures("fake_tonic")
def test_audio_is_binned_and_sorted() -> None:
    train = load_tonic(DataSpec("tonic", dataset="Audio"), Path("folder"), ENCODING).train
    assert (train.times.tolist(), train.channels.tolist(), train.offsets.tolist()) == ([0, 1, 1], [4, 0, 2], [0, 3])
    assert (train.labels.tolist(), train.channel_count, train.unit_us) == ([1], 5, None)


@pytest.mark.usefixtures("fake_tonic")
def test_camera_channels() -> None:
    test = load_tonic(DataSpec("tonic", dataset="Camera"), Path("folder"), ENCODING).test
    assert (test.times.tolist(), test.channels.tolist(), test.channel_count) == ([0, 0], [0, (1 * 2 + 1) * 3 + 2], 12)


@pytest.mark.usefixtures("fake_tonic")
def test_messages() -> None:
    assert '[data] dataset "Nope" is no class of tonic.datasets; there are: Audio, Broken, Camera' in message("Nope")
    assert '[data] dataset "Whole" has no training and test part in tonic' in message("Whole")
    assert (
        '"Huge" has sensor size (640, 480, 2); must be fixed, with at most 65535 channels after downsample'
        in message("Huge")
    )
    assert "tonic could not load Broken (train) from folder: no network. Files that are there already" in message(
        "Broken"
    )


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (((structured("tx", [(-1, 0)]), 0),), "tonic Odd in folder, train, sample 0: event 0 has a negative time"),
        (((structured("tx", [(0, 5)]), 0),), "sample 0: an event is outside the 5 x 1 sensor"),
        (((structured("tq", [(0, 5)]), 0),), "sample 0: events have the fields t, q; must have t, x"),
        (((np.zeros(3), 0),), "sample 0: events have the fields none; must have t, x"),
        (((structured("tx", [(0, 0)]), "left"),), "sample 0: cannot be read: invalid literal for int()"),
    ],
)
def test_samples_that_do_not_fit(fake_tonic: ModuleType, samples: tuple[Sample, ...], expected: str) -> None:
    fake_tonic.Odd = variant("Odd", samples=samples)  # type: ignore[attr-defined]
    assert expected in message("Odd")


def test_an_empty_part(fake_tonic: ModuleType) -> None:
    fake_tonic.Empty = variant("Empty", samples=())  # type: ignore[attr-defined]
    assert load_tonic(DataSpec("tonic", dataset="Empty"), Path("folder"), ENCODING).train.offsets.tolist() == [0]


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tonic", None)
    monkeypatch.setitem(sys.modules, "tonic.datasets", None)
    with pytest.raises(ConfigError, match=r"needs the package tonic: pip install 'sfdfa-codegen\[datasets\]'"):
        load_tonic(DataSpec("tonic", dataset="SHD"), Path("folder"), ENCODING)


def test_a_damaged_file_of_tonic_is_a_data_error(fake_tonic: ModuleType) -> None:
    def fail(self: Audio, index: int) -> Sample:
        raise ValueError("truncated")

    fake_tonic.Bad = variant("Bad", __getitem__=fail)  # type: ignore[attr-defined]
    with pytest.raises(DataError, match=r"train, sample 0: cannot be read: truncated"):
        load_tonic(DataSpec("tonic", dataset="Bad"), Path("folder"), ENCODING)
