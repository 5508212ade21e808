"""Cycles of Cortex-M instructions from Arm's tables, for estimates: no wait states, no misses of any cache, one instruction at a time.

Source: the Technical Reference Manuals' "Cortex-M0 instruction summary" (DDI 0432) and "Processor instructions" of Cortex-M3 (DDI 0337) and
Cortex-M4 (DDI 0439). For Cortex-M33 and -M7 Arm publishes no such table; they are taken to be no faster than a Cortex-M4, which issues as few instructions at a time.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError

OBJDUMP: Final = "arm-none-eabi-objdump"
DISASSEMBLY_TIMEOUT_S: Final = 60.0
_LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
_DIVISIONS: Final = ("udiv", "sdiv")
_LONG_PRODUCTS: Final = ("umull", "smull", "umlal", "smlal")


@dataclass(frozen=True)
class InstructionTimes:
    """Cycles of one core. Anything not named takes one."""

    load: int
    store: int
    division: int
    multiply_add: int
    long_product: int
    refill: int
    """What a jump that is taken adds."""

    def of(self, mnemonic: str, operands: str) -> int:
        """An instruction in the words of objdump, a jump as if it were not taken."""
        name = mnemonic.split(".")[0]
        if name.startswith(("ldm", "stm", "push", "pop")):
            return 1 + _registers(operands)
        if name.startswith(("ldrd", "strd")):
            return self.load + 1
        if name.startswith("ldr"):
            return self.load
        if name.startswith("str"):
            return self.store
        if name.startswith(_DIVISIONS):
            return self.division
        if name.startswith(_LONG_PRODUCTS):
            return self.long_product
        return self.multiply_add if name.startswith(("mla", "mls")) else 1


CORTEX_M4: Final = InstructionTimes(load=2, store=2, division=12, multiply_add=1, long_product=1, refill=2)
TIMES: Final = {
    "cortex-m0": InstructionTimes(load=2, store=2, division=1, multiply_add=1, long_product=1, refill=2),
    "cortex-m0plus": InstructionTimes(load=2, store=2, division=1, multiply_add=1, long_product=1, refill=1),
    "cortex-m3": InstructionTimes(load=2, store=2, division=12, multiply_add=2, long_product=5, refill=2),
    "cortex-m4": CORTEX_M4,
    "cortex-m7": CORTEX_M4,
    "cortex-m33": CORTEX_M4,
}
ASSUMPTIONS: Final = (
    "no wait states of flash or RAM and no cache misses",
    "every load and store takes 2 cycles, as if none were pipelined",
    "a jump that is taken refills the pipeline in 2 cycles (1 on a Cortex-M0+), a division takes the longest time in the table",
    "Cortex-M7 and -M33 take what a Cortex-M4 takes",
)


def _registers(operands: str) -> int:
    """How many a list such as {r4, r5-r7, pc} names."""
    count = 0
    for part in operands.partition("{")[2].partition("}")[0].split(","):
        ends = re.findall(r"\d+", part)
        count += int(ends[1]) - int(ends[0]) + 1 if len(ends) == 2 and "-" in part else 1
    return count


def read_times(image: Path, times: InstructionTimes) -> dict[int, int]:
    """Cycles of the instruction at each address of an image. Raises ToolMissingError and DeviceError."""
    if shutil.which(OBJDUMP) is None:
        raise ToolMissingError(f"{OBJDUMP} is not installed; install binutils-arm-none-eabi (apt)")
    done = subprocess.run(
        [OBJDUMP, "-d", "--no-show-raw-insn", str(image)],
        capture_output=True,
        text=True,
        timeout=DISASSEMBLY_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise DeviceError(f"{OBJDUMP} cannot read {image}: {done.stderr.strip()[:200]}")
    matches = (_LINE.match(line) for line in done.stdout.splitlines())
    return {int(found[1], 16): times.of(found[2], found[3]) for found in matches if found}
