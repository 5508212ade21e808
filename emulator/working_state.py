"""The learned state as the emulator holds it, docs/ARITHMETIC.md section 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import (
    ASK_BOUND_LIMIT,
    RATE_SCALE_ONE,
    IntegerNetwork,
    LearnedState,
    RingSlot,
    initial_state,
)
from sfdfa_codegen.emulator.fixed_point import Int64

WeightArray = NDArray[np.signedinteger[Any]]
"""(inputs, neurons), int16 for up to 8 bits and int32 for 16: room for a weight and one update."""


@dataclass
class WorkingState:
    """Neurons of all layers stand in one row: `mean_delta` (spiking neurons of all layers,), `mean_rate` and `feedback` (hidden neurons of all layers, ...)."""

    samples: int
    rate_scale: int
    weights: list[WeightArray]
    feedback: Int64
    mean_delta: Int64
    mean_rate: Int64
    ask_bound: int
    stored: int
    ring: list[RingSlot]


def check_rate_scale(scale: int) -> None:
    """Raises ValueError outside 0 .. 4096."""
    if not 0 <= scale <= RATE_SCALE_ONE:
        raise ValueError(f"rate_scale {scale}, possible are 0 to {RATE_SCALE_ONE}")


def _joined(arrays: Sequence[NDArray[Any]], width: tuple[int, ...] = ()) -> Int64:
    return np.concatenate([np.empty((0, *width), dtype=np.int64), *arrays])


def _check_shapes(network: IntegerNetwork, state: LearnedState) -> None:
    wanted = initial_state(network)
    for name in ("weights", "feedback", "mean_delta", "mean_rate"):
        shapes = [array.shape for array in getattr(state, name)]
        expected = [array.shape for array in getattr(wanted, name)]
        if shapes != expected:
            raise ValueError(f"the state has {name} of shapes {shapes}, this network needs {expected}")
    if len(state.ring) != network.ring_slots:
        raise ValueError(f"the state has a ring of {len(state.ring)} samples, this network needs {network.ring_slots}")


def working_state(network: IntegerNetwork, state: LearnedState) -> WorkingState:
    """A copy of `state`; raises ValueError where it does not fit the network."""
    _check_shapes(network, state)
    check_rate_scale(state.rate_scale)
    if not 0 <= state.samples <= 0xFFFFFFFF:
        raise ValueError(f"samples {state.samples}, possible are 0 to 2^32 - 1")
    if not 0 <= state.ask_bound <= ASK_BOUND_LIMIT:
        raise ValueError(f"ask_bound {state.ask_bound}, possible are 0 to {ASK_BOUND_LIMIT}")
    dtype = np.int32 if network.weight_bits == 16 else np.int16
    return WorkingState(
        samples=state.samples,
        rate_scale=state.rate_scale,
        weights=[w.astype(dtype) for w in state.weights],
        feedback=_joined(state.feedback, (network.outputs,)),
        mean_delta=_joined(state.mean_delta),
        mean_rate=_joined(state.mean_rate),
        ask_bound=state.ask_bound,
        stored=state.stored,
        ring=list(state.ring),
    )


def _split(flat: Int64, sizes: Sequence[int]) -> list[NDArray[np.int32]]:
    ends = np.cumsum(sizes)[:-1]
    return [part.astype(np.int32) for part in np.split(flat, ends)] if sizes else []


def learned_state(network: IntegerNetwork, state: WorkingState) -> LearnedState:
    """A copy of `state` in the form of the project."""
    hidden = [layer.neurons for layer in network.hidden_layers] if network.learns else []
    spiking = [layer.neurons for layer in network.spiking_layers] if network.learns else []
    return LearnedState(
        samples=state.samples,
        rate_scale=state.rate_scale,
        weights=[w.astype(np.int32) for w in state.weights],
        feedback=_split(state.feedback, hidden if network.has_feedback else []),
        mean_delta=_split(state.mean_delta, spiking),
        mean_rate=_split(state.mean_rate, hidden),
        ask_bound=state.ask_bound,
        stored=state.stored,
        ring=list(state.ring),
    )
