"""Indexed randomness, docs/ARITHMETIC.md section 4. Draws are uint32; indices choose them, order does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64

Draws = NDArray[np.uint32]

MASK32: Final = 0xFFFFFFFF
FEEDBACK_DITHER_BIT: Final = 16
"""Lowest bit of a neuron draw that serves the feedback dither."""

_FIRST_FACTOR: Final = np.uint32(0x7FEB352D)
_SECOND_FACTOR: Final = np.uint32(0x846CA68B)
_SHIFT_15: Final = np.uint32(15)
_SHIFT_16: Final = np.uint32(16)


def mix(x: Draws) -> Draws:
    """Scramble each word; same shape. `x` is left as it was."""
    x = x ^ (x >> _SHIFT_16)
    x *= _FIRST_FACTOR
    x ^= x >> _SHIFT_15
    x *= _SECOND_FACTOR
    x ^= x >> _SHIFT_16
    return x


def mix_word(x: int) -> int:
    """`mix` of one word."""
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK32
    x ^= x >> 15
    x = x * 0x846CA68B & MASK32
    return x ^ x >> 16


def sample_key(seed: int, samples: int) -> int:
    """The key of a sample, `samples` being the count before it is learned."""
    return mix_word(mix_word(seed) ^ samples)


def extra_draw(key: int, number: int) -> int:
    """A draw of a sample that belongs to no neuron and no event."""
    return mix_word(key ^ (0xFF000000 | number))


def neuron_indices(layer: int, neurons: int) -> Draws:
    """What `neuron_draws` mixes for the neurons 0 .. neurons-1 of a layer: (neurons,)."""
    return np.arange(neurons, dtype=np.uint32) | np.uint32(0x80000000 | layer << 24)


def neuron_draws(key: int, indices: Draws) -> Draws:
    """One draw per neuron, from `neuron_indices`."""
    return mix(indices ^ np.uint32(key))


def event_indices(layer: int, ticks: Int64 | int, inputs: Int64) -> Draws:
    """What `event_draws` mixes for events or input spikes: inputs (n,), ticks (n,) or one tick for all."""
    indices: Int64 = inputs + (layer << 24)
    indices |= ticks << 16
    return indices.astype(np.uint32)


def event_draws(key: int, indices: Draws) -> Draws:
    """One draw per event or input spike, from `event_indices`."""
    return mix(indices ^ np.uint32(key))


def directions(draws: Draws) -> Int64:
    """v of each neuron: +1 where bit 31 of its draw is 0, -1 where it is 1."""
    return 1 - 2 * (draws >> np.uint32(31)).astype(np.int64)


@dataclass(frozen=True)
class NeuronDraws:
    """The draws of all neurons and v of each: both (neurons of all layers,)."""

    words: Draws
    directions: Int64


def draws_of_sample(key: int, indices: Draws) -> NeuronDraws:
    """Everything that is drawn for neurons, from `neuron_indices` of all layers."""
    words = neuron_draws(key, indices)
    return NeuronDraws(words, directions(words))


WeightDither: TypeAlias = Callable[[Draws, Draws, int], NDArray[np.int16]]
"""From the draws of events and of neurons, and a number of bits: (events, neurons)."""


def weight_dither(events: Draws, neurons: Draws, bits: int) -> NDArray[np.int16]:
    """Dither of every pair, 0 .. 2^bits - 1 with bits <= 14: (events, neurons) int16."""
    mask = np.uint32((1 << bits) - 1)
    columns = (events & mask).astype(np.int16)[:, None]
    return np.bitwise_xor(columns, (neurons & mask).astype(np.int16))


def nearest_dither(events: Draws, neurons: Draws, bits: int) -> NDArray[np.int16]:
    """Half a unit everywhere, which rounds to nearest: not the specification's, for studies of what rounding at random buys."""
    return np.full((len(events), len(neurons)), (1 << bits) >> 1, dtype=np.int16)


def feedback_dither(draws: Draws, hidden: Int64, outputs: slice, bits: int) -> Int64:
    """Dither of the feedback to some neurons, 0 .. 2^bits - 1 with bits <= 14: (hidden, outputs).

    draws: of all neurons; hidden (n,), outputs: which of them.
    """
    low = ((draws >> np.uint32(FEEDBACK_DITHER_BIT)) & np.uint32((1 << bits) - 1)).astype(np.int64)
    dither: Int64 = np.bitwise_xor(low[hidden, None], low[outputs])
    return dither
