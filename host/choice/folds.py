"""A training set in parts of which each is predicted once by a network that has learned the others."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.order import mixed_order

FOLDS: Final = 4

Indices = NDArray[np.int64]


def fold_numbers(labels: NDArray[np.integer[Any]], groups: Indices | None = None, folds: int = FOLDS) -> Indices:
    """The fold of each sample, (samples,) int64 below `folds`; always the same for the same labels.

    Each class is dealt out evenly. groups: (samples,), numbers of subjects or devices, each of which is whole in one fold; None has none.
    """
    mixed = mixed_order(len(labels))
    if groups is not None:
        names = np.unique(groups)
        dealt = np.empty(len(names), dtype=np.int64)
        dealt[mixed_order(len(names))] = np.arange(len(names)) % folds
        return dealt[np.searchsorted(names, groups)]
    order = mixed[np.argsort(labels[mixed], kind="stable")]
    numbers = np.empty(len(labels), dtype=np.int64)
    numbers[order] = np.arange(len(labels)) % folds
    return numbers
