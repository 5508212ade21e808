"""One layer in many samples, ready to be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.coasting import Coasting
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_run import LayerRun
from sfdfa_codegen.emulator.sample_work import LayerWork
from sfdfa_codegen.emulator.spike_batch import SpikeBatch

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


@dataclass(frozen=True)
class UpdateCounts:
    """Of the weights of one layer, 0 for samples that were not learned by replay. by_one: neurons in each tick whose D is not 0 and smaller than the unit of a weight, which can
    change it by 1 alone; by_more: whose D is not; both (samples, ticks). changed: weights that the former change, odd_changed: those of neurons with an odd
    number; both (samples,)."""

    by_one: Int64
    by_more: Int64
    changed: Int64
    odd_changed: Int64


class CountedLayer:
    """observed, learned: 1 for samples that were, else 0, (samples,). virtual: spikes of silent outputs, none of other layers."""

    def __init__(
        self,
        works: Sequence[LayerWork],
        inputs: SpikeBatch,
        run: LayerRun,
        coasting: Coasting,
        virtual: SpikeBatch,
        observed: Int64,
        learned: Int64,
    ) -> None:
        self._works = works
        self.run, self.coasting = run, coasting
        self.inputs, self.spikes, self.virtual = inputs, run.spikes, virtual
        self.observed, self.learned = observed, learned

    @cached_property
    def saturations(self) -> Int64:
        """Of A and B: (samples,)."""
        return np.array([work.saturations for work in self._works], dtype=np.int64)

    @cached_property
    def updates(self) -> UpdateCounts:
        """What was done to the weights."""
        samples, ticks, _ = self.spikes.shape
        counts = UpdateCounts(*np.zeros((2, samples, ticks), np.int64), *np.zeros((2, samples), np.int64))
        updates = [(sample, work.updates) for sample, work in enumerate(self._works) if work.updates is not None]
        if updates:
            learned, found = zip(*updates, strict=True)
            chosen = list(learned)
            sizes = np.array([update.sizes for update in found])
            by_more = np.count_nonzero(sizes >= found[0].unit, axis=2)
            counts.by_more[chosen] = by_more
            counts.by_one[chosen] = np.count_nonzero(sizes, axis=2) - by_more
            counts.changed[chosen] = [update.changed for update in found]
            counts.odd_changed[chosen] = [update.odd_changed for update in found]
        return counts

    @cached_property
    def stepped(self) -> NDArray[np.bool_]:
        """Ticks in which the layer does not coast: (samples, ticks)."""
        ticks = self.inputs.shape[1]
        before: NDArray[np.bool_] = np.arange(ticks) < ticks - self.coasting.rest[:, None]
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
        grades = [np.zeros(work.inputs.size, np.int64) if work.grades is None else work.grades for work in self._works]
        graded: NDArray[np.bool_] = np.concatenate([np.empty(0, np.int64), *grades]) != 0
        return graded

    @cached_property
    def last_learns(self) -> Int64:
        """1 for samples in which the last neuron of the layer has a spike or virtual spike: (samples,)."""
        _, ticks, neurons = self.spikes.shape
        virtual = self.virtual.chosen(self.virtual.neurons == neurons - 1)
        learns: NDArray[np.bool_] = (self.spikes.first[:, -1] < ticks) | (virtual.sizes > 0)
        return learns * self.learned
