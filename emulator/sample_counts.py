"""How much there is to do in a sample: everything that the time of the C depends on, and nothing that it does not.

The kernels run in a time that depends on counts alone, never on values; DESIGN.md, "Cycles", says how they do. So the cycles of a sample
are a sum of these counts, each times a number that the compiled image has for it. A new count is a new line in one of the functions that return
`Counts`; what it needs of a sample that is gone afterwards has to be kept in `sample_work`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.compact_counts import compact_counts
from sfdfa_codegen.emulator.counted_layer import CountedLayer, Counts
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.forward_counts import forward_counts
from sfdfa_codegen.emulator.sample_work import NO_SPIKES, SampleWork
from sfdfa_codegen.emulator.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.walk_counts import walk_counts


def _each(works: Sequence[SampleWork], value: Callable[[SampleWork], int]) -> Int64:
    return np.array([value(work) for work in works], dtype=np.int64)


class SampleCounter:
    """Counts many samples of one network at once. names: of the counts, in order."""

    def __init__(self, network: IntegerNetwork, compact: bool = False) -> None:
        """compact: for C that is built with SFDFA_COMPACT."""
        self.network = network
        self._compact = compact
        self._replays = network.learns and network.eligibility == "replay"
        self.names = tuple(self._counts([]))

    def count(self, works: Sequence[SampleWork]) -> Int64:
        """One row for each sample: (samples, names)."""
        rows = np.empty((len(self.names), len(works)), dtype=np.int64)
        for row, count in zip(rows, self._counts(works).values(), strict=True):
            row[:] = count
        return rows.T

    def count_by_name(self, works: Sequence[SampleWork]) -> dict[str, list[int]]:
        """The same by name, one number for each sample."""
        return dict(zip(self.names, self.count(works).T.tolist(), strict=True))

    def _counts(self, works: Sequence[SampleWork]) -> Counts:
        layers = self._layers(works)
        sizes = [layer.neurons for layer in self.network.layers]
        counts = {"sample": np.ones(len(works), dtype=np.int64)} | self._of_sample(works, layers)
        for index, (layer, constants) in enumerate(zip(layers, self.network.layers, strict=True)):
            found = forward_counts(layer, constants, self.network.weight_bits, self._replays)
            if self._compact:
                found |= compact_counts(
                    layer, constants, sum(sizes[:index]), sum(sizes[: index - 1]) if index else None
                )
            elif self._replays:
                found |= walk_counts(self.network, layer, constants)
            counts |= {f"{name}[{index}]": count for name, count in found.items()}
        return counts

    def _layers(self, works: Sequence[SampleWork]) -> list[CountedLayer]:
        network = self.network
        observed = _each(works, lambda work: work.mode != "predict")
        learned = _each(works, lambda work: work.mode == "learn")
        inputs = SpikeBatch.joined([work.layers[0].inputs for work in works], network.ticks, network.channels)
        layers = []
        for index, constants in enumerate(network.layers):
            is_last = constants is network.layers[-1]
            virtual = [work.learning.virtual if is_last else NO_SPIKES for work in works]
            own = [work.layers[index] for work in works]
            spikes, woken = (
                SpikeBatch.joined(lists, network.ticks, constants.neurons)
                for lists in ([work.spikes for work in own], virtual)
            )
            layers.append(CountedLayer(own, inputs, spikes, woken, observed, learned))
            inputs = spikes
        return layers

    def _of_sample(self, works: Sequence[SampleWork], layers: Sequence[CountedLayer]) -> Counts:
        """labelled: 1 if there is a label. starts_at_once: 1 if there is an event in tick 0. last_tick: of an event. silent_ticks: of each output, ticks until its
        first spike. record_changes: of all silent outputs, section 5 of ARITHMETIC.md; virtual_record_changes: of those that get a virtual spike. grades_taken: of each output, neurons of the layer before that have spiked until its last spike; no_grades_taken: spikes that found none since the one before. erring_outputs: with an error that is not 0. any_erring: 1 if there
        is one. virtual_spikes: section 8. s_saturations, eligibility_saturations, update_saturations: of s, E and D there."""
        events, outputs, woken = layers[0].inputs, layers[-1], layers[-1].virtual
        changes = self._record_changes(works, outputs.spikes.first)
        taken, without = self._grades_taken(layers)
        erring = _each(works, lambda work: work.learning.erring_outputs)
        last_tick = events.ticks[np.maximum(events.sizes.cumsum() - 1, 0)] if events.ticks.size else 0
        return {
            "labelled": _each(works, lambda work: work.labelled),
            "starts_at_once": events.by_tick[:, 0] > 0,
            "last_tick": last_tick * (events.sizes > 0),
            "silent_ticks": outputs.spikes.first.sum(axis=1) * outputs.observed,
            "record_changes": changes.sum(axis=1) * outputs.observed,
            "virtual_record_changes": woken.summed(changes[woken.samples, woken.neurons]),
            "grades_taken": taken * outputs.observed,
            "no_grades_taken": without * outputs.observed,
            "erring_outputs": erring,
            "any_erring": erring > 0,
            "virtual_spikes": woken.sizes,
            "s_saturations": _each(works, lambda work: work.learning.s_saturations),
            "eligibility_saturations": _each(works, lambda work: work.learning.eligibility_saturations),
            "update_saturations": _each(works, lambda work: work.learning.update_saturations),
        }

    def _grades_taken(self, layers: Sequence[CountedLayer]) -> Int64:
        """Of all outputs, and the spikes that found none: (samples,) each."""
        spikes, ticks = layers[-1].spikes, self.network.ticks
        samples, _, outputs = spikes.shape
        if len(layers) == 1 or not spikes.ticks.size:
            return np.zeros((2, samples), dtype=np.int64)
        first = layers[-2].spikes.first + np.arange(samples)[:, None] * (ticks + 1)
        begun = np.bincount(first.ravel(), minlength=samples * (ticks + 1)).reshape(samples, ticks + 1).cumsum(axis=1)
        places = spikes.samples * outputs + spikes.neurons
        order = places.argsort(kind="stable")
        seen = begun[spikes.samples, spikes.ticks][order]
        is_first = np.diff(places[order], prepend=-1) > 0
        taken = seen - np.where(is_first, 0, np.append(0, seen[:-1]))
        owners = spikes.samples[order]
        sums = np.bincount(owners, weights=taken, minlength=samples), np.bincount(owners[taken == 0], minlength=samples)
        return np.array(sums, dtype=np.int64)

    def _record_changes(self, works: Sequence[SampleWork], first_spikes: Int64) -> Int64:
        """Ticks in which an output that has not spiked is nearer to its threshold than before: (samples, outputs)."""
        ticks, outputs = self.network.ticks, self.network.outputs
        potentials = np.array([work.output_potentials for work in works]).reshape(len(works), ticks, outputs)
        rises = np.ones(potentials.shape, dtype=np.bool_)
        rises[:, 1:] = potentials[:, 1:] > np.maximum.accumulate(potentials, axis=1)[:, :-1]
        rises &= np.arange(ticks)[:, None] < first_spikes[:, None]
        changes: Int64 = np.count_nonzero(rises, axis=1)
        return changes
