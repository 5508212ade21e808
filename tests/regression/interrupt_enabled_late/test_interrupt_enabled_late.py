"""A board with RISC-V hung at one start in a few hundred: bytes had come before its interrupt was enabled.

QEMU's interrupt controller forgets a request that it had before then, so the firmware looks at the UART once by itself. Here the bytes
are there before the processor's first instruction.
"""

import time
from contextlib import closing
from pathlib import Path

import pytest
from needs import need_target
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.line import SerialLine, open_line
from sfdfa_codegen.host.link.messages import REPLY, RequestType
from sfdfa_codegen.host.simulators.qemu import start_qemu


@pytest.mark.parametrize("name", ["hifive1", "riscv-virt"])
def test_bytes_that_came_before_the_interrupt_was_enabled_are_received(name: str, tmp_path: Path) -> None:
    board = boards()[name]
    assert board.simulator is not None
    need_target(board.simulator.target)
    image = compile_firmware(make_network(), board, tmp_path)
    monitor = tmp_path / "monitor"
    arguments = (*board.simulator.arguments, "-S", "-qmp", f"unix:{monitor},server=on,wait=off")
    process, port = start_qemu(arguments, image)
    with process, closing(SerialLine(port)) as line, closing(open_line(f"unix:{monitor}")) as control:
        line.write(encode_frame(Frame(RequestType.HELLO, 7, b"")))
        time.sleep(0.2)  # until the UART's queue is full: no clock of the board runs yet
        control.write(b'{"execute": "qmp_capabilities"}\n{"execute": "cont"}\n')
        reader = FrameReader()
        replies: list[Frame] = []
        while not replies:
            received = line.read(5.0)
            assert received, "no answer to HELLO"
            replies = list(reader.feed(received))
    assert replies[0].type == RequestType.HELLO + REPLY
