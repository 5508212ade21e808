"""One layer in many samples, ready to be counted."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.sample_work import LayerWork, UpdateWork
from sfdfa_codegen.emulator.spike_batch import SpikeBatch

Counts = dict[str, Int64]
"""By name, one count for each sample: (samples,)."""


def nonzero(by_tick: NDArray[np.int64] | NDArray[np.bool_]) -> Int64:
    """How many of each row are not 0: (rows, n) to (rows,)."""
    counts: Int64 = np.count_nonzero(by_tick, axis=1)
    return counts


class CountedLayer:
    """observed, learned: 1 for samples that were, else 0, (samples,). virtual: spikes of silent outputs, none of other layers."""

    def __init__(
        self,
        works: Sequence[LayerWork],
        inputs: SpikeBatch,
        spikes: SpikeBatch,
        virtual: SpikeBatch,
        observed: Int64,
        learned: Int64,
    ) -> None:
        self._works = works
        self.inputs, self.spikes, self.virtual = inputs, spikes, virtual
        self.observed, self.learned = observed, learned

    def each(self, value: Callable[[LayerWork], int]) -> Int64:
        """A number of each sample's work: (samples,)."""
        return np.array([value(work) for work in self._works], dtype=np.int64)

    def each_update(self, value: Callable[[UpdateWork], int]) -> Int64:
        """A number of what each sample did to the weights, 0 where that was nothing: (samples,)."""
        return self.each(lambda work: 0 if work.updates is None else value(work.updates))

    def updates_by_tick(self, value: Callable[[UpdateWork], Int64]) -> Int64:
        """The same of each tick: (samples, ticks)."""
        samples, ticks, _ = self.inputs.shape
        none = np.zeros(ticks, dtype=np.int64)
        found = [none if work.updates is None else value(work.updates) for work in self._works]
        return np.array(found, dtype=np.int64).reshape(samples, ticks)

    @cached_property
    def held_by_tick(self) -> Int64:
        """Neurons that reach the threshold after max_spikes spikes: (samples, ticks)."""
        samples, ticks, _ = self.inputs.shape
        none = np.zeros(ticks, dtype=np.int64)
        found = [none if work.held is None else work.held.by_tick for work in self._works]
        return np.array(found, dtype=np.int64).reshape(samples, ticks)

    @property
    def reached_by_tick(self) -> Int64:
        """Neurons that spike or are held back: (samples, ticks)."""
        reached: Int64 = self.spikes.by_tick + self.held_by_tick
        return reached

    @cached_property
    def graded_inputs(self) -> SpikeBatch:
        """Inputs with a grade that is not 0."""
        graded = [np.zeros(w.inputs.size, np.bool_) if w.grades is None else w.grades != 0 for w in self._works]
        return self.inputs.chosen(np.concatenate([np.empty(0, np.bool_), *graded]))
