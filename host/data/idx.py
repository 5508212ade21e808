"""Source "idx": the format of MNIST, Fashion-MNIST and EMNIST, plain or gzipped.

A folder holds one set of four files, such as `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz`,
`t10k-images-idx3-ubyte.gz` and `t10k-labels-idx1-ubyte.gz`; `test` may stand for `t10k`, and something may stand before
(`emnist-balanced-train-images-idx3-ubyte`). Numbers are big-endian: two zero bytes, a type, the number of dimensions,
then each dimension in 32 bits, then the values.
"""

import gzip
import math
import re
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.bounded import MAX_ARRAY_BYTES, ByteStream, TruncatedError, read_exactly
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.regular_file import check_regular

_PARTS: Final = {"train": "train", "test": "t10k|test"}
_UNSIGNED_BYTE: Final = 0x08
_IMAGE_DIMENSIONS: Final = 3
_LABEL_DIMENSIONS: Final = 1


def load_idx(folder: Path) -> RawData[Features]:
    """The set in `folder`. Raises DataError: a file is missing, doubled, truncated, or does not fit the others."""
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; [data] path must name the folder of the four idx files")
    (train, image), (test, test_image) = (_load_part(folder, part) for part in _PARTS)
    if image != test_image:
        raise DataError(f"{folder}: training images have {_size(image)} pixels, test images {_size(test_image)}")
    return RawData(str(folder), train, test, image=image)


def _size(image: tuple[int, int]) -> str:
    return f"{image[0]} x {image[1]}"


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The uint8 array of one file, with that number of dimensions. Raises DataError."""
    opener = gzip.open if path.suffix == ".gz" else Path.open
    try:
        check_regular(path)
        with opener(path, "rb") as stream:
            return _parse(stream, dimensions)
    except TruncatedError as error:
        raise DataError(f"{path}: the file is truncated, it has {error}") from error
    except _FormatError as error:
        raise DataError(f"{path}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot read the file: {error}") from error


class _FormatError(Exception):
    """A header field is wrong."""


def _parse(stream: ByteStream, dimensions: int) -> NDArray[np.uint8]:
    zero, kind, count = struct.unpack(">HBB", read_exactly(stream, 4))
    if zero != 0:
        raise _FormatError(f"not an idx file, it starts with 0x{zero:04x} instead of 0x0000")
    if kind != _UNSIGNED_BYTE:
        raise _FormatError(f"its values have type 0x{kind:02x}; must be 0x08, unsigned bytes")
    if count != dimensions:
        raise _FormatError(f"it has {count} dimensions; must have {dimensions}")
    shape = struct.unpack(f">{count}I", read_exactly(stream, 4 * count))
    size = math.prod(shape)
    if size > MAX_ARRAY_BYTES:
        raise _FormatError(f"it declares shape {shape}, {size} bytes; the most is {MAX_ARRAY_BYTES}")
    values = read_exactly(stream, size)
    if stream.read(1):  # also makes gzip compare the checksum
        raise _FormatError(f"the file is longer than the {size} values of its shape {shape}")
    return np.frombuffer(values, np.uint8).reshape(shape)


def _load_part(folder: Path, part: str) -> tuple[Features, tuple[int, int]]:
    """The samples of one part, and the rows and columns of its images."""
    image_file, label_file = _find(folder, part, "images-idx3"), _find(folder, part, "labels-idx1")
    images, labels = read_idx(image_file, _IMAGE_DIMENSIONS), read_idx(label_file, _LABEL_DIMENSIONS)
    if len(images) != len(labels):
        raise DataError(f"{image_file} has {len(images)} images, but {label_file.name} has {len(labels)} labels")
    rows, columns = images.shape[1:]
    return Features(images.reshape(len(images), rows * columns), labels), (rows, columns)


def _find(folder: Path, part: str, what: str) -> Path:
    """The one file of a part; a plain file goes before its .gz."""
    pattern = re.compile(rf"(?:.*-)?(?:{_PARTS[part]})-{what.replace('-', '[-.]')}-ubyte(?:\.gz)?")
    found = sorted(file for file in folder.iterdir() if pattern.fullmatch(file.name))
    sets = {file.name.removesuffix(".gz") for file in found}
    if not found:
        name = f"{_PARTS[part].split('|')[0]}-{what}-ubyte"
        raise DataError(f"{folder}: no {part} {what.split('-')[0]}, a file such as {name} or {name}.gz")
    if len(sets) > 1:
        raise DataError(
            f"{folder}: more than one set of {part} {what.split('-')[0]}: {', '.join(sorted(sets))}; keep one"
        )
    return found[0]
