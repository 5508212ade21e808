"""Answers that are whole and wrong: a message, other results, or nothing; never anything else."""

from dataclasses import replace
from pathlib import Path

import pytest
from host_board import BoardLine, HostBoard, host_board_library
from lying_device import NETWORKS, SETTINGS, run_many
from networks import make_samples
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import state_size
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import REPLY, RequestType


def test_a_device_that_lies_is_refused_or_believed(compile_cache: Path) -> None:
    """Seed 52 answers a part of a sample with the result of another, which was a result too many."""
    found = run_many(range(40, 60), compile_cache)
    assert found["refused"] > 4 and found["same"] > 4


class ChangedLine(BoardLine):
    """A board of whose answers to requests of one type each is changed."""

    def __init__(self, board: HostBoard, kind: RequestType, old: bytes, new: bytes) -> None:
        """The first `old` in a payload becomes `new`; where `old` is empty, an empty payload does."""
        super().__init__(board)
        self._reader, self._kind, self._old, self._new = FrameReader(), kind, old, new

    def write(self, data: bytes) -> None:
        for frame in self._reader.feed(self.board.exchange(data)):
            if frame.type == self._kind + REPLY and (self._old or not frame.payload):
                frame = replace(frame, payload=frame.payload.replace(self._old, self._new, 1))
            self._received += encode_frame(Frame(frame.type, frame.sequence, frame.payload))


STATE_BYTES = state_size(NETWORKS[0]).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        (RequestType.SAMPLE, b"", bytes(6), "answer to a part of a sample has 6 bytes, expected 0"),
        (RequestType.HELLO, b"\0\0" + STATE_BYTES, b"\0\x80" + STATE_BYTES, "has the network's hash but other sizes"),
    ],
    ids=["a result for a part of a sample", "outputs of another kind"],
)
def test_an_answer_that_cannot_be_is_told(
    kind: RequestType, old: bytes, new: bytes, message: str, compile_cache: Path
) -> None:
    network = NETWORKS[0]
    line = ChangedLine(HostBoard(host_board_library(network, compile_cache, *SETTINGS)), kind, old, new)
    with pytest.raises(DeviceError, match=message):
        SerialDevice(network, line, "lying").run_samples(make_samples(network, 3, 0.4), learn=True)
