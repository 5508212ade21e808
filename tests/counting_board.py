"""A HostBoard that answers as a board with a cycle counter would: with cycles that a function makes of what was done in each sample."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from host_board import HostBoard
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_from_bytes, state_size
from sfdfa_codegen.emulator.counting.sample_work import SampleWork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.link.event_code import EventChunk, EventDecoder
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import REPLY, RequestType, SampleFlag

PHASES_AT, NAME_AT = 3, 69
"""Places in the payload of HELLO."""
REMEMBERED = 8
"""Requests that may be repeated."""


class CountingBoard:
    """The board learns by itself; an emulator beside it knows what it does."""

    def __init__(
        self,
        board: HostBoard,
        network: IntegerNetwork,
        name: str,
        cycles: Callable[[SampleWork], tuple[int, ...]] | None,
    ) -> None:
        """name: of the board that it says it is. cycles: of each phase; None for a board that does not count."""
        board.start()
        self._board, self._network, self._cycles = board, network, cycles
        self._name, self._phases = name.encode("ascii"), 0 if cycles is None else 2
        self._reader, self._answers = FrameReader(), dict[bytes, bytes]()
        self._emulator = Emulator(network)
        self._image = bytearray(state_size(network))
        self._positions: list[int] = []
        self._decoder = EventDecoder()
        self._label: int | None = None

    def exchange(self, data: bytes) -> bytes:
        """Give the device bytes; returns what it sent."""
        return b"".join(self._answer(frame) for frame in self._reader.feed(data))

    def _answer(self, request: Frame) -> bytes:
        sent = encode_frame(request)
        if sent not in self._answers or request.type == RequestType.HELLO:
            (reply,) = FrameReader().feed(self._board.exchange(sent))
            self._answers[sent] = encode_frame(replace(reply, payload=self._counted(request, reply)))
            self._answers = dict(list(self._answers.items())[-REMEMBERED:])
        return self._answers[sent]

    def _counted(self, request: Frame, reply: Frame) -> bytes:
        """The payload of the reply of a board that counts."""
        payload = request.payload
        if reply.type == RequestType.HELLO + REPLY:
            return (
                reply.payload[:PHASES_AT] + bytes([self._phases]) + reply.payload[PHASES_AT + 1 : NAME_AT] + self._name
            )
        if reply.type == RequestType.SAMPLE + REPLY:
            return reply.payload + self._sample(payload)
        if reply.type == RequestType.WRITE + REPLY:
            offset = int.from_bytes(payload[:4], "little")
            self._image[offset : offset + len(payload) - 4] = payload[4:]
        elif reply.type == RequestType.ACCEPT + REPLY:
            self._emulator.state = state_from_bytes(self._network, bytes(self._image))
        elif reply.type == RequestType.RESET + REPLY:
            self._emulator = Emulator(self._network)
        return reply.payload

    def _sample(self, payload: bytes) -> bytes:
        """What follows in the RESULT, if this chunk was the last."""
        flags, rest = SampleFlag(payload[0]), payload[1:]
        if flags & SampleFlag.FIRST:
            self._decoder, self._positions = EventDecoder(), []
            self._label = int.from_bytes(rest[:2], "little") if flags & SampleFlag.LABEL else None
            rest = rest[2:]
        for gap in self._decoder.decode(EventChunk(int.from_bytes(rest[:2], "little"), rest[2:])):
            self._positions.append((self._positions[-1] + 1 if self._positions else 0) + gap)
        if not flags & SampleFlag.LAST:
            return b""
        ticks, channels = np.divmod(np.array(self._positions, dtype=np.int64), self._network.channels)
        learn = bool(flags & SampleFlag.LEARN)
        work = self._emulator.run_sample(ticks, channels, self._label, learn, count=True).work
        assert work is not None
        cycles = () if self._cycles is None else self._cycles(work)
        return b"".join(count.to_bytes(4, "little") for count in cycles)
