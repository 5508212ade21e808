"""Which class was taken for which."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES: Final = 26
"""That a table of all pairs is drawn for."""
MOST_PAIRS: Final = 12
"""Mistakes that are listed where there are more classes."""


class Cell(NamedTuple):
    """share: of the samples of their class, 0 to 1."""

    samples: int
    share: float
    right: bool


class Mistake(NamedTuple):
    label: str
    prediction: str
    samples: int


class Confusion:
    """names: of the classes; one beyond them is called by its number."""

    def __init__(self, names: tuple[str, ...], classes: int) -> None:
        self.names = (*names, *(str(number) for number in range(len(names), classes)))
        self._counts = np.zeros(
            (len(self.names),) * 2, dtype=np.int64
        )  # a row for each label, a column for each prediction

    def clear(self) -> None:
        self._counts[:] = 0

    def add(self, labels: NDArray[np.uint16], predictions: NDArray[np.int64]) -> None:
        """labels, predictions: (samples,), below the classes."""
        np.add.at(self._counts, (labels, predictions), 1)

    @property
    def samples(self) -> int:
        return int(self._counts.sum())

    @property
    def small(self) -> bool:
        """Whether a table of all pairs can be read."""
        return len(self.names) <= MOST_CLASSES

    def rows(self) -> Iterator[tuple[str, list[Cell], float | None]]:
        """Of each class its name, its cells, and how many of its samples were right; None without any."""
        for label, name in enumerate(self.names):
            of_class = int(self._counts[label].sum())
            cells = [
                Cell(count, count / of_class if of_class else 0.0, label == prediction)
                for prediction, count in enumerate(self._counts[label].tolist())
            ]
            yield name, cells, cells[label].share if of_class else None

    def mistakes(self) -> list[Mistake]:
        """The commonest."""
        wrong = self._counts.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS].tolist()
        pairs = (divmod(place, len(self.names)) for place in order)
        return [
            Mistake(self.names[label], self.names[prediction], int(wrong[label, prediction]))
            for label, prediction in pairs
            if wrong[label, prediction]
        ]
