"""Boards that sleep while they wait for the host: every byte wakes them, and a simulator of one takes no processor meanwhile."""

import time
from pathlib import Path

import pytest
from needs import need
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.host.devices.targets import check_board
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.line import SerialLine
from sfdfa_codegen.host.link.messages import RequestType
from sfdfa_codegen.host.simulators.qemu import start_qemu

SLEEPING = {name: board for name, board in boards().items() if dict(board.config).get("SLEEPS")}
LOOK_S, PATIENCE_S = 0.005, 60.0
LOOKS = 3
"""In a row, in which no thread of a simulator has anything to do."""


def sleeps(pid: int) -> bool:
    """Whether all threads of a process come to wait."""
    deadline, asleep = time.monotonic() + PATIENCE_S, 0
    while asleep < LOOKS and time.monotonic() < deadline:
        states = [
            (thread / "stat").read_text().rpartition(")")[2].split()[0]
            for thread in Path(f"/proc/{pid}/task").iterdir()
        ]
        asleep = asleep + 1 if set(states) == {"S"} else 0
        time.sleep(LOOK_S)
    return asleep == LOOKS


def test_only_boards_that_an_interrupt_wakes_sleep() -> None:
    assert "mps2-an385" in SLEEPING and "riscv-virt" in SLEEPING
    for board in SLEEPING.values():
        assert board.reception == "interrupt" and "RECEIVE_INTERRUPT" in dict(board.config), board.name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mps2-an385", "riscv-virt"])
def test_each_byte_wakes_a_board_that_sleeps(name: str, tmp_path: Path) -> None:
    board = boards()[name]
    need(lambda: check_board(board, with_simulator=True))
    assert board.simulator is not None
    process, terminal = start_qemu(board.simulator.arguments, compile_firmware(make_network(20, 6, 3), board, tmp_path))
    line, reader = SerialLine(terminal), FrameReader()
    with process:
        for byte in encode_frame(Frame(RequestType.HELLO, 7, b"")):
            assert sleeps(process.pid)
            line.write(bytes([byte]))
        deadline = time.monotonic() + PATIENCE_S
        while not (frames := list(reader.feed(line.read(LOOK_S)))) and time.monotonic() < deadline:
            pass
        assert [(frame.type, frame.sequence) for frame in frames] == [(RequestType.HELLO + 0x80, 7)]
        assert sleeps(process.pid)
        line.close()
