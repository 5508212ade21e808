"""Counts of a sample against a slow count from its records."""

from dataclasses import replace

import numpy as np
import pytest
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator

NETWORK = with_layer(make_network(20, 40, 4), 1, spike_capacity=64)
Counted = tuple[EmulatedSample, dict[str, int]]


def run(network: IntegerNetwork, learn: bool, label: bool = True) -> list[Counted]:
    """Each sample with its counts by name."""
    emulator, found = Emulator(network), []
    samples = make_samples(network, 6)
    for index in range(len(samples)):
        ticks, channels, truth, *_ = samples[index]
        found.append(emulator.run_sample(ticks, channels, truth if label else None, learn, record=True, count=True))
    counts = SampleCounter(network).count_by_name([sample.work for sample in found if sample.work is not None])
    return [(sample, {name: of[index] for name, of in counts.items()}) for index, sample in enumerate(found)]


@pytest.mark.parametrize(("learn", "label", "mode"), [(0, 1, "predict"), (1, 0, "observe"), (1, 1, "learn")])
def test_modes(learn: bool, label: bool, mode: str) -> None:
    for sample, counts in run(NETWORK, learn, label):
        assert sample.work is not None and sample.work.mode == mode
        assert counts["labelled"] == int(label)


def test_without_learning_nothing_is_counted_for_it() -> None:
    for _, counts in run(NETWORK, learn=False):
        names = ("silent_ticks", "record_changes", "erring_outputs", "virtual_spikes", "spike_places[0]")
        assert [counts[name] for name in names] == [0] * len(names)
        assert not any(count for name, count in counts.items() if "walk" in name)


def test_spikes_and_inputs() -> None:
    for sample, counts in run(NETWORK, learn=True):
        for index, record in enumerate(sample.records):
            assert counts[f"spikes[{index}]"] == int(record.spikes.sum())
            assert counts[f"spiking_neurons[{index}]"] == int(record.spikes.any(axis=0).sum())
            words = {(tick, neuron // 32) for tick, neuron in zip(*record.spikes.nonzero(), strict=True)}
            assert counts[f"spike_words[{index}]"] == len(words)
        by_tick = sample.records[0].spikes.sum(axis=1).tolist()
        assert counts["inputs[1]"] == sum(by_tick)
        assert counts["input_ticks[1]"] == sum(count > 0 for count in by_tick)
        assert counts["input_fours[1]"] == sum(count // 4 for count in by_tick)
        assert counts["lone_ticks[1]"] == sum(count == 1 for count in by_tick)


def test_walks_go_from_each_neurons_last_spike_to_the_first_input() -> None:
    for sample, counts in run(NETWORK, learn=True):
        hidden, output = sample.records
        by_tick = hidden.spikes.sum(axis=1)
        last = [int(column.nonzero()[0][-1]) for column in output.spikes.T if column.any()]
        assert counts["forgotten[1]"] == 0
        if counts["virtual_spikes"] == 0:
            assert counts["walk.neurons[1]"] == len(last)
            assert counts["walk.updates[1]"] == sum(int(by_tick[: tick + 1].sum()) for tick in last)


def test_silent_ticks_and_records() -> None:
    for sample, counts in run(NETWORK, learn=True):
        output = sample.records[-1]
        silent = ~np.logical_or.accumulate(output.spikes, axis=0)
        assert counts["silent_ticks"] == int(silent.sum())
        changes = 0
        for neuron in range(NETWORK.outputs):
            potentials = (output.b[:, neuron] - output.a[:, neuron])[silent[:, neuron]].tolist()
            changes += sum(value > max(potentials[:tick], default=value - 1) for tick, value in enumerate(potentials))
        assert counts["record_changes"] == changes


def test_outputs_that_are_held_back() -> None:
    network = replace(NETWORK, max_spikes=1)
    total = 0
    for sample, counts in run(network, learn=True):
        output = sample.records[-1]
        held = (output.b - output.a >= network.layers[-1].threshold) & ~output.spikes
        assert counts["held_back[1]"] == int(held.sum())
        total += counts["held_back[1]"]
    assert total > 0


def test_a_sample_counts_the_same_alone_and_among_others() -> None:
    emulator, counter = Emulator(NETWORK), SampleCounter(NETWORK)
    samples, works = make_samples(NETWORK, 5, density=0.3), []
    for index in range(len(samples)):
        ticks, channels, label, *_ = samples[index]
        work = emulator.run_sample(ticks, channels, label, learn=index != 2, count=True).work
        assert work is not None
        works.append(work)
    together = counter.count(works)
    assert together.shape == (5, len(set(counter.names)))
    assert together[:, 0].tolist() == [1] * 5
    assert [counter.count([work])[0].tolist() for work in works] == together.tolist()


def test_no_samples() -> None:
    counter = SampleCounter(NETWORK)
    assert counter.count([]).shape == (0, len(counter.names))
