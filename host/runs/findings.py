"""What a run should make its user think of: a result that guessing would reach, with the likely cause, and neurons or updates at their limits."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import FULL_LEVEL, Encoder
from sfdfa_codegen.codegen.integer_network import LearnedState
from sfdfa_codegen.host.data.readings import levels_of
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.network.spec import NetworkSpec

RATE_ONE: Final = 2048
"""Of `mean_rate`: a spike a sample."""
SILENT: Final = 0.02
"""Spikes a sample below which a hidden neuron counts as silent."""
BUSY: Final = 0.8
"""Share of the most spikes a sample above which it counts as saturated."""
MANY: Final = 0.5
"""Share of a layer's neurons, or of the updates, from which on it is told."""
NARROW: Final = 0.1
"""Share of the range of levels below which a column is hardly encoded."""
ALIKE: Final = 0.1
"""Share of samples that look like one of another class from which on the encoding is the likely cause."""
LOOKED_AT: Final = 2000
"""Training samples."""


@dataclass(frozen=True)
class Finding:
    """code: for programs. message: what was seen and what to try."""

    code: str
    message: str


@dataclass(frozen=True)
class Learned:
    """What a run came to. updates: how many were clamped; samples: how many were learned; state: None where reading it would take long."""

    accuracy: float | None
    majority: float | None
    tested: int
    updates: int = 0
    samples: int = 0
    state: LearnedState | None = None


