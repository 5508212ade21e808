"""What the forward pass left of one layer in many samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.codegen.plan import LayerPlan
from sfdfa_codegen.emulator.counting.sample_work import HeldBack, LayerWork
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.membrane import States


class KeptStates:
    """Of one layer, after those ticks of which `LayerWork` keeps them, one sample after the other."""

    def __init__(self, constants: IntegerLayer, ticks: int, works: Sequence[LayerWork]) -> None:
        self._threshold, self._ticks = constants.threshold, ticks
        nothing = [np.empty((0, 2, constants.neurons), dtype=np.int32)]
        self._states = np.concatenate(nothing + [work.states for work in works])
        self._ends = np.array([len(work.states) for work in works], dtype=np.int64).cumsum()

    def _rows(self, samples: Int64, ticks: Int64) -> Int64:
        rows: Int64 = self._ends[samples] - self._ticks + ticks
        return rows

    def raised_potentials(self) -> States:
        """B - A - c after each tick, of outputs: (samples, ticks, outputs)."""
        potentials: States = self._states[:, 1] - self._states[:, 0]
        return potentials.reshape(self._ends.size, self._ticks, self._states.shape[2])

    def of_all(self, samples: Int64, ticks: Int64) -> tuple[Int64, Int64]:
        """A and B of all neurons after some ticks of some samples: (n, neurons) each."""
        raised_a, b = self._states[self._rows(samples, ticks)].astype(np.int64).swapaxes(0, 1)
        return raised_a - self._threshold, b

    def at(self, spikes: SpikeBatch) -> tuple[Int64, Int64]:
        """A and B after the tick of each of these spikes: (n,) each."""
        flat, neurons = self._states.ravel(), self._states.shape[2]
        places = self._rows(spikes.samples, spikes.ticks) * (2 * neurons) + spikes.neurons
        return flat[places].astype(np.int64) - self._threshold, flat[places + neurons].astype(np.int64)


@dataclass(frozen=True)
class LayerRun:
    """held: by_tick and last_by_tick of all samples, (samples, ticks)."""

    plan: LayerPlan
    spikes: SpikeBatch
    states: KeptStates
    held: HeldBack

    @property
    def constants(self) -> IntegerLayer:
        return self.plan.layer


def held_back(works: Sequence[LayerWork], ticks: int) -> HeldBack:
    """Of all samples: (samples, ticks) each."""
    shape = (len(works), ticks)
    found = HeldBack(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_))
    for sample, work in enumerate(works):
        if work.held is not None:
            found.by_tick[sample], found.last_by_tick[sample] = work.held.by_tick, work.held.last_by_tick
    return found
