"""Cycles by region of the code, which some simulators count: two files that are shared with the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BYTES_PER_PLACE = 2


@dataclass(frozen=True)
class RegionFiles:
    """In a folder of their own: the region of every place in the code, and the cycles of each region so far."""

    folder: Path

    @property
    def paths(self) -> tuple[Path, Path]:
        """What the simulator is given."""
        return self.folder / "regions", self.folder / "cycles"

    def write(self, places: Mapping[int, int], regions: int, origin: int) -> None:
        """places: number of the region, 1 .. regions, by address, from `origin` on; what is not named counts for the region before it."""
        numbers = np.zeros((max(places, default=origin) - origin) // BYTES_PER_PLACE + 1, dtype=np.uint16)
        for address, region in places.items():
            numbers[(address - origin) // BYTES_PER_PLACE] = region
        numbers.tofile(self.paths[0])
        np.zeros(regions + 1, dtype=np.uint64).tofile(self.paths[1])

    def read(self) -> NDArray[np.int64]:
        """Cycles so far: (regions + 1,), of region 0 what ran before any other."""
        return np.fromfile(self.paths[1], dtype=np.uint64).astype(np.int64)
