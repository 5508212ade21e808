"""Does it learn a new voice? Spoken digits of five speakers are learned, then those of a sixth, each predicted first."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.choice.folds import fold_numbers
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.fsdd import SPEAKERS, load_fsdd_speaker
from sfdfa_codegen.host.data.load import encode_raw
from sfdfa_codegen.host.data.locate import locate
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.signals import recordings_as_features
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, column, measured
from sfdfa_codegen.host.experiments.online_rivals import Rival, SoftmaxRegression, accuracy, best_rate, learn_passes
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group, Result, Settings, series
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.learning_rate import stream_rate_scale
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import EncodingSpec
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

PRESET: Final = "fsdd-mel"
NAMES: Final = {"network": "SFDFA, 8 bits", "rehearsal": "the same, 100 clips kept", "softmax": "softmax regression"}
COLOURS: Final = {"network": "blue", "rehearsal": "green", "softmax": "orange"}
KEPT: Final = 100
"""Clips that rehearsal keeps: 32 KB of readings."""
BLOCK: Final = 100
"""Clips of a point of the curve."""
SOFTMAX_RATES: Final = (0.001, 0.003, 0.01, 0.03)
SOFTMAX_PASSES: Final = 5
STREAM_SHARE: Final = 0.4
"""Of the rate of the training, in the stream of softmax regression, as in the study `rivals`."""
VALIDATION_FOLDS: Final = 5
NOTE: Final = (
    "FSDD, 8 kHz, each of the six speakers is the new one once. The preset fsdd-mel (160-64-10) with signed-ttfs learns the 2,500 clips of the others in its usual passes, in the generated C; then the 500 of the new one "
    "are mixed, predicted and learned one by one, at the default stream_rate. Softmax regression has the same features and order, five passes, and the rate that is best on a fifth of the training clips."
)

Flags = NDArray[np.bool_]


def settings(quick: bool) -> list[Settings]:
    """Quick: one new speaker, two passes."""
    more = {"speakers": 1, "epochs": 2} if quick else {"speakers": len(SPEAKERS)}
    return [{"network": PRESET, "how": how} | more for how in NAMES]


def run(settings: Settings, seed: int) -> Result:
    """What each new speaker's clips come to, in the mean over the speakers."""
    right = np.array([_follow(settings, speaker, seed) for speaker in range(settings["speakers"])])
    return {
        "mean": float(right.mean()),
        "first": float(right[:, :BLOCK].mean()),
        "last": float(right[:, -BLOCK:].mean()),
        "curve": [float(block.mean()) for block in np.array_split(right, max(1, right.shape[1] // BLOCK), axis=1)],
        "speakers": dict(zip(SPEAKERS, right.mean(axis=1).tolist(), strict=False)),
    }


@lru_cache(maxsize=len(SPEAKERS))
def _speaker(speaker: int) -> RawData[Features]:
    """Clips of the others to train, those of the speaker to test."""
    spec = load_spec(PRESET, None)
    path = locate(spec.data.path or "", Path(), spec.data.source)
    return recordings_as_features(load_fsdd_speaker(NumpyArchive(path), speaker), spec.frontend)


def _follow(settings: Settings, speaker: int, seed: int) -> Flags:
    """(clips,): which of the new speaker's are predicted rightly, each before it is learned."""
    raw = _speaker(speaker)
    order = np.random.default_rng([seed, 7]).permutation(len(raw.test.labels)).astype(np.int64)
    raw = replace(raw, test=raw.test.take(order))
    return _softmax(raw, seed) if settings["how"] == "softmax" else _network(raw, settings, seed)


def _network(raw: RawData[Features], settings: Settings, seed: int) -> Flags:
    spec = load_spec(PRESET, seed)
    kept = KEPT if settings["how"] == "rehearsal" else 0
    spec = replace(
        spec,
        encoding=EncodingSpec("signed-ttfs"),
        learning=make_learning(spec.layer_sizes, rehearsal=kept) if kept else spec.learning,
    )
    data = encode_raw(raw, spec)
    network = quantise(prepare_network(spec, data), data, spec)
    with trial_device(network) as device:
        stream(device, spec, data, RunPlan(test=0, epochs=settings.get("epochs")))
        device.set_rate_scale(stream_rate_scale(spec.learning))
        return np.asarray(device.run_samples(data.test, True).predictions == data.test.labels)


def _softmax(raw: RawData[Features], seed: int) -> Flags:
    train = raw.train.values.astype(np.float64)
    mean, deviation = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-9)
    train, labels = (train - mean) / deviation, raw.train.labels.astype(np.int64)
    rng = np.random.default_rng([seed, 4])
    orders = [rng.permutation(len(labels)).astype(np.int64) for _ in range(SOFTMAX_PASSES)]
    held_out = fold_numbers(labels, None, VALIDATION_FOLDS) == 0

    def made(rate: float) -> SoftmaxRegression:
        return SoftmaxRegression(train.shape[1], 1 + int(labels.max()), rate)

    def validated(rival: Rival) -> float:
        learn_passes(rival, train, labels, [order[~held_out[order]] for order in orders])
        return accuracy(rival, train[held_out], labels[held_out])

    rival = made(best_rate(made, SOFTMAX_RATES, validated))
    learn_passes(rival, train, labels, orders)
    right = np.zeros(len(raw.test.labels), np.bool_)
    for clip, (values, label) in enumerate(zip(raw.test.values, raw.test.labels.tolist(), strict=True)):
        features = (values - mean) / deviation
        right[clip] = rival.predict(features) == label
        rival.learn(features, label, STREAM_SHARE)
    return right


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(_columns(groups), groups), (_figure(groups),), (NOTE,))


def _columns(groups: list[Group]) -> tuple[Column[Group], ...]:
    return (
        as_set("how", "learner", NAMES),
        measured("mean", "all 500 clips", "per cent"),
        measured("first", "first 100", "per cent"),
        measured("last", "last 100", "per cent"),
        *(_of_speaker(name) for name in groups[0].outcomes[0].result["speakers"]),
    )


def _of_speaker(name: str) -> Column[Group]:
    def value(group: Group) -> Estimate | None:
        return Estimate.of([outcome.result["speakers"][name] for outcome in group.outcomes])

    return column(name, name, value, "per cent", detail=True)


def _answer(groups: list[Group]) -> str:
    said = []
    for group in groups:
        mean, last = group.estimate("mean"), group.estimate("last")
        if mean is not None and last is not None:
            said.append(
                f"{NAMES[group.settings['how']]} {100 * mean.mean:.1f} % ({100 * last.mean:.1f} % of the last 100)"
            )
    return f"Of a new speaker's clips, each learned after it was predicted, are right: {'; '.join(said)}."


def _figure(groups: list[Group]) -> Figure:
    lines = []
    for group in groups:
        curve, how = group.curve("curve"), group.settings["how"]
        clips = range(BLOCK, BLOCK * len(curve) + 1, BLOCK)
        lines.append(series(NAMES[how], clips, curve, COLOURS[how], 100))
    panel = Panel("", "clips of the new speaker", "predicted rightly, %", lines, y_range=(60, 101))
    return Figure(
        "speaker",
        "A new speaker, a hundred clips a point, mean over six. Bands: standard error over the seeds.",
        (panel,),
    )


STUDY: Final = Study(
    name="speaker",
    title="A new speaker",
    question="Five speakers' spoken digits are learned. How soon does a device that goes on learning know a sixth, and does it help to keep some of the old clips?",
    settings=settings,
    run=run,
    findings=findings,
)
