"""Other learners of one sample at a time, in float: what a network of spikes has to be better than to be worth its trouble.

All take standardised features, (features,) float64, and a class number.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLOAT_BYTES: Final = 4
"""Of a weight, as a microcontroller would hold it."""
READING_BYTES: Final = 2
LABEL_BYTES: Final = 1


class Rival(Protocol):
    """Predicts a sample, and learns it at a share `scale` of its rate."""

    @property
    def ram(self) -> int | None:
        """Bytes of what it has to keep; None where nobody counts."""

    def predict(self, features: Floats) -> int: ...

    def margin(self, features: Floats) -> float:
        """How far the class that it predicts is ahead of the next one, in a unit of its own."""

    def learn(self, features: Floats, label: int, scale: float) -> None: ...


class SoftmaxRegression:
    """Logistic regression of several classes, by gradient descent."""

    def __init__(self, features: int, classes: int, rate: float) -> None:
        self._weights, self._rate = np.zeros((classes, features + 1)), rate

    @property
    def ram(self) -> int | None:
        return FLOAT_BYTES * self._weights.size

    def predict(self, features: Floats) -> int:
        return int(self._logits(features).argmax())

    def margin(self, features: Floats) -> float:
        return _ahead(self._logits(features))

    def learn(self, features: Floats, label: int, scale: float) -> None:
        error = _softmax(self._logits(features))
        error[label] -= 1.0
        self._weights[:, :-1] -= scale * self._rate * np.outer(error, features)
        self._weights[:, -1] -= scale * self._rate * error

    def _logits(self, features: Floats) -> Floats:
        logits: Floats = self._weights[:, :-1] @ features + self._weights[:, -1]
        return logits


class Perceptron:
    """One hidden layer of rectified units, trained by backpropagation and gradient descent."""

    def __init__(self, features: int, classes: int, rate: float, hidden: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 6])
        self._first = rng.normal(0, np.sqrt(2 / features), (hidden, features))
        self._first_bias, self._second_bias = np.zeros(hidden), np.zeros(classes)
        self._second, self._rate = rng.normal(0, np.sqrt(1 / hidden), (classes, hidden)), rate

    @property
    def ram(self) -> int | None:
        arrays = (self._first, self._first_bias, self._second, self._second_bias)
        return FLOAT_BYTES * sum(array.size for array in arrays)

    def predict(self, features: Floats) -> int:
        return int(self._logits(features).argmax())

    def margin(self, features: Floats) -> float:
        return _ahead(self._logits(features))

    def learn(self, features: Floats, label: int, scale: float) -> None:
        hidden, rate = self._hidden(features), scale * self._rate
        error = _softmax(self._second @ hidden + self._second_bias)
        error[label] -= 1.0
        before = (self._second.T @ error) * (hidden > 0)
        self._second -= rate * np.outer(error, hidden)
        self._second_bias -= rate * error
        self._first -= rate * np.outer(before, features)
        self._first_bias -= rate * before

    def _logits(self, features: Floats) -> Floats:
        logits: Floats = self._second @ self._hidden(features) + self._second_bias
        return logits

    def _hidden(self, features: Floats) -> Floats:
        hidden: Floats = np.maximum(self._first @ features + self._first_bias, 0.0)
        return hidden


class NearestOfRing:
    """The label of the nearest among the last labelled samples, as many as fit in so many bytes."""

    def __init__(self, features: int, ram: int) -> None:
        self._slot = READING_BYTES * features + LABEL_BYTES
        self._kept = np.zeros((max(1, ram // self._slot), features))
        self._labels, self._learned = np.zeros(len(self._kept), dtype=np.int64), 0

    @property
    def ram(self) -> int | None:
        return self._slot * len(self._kept)

    def predict(self, features: Floats) -> int:
        distances = self._distances(features)
        return int(self._labels[distances.argmin()]) if distances.size else 0

    def margin(self, features: Floats) -> float:
        """How much further off than the nearest sample the nearest one with another label is, as a part of its distance."""
        distances = self._distances(features)
        if not distances.size:
            return 0.0
        others = distances[self._labels[: distances.size] != self._labels[distances.argmin()]]
        return float(1.0 - np.sqrt(distances.min() / others.min())) if others.size and others.min() > 0 else 0.0

    def learn(self, features: Floats, label: int, scale: float) -> None:
        place = self._learned % len(self._kept)
        self._kept[place], self._labels[place] = features, label
        self._learned += 1

    def _distances(self, features: Floats) -> Floats:
        """The squares of those to the samples that are kept, (samples,)."""
        difference = self._kept[: min(self._learned, len(self._kept))] - features
        squares: Floats = np.einsum("ij,ij->i", difference, difference)
        return squares


class AdaptiveForest:
    """river's adaptive random forest, which replaces trees that drift makes worse. Raises ImportError without river."""

    def __init__(self, seed: int) -> None:
        from river import forest

        self._model: Any = forest.ARFClassifier(seed=seed)

    @property
    def ram(self) -> int | None:
        return None

    def predict(self, features: Floats) -> int:
        return int(self._model.predict_one(_named(features)) or 0)

    def margin(self, features: Floats) -> float:
        return _ahead(np.array([0.0, 0.0, *self._model.predict_proba_one(_named(features)).values()]))

    def learn(self, features: Floats, label: int, scale: float) -> None:
        self._model.learn_one(_named(features), label)


def _named(features: Floats) -> dict[int, float]:
    return dict(enumerate(features.tolist()))


def _ahead(scores: Floats) -> float:
    best = np.sort(scores)[-2:]
    return float(best[1] - best[0])


def _softmax(logits: Floats) -> Floats:
    powers: Floats = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def learn_passes(rival: Rival, values: Floats, labels: NDArray[np.int64], orders: list[NDArray[np.int64]]) -> None:
    """Learn samples in the order of each pass, at a rate that falls linearly to 0 over all of them. values: (samples, features)."""
    total, done = sum(map(len, orders)), 0
    for order in orders:
        for index in order.tolist():
            rival.learn(values[index], int(labels[index]), 1.0 - done / total)
            done += 1


def accuracy(rival: Rival, values: Floats, labels: NDArray[np.int64]) -> float:
    """Share of samples that are predicted rightly; nothing is learned."""
    return float(np.mean([rival.predict(features) for features in values] == labels))


def follow(rival: Rival, values: Floats, labels: NDArray[np.int64], known: NDArray[np.bool_], scale: float) -> float:
    """Share predicted rightly, each before it is learned. known: (samples,), which have a label."""
    right = 0
    for features, label, learned in zip(values, labels.tolist(), known.tolist(), strict=True):
        right += rival.predict(features) == label
        if learned:
            rival.learn(features, label, scale)
    return right / len(labels)


RivalOfRate = Callable[[float], Rival]


def best_rate(make: RivalOfRate, rates: tuple[float, ...], score: Callable[[Rival], float]) -> float:
    """The rate whose rival has the best score; of equals the lowest."""
    return max(sorted(rates), key=lambda rate: score(make(rate)))
