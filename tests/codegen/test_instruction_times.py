"""Cycles of Cortex-M instructions, alone and beside others, as Arm's manuals give them."""

import pytest
from sfdfa_codegen.codegen.toolchain.disassembly import Instruction
from sfdfa_codegen.codegen.toolchain.instruction_times import TIMES, InstructionTimes

M0, M3, M4 = (TIMES[core] for core in ("cortex-m0", "cortex-m3", "cortex-m4"))


def parse(line: str) -> Instruction:
    mnemonic, _, operands = line.partition(" ")
    return Instruction(mnemonic, operands)


def cycles(times: InstructionTimes, *lines: str) -> int:
    """Of instructions that stand one behind the other, the first behind a jump."""
    instructions = [parse(line) for line in lines]
    behind = zip(instructions[1:], instructions, strict=False)
    return times.alone(instructions[0]) + sum(times.after(instruction, before) for instruction, before in behind)


@pytest.mark.parametrize(
    ("times", "line", "expected"),
    [
        (M4, "ldr.w r0, [r1]", 2),
        (M4, "ldrd r0, r1, [r2]", 3),
        (M4, "push {r4, r5-r7, lr}", 6),
        (M4, "stmia.w sl!, {r0, r1}", 3),
        (M4, "adds r0, #1", 1),
        (M4, "udiv r0, r1, r2", 12),
        (M4, "mla r0, r1, r2, r3", 1),
        (M3, "mla r0, r1, r2, r3", 2),
        (M4, "ldr r0, [pc, #20]", 3),
        (M4, "str r0, [r1, #4]", 1),
        (M4, "strb r0, [r1]", 1),
        (M4, "str.w r0, [r1, sl]", 2),
        (M4, "str.w r0, [r1, r2, lsl #2]", 2),
        (M4, "str.w r0, [r1], #4", 2),
        (M4, "str.w r0, [r1, #4]!", 2),
        (M0, "strb r0, [r1]", 2),
        (M0, "ldr r0, [pc, #20]", 2),
    ],
)
def test_alone(times: InstructionTimes, line: str, expected: int) -> None:
    assert cycles(times, line) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The examples of "Load/store timings".
        (("ldr r0, [r1]", "ldr r1, [r2]"), 3),
        (("ldr r0, [r1, r2]", "str r0, [r3, #20]"), 3),
        (("ldr r0, [r1, r2]", "str r1, [r3, r2]"), 3),
        (("ldr r0, [r1, r5]", "ldr r1, [r2]", "ldr r2, [r3, #4]"), 4),
        # An address that was loaded or computed just before.
        (("ldr r0, [r1]", "ldr r2, [r0]"), 4),
        (("ldr r0, [r1]", "ldr r2, [r3, r0]"), 4),
        (("adds r0, #4", "ldr r2, [r0]"), 4),
        (("adds r0, #4", "str r2, [r0]"), 3),
        (("smull r0, r1, r2, r3", "ldr r2, [r1]"), 4),
        (("adds r0, #4", "pop {r4, r5}"), 4),
        (("sub sp, #8", "push {r4, r5}"), 5),
        (("cmp r0, #4", "ldr r2, [r0]"), 3),
        (("adds r0, #4", "ldr r2, [r1]"), 3),
        # Nothing overlaps with a store, or with accesses to more than one register.
        (("str r0, [r1]", "ldr r2, [r3]"), 3),
        (("ldrd r0, r1, [r2]", "ldr r2, [r3]"), 5),
        (("ldr r0, [r1]", "ldrd r2, r3, [r4]"), 5),
        (("ldr r0, [r1], #4", "ldr r2, [r1], #4"), 3),
        (("bne.n 80", "ldr r2, [r1]"), 3),
    ],
)
def test_beside_each_other(lines: tuple[str, ...], expected: int) -> None:
    assert cycles(M4, *lines) == expected
    # A Cortex-M0 takes for each what it takes alone.
    assert cycles(M0, *lines) == sum(cycles(M0, line) for line in lines)
