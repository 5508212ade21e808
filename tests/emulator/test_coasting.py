"""Neurons that the C steps no more, against the decay of integers until nothing is left of it."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.plan import plan_network
from sfdfa_codegen.emulator.counting import coasting
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.network_emulator import Emulator

TICKS = 255
STATE = st.integers(-(2**19), 2**19)


def decayed(x: int, k: int) -> int:
    return x - (x * k + 2048 >> 12)


def peak(a: int, b: int, decay_s: int, decay: int, ticks: int) -> int:
    """The largest B - A in the next ticks."""
    potentials = []
    for _ in range(ticks):
        a, b = decayed(a, decay_s), decayed(b, decay)
        potentials.append(b - a)
    return max(potentials)


@given(
    a=st.one_of(STATE, st.integers(-4000, 40000)),
    b=st.one_of(STATE, st.integers(-4000, 40000)),
    threshold=st.integers(1, 2**14),
    decay=st.integers(1, 2000),
    more=st.integers(0, 2000),
    ticks=st.integers(1, TICKS),
)
def test_neurons_that_are_done_spike_no_more(a: int, b: int, threshold: int, decay: int, more: int, ticks: int) -> None:
    changes = {"threshold": threshold, "decay": decay, "decay_s": min(4095, decay + more)}
    plan = plan_network(with_layer(make_network(6, 3, ticks=ticks), 0, **changes)).layers[0]
    may = coasting.may_spike(plan, np.array([a]), np.array([b]))
    if not may[0]:
        assert peak(a, b, plan.layer.decay_s, plan.layer.decay, ticks) < threshold


def test_most_neurons_are_found_to_be_done() -> None:
    plan = plan_network(make_network(6, 3, ticks=32)).layers[0]
    layer = plan.layer
    a, b = (states.ravel() for states in np.meshgrid(np.arange(0, 6000, 40), np.arange(0, 6000, 40)))
    below = b - a < layer.threshold
    may = coasting.may_spike(plan, a, b)[below]
    peaks = [peak(int(x), int(y), layer.decay_s, layer.decay, 200) for x, y in zip(a[below], b[below], strict=True)]
    will = np.array(peaks) >= layer.threshold
    assert not np.any(will & ~may)
    assert np.count_nonzero(may & ~will) < 0.1 * np.count_nonzero(~will)


def test_no_dropped_neuron_spikes() -> None:
    """Spikes while coasting are those of neurons that were listed: each step of one, and no other, can be a spike."""
    network = make_network(20, 40, 12, 4)
    emulator = Emulator(network)
    samples = make_samples(replace(network, ticks=8), 12)
    works = [emulator.run_sample(*samples[index][:3], learn=True, count=True).work for index in range(len(samples))]
    found = SampleCounter(network).count_by_name([work for work in works if work is not None])
    counts = {name: np.array(values) for name, values in found.items()}
    for layer in range(2):
        assert (counts[f"coast_spikes[{layer}]"] <= counts[f"coast_steps[{layer}]"]).all()
        assert (counts[f"coast_ticks[{layer}]"] <= counts[f"rest[{layer}]"]).all()
    assert counts["coast_spikes[0]"].any()
