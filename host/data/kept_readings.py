"""Readings of many recordings, kept in the cache: they take longer to make than to learn."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen import frontend as constants
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.host.data import recordings, utterance
from sfdfa_codegen.host.data.raw import Recordings

LEAST_SAMPLES: Final = 1 << 20
"""Of all axes: readings of fewer are made anew each time."""


def kept_readings(frontend: Frontend, part: Recordings, progress: Callable[[int], None]) -> NDArray[np.int16]:
    """As `recordings.readings_of`; those of many samples are looked for in the cache first, under a name that depends on samples, constants and the code that makes them."""

    def make() -> NDArray[np.int16]:
        return recordings.readings_of(frontend, part.samples, part.offsets, progress)

    def write(target: Path) -> None:
        np.save(target, make(), allow_pickle=False)

    if part.samples.size < LEAST_SAMPLES:
        return make()
    path = made_once(cache_folder() / "readings" / f"{_key(frontend, part)}.npy", write)
    kept: NDArray[np.int16] = np.load(path, allow_pickle=False)
    return kept


def _key(frontend: Frontend, part: Recordings) -> str:
    digest = hashlib.sha256()
    for array in (part.samples, part.offsets):
        digest.update(repr((array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return content_key(_code(), np.__version__, frontend, digest.hexdigest())


@cache
def _code() -> str:
    """A digest of the modules that say what readings are."""
    files = [Path(module.__file__ or "").read_bytes() for module in (constants, recordings, utterance)]
    return hashlib.sha256(b"".join(files)).hexdigest()
