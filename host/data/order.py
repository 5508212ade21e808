"""A fixed order for sources whose files are sorted by class, which would flatter or break online learning."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_SEED: Final = 0


def mixed_order(samples: int) -> NDArray[np.int64]:
    """A permutation of `samples` numbers, always the same for the same count.

    It ranks the raw 64-bit output of PCG64, which numpy keeps stable between versions, unlike `Generator.permutation`.
    """
    return np.argsort(np.random.PCG64(_SEED).random_raw(samples), kind="stable").astype(np.int64)
