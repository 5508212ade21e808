"""What a run should make its user think of: a result that guessing would reach, and the likely cause."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import NetworkSpec


@dataclass(frozen=True)
class Finding:
    """code: for programs. message: what was seen and what to try."""

    code: str
    message: str


def majority_accuracy(labels: NDArray[np.uint16]) -> float | None:
    """What naming the commonest class every time would reach; None without samples."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else None


def findings_of(
    spec: NetworkSpec, train: SpikeDataset, accuracy: float | None, majority: float | None
) -> list[Finding]:
    """Of a run that has learned `train`. Nothing is found where the accuracy is above the majority's."""
    if accuracy is None or majority is None or accuracy > majority:
        return []
    text = f"the test accuracy, {100 * accuracy:.2f} %, is no better than naming the commonest class, {100 * majority:.2f} %"
    return [Finding("no-better-than-majority", f"{text}: {_cause(spec, train)}")]


def _cause(spec: NetworkSpec, train: SpikeDataset) -> str:
    """The first of the likely causes that applies: order, silence, else how much was learned."""
    labels = train.labels
    stretches = 1 + int((labels[1:] != labels[:-1]).sum())
    if not spec.learning.shuffle and stretches == len(np.unique(labels)) > 1:
        return "the training set is sorted by class; write shuffle = true in [learning]"
    if train.events_per_sample.mean() < 1:
        return "samples have less than one event in the mean; look at low and high, or another kind in [encoding]"
    return "try more epochs, another rate in [learning] or another kind in [encoding]"
