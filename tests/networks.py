"""Small hand-made networks and samples, the same every time."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from sfdfa_codegen.codegen.bounds import largest_state_limit
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.host.data.spikes import SpikeDataset

WEIGHT_FRACTION_BITS = {4: 2, 8: 6, 16: 14}
STATE_FRACTION_BITS = 10
DECAY_S, DECAY = 192, 97


def make_network(*sizes: int, **changes: Any) -> IntegerNetwork:
    """A network of these sizes, channels first, that spikes a few times a sample. `changes` replaces fields of IntegerNetwork."""
    sizes = sizes or (6, 5, 3)
    bits = changes.get("weight_bits", 8)
    state_bits = changes.get("state_bits", 32)
    rule = changes.get("rule", "sfdfa")
    rng = np.random.default_rng(7)
    top = 1 << (bits - 1)
    network = IntegerNetwork(
        name="tiny",
        seed=2024,
        ticks=16,
        channels=sizes[0],
        max_events=3 * sizes[0],
        layers=tuple(make_layer(inputs, neurons, bits, state_bits) for inputs, neurons in pairwise(sizes)),
        weight_bits=bits,
        state_bits=state_bits,
        rule=rule,
        gradient="sfdfa",
        eligibility="replay",
        error="one-sided",
        normalise=True,
        step_gain=48,
        feedback_shift=4,
        regulariser=26,
        rate_target=410,
        target_true=8,
        target_false=1,
        max_spikes=12,
        weights=tuple(
            rng.integers(-top // 4, top, (inputs, neurons)).astype(np.int32) for inputs, neurons in pairwise(sizes)
        ),
        feedback=()
        if rule == "none"
        else tuple(rng.integers(-64, 65, (neurons, sizes[-1])).astype(np.int32) for neurons in sizes[1:-1]),
    )
    return replace(network, **changes)


NO_MEMBRANE: dict[str, Any] = {
    "state_fraction_bits": 0,
    "threshold": 1,
    "decay_s": 1,
    "decay": 1,
    "state_limit": 0,
    "rate": 0,
    "spike_capacity": 0,
}
"""What a layer has in the place of membranes and thresholds where its outputs integrate."""


def make_integrator(*sizes: int, **changes: Any) -> IntegerNetwork:
    """A network like that of `make_network` whose outputs integrate."""
    network = make_network(*sizes, rule=changes.get("rule", "sfdfa"), weight_bits=changes.get("weight_bits", 8))
    output = replace(network.layers[-1], **NO_MEMBRANE)
    fields: dict[str, Any] = {
        "layers": (*network.layers[:-1], output),
        "feedback": () if network.rule in ("weights", "none") else network.feedback,
        "readout": "integrator",
        "softmax_shift": 2,
        "softmax_factor": 256,
        "target_other": 6,
        "output_rate": 400,
        "normaliser_floor": 64,
    }
    return replace(network, **fields | changes)


def make_layer(inputs: int, neurons: int, weight_bits: int = 8, state_bits: int = 32) -> IntegerLayer:
    """A layer of usual formats."""
    fraction = WEIGHT_FRACTION_BITS[weight_bits]
    state_fraction = STATE_FRACTION_BITS if state_bits == 32 else 8
    limit = largest_state_limit(inputs, weight_bits, fraction - state_fraction, DECAY_S)
    return IntegerLayer(
        inputs=inputs,
        neurons=neurons,
        weight_fraction_bits=fraction,
        state_fraction_bits=state_fraction,
        threshold=(1 << state_fraction) // 3,
        decay_s=DECAY_S,
        decay=DECAY,
        state_limit=limit if state_bits == 32 else 32767,
        rate=6000,
        spike_capacity=4 * neurons,
    )


def with_layer(network: IntegerNetwork, index: int, **changes: Any) -> IntegerNetwork:
    """The network with some constants of one layer replaced."""
    layers = list(network.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(network, layers=tuple(layers))


def make_samples(network: IntegerNetwork, count: int, density: float = 0.15, seed: int = 1) -> SpikeDataset:
    """Random samples with random labels."""
    rng = np.random.default_rng(seed)
    ticks, channels, offsets = [], [], [0]
    for _ in range(count):
        t, c = np.nonzero(rng.random((network.ticks, network.channels)) < density)
        ticks.append(t[: network.max_events])
        channels.append(c[: network.max_events])
        offsets.append(offsets[-1] + len(ticks[-1]))
    return SpikeDataset(
        np.concatenate(ticks).astype(np.uint16),
        np.concatenate(channels).astype(np.uint16),
        np.array(offsets, np.int64),
        rng.integers(0, network.outputs, count).astype(np.uint16),
    )
