"""Source "tonic": event data sets of the tonic package (SHD, SSC, NMNIST, DVSGesture, ...), if the extra is installed.

tonic's own transforms are applied to each recording: Denoise, then CropTime, then Downsample, as the network file asks. Microseconds are
binned sample by sample, as recordings may be long. Channel = (polarity * height + y) * width + x, of the sensor after Downsample.
"""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.encoding import encode_events, tick_length_us
from sfdfa_codegen.host.data.raw import Events, RawData
from sfdfa_codegen.host.network.rules import MAX_CHANNELS
from sfdfa_codegen.host.network.spec import DataSpec, EncodingSpec

INSTALL_HINT: Final = "pip install 'sfdfa-codegen[datasets]'"


_Size = tuple[int, int, int]
"""Width, height and polarities of a sensor."""


def load_tonic(data: DataSpec, folder: Path, encoding: EncodingSpec) -> RawData[Events]:
    """The data set of the class `tonic.datasets.<data.dataset>`, which is kept in, or downloaded into, `folder`.

    Raises ConfigError (tonic is missing, no such class, one without training and test part, or transforms that do not fit) and DataError.
    """
    dataset = data.dataset or ""
    kind = _dataset_class(dataset)
    _check_size(dataset, getattr(kind, "sensor_size", None), data.downsample)
    origin = f"tonic {dataset} in {folder}"
    parts: list[Events] = []
    for part in ("train", "test"):
        samples = _open(kind, dataset, folder, part)
        size = _check_size(dataset, samples.sensor_size, data.downsample)
        reader = _Reader(samples, size, _transforms(data, size), data.downsample)
        parts.append(_bin_samples(reader, encoding, f"{origin}, {part}"))
    return RawData(origin, train=parts[0], test=parts[1])


def _dataset_class(dataset: str) -> Callable[..., Any]:
    try:
        datasets = importlib.import_module("tonic.datasets")
    except ImportError as error:
        raise ConfigError(f'[data] source "tonic" needs the package tonic: {INSTALL_HINT} ({error})') from error
    kind = getattr(datasets, dataset, None)
    if not inspect.isclass(kind):
        names = sorted(name for name, value in vars(datasets).items() if inspect.isclass(value))
        raise ConfigError(f'[data] dataset "{dataset}" is no class of tonic.datasets; there are: {", ".join(names)}')
    return kind


def _check_size(dataset: str, size: Any, downsample: int) -> _Size:
    """The sensor's size; some classes, such as SMNIST, know it only once they are opened, and None passes until then."""
    if size is None:
        return (0, 0, 0)
    if not (isinstance(size, tuple) and len(size) == 3 and np.prod(_downsampled(size, downsample)) <= MAX_CHANNELS):
        raise ConfigError(
            f'[data] dataset "{dataset}" has sensor size {size}; must be fixed, with at most {MAX_CHANNELS} channels '
            "after downsample"
        )
    return size


