"""Source "tonic": event data sets of the tonic package (SHD, SSC, NMNIST, DVSGesture, ...), if the extra is installed.

Microseconds are binned sample by sample, as recordings may be long. Channel = (polarity * height + y) * width + x.
"""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.datasets.raw import Events, RawData
from sfdfa_codegen.host.encoding import encode_events, tick_length_us
from sfdfa_codegen.host.spec import EncodingSpec
from sfdfa_codegen.host.spec_rules import MAX_CHANNELS

INSTALL_HINT: Final = "pip install 'sfdfa-codegen[datasets]'"


def load_tonic(dataset: str, folder: Path, encoding: EncodingSpec) -> RawData[Events]:
    """The data set of the class `tonic.datasets.<dataset>`, which is kept in, or downloaded into, `folder`.

    Raises ConfigError (tonic is missing, no such class, or one without training and test part) and DataError.
    """
    kind = _dataset_class(dataset)
    width, height, polarities = _sensor_size(dataset, kind)
    origin = f"tonic {dataset} in {folder}"
    parts: list[Events] = []
    for part in ("train", "test"):
        samples = _open(kind, dataset, folder, part)
        parts.append(_bin_samples(samples, (width, height, polarities), encoding, f"{origin}, {part}"))
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


def _sensor_size(dataset: str, kind: Callable[..., Any]) -> tuple[int, int, int]:
    size = getattr(kind, "sensor_size", None)
    if not (isinstance(size, tuple) and len(size) == 3 and np.prod(size) <= MAX_CHANNELS):
        raise ConfigError(
            f'[data] dataset "{dataset}" has sensor size {size}; must be fixed, with at most {MAX_CHANNELS} channels'
        )
    return size


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


def _bin_samples(samples: Any, size: tuple[int, int, int], encoding: EncodingSpec, origin: str) -> Events:
    """All samples, in ticks."""
    ticks, channels, counts, labels = [], [], [0], []
    for index in range(len(samples)):
        where = f"{origin}, sample {index}"
        events, label = _read_sample(samples, index, _fields(size), where)
        times, channel = _positions(events, encoding, where), _channels(events, size, where)
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


def _fields(size: tuple[int, int, int]) -> tuple[str, ...]:
    """Fields of an event that are needed for this sensor."""
    return ("t", "x", *(("y",) if size[1] > 1 else ()), *(("p",) if size[2] > 1 else ()))


def _read_sample(samples: Any, index: int, fields: tuple[str, ...], where: str) -> tuple[NDArray[Any], int]:
    """The structured events and the class number of one sample."""
    try:
        events, target = samples[index]
        label = int(target)
    except Exception as error:  # a damaged file, or targets that are not class numbers
        raise DataError(f"{where}: cannot be read: {error}") from error
    names = getattr(getattr(events, "dtype", None), "names", None) or ()
    if not set(fields) <= set(names):
        raise DataError(f"{where}: events have the fields {', '.join(names) or 'none'}; must have {', '.join(fields)}")
    return events, label


def _positions(events: NDArray[Any], encoding: EncodingSpec, where: str) -> NDArray[np.float64]:
    """Times in ticks; tonic gives microseconds."""
    times = events["t"].astype(np.float64)
    if not (times >= 0).all():
        raise DataError(f"{where}: event {np.flatnonzero(~(times >= 0))[0]} has a negative time")
    return np.asarray(times / tick_length_us(encoding))


def _channels(events: NDArray[Any], size: tuple[int, int, int], where: str) -> NDArray[np.int64]:
    """Channel numbers; a sensor with one polarity or one row has no say in them."""
    width, height, polarities = size
    x = events["x"].astype(np.int64)
    y = events["y"].astype(np.int64) if height > 1 else np.zeros_like(x)
    p = (events["p"] > 0).astype(np.int64) if polarities > 1 else np.zeros_like(x)
    if ((x < 0) | (x >= width) | (y < 0) | (y >= height)).any():
        raise DataError(f"{where}: an event is outside the {width} x {height} sensor")
    return (p * height + y) * width + x
