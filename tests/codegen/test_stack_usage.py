"""The deepest chain of calls."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.toolchain.disassembly import read_instructions
from sfdfa_codegen.codegen.toolchain.stack_usage import deepest_stack, read_calls, read_frames

FRAMES = {"main": 2, "short": 50, "long": 10, "leaf": 30}
CALLS = {"main": {"short", "long"}, "short": set(), "long": {"leaf", "__divide"}, "leaf": set(), "__divide": {"__step"}}


def test_deepest_chain_counts_not_the_largest_frame() -> None:
    assert deepest_stack({**FRAMES, "leaf": 45}, CALLS, "main", 2) == 2 + 10 + 45


def test_function_without_a_frame_takes_its_return_address() -> None:
    assert deepest_stack({"main": 2, "long": 10}, CALLS, "long", 3) == 10 + 3 + 3


def test_clone_of_a_function_has_its_frame() -> None:
    assert deepest_stack(FRAMES, {"main": {"leaf.constprop.0"}}, "main", 2) == 2 + 30


def test_recursion_has_no_bound() -> None:
    with pytest.raises(DeviceError, match="long calls itself: its stack has no bound"):
        deepest_stack(FRAMES, {"long": {"leaf"}, "leaf": {"long"}}, "long", 2)


def test_frame_without_a_bound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.su").write_text("a.c:1:1:f\t16\tdynamic\n", encoding="utf-8")
    with pytest.raises(DeviceError, match="its stack has no bound"):
        read_frames(tmp_path)


@pytest.mark.parametrize(
    ("program", "read"),
    [
        ("avr-objdump", lambda image: read_calls(image, "avr")),
        ("arm-none-eabi-objdump", lambda image: read_calls(image, "cortex-m")),
        ("arm-none-eabi-objdump", read_instructions),
    ],
    ids=["avr", "cortex-m", "instructions"],
)
def test_a_disassembler_that_says_nothing_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, read: Callable[[Path], object]
) -> None:
    (tmp_path / program).write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(
        DeviceError, match=rf"{program} reported no error and found no (function|instruction) in .*; install it anew"
    ):
        read(tmp_path / "image.elf")