def _downsampled(size: _Size, downsample: int) -> _Size:
    return -(-size[0] // downsample), -(-size[1] // downsample), size[2]


def _transforms(data: DataSpec, size: _Size) -> list[Callable[[Any], Any]]:
    """tonic's, in the order in which they are applied. Raises ConfigError for one that the sensor cannot have."""
    chosen: list[Callable[[Any], Any]] = []
    if data.denoise_ms is None and data.crop_ms is None and data.downsample == 1:
        return chosen
    transforms = importlib.import_module("tonic.transforms")
    if data.denoise_ms is not None:
        if size[1] == 1:
            raise ConfigError(f'[data] denoise_ms needs the neighbours of a camera; dataset "{data.dataset}" has none')
        chosen.append(transforms.Denoise(filter_time=1000.0 * data.denoise_ms))
    if data.crop_ms is not None:
        chosen.append(transforms.CropTime(max=1000.0 * data.crop_ms))  # without max, the first recording would set it
    if data.downsample > 1:
        chosen.append(transforms.Downsample(spatial_factor=1.0 / data.downsample))
    return chosen


def _open(kind: Callable[..., Any], dataset: str, folder: Path, part: str) -> Any:
    parameters = inspect.signature(kind).parameters
    if "train" in parameters:
        choice: dict[str, Any] = {"train": part == "train"}
    elif "split" in parameters:
        choice = {"split": part}
    else:
        raise ConfigError(f'[data] dataset "{dataset}" has no training and test part in tonic')
    try:
        return kind(save_to=str(folder), **choice)
    except Exception as error:  # downloads, archives and h5py raise what they like
        raise DataError(
            f"tonic could not load {dataset} ({part}) from {folder}: {error}. Files that are there already are not used "
            f"unless they are in {folder / dataset} with their archive beside them (for SHD an empty shd_{part}.h5.zip)"
        ) from error


@dataclass(frozen=True)
class _Reader:
    """One part of a data set. size: of its sensor, before `transforms` are applied to each recording."""

    samples: Any
    size: _Size
    transforms: list[Callable[[Any], Any]]
    downsample: int

    def read(self, index: int, where: str) -> tuple[NDArray[Any], int]:
        """The structured events and the class number of one sample. Raises DataError."""
        try:
            events, target = self.samples[index]
            label = int(target)
        except Exception as error:  # a damaged file, or targets that are not class numbers
            raise DataError(f"{where}: cannot be read: {error}") from error
        fields = _fields(self.size)
        names = getattr(getattr(events, "dtype", None), "names", None) or ()
        if not set(fields) <= set(names):
            raise DataError(
                f"{where}: events have the fields {', '.join(names) or 'none'}; must have {', '.join(fields)}"
            )
        _check_places(events, self.size, where)
        for transform in self.transforms if len(events) else ():
            events = transform(events)
        return events, label


def _bin_samples(reader: _Reader, encoding: EncodingSpec, origin: str) -> Events:
    """All samples, in ticks."""
    ticks, channels, counts, labels = [], [], [0], []
    size = _downsampled(reader.size, reader.downsample)
    for index in range(len(reader.samples)):
        where = f"{origin}, sample {index}"
        events, label = reader.read(index, where)
        times, channel = _positions(events, encoding, where), _channels(events, size)
        offsets = np.array([0, len(times)])
        binned = encode_events(times.__getitem__, channel, offsets, np.zeros(1, np.int64), encoding.ticks)
        ticks.append(binned.ticks)
        channels.append(binned.channels)
        counts.append(len(binned.ticks))
        labels.append(label)
    none = [np.zeros(0, np.uint16)]
    return Events(
        times=np.concatenate(ticks or none),
        channels=np.concatenate(channels or none),
        offsets=np.cumsum(counts, dtype=np.int64),
        labels=np.array(labels, np.int64),
        channel_count=int(np.prod(size)),
        unit_us=None,
    )


def _fields(size: _Size) -> tuple[str, ...]:
    """Fields of an event that are needed for this sensor."""
    return ("t", "x", *(("y",) if size[1] > 1 else ()), *(("p",) if size[2] > 1 else ()))


def _check_places(events: NDArray[Any], size: _Size, where: str) -> None:
    width, height, _ = size
    x, y = events["x"], events["y"] if height > 1 else np.zeros(1)
    if (x < 0).any() or (x >= width).any() or (y < 0).any() or (y >= height).any():
        raise DataError(f"{where}: an event is outside the {width} x {height} sensor")


def _positions(events: NDArray[Any], encoding: EncodingSpec, where: str) -> NDArray[np.float64]:
    """Times in ticks; tonic gives microseconds."""
    times = events["t"].astype(np.float64)
    if not (times >= 0).all():
        raise DataError(f"{where}: event {np.flatnonzero(~(times >= 0))[0]} has a negative time")
    return np.asarray(times / tick_length_us(encoding))


def _channels(events: NDArray[Any], size: _Size) -> NDArray[np.int64]:
    """Channel numbers; a sensor with one polarity or one row has no say in them."""
    width, height, polarities = size
    x = events["x"].astype(np.int64)
    y = events["y"].astype(np.int64) if height > 1 else np.zeros_like(x)
    p = (events["p"] > 0).astype(np.int64) if polarities > 1 else np.zeros_like(x)
    return (p * height + y) * width + x
