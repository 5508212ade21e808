"""What an image keeps of what it learns, how long its memory lasts, and how often it restarted: for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_size
from sfdfa_codegen.codegen.persistence import StorePlan, plan_store
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice
from sfdfa_codegen.host.devices.keeping_native import KeepingNative
from sfdfa_codegen.host.link.messages import WOKE_TEXT, Woke
from sfdfa_codegen.host.report import Said


@dataclass(frozen=True)
class Keeping:
    """The store of an image, or of a run on this machine. woke, restarts: what the device found at the start and each time since; None and empty where
    none has run it. wear: how long the memory lasts and what a snapshot takes, where it is a board's."""

    every: int
    slots: int
    slot_bytes: int
    place: str
    wear: "Wear | None"
    woke: Woke | None = None
    restarts: tuple[Woke, ...] = ()

    @classmethod
    def of(cls, network: IntegerNetwork, board: Board | None, device: Device | None = None) -> Self | None:
        """None for an image that keeps nothing."""
        if isinstance(device, KeepingNative):
            geometry = device.flash.geometry
            return cls(device.every, geometry.slots, geometry.slot_bytes, f"in {device.flash.path}", None, device.woke)
        if board is None or not board.persist_every:
            return None
        plan = plan_store(network, board)
        place = f"at 0x{plan.start:x}"
        if plan.memory.boot_bytes:
            place += ", changed by code in the boot section: flash it with a programmer, not by a boot loader"
        keeping = cls(plan.every, plan.slots, plan.slot_bytes, place, Wear.of(network, plan, board.brown_out))
        if not isinstance(device, KeepingDevice):
            return keeping
        return replace(keeping, woke=device.greeting.woke, restarts=tuple(device.restarts))

    def json(self) -> dict[str, object]:
        values: dict[str, object] = {
            "every": self.every,
            "slots": self.slots,
            "slot_bytes": self.slot_bytes,
            "snapshots_a_day": None if self.wear is None else self.wear.snapshots_a_day,
            "snapshot_ms": None if self.wear is None else round(1000 * self.wear.snapshot_s, 3),
            "brown_out_ms": None
            if self.wear is None or self.wear.program_s is None
            else round(1000 * self.wear.program_s, 3),
        }
        if self.woke is not None:
            values["woke"] = self.woke.name.lower()
            values["restarts"] = [woke.name.lower() for woke in self.restarts]
        return values

    def lines(self) -> Iterator[Said]:
        yield f"a snapshot every {self.every} learned samples, in {self.slots} slots of {self.slot_bytes} bytes {self.place}"
        if self.wear is not None:
            yield from self.wear.lines(self.every)
        if self.woke is not None:
            yield f"when it was opened: {WOKE_TEXT[self.woke]}"
        if self.restarts:
            yield (
                f"it restarted {len(self.restarts)} times, and was shown again what its snapshots did not have; "
                "saturation counts are those since"
            )


@dataclass(frozen=True)
class Wear:
    """What the data sheet of a memory promises."""

    snapshots_a_day: int
    snapshot_s: float
    program_s: float | None
    """Of a snapshot in a slot that was erased ahead; None for an image that does not watch its supply."""
    cycles: int
    source: str

    @classmethod
    def of(cls, network: IntegerNetwork, plan: StorePlan, brown_out: bool) -> Self:
        size = state_size(network)
        program_s = plan.program_s(size) if brown_out else None
        return cls(plan.snapshots_a_day, plan.snapshot_s(size), program_s, plan.memory.cycles, plan.memory.source)

    def lines(self, every: int) -> Iterator[Said]:
        yield (
            f"{self.snapshots_a_day} snapshots a day, of {self.snapshots_a_day * every} samples, wear them out in ten years: "
            f"{self.cycles} cycles ({self.source})"
        )
        yield f"a snapshot takes {1000 * self.snapshot_s:.0f} ms at most, by the data sheet"
        if self.program_s is not None:
            yield f"when the supply goes it must last for {1000 * self.program_s:.0f} ms more, and for the sample that is under way"
