"""RAM figures in JSON."""

from sfdfa_codegen.host.devices.device import RamBytes


def ram_json(ram: RamBytes | None) -> dict[str, int | None]:
    """The contract's `ram_bytes`; unknown is null."""
    if ram is None:
        return {"total": None, "weights": None, "learning": None}
    return {"total": ram.total, "weights": ram.weights, "learning": ram.learning}
