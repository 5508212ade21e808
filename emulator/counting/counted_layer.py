"""One layer in many samples, ready to be counted."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.coasting import Coasting
from sfdfa_codegen.emulator.counting.layer_run import LayerRun
from sfdfa_codegen.emulator.counting.sample_work import LayerWork
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64

Counts = dict[str, Int64]
"""By name, one count for each sample: (samples,)."""


def nonzero(by_tick: NDArray[np.int64] | NDArray[np.bool_]) -> Int64:
    """How many of each row are not 0: (rows, n) to (rows,)."""
    counts: Int64 = np.count_nonzero(by_tick, axis=1)
    return counts


def at_or_after(by_tick: Int64) -> Int64:
    """What stands in each tick or after it: (samples, ticks)."""
    sums: Int64 = by_tick[:, ::-1].cumsum(axis=1)[:, ::-1]
    return sums


class CountedLayer:
    """ticks: that were run, (samples,). observed, learned: 1 for samples that were, else 0, (samples,). virtual: spikes of silent outputs, none of other layers."""

    def __init__(
        self,
        works: Sequence[LayerWork],
        ticks: Int64,
        inputs: SpikeBatch,
        run: LayerRun,
        coasting: Coasting,
        virtual: SpikeBatch,
        observed: Int64,
        learned: Int64,
    ) -> None:
        self._works, self.ticks = works, ticks
        self.run, self.coasting = run, coasting
        self.inputs, self.spikes, self.virtual = inputs, run.spikes, virtual
        self.observed, self.learned = observed, learned

    @cached_property
    def saturations(self) -> Int64:
        """Of A and B: (samples,)."""
        return np.array([work.saturations for work in self._works], dtype=np.int64)

    @cached_property
    def stepped(self) -> NDArray[np.bool_]:
        """Ticks that were run and in which the layer does not coast: (samples, ticks)."""
        before: NDArray[np.bool_] = np.arange(self.inputs.shape[1]) < (self.ticks - self.coasting.rest)[:, None]
        return before

    @cached_property
    def held_by_tick(self) -> Int64:
        """Neurons that reach the threshold after max_spikes spikes, where the layer does not coast: (samples, ticks)."""
        held: Int64 = self.run.held.by_tick * self.stepped
        return held

    @cached_property
    def reached_by_tick(self) -> Int64:
        """Neurons that spike or are held back: (samples, ticks)."""
        reached: Int64 = self.spikes.by_tick + self.held_by_tick
        return reached

    @cached_property
    def is_graded(self) -> NDArray[np.bool_]:
        """Which inputs have a grade that is not 0: (inputs of all samples,)."""
        graded = np.zeros(self.inputs.ticks.size, dtype=np.bool_)
        ends = self.inputs.sizes.cumsum().tolist()
        for work, end in zip(self._works, ends, strict=True):
            if work.grades is not None:
                graded[end - work.grades.size : end] = work.grades
        return graded

    @cached_property
    def last_learns(self) -> Int64:
        """1 for samples in which the last neuron of the layer has a spike or virtual spike: (samples,)."""
        _, ticks, neurons = self.spikes.shape
        virtual = self.virtual.chosen(self.virtual.neurons == neurons - 1)
        learns: NDArray[np.bool_] = (self.spikes.first[:, -1] < ticks) | (virtual.sizes > 0)
        return learns * self.learned
