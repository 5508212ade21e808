"""Counts of a sample against a slow count from its records."""

from itertools import pairwise

import pytest
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.sample_counts import SampleCounts, names

NETWORK = with_layer(make_network(20, 40, 4), 1, spike_capacity=64)


def run(network: IntegerNetwork, learn: bool, label: bool = True) -> list[tuple[EmulatedSample, SampleCounts]]:
    emulator, found = Emulator(network), []
    samples = make_samples(network, 6)
    for index in range(len(samples)):
        ticks, channels, truth = samples[index]
        sample = emulator.run_sample(ticks, channels, truth if label else None, learn, record=True, count=True)
        assert sample.work is not None
        found.append((sample, sample.work))
    return found


@pytest.mark.parametrize(("learn", "label", "mode"), [(0, 1, "predict"), (1, 0, "observe"), (1, 1, "learn")])
def test_modes(learn: bool, label: bool, mode: str) -> None:
    assert {work.mode for _, work in run(NETWORK, learn, label)} == {mode}


def test_without_learning_nothing_is_counted_for_it() -> None:
    for _, work in run(NETWORK, learn=False):
        assert (work.silent_ticks, work.record_changes, work.erring_outputs, work.virtual_spikes) == (0, 0, 0, 0)
        assert all(not any(layer.walk.row()) and layer.spike_places == 0 for layer in work.layers)


def test_spikes_and_inputs() -> None:
    for sample, work in run(NETWORK, learn=True):
        for record, layer in zip(sample.records, work.layers, strict=True):
            assert layer.spikes == int(record.spikes.sum())
            assert layer.spiking_neurons == int(record.spikes.any(axis=0).sum())
            words = {(tick, neuron // 32) for tick, neuron in zip(*record.spikes.nonzero(), strict=True)}
            assert layer.spike_words == len(words)
        for before, layer in pairwise(zip(sample.records, work.layers, strict=True)):
            by_tick = before[0].spikes.sum(axis=1).tolist()
            assert layer[1].inputs == sum(by_tick)
            assert layer[1].input_ticks == sum(count > 0 for count in by_tick)
            assert layer[1].input_fours == sum(count // 4 for count in by_tick)
            assert layer[1].lone_ticks == sum(count == 1 for count in by_tick)


def test_walks_go_from_each_neurons_last_spike_to_the_first_input() -> None:
    for sample, work in run(NETWORK, learn=True):
        hidden, output = sample.records
        by_tick = hidden.spikes.sum(axis=1)
        last = [int(column.nonzero()[0][-1]) for column in output.spikes.T if column.any()]
        assert work.layers[1].forgotten == 0
        if work.virtual_spikes == 0:
            walk = work.layers[1].walk
            assert walk.neurons == len(last)
            assert walk.updates == sum(int(by_tick[: tick + 1].sum()) for tick in last)


def test_rows_are_as_long_as_their_names() -> None:
    (_, work), *_ = run(NETWORK, learn=True)
    assert len(work.row()) == len(names(NETWORK)) == len(set(names(NETWORK)))
    assert work.row()[0] == 1
