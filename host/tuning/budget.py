"""What a network may take on a board."""

import re
from dataclasses import dataclass
from typing import Final

from sfdfa_codegen.codegen.errors import ConfigError

_UNITS: Final = {"ram": {"": 1, "k": 1 << 10, "m": 1 << 20}, "cycles": {"": 1, "k": 1000, "m": 1_000_000}}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([kKmM]?)")


@dataclass(frozen=True)
class Budget:
    """ram: bytes of the library's data. cycles: of a learned sample. None: any number."""

    ram: int | None = None
    cycles: int | None = None

    def problem(self, ram: int | None = None, cycles: float | None = None) -> str | None:
        """Why a network that takes so much does not fit, or None."""
        if ram is not None and self.ram is not None and ram > self.ram:
            return f"RAM: {ram:,} of {self.ram:,} bytes"
        if cycles is not None and self.cycles is not None and cycles > self.cycles:
            return f"cycles: {cycles:,.0f} of {self.cycles:,} a sample"
        return None


def parse_budget(text: str | None) -> Budget:
    """From words such as ram=16k,cycles=200k; k and M are 1024 and 1024 squared of bytes, 1000 and a million of cycles. Raises ConfigError."""
    amounts: dict[str, int] = {}
    for word in [] if text is None else text.split(","):
        name, _, amount = (part.strip() for part in word.partition("="))
        found = _AMOUNT.fullmatch(amount)
        if name not in _UNITS or found is None or name in amounts:
            raise ConfigError(
                f"--budget {text}: '{word.strip()}' is not allowed; write what a network may take, such as ram=16k,cycles=200k"
            )
        amounts[name] = int(float(found[1]) * _UNITS[name][found[2].lower()])
    return Budget(**amounts)
