"""Source "wav": a folder with a folder of recordings for each class, or a table of files and labels."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.csv_table import distinct, read_table
from sfdfa_codegen.host.data.raw import RawData, Recordings
from sfdfa_codegen.host.data.tables import split_off
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.network.spec import DataSpec

PARTS: Final = ("train", "test")
FILE_COLUMN: Final = "file"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Clip:
    """A recording that is not read yet. part: train, test, or None where that is to be drawn."""

    path: Path
    label: str
    part: str | None
    group: str | None = None


def load_wav(path: Path, data: DataSpec, seed: int, progress: Progress | None = None) -> RawData[Recordings]:
    """The recordings below a folder, or of a table. progress: told bytes of files read, and of how many.

    Raises DataError (what is wrong with a file) or ConfigError (a key of `[data]` that does not fit).
    """
    clips = _clips_of_folder(path) if path.is_dir() else _clips_of_table(path, data)
    classes = tuple(distinct([clip.label for clip in clips]))
    if len(classes) < 2:
        raise DataError(f'{path}: all recordings are of the class "{classes[0]}"; two classes are needed at least')
    samples, rate_hz, notes = _read(clips, data.rate_hz, progress)
    offsets = np.cumsum([0, *(len(part) for part in samples)]).astype(np.int64)
    number = {name: index for index, name in enumerate(classes)}
    labels = np.array([number[clip.label] for clip in clips])
    whole = Recordings(np.concatenate(samples)[:, None], offsets, labels)
    names = [clip.group for clip in clips if clip.group is not None]
    groups = np.unique(names, return_inverse=True)[1].astype(np.int64) if names else None
    train, test = _split(clips, labels, groups, data, seed)
    return RawData(
        str(path),
        whole.take(train),
        whole.take(test),
        class_names=classes,
        notes=notes,
        rate_hz=rate_hz,
        train_groups=None if groups is None else groups[train],
    )


def _clips_of_folder(path: Path) -> list[_Clip]:
    """path/CLASS/*.wav, or path/train/CLASS/*.wav and path/test/CLASS/*.wav."""
    names = {entry.name for entry in path.iterdir() if entry.is_dir()}
    roots = [(path / part, part) for part in PARTS] if set(PARTS) <= names else [(path, None)]
    clips = [
        _Clip(file, folder.name, part)
        for root, part in roots
        for folder in sorted(root.iterdir())
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix.lower() == ".wav"
    ]
    if not clips:
        raise DataError(
            f"{path}: there are no recordings; they are to lie in a folder for each class, such as {path}/yes/1.wav"
        )
    return clips


def _clips_of_table(path: Path, data: DataSpec) -> list[_Clip]:
    """Columns: file (relative to the table), the label, and those that [data] part and group name."""
    named = {name for name in (FILE_COLUMN, data.label, data.part, data.group) if name is not None}
    table = read_table(path, frozenset(named))
    label = table.names[-1] if data.label is None else data.label
    for name in (*named, label):
        if name not in table.names:
            raise ConfigError(f'{path} has no column "{name}"; it has {", ".join(table.names)}')
    rows = len(table.words(FILE_COLUMN))
    parts = [None] * rows if data.part is None else [word.lower() for word in table.words(data.part)]
    for row, part in enumerate(parts):
        if part not in (None, *PARTS):
            raise DataError(f'{path}, line {table.line(row)}, column "{data.part}": "{part}"; must be train or test')
    groups = [None] * rows if data.group is None else table.words(data.group)
    columns = zip(table.words(FILE_COLUMN), table.words(label), parts, groups, strict=True)
    return [_Clip(path.parent / file, name, part, group) for file, name, part, group in columns]


def _read(
    clips: list[_Clip], rate_hz: float | None, progress: Progress | None
) -> tuple[list[NDArray[np.int16]], float, tuple[str, ...]]:
    """Samples of each recording, one channel at one rate; that rate, and notes on what was changed."""
    samples, rates, mixed, done = [], [], 0, 0
    sizes = [clip.path.stat().st_size if clip.path.is_file() else 0 for clip in clips]
    for clip, size in zip(clips, sizes, strict=True):
        wav = read_wav(clip.path)
        mixed += wav.samples.shape[1] > 1
        samples.append(mono(wav.samples))
        rates.append(wav.rate_hz)
        if progress is not None:
            done += size
            progress(done, sum(sizes))
    rate = Counter(rates).most_common(1)[0][0] if rate_hz is None else rate_hz
    others = [index for index, given in enumerate(rates) if given != rate]
    for index in others:
        samples[index] = resampled(samples[index], rates[index], rate, clips[index].path)
    notes = (
        f"{mixed} of {len(clips)} recordings have several channels, which were averaged" if mixed else "",
        f"{len(others)} of {len(clips)} recordings were brought to {rate:g} samples a second" if others else "",
    )
    return samples, float(rate), tuple(note for note in notes if note)


def mono(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """(samples,): the mean of the channels of (samples, channels)."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    mean: NDArray[np.int16] = np.rint(samples.mean(axis=1)).astype(np.int16)
    return mean


def resampled(samples: NDArray[np.int16], given_hz: int, wanted_hz: float, path: Path) -> NDArray[np.int16]:
    """Samples, along the first axis, at another rate. Raises ConfigError without soxr, DataError if nothing is left of `path`."""
    try:
        soxr: Any = import_module("soxr")
    except ImportError as error:
        raise ConfigError(
            f"{path} has {given_hz} samples a second, wanted are {wanted_hz:g}; to change that, "
            "pip install 'sfdfa-codegen[audio]'"
        ) from error
    found = soxr.resample(samples.astype(np.float32), given_hz, wanted_hz)
    resampled: NDArray[np.int16] = np.clip(np.rint(found), -32768, 32767).astype(np.int16)
    if not resampled.size:
        raise DataError(f"{path}: nothing is left of it at {wanted_hz:g} samples a second; leave it out")
    return resampled


def _split(
    clips: Iterable[_Clip],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    data: DataSpec,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the recordings of the training and the test set."""
    parts = [clip.part for clip in clips]
    if None not in parts:
        found = tuple(np.array([index for index, part in enumerate(parts) if part == name]) for name in PARTS)
        for name, indices in zip(PARTS, found, strict=True):
            if not indices.size:
                raise DataError(f"no recording is in the {name} part")
        return found[0], found[1]
    split = split_off(labels, np.arange(len(labels)) if groups is None else groups, data.test, seed)
    return split.train, split.test
