"""Source "gas-drift": the UCI Gas Sensor Array Drift data set, 128 features of 16 sensors, 6 gases, 36 months.

Read from the UCI text files `batch1.dat` ... (a folder), or from an .npz with `X` (samples, 128), `y` 1 to 6 and
`batch`.

Train is batch 1, and test is batch 1 too: there is no held-out part. All later batches are stream segments, "batch 2"
and on. Inside a batch the files are sorted by gas, not by time, so that the last label would predict the next one;
samples of a batch are therefore put in a fixed mixed order.

Features: z-scores of sign(x) * log(1 + |x|) with the mean and deviation of batch 1, clipped to +-3 and divided by 3.
"""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.gas_drift_text import FEATURES, read_batch_file
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NumpyArchive
from sfdfa_codegen.host.data.order import mixed_order
from sfdfa_codegen.host.data.raw import Features, RawData

GASES: Final = 6
CLIP_DEVIATIONS: Final = 3.0
"""A z-score of this much is the strongest input."""

MIN_DEVIATION: Final = 1e-9
"""Below it a feature was constant in batch 1, but for rounding; it is left out, as 0."""

_Batch = tuple[NDArray[Any], NDArray[Any]]
"""Raw features (samples, 128) and gases (samples,) from 1 to 6."""


def load_gas_drift(path: Path) -> RawData[Features]:
    """`path`: the .npz, or a folder with it or the batch files. Raises DataError."""
    batches = _read_batches(path)
    if 1 not in batches:
        raise DataError(f"{path}: there is no batch 1, on which the network is trained")
    for number, (_, gases) in batches.items():
        _check_gases(gases, f"{path}: batch {number}")
    first = _sign_log(batches[1][0])
    mean, deviation = first.mean(axis=0), first.std(axis=0)
    deviation[deviation <= MIN_DEVIATION] = np.inf
    scaled = {number: _features(batches[number], mean, deviation) for number in sorted(batches)}
    segments = tuple((f"batch {number}", part) for number, part in scaled.items() if number != 1)
    return RawData(str(path), scaled[1], scaled[1], segments)


def _read_batches(path: Path) -> dict[int, _Batch]:
    """All batches by number, from whichever form there is."""
    if not path.is_dir():
        return _read_archive(path)
    numbered = {
        int(match[1]): file for file in path.iterdir() if (match := re.fullmatch(r"batch(\d{1,3})\.dat", file.name))
    }
    if numbered:
        return {number: read_batch_file(file) for number, file in numbered.items()}
    archives = sorted(path.glob("*.npz"))
    if len(archives) != 1:
        raise DataError(
            f"{path}: no batch1.dat, batch2.dat, ... and {len(archives)} .npz files; must have one of either"
        )
    return _read_archive(archives[0])


def _read_archive(path: Path) -> dict[int, _Batch]:
    archive = NumpyArchive(path)
    values, gases, batch = archive.read("X", "f", (2,)), archive.read("y", INTEGERS), archive.read("batch", INTEGERS)
    if values.shape[1] != FEATURES:
        raise DataError(f"{path}: array X has {values.shape[1]} features; must have {FEATURES}")
    if not len(values) == len(gases) == len(batch):
        raise DataError(f"{path}: X has {len(values)} samples, y {len(gases)}, batch {len(batch)}; must be as many")
    return {int(number): (values[batch == number], gases[batch == number]) for number in np.unique(batch)}


def _check_gases(gases: NDArray[Any], where: str) -> None:
    if len(gases) == 0:
        raise DataError(f"{where}: there are no samples")
    wrong = np.flatnonzero((gases < 1) | (gases > GASES))
    if len(wrong):
        raise DataError(f"{where}, sample {wrong[0]}: gas {gases[wrong[0]]} is out of range; gases are 1 to {GASES}")


def _sign_log(values: NDArray[Any]) -> NDArray[np.float64]:
    wide = values.astype(np.float64)
    return np.asarray(np.sign(wide) * np.log1p(np.abs(wide)))


def _features(batch: _Batch, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> Features:
    """One batch, scaled to -1..1 float32, labels from 0, in mixed order."""
    values, gases = batch
    scores = np.clip((_sign_log(values) - mean) / deviation, -CLIP_DEVIATIONS, CLIP_DEVIATIONS) / CLIP_DEVIATIONS
    return Features(scores.astype(np.float32), gases.astype(np.int64) - 1).take(mixed_order(len(gases)))
