"""Whether movements are told apart better by the axes of a sensor or by those of gravity: a linear classifier says, in no time, on subjects that it has not seen."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import VECTOR
from sfdfa_codegen.host.data.raw import RawData, Recordings
from sfdfa_codegen.host.data.signals import recordings_as_features
from sfdfa_codegen.host.data.windows import Tracks, cut
from sfdfa_codegen.host.network.spec import DataSpec, FrontendSpec, NetworkSpec

Floats = NDArray[np.float64]

FOLDS: Final = 5
MOST_WINDOWS: Final = 800
"""Of the training set, that are looked at."""
GAIN: Final = 0.03
"""Share of the windows by which gravity must be ahead, as it does not know left from right."""
RIDGE: Final = 0.01
"""Of the windows' number, what is added to the squares of a column."""


def shares_right(tracks: Tracks, data: DataSpec) -> tuple[float, float]:
    """Of the axes of the sensor, and of those of gravity: in cross-validation by whole groups, or recordings where there are none, on the training set. Both 0 where axes do not come in threes."""
    if len(tracks.axes) % VECTOR:
        return 0.0, 0.0
    sensor, gravity = (cut(tracks, data, NetworkSpec.seed, vectors) for vectors in (False, True))
    return _right_share(sensor, "sensor"), _right_share(gravity, "gravity")


def _right_share(raw: RawData[Recordings], axes: Literal["sensor", "gravity"]) -> float:
    assert raw.train_groups is not None
    chosen = np.unique(np.linspace(0, len(raw.train) - 1, min(MOST_WINDOWS, len(raw.train))).astype(np.int64))
    part = raw.train.take(chosen)
    looked = RawData(raw.origin, part, part, rate_hz=raw.rate_hz, axis_names=raw.axis_names)
    values = recordings_as_features(looked, FrontendSpec("bands", axes=axes)).train.values.astype(np.float64)
    folds = np.unique(raw.train_groups[chosen], return_inverse=True)[1] % FOLDS
    right = 0
    for fold in np.unique(folds):
        test = folds == fold
        right += _right(values[~test], part.labels[~test], values[test], part.labels[test])
    return right / len(chosen)


def _right(x: Floats, y: NDArray[np.integer], x_test: Floats, y_test: NDArray[np.integer]) -> int:
    """How many of the test are right, by least squares on columns that are alike in size."""
    if not len(x):
        return 0
    mean, size = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    a = np.column_stack(((x - mean) / size, np.ones(len(x))))
    targets = np.eye(int(max(y.max(), y_test.max())) + 1)[y]
    weights = np.linalg.solve(a.T @ a + RIDGE * len(x) * np.eye(a.shape[1]), a.T @ targets)
    scores = np.column_stack(((x_test - mean) / size, np.ones(len(x_test)))) @ weights
    return int((scores.argmax(axis=1) == y_test).sum())
