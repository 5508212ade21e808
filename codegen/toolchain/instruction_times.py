"""Cycles of Cortex-M instructions from Arm's manuals, for estimates: no wait states, no misses of any cache, one instruction at a time.

Source: the Technical Reference Manuals' "Cortex-M0 instruction summary" (DDI 0432), and "Processor instructions" and "Load/store timings" of
Cortex-M3 (DDI 0337) and Cortex-M4 (DDI 0439). For Cortex-M33 and -M7 Arm publishes no such tables; they are taken to be no faster than a Cortex-M4, which issues as
few instructions at a time.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sfdfa_codegen.codegen.toolchain.disassembly import Instruction, read_instructions

_DIVISIONS: Final = ("udiv", "sdiv")
_LONG_PRODUCTS: Final = ("umull", "smull", "umlal", "smlal")


class Cycles(NamedTuple):
    """Of one instruction in its place, without the refill of a jump."""

    in_line: int
    """After the instruction that stands before it."""
    after_jump: int


@dataclass(frozen=True)
class InstructionTimes:
    """Cycles of one core. Anything not named takes one."""

    division: int
    multiply_add: int
    long_product: int
    refill: int
    """What a jump that is taken adds."""
    pipelines_loads: bool
    """Accesses to memory overlap with what stands beside them, as "Load/store timings" says."""
    access: int = 2
    """A load or store of one register."""

    def alone(self, instruction: Instruction) -> int:
        """Cycles without regard to what stands before it; of a jump as if it were not taken."""
        name = instruction.name
        if instruction.moves_many:
            return 1 + instruction.registers
        if instruction.moves_two:
            return 1 + self.access
        if instruction.loads or instruction.stores:
            return self.access + self._single(instruction)
        if name.startswith(_DIVISIONS):
            return self.division
        if name.startswith(_LONG_PRODUCTS):
            return self.long_product
        return self.multiply_add if name.startswith(("mla", "mls")) else 1

    def after(self, instruction: Instruction, before: Instruction) -> int:
        """Cycles behind an instruction that did not jump."""
        cycles = self.alone(instruction)
        if not self.pipelines_loads:
            return cycles
        shared = set(instruction.address) & set(before.results)
        if before.processes:
            return cycles + bool(shared)
        single = instruction.loads or instruction.stores
        overlaps = before.loads and single and not shared
        return min(cycles, self.access - 1) if overlaps and "pc" not in instruction.address else cycles

    def _single(self, instruction: Instruction) -> int:
        """What a load or store of one register adds to an access: constants beside the code contend with its fetch, and a store to a register and
        a number ends while the next instruction runs."""
        if not self.pipelines_loads:
            return 0
        if instruction.loads:
            return int("pc" in instruction.address)
        by_number = all(part.startswith("#") for part in instruction.address[1:])
        return -int(by_number and not instruction.writes_back)


CORTEX_M3: Final = InstructionTimes(division=12, multiply_add=2, long_product=5, refill=2, pipelines_loads=True)
CORTEX_M4: Final = InstructionTimes(division=12, multiply_add=1, long_product=1, refill=2, pipelines_loads=True)
TIMES: Final = {
    "cortex-m0": InstructionTimes(division=1, multiply_add=1, long_product=1, refill=2, pipelines_loads=False),
    "cortex-m0plus": InstructionTimes(division=1, multiply_add=1, long_product=1, refill=1, pipelines_loads=False),
    "cortex-m3": CORTEX_M3,
    "cortex-m4": CORTEX_M4,
    "cortex-m7": CORTEX_M4,
    "cortex-m33": CORTEX_M4,
}
ASSUMPTIONS: Final = (
    "no wait states of flash or RAM and no cache misses",
    "a load or store takes 2 cycles; on a Cortex-M3 and above 1 behind a load that it does not depend on, or if it stores to a register and a number",
    "there one cycle more where the address was computed just before, or for a constant beside the code",
    "a jump that is taken refills the pipeline in 2 cycles (1 on a Cortex-M0+), a division takes the longest time in the table",
    "Cortex-M7 and -M33 take what a Cortex-M4 takes",
)


def read_times(image: Path, times: InstructionTimes) -> dict[int, Cycles]:
    """Cycles of the instruction at each address of an image. Raises ToolMissingError and DeviceError."""
    found, before = {}, None
    for address, instruction in read_instructions(image).items():
        alone = times.alone(instruction)
        found[address] = Cycles(alone if before is None else times.after(instruction, before), alone)
        before = instruction
    return found
