"""A reader of .npz files that trusts nothing: no pickle, no allocation before the declared size is proven."""

import math
import stat
import warnings
import zipfile
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.bounded import MAX_ARRAY_BYTES, read_exactly

_KIND_NAMES: Final = {"u": "unsigned integers", "i": "integers", "f": "floating point", "U": "text"}
INTEGERS: Final = "ui"
NUMBERS: Final = "uif"
_SUFFIX: Final = ".npy"


class NumpyArchive:
    """The arrays of one .npz file, read one at a time. Whatever is wrong with the file is a DataError."""

    def __init__(self, path: Path, max_bytes: int | None = None) -> None:
        """max_bytes: the most that any array may take; left out, 1 GiB. Raises DataError for a file that is none."""
        self.path, self._max_bytes = path, MAX_ARRAY_BYTES if max_bytes is None else max_bytes
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise ValueError("it is no regular file")
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except Exception as error:  # zipfile raises a dozen kinds for a hostile directory
            raise DataError(f"{path}: not a readable .npz file: {_reason(error)}") from error
        self.keys = frozenset(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))

    def read(self, key: str, kinds: str, dimensions: tuple[int, ...] = (1,)) -> NDArray[Any]:
        """The array `key`, in native byte order.

        kinds: numpy dtype kinds allowed; dimensions: numbers of dimensions allowed, where 0 stands for any above 1.
        Raises DataError: missing, truncated, of another dtype or shape, larger than 1 GiB, or not finite.
        """
        if key not in self.keys:
            raise DataError(f"{self.path}: no array {key}; there are: {', '.join(sorted(self.keys)) or 'none'}")
        array = self.load(key)
        if array.dtype.kind not in kinds:
            allowed = " or ".join(_KIND_NAMES[kind] for kind in kinds)
            raise DataError(f"{self.path}: array {key} is {array.dtype}; must be {allowed}")
        if array.ndim not in dimensions and not (0 in dimensions and array.ndim > 1):
            expected = " or ".join("2 or more" if count == 0 else str(count) for count in dimensions)
            raise DataError(f"{self.path}: array {key} has shape {array.shape}; must have {expected} dimensions")
        self._check_finite(key, array)
        return array

    def read_groups(self, key: str, samples: int) -> NDArray[np.int64]:
        """(samples,) numbers of the subjects or devices that the array `key` names by numbers or texts. Raises DataError as `read`, or for another length."""
        names = self.read(key, INTEGERS + "U")
        if len(names) != samples:
            raise DataError(f"{self.path}: {key} has {len(names)} entries for {samples} samples")
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def load(self, key: str) -> NDArray[Any]:
        """The array `key`, of whatever dtype and shape. Raises DataError: missing, unreadable, or larger than allowed."""
        try:
            with (
                warnings.catch_warnings(),
                zipfile.ZipFile(self.path) as archive,
                archive.open(key + _SUFFIX) as stream,
            ):
                warnings.simplefilter("error")  # old header dialects, which numpy only warns of
                return _read_array(stream, archive.getinfo(key + _SUFFIX).file_size, self._max_bytes)
        except Exception as error:  # zipfile, zlib, numpy and its header parser raise a dozen kinds for hostile bytes
            raise DataError(f"{self.path}: cannot read array {key}: {_reason(error)}") from error

    def _check_finite(self, key: str, array: NDArray[Any]) -> None:
        if array.dtype.kind != "f" or np.isfinite(array).all():
            return
        place = tuple(int(index[0]) for index in np.nonzero(~np.isfinite(array)))
        raise DataError(
            f"{self.path}: array {key} holds {array[place]} at index {list(place)}; must be finite numbers: fill it in, or leave the sample out"
        )


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _read_array(stream: IO[bytes], size: int, max_bytes: int) -> NDArray[Any]:
    """One .npy member of `size` bytes. Raises ValueError and whatever the libraries raise."""
    if size > max_bytes:
        raise ValueError(f"it declares {size} bytes; the most is {max_bytes}")
    version = npy_format.read_magic(stream)
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"npy format {version[0]}.{version[1]} is not known")
    shape, is_fortran, dtype = readers[version](stream)
    if dtype.kind not in _KIND_NAMES or dtype.itemsize == 0:
        raise ValueError(f"its dtype {dtype} is not allowed; must be numbers")
    wanted, there = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if wanted != there or min(shape, default=0) < 0:
        raise ValueError(f"it declares shape {shape} of {dtype}, {wanted} bytes, and has {there}")
    array = np.frombuffer(read_exactly(stream, wanted), dtype)
    if stream.read(1):  # also makes zipfile compare the checksum
        raise ValueError("it is longer than declared")
    return array.reshape(shape, order="F" if is_fortran else "C").astype(dtype.newbyteorder("="), copy=False)
