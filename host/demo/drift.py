"""A synthetic drift, made from the digits: every pixel loses sensitivity at a pace of its own, as the sensors of an electronic nose do."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.encoding import encode_levels, ttfs_schedule
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import SpikeDataset

MONTHS: Final = 8
FASTEST_LOSS: Final = 7.0 / MONTHS
"""The fastest pixel's sensitivity falls by the factor exp(-FASTEST_LOSS) a month; the others lie evenly between it and no loss."""

_SEED: Final = 0


@dataclass(frozen=True)
class AgeingSensor:
    """The digits as a sensor sees them that ages month by month."""

    raw: RawData[Features]
    window: int
    """Latest tick of an input spike, as in the network file."""

    def sensitivity(self, month: int) -> NDArray[np.float64]:
        """(pixels,) factors from 0 to 1."""
        pixels = self.raw.train.values.shape[1]
        # Ranks of raw generator output: the same with every version of numpy.
        pace = np.argsort(np.random.PCG64(_SEED).random_raw(pixels), kind="stable") / (pixels - 1)
        return np.asarray(np.exp(-FASTEST_LOSS * month * pace))

    def images(self, part: Features, month: int) -> Features:
        """`part` as it looks in that month."""
        return replace(part, values=np.rint(part.values * self.sensitivity(month)).astype(np.uint8))

    def spikes(self, part: Features, month: int) -> SpikeDataset:
        """The same, encoded."""
        aged = self.images(part, month)
        return encode_levels(aged.values.astype(np.uint8, copy=False), aged.labels, ttfs_schedule(self.window))
