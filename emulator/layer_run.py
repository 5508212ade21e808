"""What the forward pass left of one layer in many samples."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.membrane import States
from sfdfa_codegen.emulator.spike_batch import SpikeBatch


@dataclass(frozen=True)
class HeldBack:
    """by_tick: neurons that reach the threshold after max_spikes spikes. last_by_tick: 1 where one of them is the last neuron that does. Both (samples, ticks)."""

    by_tick: Int64
    last_by_tick: Int64


@dataclass(frozen=True)
class LayerRun:
    """raised_states: A + c and B after the reset of each tick, (samples, ticks, 2, neurons)."""

    constants: IntegerLayer
    max_spikes: int
    raised_states: States
    spikes: SpikeBatch

    def states(self, samples: Int64, ticks: Int64) -> tuple[Int64, Int64]:
        """A and B of all neurons after some ticks of some samples: (n, neurons) each."""
        raised_a, b = self.raised_states[samples, ticks].astype(np.int64).swapaxes(0, 1)
        return raised_a - self.constants.threshold, b

    def states_at(self, spikes: SpikeBatch) -> tuple[Int64, Int64]:
        """A and B after the tick of each of these spikes: (n,) each."""
        raised_a, b = self.raised_states[spikes.samples, spikes.ticks, :, spikes.neurons].astype(np.int64).T
        return raised_a - self.constants.threshold, b

    def raised_potentials(self) -> States:
        """B - A - c after the reset of each tick: (samples, ticks, neurons)."""
        potentials: States = self.raised_states[:, :, 1] - self.raised_states[:, :, 0]
        return potentials

    @cached_property
    def held(self) -> HeldBack:
        """What is held back."""
        found = HeldBack(*np.zeros((2, *self.spikes.shape[:2]), dtype=np.int64))
        full = np.flatnonzero(self.spikes.by_neuron.max(axis=1, initial=0) >= self.max_spikes)
        if full.size:
            spiking = self.spikes.dense(full)
            reached = spiking | (self.raised_states[full, :, 1] >= self.raised_states[full, :, 0])
            held = reached & ~spiking
            found.by_tick[full] = np.count_nonzero(held, axis=2)
            found.last_by_tick[full] = _last_of(reached, held)
        return found


def _last_of(among: NDArray[np.bool_], values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """In each row, the value where `among` holds last: (samples, ticks, neurons) to (samples, ticks)."""
    last = among.shape[2] - 1 - among[:, :, ::-1].argmax(axis=2)
    found: NDArray[np.bool_] = np.take_along_axis(values, last[:, :, None], axis=2)[:, :, 0]
    return found
