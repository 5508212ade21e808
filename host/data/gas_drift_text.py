"""The text files of the UCI gas drift data set: a line is `gas 1:value ... 128:value`, or `gas;ppm 1:value ...`."""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.regular_file import check_regular

FEATURES: Final = 128
_MAX_BYTES: Final = 64 << 20
"""The largest of the ten files has 9 MB."""
_INDICES: Final = [str(index + 1) for index in range(FEATURES)]


def read_batch_file(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features (samples, 128) and gases (samples,). Raises DataError with the line."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot read the file: {error}") from error
    if len(text) > _MAX_BYTES:
        raise DataError(f"{path}: larger than {_MAX_BYTES} bytes, which no batch is")
    rows, gases = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            gas, row = _parse_line(line, f"{path}, line {number}")
            gases.append(gas)
            rows.append(row)
    return np.array(rows, np.float64).reshape(len(rows), FEATURES), np.array(gases, np.int64)


def _parse_line(line: str, where: str) -> tuple[int, list[float]]:
    head, *fields = line.split()
    pairs = [field.partition(":") for field in fields]
    if [index for index, _, _ in pairs] != _INDICES:
        raise DataError(f"{where}: must have the features 1:value to {FEATURES}:value, in order")
    try:
        gas, row = int(head.partition(";")[0]), [float(value) for _, _, value in pairs]
    except ValueError as error:
        raise DataError(f"{where}: not a number: {error}") from error
    for index, value in zip(_INDICES, row, strict=True):
        if not math.isfinite(value):
            raise DataError(f"{where}: feature {index} is {value}; must be a finite number")
    if not 0 < gas < 1000:
        raise DataError(f"{where}: gas {gas} is out of range")
    return gas, row
