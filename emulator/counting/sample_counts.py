"""How much there is to do in a sample: everything that the time of the C depends on, and nothing that it does not.

The kernels run in a time that depends on counts alone, never on values; DESIGN.md, "Cycles", says how they do. So the cycles of a sample
are a sum of these counts, each times a number that the compiled image has for it. A new count is a new line in one of the functions that return
`Counts`; what it needs of a sample that is gone afterwards has to be kept in `sample_work`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.plan import plan_network
from sfdfa_codegen.emulator.counting.call_counts import Runs, call_counts
from sfdfa_codegen.emulator.counting.coasting import coasting
from sfdfa_codegen.emulator.counting.compact_counts import compact_counts
from sfdfa_codegen.emulator.counting.counted_layer import CountedLayer, Counts, nonzero
from sfdfa_codegen.emulator.counting.forward_counts import forward_counts
from sfdfa_codegen.emulator.counting.layer_run import KeptStates, LayerRun, held_back
from sfdfa_codegen.emulator.counting.sample_work import SampleWork, of_each
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.counting.update_counts import update_counts
from sfdfa_codegen.emulator.counting.walk_counts import trace_counts, walk_counts
from sfdfa_codegen.emulator.fixed_point import Int64

OF_LEARNED: Final = (
    *("spikes", "spike_ticks", "spike_words", "spiking_neurons", "held_back", "all_held_back", "byte_places"),
    *("saturations", "forgotten", "cut", "ticks_after_cut", "kept_at_cut", "lost_at_cut", "lost_later"),
)
"""What learning asks of the way forward. Where a call has runs that are learned and others that are not, it is counted of the former once more."""


class SampleCounter:
    """Counts many samples of one network at once. names: of the counts, in order."""

    def __init__(self, network: IntegerNetwork, compact: bool = False) -> None:
        """compact: for C that is built with SFDFA_COMPACT."""
        self.network = network
        self._plan = plan_network(network)
        self._compact = compact
        self._replays = network.learns and network.eligibility == "replay"
        self.names = tuple(self._counts(Runs([]), learning=True))

    def count(self, works: Sequence[SampleWork]) -> Int64:
        """One row for each sample, with those of the ring that were learned after it: (samples, names)."""
        runs = Runs(works)
        counts = self._counts(runs, learning=any(work.mode != "predict" for work in works))
        rows = np.empty((len(self.names), len(works)), dtype=np.int64)
        for row, name in zip(rows, self.names, strict=True):
            row[:] = runs.summed(counts[name]) if name in counts else 0
        return rows.T

    def count_by_name(self, works: Sequence[SampleWork]) -> dict[str, list[int]]:
        """The same by name, one number for each sample."""
        return dict(zip(self.names, self.count(works).T.tolist(), strict=True))

    def _counts(self, runs: Runs, learning: bool) -> Counts:
        """learning: with those that are all 0 where samples are only predicted."""
        works = runs.works
        events = SpikeBatch.joined([work.events for work in works], self.network.ticks, self.network.channels)
        layers, replays = self._layers(works, events), self._replays and learning
        counts = call_counts(self.network, runs, events)
        if self.network.integrates:
            counts |= self._of_readout(works, layers, events, learning)
        elif learning:
            counts |= self._of_learning(works, layers)
        walks = replays and not self._compact and len(layers) > 0
        updates = update_counts(self.network, works, [layer.inputs for layer in layers]) if walks else []
        for index, layer in enumerate(layers):
            found = forward_counts(layer, learning, replays)
            if self._compact:
                found |= compact_counts(layer, layer.run.constants, *self._first_places(index), learning)
            elif walks:
                found |= walk_counts(layer, updates[index], self._plan.listed_inputs)
            elif learning and self.network.learns:
                found |= trace_counts(layer)
            if learning and self.network.ring_slots > 0:
                taught = {f"learned.{name}": found[name] * layer.learned for name in OF_LEARNED if name in found}
                found |= taught
            counts |= {f"{name}[{index}]": count for name, count in found.items()}
        return counts

    def _first_places(self, index: int) -> tuple[int, int | None]:
        """Of a layer, the number of its first neuron among those of all layers, and that of its inputs, None for events."""
        sizes = [layer.neurons for layer in self.network.layers]
        return sum(sizes[:index]), sum(sizes[: index - 1]) if index else None

    def _layers(self, works: Sequence[SampleWork], inputs: SpikeBatch) -> list[CountedLayer]:
        """inputs: the events of the samples."""
        network = self.network
        ticks = of_each(works, lambda work: network.ticks if work.readout is None else work.readout.ticks_run)
        decided = of_each(works, lambda work: work.readout is not None and work.readout.ignored.size > 0) > 0
        observed = of_each(works, lambda work: work.mode != "predict")
        learned = of_each(works, lambda work: work.mode == "learn")
        runs = [self._run(works, index) for index in range(len(network.spiking_layers))]
        coasts = coasting(network, ticks, np.where(decided, ticks, inputs.last_tick + 1), runs)
        layers = []
        woken = SpikeBatch.joined([work.learning.virtual for work in works], network.ticks, network.outputs)
        for index, (run, coasts_of_run) in enumerate(zip(runs, coasts, strict=True)):
            virtual = woken if run is runs[-1] and not network.integrates else SpikeBatch.empty(run.spikes.shape)
            own = [work.layers[index] for work in works]
            layers.append(CountedLayer(own, ticks, inputs, run, coasts_of_run, virtual, observed, learned))
            inputs = run.spikes
        return layers

    def _run(self, works: Sequence[SampleWork], index: int) -> LayerRun:
        """Of one layer."""
        ticks, plan = self.network.ticks, self._plan.layers[index]
        layers = [work.layers[index] for work in works]
        spikes = SpikeBatch.joined([layer.spikes for layer in layers], ticks, plan.layer.neurons)
        return LayerRun(plan, spikes, KeptStates(plan.layer, ticks, layers), held_back(layers, ticks))

    def _of_readout(
        self, works: Sequence[SampleWork], layers: Sequence[CountedLayer], events: SpikeBatch, learning: bool
    ) -> Counts:
        """reached: inputs of the outputs with a spike; last_reached: 1 if the last one has. summed_inputs, summed_ticks: of samples that may be decided early, inputs of the outputs, and ticks with one. learned_...: of samples that are learned. erring_outputs: with an error that is not 0. turn[z]: 1 if layer z learns feedback; turn_reached[z, l]: neurons of layer l
        with a spike in that case; turn_last[z, l]: 1 if its last neuron has one. Saturations as in `_of_learning`."""
        reached = of_each(works, lambda work: 0 if work.readout is None else work.readout.reached)
        last = of_each(works, lambda work: 0 if work.readout is None else work.readout.last_reached)
        counts: Counts = {"reached": reached, "last_reached": last}
        if self.network.decide_margin:
            inputs = layers[-1].spikes if layers else events
            counts |= {"summed_inputs": inputs.sizes, "summed_ticks": nonzero(inputs.by_tick)}
        if not learning:
            return counts
        learned = of_each(works, lambda work: work.mode == "learn")
        turns = of_each(works, lambda work: -1 if work.readout is None else work.readout.turn)
        counts["erring_outputs"] = of_each(works, lambda work: work.learning.erring_outputs)
        counts |= {"learned_reached": reached * learned, "learned_last_reached": last * learned}
        for turn in range(len(layers)):
            counts[f"turn[{turn}]"] = own = (turns == turn) * learned
            for index in range(turn, len(layers)):
                spiked = layers[index].spikes.by_neuron
                counts[f"turn_reached[{turn}, {index}]"] = own * nonzero(spiked)
                counts[f"turn_last[{turn}, {index}]"] = own * (spiked[:, -1] > 0)
        return counts | self._saturations_of_learning(works)

    def _saturations_of_learning(self, works: Sequence[SampleWork]) -> Counts:
        return {
            "s_saturations": of_each(works, lambda work: work.learning.s_saturations),
            "eligibility_saturations": of_each(works, lambda work: work.learning.eligibility_saturations),
            "update_saturations": of_each(works, lambda work: work.learning.update_saturations),
        }

    def _of_learning(self, works: Sequence[SampleWork], layers: Sequence[CountedLayer]) -> Counts:
        """silent_ticks: of each output, ticks until its first spike. record_changes: of all silent outputs, section 5 of ARITHMETIC.md; virtual_record_changes: of those that
        get a virtual spike; first_record_changes: of the first output. grades_taken: of each output, neurons of the layer before that have spiked until its last spike; no_grades_taken: spikes that found none since
        the one before. erring_outputs: with an error that is not 0. any_erring: 1 if there is one. virtual_spikes: section 8. s_saturations,
        eligibility_saturations, update_saturations: of s, E and D there."""
        outputs, woken = layers[-1], layers[-1].virtual
        changes = _record_changes(outputs.run)
        taken, without = self._grades_taken(layers)
        erring = of_each(works, lambda work: work.learning.erring_outputs)
        return {
            "silent_ticks": outputs.spikes.first.sum(axis=1) * outputs.observed,
            "record_changes": changes.sum(axis=1) * outputs.observed,
            "virtual_record_changes": woken.summed(changes[woken.samples, woken.neurons]),
            "first_record_changes": changes[:, 0] * outputs.observed,
            "grades_taken": taken * outputs.observed,
            "no_grades_taken": without * outputs.observed,
            "erring_outputs": erring,
            "any_erring": erring > 0,
            "virtual_spikes": woken.sizes,
            **self._saturations_of_learning(works),
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


def _record_changes(outputs: LayerRun) -> Int64:
    """Ticks in which an output that has not spiked is nearer to its threshold than before: (samples, outputs)."""
    nearest = np.ascontiguousarray(outputs.states.raised_potentials().swapaxes(0, 1))
    np.maximum.accumulate(nearest, axis=0, out=nearest)
    nearer = np.ones(nearest.shape, dtype=np.bool_)
    np.greater(nearest[1:], nearest[:-1], out=nearer[1:])
    nearer &= np.arange(len(nearer))[:, None, None] < outputs.spikes.first
    changes: Int64 = np.count_nonzero(nearer, axis=0)
    return changes
