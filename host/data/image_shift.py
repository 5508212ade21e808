"""Images moved by whole pixels, as input events: an event changes its channel, or falls off the edge."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.channel_use import ABSENT, renumbering, without_absent
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset


@dataclass(frozen=True)
class ImageShift:
    """All moves by up to some pixels. tables: (moves, channels) uint16, the channel that each becomes, or ABSENT."""

    tables: NDArray[np.uint16]

    @property
    def moves(self) -> int:
        return len(self.tables)

    @classmethod
    def of(cls, data: EncodedData, most: int) -> "ImageShift":
        """Moves by up to `most` rows and columns, each way. Raises ConfigError if the data are no images."""
        if data.image is None:
            raise ConfigError('learning.max_shift needs images: [data] source "idx" or "digits"')
        rows, columns = data.image
        per_pixel = data.source_channels // (rows * columns)
        pixel, part = np.divmod(data.kept_channels, per_pixel)
        row, column = np.divmod(pixel, columns)
        place = renumbering(data.kept_channels, data.source_channels)

        def table(down: int, right: int) -> NDArray[np.uint16]:
            y, x = row + down, column + right
            inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
            source = np.where(inside, (y * columns + x) * per_pixel + part, 0)
            return np.where(inside, place[source], ABSENT).astype(np.uint16)

        steps = range(-most, most + 1)
        return cls(np.stack([table(down, right) for down, right in product(steps, steps)]))

    def apply(self, samples: SpikeDataset, moves: NDArray[np.int64]) -> SpikeDataset:
        """Each sample moved by the table of its number in `moves`, (samples,). Events of a tick keep their order."""
        move = np.repeat(moves, samples.events_per_sample)
        channels = self.tables[move, samples.channels]
        return without_absent(SpikeDataset(samples.ticks, channels, samples.offsets, samples.labels))