def majority_accuracy(labels: NDArray[np.uint16]) -> float | None:
    """What naming the commonest class every time would reach; None without samples."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else None


def findings_of(spec: NetworkSpec, data: EncodedData, learned: Learned) -> list[Finding]:
    """Of a run that has learned the training samples of `data`."""
    return [*_of_accuracy(spec, data, learned), *_of_neurons(spec, learned), *_of_updates(spec, data.train, learned)]


def _of_accuracy(spec: NetworkSpec, data: EncodedData, learned: Learned) -> Iterator[Finding]:
    """A result that naming the commonest class reaches, or reaches but for two standard errors of the test."""
    accuracy, majority = learned.accuracy, learned.majority
    if accuracy is None or majority is None:
        return
    chance = 2 * math.sqrt(majority * (1 - majority) / learned.tested)
    if accuracy > majority + chance:
        return
    below = accuracy <= majority
    if not below and majority + chance >= 1:
        yield Finding(
            "near-majority",
            f"the test has {learned.tested} samples, too few to tell {100 * accuracy:.2f} % from naming the commonest class, {100 * majority:.2f} %; "
            "keep a larger share for it, with test in [data]",
        )
        return
    code, words = ("no-better-than-majority", "no better") if below else ("near-majority", "hardly better")
    text = (
        f"the test accuracy, {100 * accuracy:.2f} %, is {words} than naming the commonest class, {100 * majority:.2f} %"
    )
    yield Finding(code, f"{text}: {_cause(spec, data, learned)}")


def _cause(spec: NetworkSpec, data: EncodedData, learned: Learned) -> str:
    """The first of the likely causes that applies: order, scale, encoding, silence; else how much was learned."""
    few = data.train.head(LOOKED_AT)
    causes = (
        _cause_in_order(spec, data.train),
        _cause_in_scale(data.encoder, few),
        _cause_in_encoding(few),
        _cause_in_silence(few, learned),
    )
    other = "try more epochs, another rate in [learning] or another kind in [encoding]"
    return next((cause for cause in causes if cause is not None), other)


def _cause_in_order(spec: NetworkSpec, train: SpikeDataset) -> str | None:
    labels = train.labels
    stretches = 1 + int((labels[1:] != labels[:-1]).sum())
    if spec.learning.shuffle or not stretches == len(np.unique(labels)) > 1:
        return None
    return "the training set is sorted by class; write shuffle = true in [learning]"


def _cause_in_scale(encoder: Encoder | None, train: SpikeDataset) -> str | None:
    if encoder is None or train.readings is None or encoder.kind == "population":
        return None
    levels = levels_of(encoder, train.readings).astype(np.int64)
    if encoder.is_signed:
        sides = levels[:, : 2 * encoder.features]
        levels = sides[:, ::2] - sides[:, 1::2]
    narrow = float((np.ptp(levels, axis=0) < NARROW * FULL_LEVEL).mean())
    if narrow < MANY:
        return None
    return (
        f"{100 * narrow:.0f} % of the columns use less than a tenth of the range that is encoded; leave low and high out of [data], "
        'write scale = "column" there, and give numbers that are no intensities from 0 to 255 as floats'
    )


def _cause_in_encoding(train: SpikeDataset) -> str | None:
    """Samples of two classes that have the same events cannot be told apart, whatever is learned."""
    classes: dict[bytes, set[int]] = {}
    looks = [sample.ticks.tobytes() + sample.channels.tobytes() for sample in map(train.__getitem__, range(len(train)))]
    for look, label in zip(looks, train.labels.tolist(), strict=True):
        classes.setdefault(look, set()).add(label)
    eventful = train.events_per_sample > 0
    alike = float(np.mean([len(classes[look]) > 1 for look in looks] & eventful))
    if alike < ALIKE:
        return None
    return (
        f"{100 * alike:.0f} % of the training samples have the same events as one of another class, so nothing can tell them apart; try "
        'kind = "population" with more fields, or more ticks and a larger window, in [encoding]'
    )


def _cause_in_silence(train: SpikeDataset, learned: Learned) -> str | None:
    if train.events_per_sample.mean() < 1:
        return "samples have less than one event in the mean; look at low and high in [data], or another kind in [encoding]"
    for number, rates in enumerate(_rates(learned), 1):
        if _share(rates < SILENT) >= MANY:
            return f'hidden layer {number} is silent; write threshold = "auto" in [neuron], or lower numbers'
    return None


def _of_neurons(spec: NetworkSpec, learned: Learned) -> Iterator[Finding]:
    """Hidden layers most of whose neurons say nothing, or always the same."""
    most = min(spec.encoding.ticks, spec.learning.max_spikes)
    for number, rates in enumerate(_rates(learned), 1):
        silent, busy = _share(rates < SILENT), _share(rates > BUSY * most)
        if silent >= MANY:
            yield Finding(
                "hidden-silent",
                f"{100 * silent:.0f} % of the neurons of hidden layer {number} hardly ever spike; lower its threshold in [neuron] or make it "
                '"auto", or raise regulariser or rate_target in [learning]',
            )
        if busy >= MANY:
            yield Finding(
                "hidden-saturated",
                f"{100 * busy:.0f} % of the neurons of hidden layer {number} spike nearly as often as they can, {most} times a sample; raise its "
                'threshold in [neuron] or make it "auto", or lower rate_target in [learning]',
            )


def _of_updates(spec: NetworkSpec, train: SpikeDataset, learned: Learned) -> Iterator[Finding]:
    """Steps that the integers cut: a neuron takes one in each tick with input."""
    neurons = sum(spec.layer_sizes[: spec.spiking_layers])
    steps = learned.samples * neurons * _ticks_with_input(train.head(LOOKED_AT))
    if steps and learned.updates >= MANY * steps:
        yield Finding(
            "updates-clamped",
            f"about {100 * min(1.0, learned.updates / steps):.0f} % of the updates were larger than the integers hold and cut; lower rate in "
            "[learning], or write normalise = true there",
        )


def _ticks_with_input(train: SpikeDataset) -> float:
    """Of a sample, in the mean."""
    if not len(train):
        return 0.0
    sample = np.repeat(np.arange(len(train)), train.events_per_sample)
    return len(np.unique(sample << 8 | train.ticks)) / len(train)


def _rates(learned: Learned) -> Sequence[NDArray[Any]]:
    """Spikes a sample of each hidden neuron, lately, layer by layer."""
    return () if learned.state is None else [rates / RATE_ONE for rates in learned.state.mean_rate]


def _share(which: NDArray[np.bool_]) -> float:
    return float(which.mean()) if which.size else 0.0
