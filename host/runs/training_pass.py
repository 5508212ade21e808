"""The order and the places in which a pass shows its training samples: `learning.shuffle` and `learning.max_shift`.

Both are drawn for a whole pass from seed and pass, so that neither blocks nor a resumed run change them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.image_shift import ImageShift
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.network.spec import NetworkSpec

_ORDER, _SHIFT = 1, 2
"""Streams of the generator, after the seed and the pass."""


@dataclass(frozen=True)
class TrainingPass:
    """Pass number `epoch`, from 0, over `samples`. shift: moves the images, if they are to be moved."""

    samples: SpikeDataset
    seed: int
    epoch: int
    shuffle: bool
    shift: ImageShift | None

    def block(self, start: int, end: int) -> SpikeDataset:
        """The samples shown from the `start`-th to before the `end`-th."""
        block = self.samples.take(self.order[start:end])
        return block if self.shift is None else self.shift.apply(block, self._moves[start:end])

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The number of each sample that is shown, (samples,)."""
        count = len(self.samples)
        return self._generator(_ORDER).permutation(count) if self.shuffle else np.arange(count)

    @cached_property
    def _moves(self) -> NDArray[np.int64]:
        moves = 0 if self.shift is None else self.shift.moves
        return self._generator(_SHIFT).integers(moves, size=len(self.samples))

    def _generator(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.epoch, stream])


def training_passes(
    spec: NetworkSpec, data: EncodedData, samples: SpikeDataset, epochs: int
) -> tuple[TrainingPass, ...]:
    """All passes over `samples`, which are of `data`. Raises ConfigError for shifts of what are no images."""
    shift = ImageShift.of(data, spec.learning.max_shift) if spec.learning.max_shift > 0 else None
    shuffle = spec.learning.shuffle
    return tuple(TrainingPass(samples, spec.seed, epoch, shuffle, shift) for epoch in range(epochs))
