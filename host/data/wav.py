"""Source "wav": a folder with a folder of recordings for each class, or a table of files and labels."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.csv_table import Table, distinct, read_table
from sfdfa_codegen.host.data.raw import RawData, Recordings
from sfdfa_codegen.host.data.tables import split_off
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.network.spec import DataSpec

PARTS: Final = ("train", "test")
FILE_COLUMNS: Final = ("file", "filename", "file_name", "path", "filepath", "wav")
"""Names of the column of files, the first one that a table has."""
SOUNDS: Final = frozenset(
    {".aac", ".aif", ".aiff", ".amr", ".caf", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".webm", ".wma"}
)
"""Other formats of sound, by the ends of their files' names."""
MOST_SEARCHED: Final = 10_000
"""Files that are looked at to say why there are no recordings."""
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
        if _is_wav(file)
    ]
    if not clips:
        raise DataError(f"{path}: {_why_none(path)}")
    return clips


def _is_wav(file: Path) -> bool:
    """Those whose names begin with a point belong to a system, not to a user."""
    return file.suffix.lower() == ".wav" and not file.name.startswith(".")


def _why_none(path: Path) -> str:
    """What there is instead of recordings in folders by class, and what to do."""
    other = "or write a table (CSV) with the columns file and label"
    files = sorted(islice((file for file in path.rglob("*") if file.is_file()), MOST_SEARCHED))
    found = next(filter(_is_wav, files), None)
    if found is not None and found.parent == path:
        return f"recordings lie in it without a class, such as {found.name}; make a folder for each class, {other}"
    if found is not None:
        return f"recordings lie deeper, such as {found.relative_to(path)}, and which folder is the class is not known; move them to CLASS/FILE.wav, {other}"
    sound = next((file for file in files if file.suffix.lower() in SOUNDS), None)
    if sound is not None:
        return f"there are no WAV files, but {sound.suffix} ones such as {sound.relative_to(path)}; convert them, as `ffmpeg -i {sound.name} {sound.stem}.wav` does"
    table = next((file for file in files if file.suffix.lower() == ".csv"), None)
    if table is not None:
        return f"there are no WAV files, but tables such as {table.relative_to(path)}; write movements into one table, below each other, with a column of times and one of the class"
    return f"there are no recordings; they are to lie in a folder for each class, such as {path}/yes/1.wav"


def _clips_of_table(path: Path, data: DataSpec) -> list[_Clip]:
    """Columns: file (relative to the table), the label, and those that [data] part and group name."""
    chosen = {name for name in (data.label, data.part, data.group) if name is not None}
    table = read_table(path, frozenset(chosen | set(FILE_COLUMNS)))
    file_column = file_column_of(table) or FILE_COLUMNS[0]
    named = chosen | {file_column}
    label = table.names[-1] if data.label is None else data.label
    for name in (*named, label):
        if name not in table.names:
            raise ConfigError(f'{path} has no column "{name}"; it has {", ".join(table.names)}')
    rows = len(table.words(file_column))
    parts = [None] * rows if data.part is None else [word.lower() for word in table.words(data.part)]
    for row, part in enumerate(parts):
        if part not in (None, *PARTS):
            raise DataError(f'{path}, line {table.line(row)}, column "{data.part}": "{part}"; must be train or test')
    groups = [None] * rows if data.group is None else table.words(data.group)
    files = [_named_by(table, row, file) for row, file in enumerate(table.words(file_column))]
    columns = zip(files, table.words(label), parts, groups, strict=True)
    return [_Clip(file, name, part, group) for file, name, part, group in columns]


def file_column_of(table: Table) -> str | None:
    """The column that names files, if the table has one."""
    return next((name for name in FILE_COLUMNS if name in table.texts), None)


def _named_by(table: Table, row: int, file: str) -> Path:
    """Relative to the table. A path may be written as Windows does."""
    found = table.path.parent / file
    if not found.exists() and "\\" in file:
        found = table.path.parent / file.replace("\\", "/")
    if not found.exists():
        raise DataError(
            f"{table.path}, line {table.line(row)}: there is no file {found}; paths are relative to the table"
        )
    return found


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
