"""What an image keeps of what it learns, how long its memory lasts, and how often it restarted: for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_size
from sfdfa_codegen.codegen.persistence import StorePlan, plan_store
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice
from sfdfa_codegen.host.link.messages import WOKE_TEXT, Woke
from sfdfa_codegen.host.report import Said


@dataclass(frozen=True)
class Keeping:
    """The store of an image. woke, restarts: what the device found at the start and each time since; None and empty where none has run it."""

    plan: StorePlan
    snapshot_s: float
    woke: Woke | None = None
    restarts: tuple[Woke, ...] = ()

    @classmethod
    def of(cls, network: IntegerNetwork, board: Board | None, device: Device | None = None) -> Self | None:
        """None for an image that keeps nothing."""
        if board is None or not board.persist_every:
            return None
        plan = plan_store(network, board)
        seconds = plan.snapshot_s(state_size(network))
        if isinstance(device, KeepingDevice):
            return cls(plan, seconds, device.greeting.woke, tuple(device.restarts))
        return cls(plan, seconds)

    def json(self) -> dict[str, object]:
        plan = self.plan
        values: dict[str, object] = {
            "every": plan.every,
            "slots": plan.slots,
            "slot_bytes": plan.slot_bytes,
            "snapshots_a_day": plan.snapshots_a_day,
            "snapshot_ms": round(1000 * self.snapshot_s, 3),
        }
        if self.woke is not None:
            values["woke"] = self.woke.name.lower()
            values["restarts"] = [woke.name.lower() for woke in self.restarts]
        return values

    def lines(self) -> Iterator[Said]:
        plan = self.plan
        yield f"a snapshot every {plan.every} learned samples, in {plan.slots} slots of {plan.slot_bytes} bytes at 0x{plan.start:x}"
        yield (
            f"{plan.snapshots_a_day} snapshots a day, of {plan.snapshots_a_day * plan.every} samples, wear them out in ten years: "
            f"{plan.memory.cycles} cycles ({plan.memory.source})"
        )
        yield f"a snapshot takes {1000 * self.snapshot_s:.0f} ms at most, by the data sheet"
        if self.woke is not None:
            yield f"when it was opened: {WOKE_TEXT[self.woke]}"
        if self.restarts:
            yield (
                f"it restarted {len(self.restarts)} times, and was shown again what its snapshots did not have; "
                "saturation counts are those since"
            )
