"""Rivals that follow a stream as the network does: with labels at random or with those that they ask for, and with a ring of samples that they learn again."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.experiments.online_rivals import Floats, Rival

ASK_AT_RANDOM: Final = 0.01
"""One question in a hundred is asked however sure the rival is, as the network does."""
BOUND_STEP: Final = 0.05
"""By which part the bound moves for a sample, at a budget of a half."""


class Asker:
    """Asks for the label of a sample whose two best classes are less apart than a bound, which follows a budget."""

    def __init__(self, share: float, seed: int) -> None:
        """share: of the samples, above 0 and below 1."""
        self._share, self._bound = share, 1.0
        self._rng = np.random.default_rng([seed, 7])

    def asks(self, margin: float) -> bool:
        """Whether the label of a sample is wanted; moves the bound. margin: at least 0, in a unit of the rival's own."""
        wanted = bool(self._rng.random() < ASK_AT_RANDOM) or margin < self._bound
        self._bound *= math.exp(2 * BOUND_STEP * (self._share - wanted))
        return wanted


class Rehearsing:
    """A rival with the last labelled samples in a ring, of which it learns some again after each."""

    def __init__(self, rival: Rival, slots: int, rate: int, seed: int) -> None:
        """slots: of the ring. rate: samples drawn after each labelled one."""
        self._rival, self._slots, self._rate = rival, slots, rate
        self._kept: list[tuple[Floats, int]] = []
        self._learned = 0
        self._rng = np.random.default_rng([seed, 8])

    @property
    def ram(self) -> int | None:
        """Of the rival alone."""
        return self._rival.ram

    def predict(self, features: Floats) -> int:
        return self._rival.predict(features)

    def margin(self, features: Floats) -> float:
        return self._rival.margin(features)

    def learn(self, features: Floats, label: int, scale: float) -> None:
        self._rival.learn(features, label, scale)
        for draw in self._rng.integers(0, max(1, len(self._kept)), self._rate if self._kept else 0).tolist():
            kept, its_label = self._kept[draw]
            self._rival.learn(kept, its_label, scale)
        self._kept[self._learned % self._slots : self._learned % self._slots + 1] = [(features, label)]
        self._learned += 1


@dataclass(frozen=True)
class Followed:
    """right: share predicted rightly, each sample before it is learned. labels: how many were given."""

    right: float
    labels: int


def follow_labelled(
    rival: Rival, values: Floats, labels: NDArray[np.int64], known: NDArray[np.bool_], scale: float
) -> Followed:
    """Follow a segment of which some samples have a label. values: (samples, features); known: (samples,)."""
    return _follow(rival, values, labels, scale, lambda index: bool(known[index]))


def follow_asking(rival: Rival, values: Floats, labels: NDArray[np.int64], asker: Asker, scale: float) -> Followed:
    """Follow a segment whose labels are given where they are asked for. values: (samples, features)."""
    return _follow(rival, values, labels, scale, lambda index: asker.asks(rival.margin(values[index])))


def _follow(
    rival: Rival, values: Floats, labels: NDArray[np.int64], scale: float, is_given: Callable[[int], bool]
) -> Followed:
    right = given = 0
    for index, (features, label) in enumerate(zip(values, labels.tolist(), strict=True)):
        right += rival.predict(features) == label
        if is_given(index):
            rival.learn(features, label, scale)
            given += 1
    return Followed(right / len(labels), given)
