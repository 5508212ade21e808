"""NeuroBench's few-shot class-incremental learning on MSWC: base classes, then a session for each language, in which a device goes on learning from a few recordings of each new word.

python mswc_sessions.py mswc.toml MSWC [SHOTS]

After each session it is tested on the base classes and on all words so far, as the benchmark has it: SHOTS recordings of a word are learned (5), each once, in mixed order, and 100 others test. The order of the
languages and the draw of the recordings are those of the network's seed.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from prepare import clip, lines_of
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Features, Recordings
from sfdfa_codegen.host.data.recordings import readings_of
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.data.wav import mono
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

QUERIES = 100
"""Recordings of a word that test, at the most."""


def recordings_of(folder: Path, names: list[str], labels: list[int]) -> Recordings:
    samples = [mono(read_wav(folder / name).samples) for name in names]
    offsets = np.cumsum([0, *map(len, samples)]).astype(np.int64)
    return Recordings(np.concatenate(samples)[:, None], offsets, np.array(labels))


def languages_of(folder: Path) -> list[str]:
    """Those with words that are no base classes."""
    return sorted(table.parent.name for table in folder.glob("*/evaluation.csv"))


def session_of(
    folder: Path, language: str, first: int, shots: int, rng: np.random.Generator
) -> tuple[Recordings, Recordings]:
    """What is learned of a language, in mixed order, and what tests it. Its words are numbered from `first`."""
    files: dict[str, list[str]] = {}
    for file, word, spoken in lines_of(folder / language / "evaluation.csv"):
        files.setdefault(word, []).append(clip(file, spoken))
    support: list[tuple[str, int]] = []
    queries: list[tuple[str, int]] = []
    for number, word in enumerate(sorted(files), first):
        drawn = [files[word][index] for index in rng.permutation(len(files[word]))]
        support += [(name, number) for name in drawn[:shots]]
        queries += [(name, number) for name in drawn[shots : shots + QUERIES]]
    mixed = [support[index] for index in rng.permutation(len(support))]
    learned, tested = (
        recordings_of(folder, [name for name, _ in part], [label for _, label in part]) for part in (mixed, queries)
    )
    return learned, tested


def accuracy(device: Device, parts: list[SpikeDataset]) -> float:
    right = sum(int((device.run_samples(part, False).predictions == part.labels).sum()) for part in parts)
    return right / sum(map(len, parts))


def main(network_file: str, folder: Path, shots: int) -> None:
    spec = load_spec(network_file)
    rng = np.random.default_rng(spec.seed)
    raw = load_raw(spec)
    assert raw.frontend is not None
    first = int(raw.train.labels.max()) + 1
    segments: list[tuple[str, Features]] = []
    languages = [languages_of(folder)[index] for index in rng.permutation(len(languages_of(folder)))]
    for language in languages:
        for part in session_of(folder, language, first, shots, rng):
            segments.append((language, Features(readings_of(raw.frontend, part.samples, part.offsets), part.labels)))
        first = int(segments[-1][1].labels.max()) + 1
    data = encode_raw(replace(raw, segments=tuple(segments)), spec)
    network = quantise(prepare_network(spec, data), data, spec)
    sessions = [segment.samples for segment in data.segments]
    with find_target("native").open(network) as device:
        stream(device, spec, replace(data, segments=()), RunPlan())
        print(f"base classes: {accuracy(device, [data.test]):.4f}")
        seen = [data.test]
        for language, support, queries in zip(languages, sessions[::2], sessions[1::2], strict=True):
            device.run_samples(support, True)
            seen.append(queries)
            words = (accuracy(device, part) for part in (seen, seen[:1], [queries]))
            print("{}: all {:.4f}, base {:.4f}, new words {:.4f}".format(language, *words))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else 5)
