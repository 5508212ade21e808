"""Samples and states that drive an image through everything it can do, whatever the data set holds."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sfdfa_codegen.codegen.integer_network import (
    ASK_BOUND_LIMIT,
    IntArray,
    IntegerNetwork,
    LearnedState,
    RingSlot,
    initial_state,
)
from sfdfa_codegen.host.data.spikes import SpikeSample

DENSITIES = (0.0, 0.004, 0.02, 0.06, 0.15, 0.4)
BIASES = (-0.3, 0.0, 0.3, 0.7, 1.2)
"""Of a layer's weights, in parts of the range: from silence to firing in every tick."""
LATEST_FIRST_TICK = 0.6
"""Of a sample's ticks: some samples begin late."""


def _weights(network: IntegerNetwork, rng: np.random.Generator, bias: float, initial: IntArray) -> IntArray:
    """Random weights; each neuron has a bias of its own about the given one, in parts of the range."""
    top = 1 << (network.weight_bits - 1)
    centre = rng.normal(bias, 0.3, initial.shape[1])
    values = rng.normal(centre, 0.4, initial.shape) * top
    return values.clip(-top, top - 1).astype(np.int32)


def calibration_states(network: IntegerNetwork, rng: np.random.Generator) -> Iterator[LearnedState]:
    """The initial state, then endlessly random ones in which layers are anything from silent to firing in every tick."""
    initial = initial_state(network)
    yield initial
    while True:
        weights = [_weights(network, rng, rng.choice(BIASES), array) for array in initial.weights]
        feedback = [rng.integers(-128, 128, array.shape).astype(np.int32) for array in initial.feedback]
        mean_delta = [rng.integers(0, 1 << 20, array.shape).astype(np.int32) for array in initial.mean_delta]
        yield replace(
            initial,
            samples=int(rng.integers(0, 1 << 16)),
            weights=weights,
            feedback=feedback,
            mean_delta=mean_delta,
            ask_bound=int(rng.choice((0, initial.ask_bound, ASK_BOUND_LIMIT))) if network.asks else initial.ask_bound,
            **_ring(network, rng),
        )


def _ring(network: IntegerNetwork, rng: np.random.Generator) -> dict[str, Any]:
    """Fields of a state: samples, most of them with a label, in a ring that is empty, full or has room."""
    slots = network.ring_slots
    stored = int(rng.choice((0, int(rng.integers(0, slots + 1)), slots, 2 * slots + 1)))
    samples = [
        calibration_sample(network, rng, label=rng.random() < 0.9 or not network.asks)
        for _ in range(min(slots, stored))
    ]
    ring = [RingSlot(s.label, s.ticks.astype(np.int32), s.channels.astype(np.int32)) for s in samples]
    return {"stored": stored, "ring": ring + initial_state(network).ring[len(ring) :]}


def waiting_state(state: LearnedState, network: IntegerNetwork, rng: np.random.Generator) -> LearnedState:
    """The same state with a ring of its own, in which at least one sample has no label."""
    fields = _ring(network, rng)
    while not fields["stored"]:
        fields = _ring(network, rng)
    ring = fields["ring"]
    waits = int(rng.integers(min(fields["stored"], network.ring_slots)))
    ring[waits] = replace(ring[waits], label=None)
    return replace(state, **fields)


def waiting_label(state: LearnedState, network: IntegerNetwork, rng: np.random.Generator) -> tuple[int, int]:
    """The age of a sample of the ring that has no label, and one for it."""
    filled = min(state.stored, network.ring_slots)
    waiting = [age for age in range(filled) if state.ring[(state.stored - 1 - age) % network.ring_slots].label is None]
    return int(rng.choice(waiting)), int(rng.integers(0, network.outputs))


def calibration_sample(network: IntegerNetwork, rng: np.random.Generator, label: bool = True) -> SpikeSample:
    """Random events: none, few or as many as there can be, from the first tick or a later one, up to the last or an earlier one."""
    raster = rng.random((network.ticks, network.channels)) < rng.choice(DENSITIES)
    if rng.random() < 0.5:
        raster[: rng.integers(0, 1 + int(LATEST_FIRST_TICK * network.ticks))] = False
    if rng.random() < 0.5:
        raster &= rng.random((network.ticks, 1)) < 0.4
    if rng.random() < 0.3:
        raster[rng.integers(1, network.ticks) :] = False
    ticks, channels = np.nonzero(raster)
    kept = np.sort(rng.permutation(ticks.size)[: network.max_events])
    return SpikeSample(
        ticks[kept].astype(np.uint16),
        channels[kept].astype(np.uint16),
        int(rng.integers(0, network.outputs)) if label else None,
    )
