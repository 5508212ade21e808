"""One layer, forwards through a whole sample or a batch of samples."""

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.input_currents import input_currents
from sfdfa_codegen.emulator.membrane import NARROW_REACH, Membrane, Word
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WeightArray


class LayerPass:
    """What happened in one layer; valid until the next run.

    inputs: what reached the layer. spikes: what it sent. Rows of both are `tick * samples + sample`, with one sample the tick.
    """

    def __init__(self, network: IntegerNetwork, index: int, samples: int = 1) -> None:
        self.network = network
        self.layer = network.layers[index]
        self._index = index
        self.samples = samples
        self.inputs = self.spikes = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._narrow = self.membrane = self._new_membrane(np.int32)
        self._wide: Membrane | None = None

    def _new_membrane(self, dtype: type[Word]) -> Membrane:
        return Membrane(self.layer, self.network.ticks, self.network.max_spikes, self.samples, dtype)

    def _wide_membrane(self) -> Membrane:
        self._wide = self._wide or self._new_membrane(np.int64)
        return self._wide

    @property
    def counts(self) -> Int64:
        """Spikes of each neuron: (neurons,), or (samples * neurons,)."""
        return self.membrane.counts

    def run(self, weights: WeightArray, inputs: SpikeList, last: int | None = None) -> SpikeList:
        """Run all ticks, or `last`, which no input is behind; returns the spikes."""
        self.inputs = inputs
        last = last or self.network.ticks
        currents = input_currents(weights, inputs)
        rows = inputs.rows[inputs.starts]
        if self.layer.bias is not None:
            rows, currents = self._with_bias(rows, currents, last)
        ticks, samples = (rows, 0) if self.samples == 1 else np.divmod(rows, self.samples)
        reach = self._reach(currents, samples)
        self.membrane = self._narrow if reach <= NARROW_REACH else self._wide_membrane()
        self.membrane.run(ticks, samples, currents, reach > self.layer.state_limit, last)
        self.spikes = self._sent()
        return self.spikes

    def _with_bias(self, rows: Int64, currents: Int64, last: int) -> tuple[Int64, Int64]:
        """X of every row from the layer's own number of ticks on, with its bias: the rows, and (rows, neurons)."""
        first = self._index * self.samples
        driven = np.arange(min(first, last * self.samples), last * self.samples)
        bias = np.array(self.layer.bias, dtype=np.int64) << max(0, self.layer.input_shift)  # in the unit of the weights
        biased = np.tile(bias, (driven.size, 1))
        early = int(np.searchsorted(rows, first))
        biased[rows[early:] - first] += currents[early:]
        return np.concatenate((rows[:early], driven)), np.concatenate((currents[:early], biased))

    def _reach(self, currents: Int64, samples: Int64 | int) -> int:
        """A bound of |A| and |B| without clamps: decays and rounding never enlarge a state, so the |X| of a sample and the resets bound it."""
        bias = self.network.ticks * self.layer.largest_bias
        rough = self._state_unit((self.inputs.size << (self.network.weight_bits - 1)) + bias)
        if rough <= min(NARROW_REACH, self.layer.state_limit):
            return rough
        largest = np.abs(currents).max(axis=1, initial=0)
        sums = np.bincount(np.broadcast_to(samples, largest.shape), weights=largest)
        return self._state_unit(int(sums.max(initial=0)))

    def _state_unit(self, current: int) -> int:
        largest = max(self.layer.threshold, self.layer.reset_step)
        resets = (self.network.max_spikes + 1) * largest  # one more, for A + c
        return (current << max(-self.layer.input_shift, 0)) + resets

    def _sent(self) -> SpikeList:
        if self.samples == 1:
            return SpikeList(self.membrane.fired_ticks, self.membrane.fired)
        samples, neurons = np.divmod(self.membrane.fired, self.layer.neurons)
        return SpikeList(self.membrane.fired_ticks * self.samples + samples, neurons)

    def states_at(self, spikes: SpikeList) -> Int64:
        """A of each of the spikes' neurons at its tick, for a single sample: (spikes,)."""
        return self.membrane.a_at(spikes.rows, spikes.neurons)


def predictions(output_pass: LayerPass) -> Int64:
    """The winner of each sample, section 5: (samples,). Most spikes, then the largest B - A after the last tick, then the lowest index."""
    membrane = output_pass.membrane
    scores = (membrane.counts << 32) + membrane.last_potentials()  # B - A is far smaller than 2^31
    winners: Int64 = scores.reshape(output_pass.samples, -1).argmax(axis=1)
    return winners
