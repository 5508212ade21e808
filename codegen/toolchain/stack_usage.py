"""The deepest stack of an image: bytes of each function from `-fstack-usage`, calls from the disassembly."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.board import Architecture
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError

OBJDUMP: Final[dict[Architecture, str]] = {
    "cortex-m": "arm-none-eabi-objdump",
    "riscv": "riscv64-unknown-elf-objdump",
    "avr": "avr-objdump",
}
CALL_BYTES: Final[dict[Architecture, int]] = {"cortex-m": 0, "riscv": 0, "avr": 3}
"""What a call of a function without a frame pushes: an AVR with more than 128 KB of flash three bytes, others two. A frame has it already."""
INTERRUPT_BYTES: Final[dict[Architecture, int]] = {"cortex-m": 36, "riscv": 64, "avr": 3}
"""What an interrupt pushes before its handler: a Cortex-M eight words and four bytes to align them, sfdfa_trap.S sixteen words."""
INTERRUPT_HANDLER: Final = re.compile(r"^(sfdfa_board_interrupt|sfdfa_plic_interrupt|__vector_\d+)$")
DISASSEMBLY_TIMEOUT_S: Final = 60.0

_PUSH = re.compile(r"\s(?:push|stmdb\s+sp!,)\s*\{([^}]*)\}$")
_PUSH_BYTE = re.compile(r"\spush\s+r\d+$")
_RESERVE = re.compile(r"\ssub\s+sp,\s*(?:sp,\s*)?#(\d+)")
_FUNCTION = re.compile(r"^[0-9a-f]+ <([\w.$]+)>:$")
_INDIRECT_CALL = re.compile(r"\s(?:icall|eicall|blx\s+r\d+)$")
_CALL = re.compile(r"\s(?:bl|b|b\.n|b\.w|jal|j|call|tail|rcall|rjmp|jmp)\s.*<([\w.$]+)>$")


def read_frames(folder: Path) -> dict[str, int]:
    """Bytes of stack by function, from the .su files in a folder. Raises DeviceError for a function without a fixed size."""
    frames: dict[str, int] = {}
    for file in sorted(folder.glob("*.su")):
        for line in file.read_text(encoding="utf-8").splitlines():
            place, size, kind = line.split("\t")
            if "dynamic" in kind and "bounded" not in kind:
                raise DeviceError(f"{place}: its stack has no bound")
            name = place.rsplit(":", 1)[-1]
            frames[name] = max(frames.get(name, 0), int(size))
    return frames


def _disassemble(image: Path, architecture: Architecture) -> Iterator[tuple[str, str]]:
    """(function, line) for each line of code. Raises ToolMissingError without a disassembler, DeviceError if it fails."""
    program = OBJDUMP[architecture]
    if shutil.which(program) is None:
        raise ToolMissingError(f"{program} is not installed; it comes with the compiler of {architecture}")
    done = subprocess.run(
        [program, "-d", str(image)], capture_output=True, text=True, timeout=DISASSEMBLY_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise DeviceError(f"{program} cannot read {image}: {done.stderr.strip()[:200]}")
    name = ""
    for line in done.stdout.splitlines():
        function = _FUNCTION.match(line)
        name = function[1] if function else name
        if name and not function:
            yield name, line
    if not name:
        raise DeviceError(f"{program} reported no error and found no function in {image}; install it anew")


def read_calls(image: Path, architecture: Architecture) -> dict[str, set[str]]:
    """Which function calls, or jumps to, which others. A call through a pointer may go to any function that nobody calls by name."""
    calls: dict[str, set[str]] = {}
    through_pointers: list[str] = []
    for name, line in _disassemble(image, architecture):
        called = calls.setdefault(name, set())
        call = _CALL.search(line)
        if call:
            called.add(call[1])
        elif _INDIRECT_CALL.search(line):
            through_pointers.append(name)
    named = set().union(*calls.values())
    for caller in through_pointers:
        calls[caller] |= {callee for callee in calls if callee not in named and not _leads_to(calls, callee, caller)}
    return calls


def _leads_to(calls: dict[str, set[str]], start: str, goal: str) -> bool:
    """Whether a chain of calls goes from `start` to `goal`."""
    seen: set[str] = set()
    left = {start}
    while left:
        seen |= left
        left = set().union(*(calls.get(name, set()) for name in left)) - seen
    return goal in seen


def interrupt_stack(frames: dict[str, int], calls: dict[str, set[str]], architecture: Architecture) -> int:
    """Bytes that an interrupt takes at most, at any time; 0 for an image without interrupts. None interrupts another."""
    handlers = [name for name in frames if INTERRUPT_HANDLER.match(name) and name in calls]
    depths = [deepest_stack(frames, calls, name, CALL_BYTES[architecture]) for name in handlers]
    return max((depth + INTERRUPT_BYTES[architecture] for depth in depths), default=0)


def read_pushes(image: Path, architecture: Architecture) -> dict[str, int]:
    """Bytes of stack by function of an image, from its pushes: all there is to know of assembly. With what a call of it pushes."""
    pushes: dict[str, int] = {}
    for name, line in _disassemble(image, architecture):
        push, reserve = _PUSH.search(line), _RESERVE.search(line)
        taken = 4 * len(push[1].split(",")) if push else int(reserve[1]) if reserve else 0
        taken += _PUSH_BYTE.search(line) is not None
        pushes[name] = pushes.get(name, CALL_BYTES[architecture]) + taken
    return pushes


def deepest_stack(frames: dict[str, int], calls: dict[str, set[str]], start: str, call_bytes: int) -> int:
    """Bytes of the deepest chain of calls from `start`.

    Functions without a frame, such as those of the compiler's library, count only their calls. Raises DeviceError for a recursion.
    """
    depths: dict[str, int] = {}
    under_way: set[str] = set()

    def frame(name: str) -> int:
        base = re.sub(r"\.(constprop|isra|part|cold)(\.\d+)?", "", name)
        return frames.get(name, frames.get(base, call_bytes))

    def depth(name: str) -> int:
        if name in depths:
            return depths[name]
        if name in under_way:
            raise DeviceError(f"{name} calls itself: its stack has no bound")
        under_way.add(name)
        below = max((depth(callee) for callee in calls.get(name, set()) - {name}), default=0)
        under_way.discard(name)
        depths[name] = frame(name) + below
        return depths[name]

    return depth(start)
