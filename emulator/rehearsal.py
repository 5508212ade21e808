"""The ring of samples that are learned again, and asking for labels: docs/ARITHMETIC.md section 8a."""

from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import ASK_BOUND_LIMIT, IntegerNetwork, RingSlot
from sfdfa_codegen.emulator.randomness import extra_draw, sample_key
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState

SLOT_DRAW: Final = 0
ASK_DRAW: Final = 1
ASK_AT_RANDOM: Final = 655
"""In 2^-16: one question in a hundred is asked however sure the network is."""


def filled_slots(network: IntegerNetwork, state: WorkingState) -> int:
    """n: how many slots of the ring hold a sample."""
    return min(state.stored, network.ring_slots)


def store(network: IntegerNetwork, state: WorkingState, events: SpikeList, label: int | None) -> None:
    """Put a sample into the ring, if there is one, over the oldest."""
    if network.ring_slots:
        slot = RingSlot(label, events.rows.astype(np.int32), events.neurons.astype(np.int32))
        state.ring[state.stored % network.ring_slots] = slot
        state.stored = (state.stored + 1) & 0xFFFFFFFF


def events_of(slot: RingSlot) -> SpikeList:
    """The events of a slot as a sample has them."""
    return SpikeList(slot.ticks.astype(np.int64), slot.channels.astype(np.int64))


def drawn_slot(network: IntegerNetwork, state: WorkingState) -> RingSlot | None:
    """The sample to learn again now; None where the ring is empty, or the draw meets one without a label."""
    filled = filled_slots(network, state)
    if not filled:
        return None
    draw = extra_draw(sample_key(network.seed, state.samples), SLOT_DRAW)
    slot = state.ring[(draw >> 16) * filled >> 16]
    return None if slot.label is None else slot


def labelled_slot(network: IntegerNetwork, state: WorkingState, age: int, label: int) -> RingSlot:
    """Write a late label to the sample that was stored `age` samples before the newest, and return it.

    Raises ValueError if the ring no longer holds it, or it has a label.
    """
    filled = filled_slots(network, state)
    if not 0 <= age < filled:
        raise ValueError(f"age {age} of a sample, the ring holds {filled}")
    number = (state.stored - 1 - age) % network.ring_slots
    slot = state.ring[number]
    if slot.label is not None:
        raise ValueError(f"the sample of age {age} has the label {slot.label} already")
    state.ring[number] = RingSlot(label, slot.ticks, slot.channels)
    return state.ring[number]


def ask(network: IntegerNetwork, state: WorkingState, margin: int) -> bool:
    """Whether a label is wanted for a sample whose two best outputs are `margin` apart; moves ask_bound."""
    draw = extra_draw(sample_key(network.seed, state.samples), ASK_DRAW)
    asks = margin < state.ask_bound or draw >> 16 < ASK_AT_RANDOM
    change = -network.ask_down if asks else network.ask_up
    state.ask_bound = max(0, min(ASK_BOUND_LIMIT, state.ask_bound + change))
    return asks
