"""Where an image keeps what it has learned: how many slots the board's memory has for a network, and how long they last."""

from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.board import Board, Memory, Persistence
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_size

HEADER_BYTES: Final = 52
"""Of a slot, docs/PERSISTENCE.md."""
MOST_SLOTS: Final = 8
"""That an image takes, where there is room for more."""
FLASH_SHARE: Final = 4
"""At most a quarter of the flash is for slots and for the code that must lie behind them, unless two need more."""
DAYS: Final = 3650
"""For which the memory is to last: ten years."""


@dataclass(frozen=True)
class StorePlan:
    """Slots in a board's memory. start: an address as the board's C takes it."""

    memory: Persistence
    start: int
    slot_bytes: int
    slots: int
    every: int

    @property
    def unit_bytes(self) -> int:
        return self.memory.unit_bytes

    @property
    def page_bytes(self) -> int:
        return self.memory.page_bytes

    @property
    def size(self) -> int:
        return self.slots * self.slot_bytes

    @property
    def snapshots_a_day(self) -> int:
        """That the memory bears for ten years, by what its data sheet promises."""
        return self.memory.cycles * self.slots // DAYS

    def snapshot_s(self, state_bytes: int) -> float:
        """How long a snapshot takes at most, by the data sheet: all pages of a slot erased, header and state programmed."""
        pages = self.slot_bytes // self.page_bytes if self.page_bytes else 0
        return pages * self.memory.erase_ms / 1000 + self.program_s(state_bytes)

    def program_s(self, state_bytes: int) -> float:
        """Of that, what is left where the slot was erased ahead."""
        units = _whole(HEADER_BYTES, self.unit_bytes) + _whole(state_bytes, self.unit_bytes)
        return units / self.unit_bytes * self.memory.program_us / 1_000_000


def _whole(count: int, unit: int) -> int:
    return -(-count // unit) * unit


def plan_store(network: IntegerNetwork, board: Board) -> StorePlan:
    """The slots of an image that keeps what it has learned: in the first memory of the board that holds two.

    Raises ConfigError for a board whose description names no memory for it, DoesNotFitError where none holds two slots.
    """
    if board.persistence is None:
        raise ConfigError(
            f"{board.name} has no memory that keeps what was learned: its description has no [persistence]; leave --persist out"
        )
    plans = [
        _plan(network, board, memory) for memory in (board.persistence, board.larger_persistence) if memory is not None
    ]
    fitting = next((plan for plan in plans if plan.slots >= 2), None)
    if fitting is None:
        sizes = ", and ".join(
            f"two slots of {plan.slot_bytes} bytes are needed where there are {_room(board, plan.memory)}"
            for plan in plans
        )
        raise DoesNotFitError(
            f"network '{network.name}' does not fit the memory in which {board.name} would keep it: {sizes}; "
            "use fewer neurons or narrower weights, or leave --persist out"
        )
    return fitting


def _room(board: Board, memory: Persistence) -> int:
    """Bytes that there are at most for slots."""
    return memory.size or board.flash.size - memory.boot_bytes


def _plan(network: IntegerNetwork, board: Board, memory: Persistence) -> StorePlan:
    """As many slots as a memory has room for, which can be less than two."""
    needed = _whole(HEADER_BYTES, memory.unit_bytes) + _whole(state_size(network), memory.unit_bytes)
    slot_bytes = _whole(needed, memory.page_bytes or memory.unit_bytes)
    room = _room(board, memory)
    share = memory.size or min(max(board.flash.size // FLASH_SHARE - memory.boot_bytes, 2 * slot_bytes), room)
    slots = min(MOST_SLOTS, share // slot_bytes)
    start = 0 if memory.size else board.flash.origin + room - slots * slot_bytes
    return StorePlan(memory, start, slot_bytes, slots, board.persist_every)


def flash_left(board: Board, store: StorePlan | None) -> Memory:
    """The flash that is left for the program. store: None for an image that keeps nothing."""
    taken = 0 if store is None or store.memory.size else store.size + store.memory.boot_bytes
    return Memory(board.flash.origin, board.flash.size - taken)
