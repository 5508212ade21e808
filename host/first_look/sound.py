"""What recordings of sound are like, and a network file for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.host.data.csv_table import Progress
from sfdfa_codegen.host.data.raw import RawData, Recordings
from sfdfa_codegen.host.data.signals import oddities
from sfdfa_codegen.host.data.wav import load_wav
from sfdfa_codegen.host.first_look.words import counted, listed, name_of, network_text, quoted
from sfdfa_codegen.host.network.spec import DataSpec, NetworkSpec

MOST_HZ: Final = 16_000
"""The usual rate of speech; of a faster one, frames of 512 samples would be too short."""
WINDOW_S: Final = 0.032
_FRONTEND: Final = """\
[frontend]
kind = "mel"      # 20 bands in 8 parts of a clip, made of samples by the device itself
# endpoint = true   # the device finds by itself where an utterance begins and ends"""


@dataclass(frozen=True)
class SoundLook:
    """What was heard. counts: recordings of each class, in the order of the class names. seconds: the shortest, the median and the longest of the training set."""

    name: str
    data: DataSpec
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    train: int
    rate_hz: float
    seconds: tuple[float, float, float]
    notes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Recordings and classes; their lengths and rate; the split; what is odd."""
        count = sum(self.counts)
        yield f"{count} recordings, {len(self.classes)} classes: {counted(self.classes, self.counts)}"
        shortest, median, longest = self.seconds
        yield f"{shortest:.2f} to {longest:.2f} s, half of them up to {median:.2f} s; {self.rate_hz:g} samples a second"
        chosen = (
            f'whole ones of the column "{self.data.group}"'
            if self.data.group
            else "as the data say, or as the same share of each class"
        )
        yield f"{self.train} recordings train, {count - self.train} test, chosen {chosen}"
        yield from (f"note: {note}" for note in self.notes)

    def network_file(self, file: str | None = None) -> str:
        """TOML with comments, which call it `file`, by default as the network."""
        data = ['source = "wav"', f"path = {quoted(self.data.path or '')}   # relative to this file"]
        if self.data.label:
            data.append(f"label = {quoted(self.data.label)}")
        if self.data.part:
            data.append(f"part = {quoted(self.data.part)}   # cells are train or test")
        if self.data.group:
            data.append(f"group = {quoted(self.data.group)}   # each is on one side of the split")
        data.append(f"rate_hz = {self.rate_hz:g}   # others are brought to it, with the extra audio")
        data.append(f"# {len(self.classes)} classes: {listed(self.classes)}")
        return network_text(self.name, file, data, _FRONTEND, len(self.classes))

    def json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "samples": sum(self.counts),
            "train_samples": self.train,
            "classes": dict(zip(self.classes, self.counts, strict=True)),
            "rate_hz": self.rate_hz,
            "seconds": dict(zip(("shortest", "median", "longest"), self.seconds, strict=True)),
            "group": self.data.group,
        }


def look_at_sound(path: Path, data: DataSpec, progress: Progress | None) -> SoundLook:
    """Recordings of a folder, or of a table of files. Raises as `load_wav`."""
    raw = load_wav(path, data, NetworkSpec.seed, progress)
    assert raw.rate_hz is not None
    labels = np.concatenate((raw.train.labels, raw.test.labels))
    lengths = np.diff(raw.train.offsets) / raw.rate_hz
    rate_hz = min(raw.rate_hz, MOST_HZ)
    return SoundLook(
        name=name_of(path),
        data=data,
        classes=raw.class_names,
        counts=tuple(np.bincount(labels, minlength=len(raw.class_names)).tolist()),
        train=len(raw.train),
        rate_hz=rate_hz,
        seconds=(float(lengths.min()), float(np.median(lengths)), float(lengths.max())),
        notes=tuple(_notes(raw, rate_hz)),
    )


def _notes(raw: RawData[Recordings], rate_hz: float) -> Iterator[str]:
    assert raw.rate_hz is not None
    yield from raw.notes
    yield from oddities(raw, round(WINDOW_S * raw.rate_hz))
    if rate_hz < raw.rate_hz:
        yield (
            f"most have {raw.rate_hz:g} samples a second, the network takes {rate_hz:g}: that needs the extra audio, and a microphone of that rate"
        )
