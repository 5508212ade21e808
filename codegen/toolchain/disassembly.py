"""The instructions of a Cortex-M image, as objdump tells them."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError

OBJDUMP: Final = "arm-none-eabi-objdump"
TIMEOUT_S: Final = 60.0
_LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*([^;@]*)")
_BRANCHES = re.compile(r"(b|bl|bx|blx|cbz|cbnz|tbb|tbh)(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?")
_WITHOUT_RESULT: Final = ("cmp", "cmn", "tst", "teq", "it", "nop")
_TWO_RESULTS: Final = ("umull", "smull", "umlal", "smlal")


@dataclass(frozen=True)
class Instruction:
    """In the words of objdump: ldrb.w and "r0, [r1, #4]"."""

    mnemonic: str
    operands: str

    @property
    def name(self) -> str:
        """Without its width: ldrb."""
        return self.mnemonic.split(".")[0]

    @property
    def moves_many(self) -> bool:
        return self.name.startswith(("ldm", "stm", "push", "pop"))

    @property
    def moves_two(self) -> bool:
        return self.name.startswith(("ldrd", "strd"))

    @property
    def loads(self) -> bool:
        """One register."""
        return self.name.startswith("ldr") and not self.moves_two

    @property
    def stores(self) -> bool:
        """One register."""
        return self.name.startswith("str") and not self.moves_two

    @property
    def processes(self) -> bool:
        """Computes in registers: neither a jump nor a load or store."""
        accesses = self.moves_many or self.moves_two or self.loads or self.stores
        return not accesses and _BRANCHES.fullmatch(self.name) is None

    @property
    def registers(self) -> int:
        """How many a list such as {r4, r5-r7, pc} names."""
        count = 0
        for part in self.operands.partition("{")[2].partition("}")[0].split(","):
            ends = re.findall(r"\d+", part)
            count += int(ends[1]) - int(ends[0]) + 1 if len(ends) == 2 and "-" in part else 1
        return count

    @property
    def results(self) -> tuple[str, ...]:
        """The registers that it computes or loads one by one."""
        if self.stores or self.name.startswith(_WITHOUT_RESULT):
            return ()
        return tuple(re.split(r",\s*", self.operands)[: 2 if self.name.startswith((*_TWO_RESULTS, "ldrd")) else 1])

    @property
    def address(self) -> tuple[str, ...]:
        """What the address of a load or store is made of, without shifts: registers, and numbers such as #4."""
        if self.moves_many:
            return ("sp",) if self.name.startswith(("push", "pop")) else (re.split(r"[!,]", self.operands)[0],)
        return tuple(re.split(r",\s*", self.operands.partition("[")[2].partition("]")[0])[:2])

    @property
    def writes_back(self) -> bool:
        """Changes the register of its address."""
        return self.operands.rstrip().endswith("!") or "]," in self.operands


def read_instructions(image: Path) -> dict[int, Instruction]:
    """By address, in order. Raises ToolMissingError and DeviceError."""
    if shutil.which(OBJDUMP) is None:
        raise ToolMissingError(f"{OBJDUMP} is not installed; install binutils-arm-none-eabi (apt)")
    done = subprocess.run(
        [OBJDUMP, "-d", "--no-show-raw-insn", str(image)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise DeviceError(f"{OBJDUMP} cannot read {image}: {done.stderr.strip()[:200]}")
    matches = (_LINE.match(line) for line in done.stdout.splitlines())
    instructions = {int(found[1], 16): Instruction(found[2], found[3].strip()) for found in matches if found}
    if not instructions:
        raise DeviceError(f"{OBJDUMP} reported no error and found no instruction in {image}; install it anew")
    return instructions
