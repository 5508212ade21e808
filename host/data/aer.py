"""Small N-MNIST: raw address-event records of a 34 x 34 sensor with two polarities, 2,312 channels.

Keys, for train and test: `_aer` (events, 5) uint8 records, `_off` (recordings + 1,), `_y` (recordings,). A record is
x, y, then polarity in bit 7 and the time in microseconds in the other 23 bits, high byte first.
Channel = (polarity * 34 + y) * 34 + x.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NumpyArchive
from sfdfa_codegen.host.data.raw import Events, RawData

KEYS: Final = frozenset(f"{part}_{field}" for part in ("train", "test") for field in ("aer", "off", "y"))
SENSOR: Final = 34
CHANNELS: Final = 2 * SENSOR * SENSOR
_RECORD_BYTES: Final = 5
_POLARITY: Final = 0x80


def load_aer(archive: NumpyArchive) -> RawData[Events]:
    """Training and test recordings. Raises DataError."""
    return RawData(str(archive.path), _events(archive, "train"), _events(archive, "test"))


def _events(archive: NumpyArchive, part: str) -> Events:
    records = archive.read(f"{part}_aer", "u", (2,))
    if records.dtype != np.uint8 or records.shape[1] != _RECORD_BYTES:
        raise DataError(
            f"{archive.path}: {part}_aer is {records.dtype} of shape {records.shape}; must be uint8 (events, 5)"
        )
    _check_addresses(records, f"{archive.path}: {part}_aer")
    x, y, high, middle, low = (records[:, column].astype(np.int32) for column in range(_RECORD_BYTES))
    return Events(
        times=((high & ~_POLARITY) << 16) | (middle << 8) | low,
        channels=((high >> 7) * SENSOR + y) * SENSOR + x,
        offsets=archive.read(f"{part}_off", INTEGERS).astype(np.int64),
        labels=archive.read(f"{part}_y", INTEGERS),
        channel_count=CHANNELS,
        unit_us=1.0,
    )


def _check_addresses(records: NDArray[Any], where: str) -> None:
    outside = np.flatnonzero((records[:, :2] >= SENSOR).any(axis=1))
    if len(outside):
        x, y = records[outside[0], :2]
        raise DataError(f"{where}, record {outside[0]}: pixel {x}, {y} is outside the {SENSOR} x {SENSOR} sensor")
