"""Counts of calls that decide early, rehearse and ask, of random networks."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import RingWork, SampleWork
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator

SIZES = st.sampled_from(((7, 3), (6, 5, 3), (6, 5, 4, 2)))
KEYS = st.fixed_dictionaries(
    {
        "decide_margin": st.sampled_from((0, 300, 3000)),
        "ring_slots": st.sampled_from((0, 1, 3)),
        "ring_rate": st.integers(1, 2),
        "learn_below": st.sampled_from((90, 300)),
        "asking": st.booleans(),
    }
)


def network_of(sizes: tuple[int, ...], keys: dict[str, Any]) -> IntegerNetwork:
    asking = keys.pop("asking")
    asks = {"ask_up": 51, "ask_down": 461} if asking else {}
    keys["ring_rate"] *= keys["ring_slots"] > 0
    return replace(make_integrator(*sizes, **keys, **asks), ticks=14)


def run(network: IntegerNetwork, labelled: int = 2) -> list[tuple[EmulatedSample, SampleWork]]:
    """Samples to be learned, one of `labelled` without its label."""
    emulator, samples, found = Emulator(network), make_samples(network, 9, density=0.2), []
    for index in range(len(samples)):
        sample = samples[index]
        label = sample.label if index % labelled else None
        result = emulator.run_sample(sample.ticks, sample.channels, label, learn=True, count=True)
        assert result.work is not None
        found.append((result, result.work))
    return found


def alone(work: SampleWork) -> SampleWork:
    """A run without what followed from it."""
    return replace(work, ring=replace(work.ring, rehearsed=() if work.ring.rehearsed is not None else None))


@given(sizes=SIZES, keys=KEYS)
def test_a_call_counts_its_runs_together_and_the_same_among_others(
    sizes: tuple[int, ...], keys: dict[str, Any]
) -> None:
    network = network_of(sizes, dict(keys))
    works = [work for _, work in run(network)]
    counter = SampleCounter(network)
    together = counter.count(works)
    assert together.shape == (len(works), len(set(counter.names)))
    assert [counter.count([work])[0].tolist() for work in works] == together.tolist()
    own = counter.count_by_name([alone(work) for work in works])
    found = counter.count_by_name(works)
    for index, work in enumerate(works):
        again = counter.count_by_name(list(work.ring.rehearsed or ()))
        for name in counter.names:
            if not name.startswith("rehearsed") and name in ("ticks_run", "spikes[0]", "inputs[0]", "learned_reached"):
                assert found[name][index] == own[name][index] + sum(again[name])


@given(sizes=SIZES, keys=KEYS)
def test_what_followed_is_what_the_emulator_did(sizes: tuple[int, ...], keys: dict[str, Any]) -> None:
    network = network_of(sizes, dict(keys))
    stored, results = 0, run(network)
    for result, work in results:
        assert work.readout is not None
        assert work.readout.ticks_run == result.ticks_run
        assert (work.readout.ignored.size > 0) <= (result.ticks_run < network.ticks)
        assert work.ring.asks == result.asks
        rehearses = network.ring_slots > 0 and work.labelled
        assert work.call_mode == ("rehearse" if rehearses else work.mode)
        if rehearses:
            assert work.ring.stored_before == stored
            assert len(work.ring.rehearsed or ()) + work.ring.in_vain <= network.ring_rate * (stored > 0)
        assert work.ring.stored == (network.ring_slots > 0 and (work.labelled or result.asks))
        stored += work.ring.stored
    counts = SampleCounter(network).count_by_name([alone(work) for _, work in results])
    if network.decide_margin:
        assert counts["ticks_run"] == [result.ticks_run for result, _ in results]
    if network.asks:
        assert counts["asks"] == [int(result.asks) for result, _ in results]
    if network.ring_slots:
        assert counts["known"] == [int(work.mode == "known") for _, work in results]


def test_events_after_the_decision_are_counted_apart() -> None:
    network = replace(make_integrator(9, 3, decide_margin=1000), ticks=14)
    decided = [work for result, work in run(network) if result.ticks_run < network.ticks]
    assert decided
    counts = SampleCounter(network).count_by_name(decided)
    given_events = [work.events.size + work.readout.ignored.size for work in decided if work.readout is not None]
    assert [sum(pair) for pair in zip(counts["events"], counts["ignored"], strict=True)] == given_events
    assert sum(counts["ignored"]) > 0
    assert all(late > 0 for late in counts["skipped_in_time"][:1])


@pytest.mark.parametrize("rate", [1, 2])
def test_spiking_outputs_rehearse_too(rate: int) -> None:
    network = make_network(6, 5, 3, ring_slots=2, ring_rate=rate)
    works = [work for _, work in run(network)]
    counts = SampleCounter(network).count_by_name(works)
    assert counts["rehearsed"] == [len(work.ring.rehearsed or ()) for work in works]
    assert max(counts["rehearsed"]) == rate


def test_nothing_follows_without_a_ring() -> None:
    assert all(work.ring == RingWork() for _, work in run(make_integrator(6, 5, 3)))
