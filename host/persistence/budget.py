"""How long the memory lasts in which an image keeps what it has learned, for people and as JSON."""

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_size
from sfdfa_codegen.codegen.persistence import StorePlan, plan_store
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.keeping_board import KeepingDevice


def _plan(network: IntegerNetwork, board: Board | None) -> StorePlan | None:
    return plan_store(network, board) if board is not None and board.persist_every else None


def wear_lines(network: IntegerNetwork, board: Board | None) -> list[str]:
    """What the build of an image that keeps its state says; nothing for one that does not."""
    plan = _plan(network, board)
    if plan is None or board is None:
        return []
    milliseconds = 1000 * plan.snapshot_s(state_size(network))
    return [
        f"a snapshot every {plan.every} learned samples, in {plan.slots} slots of {plan.slot_bytes} bytes at 0x{plan.start:x}",
        (
            f"{plan.snapshots_a_day} snapshots a day wear them out in ten years ({plan.memory.cycles} cycles, {plan.memory.source}): "
            f"{plan.snapshots_a_day * plan.every} learned samples a day"
        ),
        f"a snapshot takes {milliseconds:.0f} ms at most, by the data sheet",
    ]


def persistence_json(network: IntegerNetwork, board: Board | None, device: Device | None = None) -> object:
    """None for an image that keeps nothing. device: one that has run it."""
    plan = _plan(network, board)
    if plan is None:
        return None
    values: dict[str, object] = {
        "every": plan.every,
        "slots": plan.slots,
        "slot_bytes": plan.slot_bytes,
        "snapshots_a_day": plan.snapshots_a_day,
        "snapshot_ms": round(1000 * plan.snapshot_s(state_size(network)), 3),
    }
    if isinstance(device, KeepingDevice):
        values["woke"] = device.greeting.woke.name.lower()
        values["restarts"] = [woke.name.lower() for woke in device.restarts]
    return values


def restart_lines(device: Device) -> list[str]:
    """What a device that keeps its state woke with, and whether it has restarted."""
    if not isinstance(device, KeepingDevice):
        return []
    lines = [f"the device woke: {device.woke_text}"]
    if device.restarts:
        lines.append(
            f"it restarted {len(device.restarts)} times, and was shown again what its snapshots did not have; saturation counts are those since"
        )
    return lines
