"""Frames: the C's and Python's are the same, and neither minds garbage."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest
from host_board import host_board_library
from hypothesis import given
from hypothesis import strategies as st
from networks import make_network
from sfdfa_codegen.host.link.frames import LARGEST_PAYLOAD, Frame, FrameReader, encode_frame

MAX_PAYLOAD = 300
STRUCT_ROOM = 4096
WRITER = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint16)

bytes_of_frames = st.binary(max_size=MAX_PAYLOAD) | st.lists(
    st.sampled_from((b"\0", b"\xff", b"\1" * 253, b"\2" * 254, b"\3" * 255)), max_size=3
).map(lambda parts: b"".join(parts)[:MAX_PAYLOAD])
frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 65535), bytes_of_frames, st.integers(0, 255))


class DeviceFrames:
    """The frame functions of the C."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._frame = ctypes.create_string_buffer(STRUCT_ROOM)
        library.sfdfa_frame_receive.restype = ctypes.c_bool
        library.sfdfa_frame_length.restype = ctypes.c_uint16
        library.sfdfa_frame_payload.restype = ctypes.POINTER(ctypes.c_uint8)
        library.sfdfa_frame_sequence.restype = ctypes.c_uint16
        for part in ("version", "type"):
            getattr(library, f"sfdfa_frame_{part}").restype = ctypes.c_uint8
        self.start()

    def start(self) -> None:
        self._library.sfdfa_frame_init(self._frame)

    def receive(self, data: bytes) -> list[Frame]:
        return [self._current() for byte in data if self._library.sfdfa_frame_receive(self._frame, byte)]

    def _part(self, name: str) -> int:
        return int(getattr(self._library, f"sfdfa_frame_{name}")(self._frame))

    def _current(self) -> Frame:
        payload = self._library.sfdfa_frame_payload(self._frame)
        return Frame(
            self._part("type"), self._part("sequence"), bytes(payload[: self._part("length")]), self._part("version")
        )

    def send(self, frame: Frame) -> bytes:
        written = bytearray()
        payload = self._library.sfdfa_frame_payload(self._frame)
        ctypes.memmove(payload, frame.payload, len(frame.payload))
        writer = WRITER(lambda data, size: written.extend(data[:size]))
        self._library.sfdfa_frame_send(self._frame, frame.type, frame.sequence, len(frame.payload), writer)
        return bytes(written)


@pytest.fixture(scope="module")
def device(compile_cache: Path) -> Iterator[DeviceFrames]:
    path = host_board_library(make_network(), compile_cache, max_payload=MAX_PAYLOAD)
    yield DeviceFrames(ctypes.CDLL(str(path)))


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    position = 0
    for size in sizes:
        yield data[position : position + size]
        position += size
    yield data[position:]


@given(sent=st.lists(frames, max_size=4), sizes=st.lists(st.integers(0, 200), max_size=8))
def test_frames_come_back_however_the_line_cuts_them(sent: list[Frame], sizes: list[int]) -> None:
    reader = FrameReader(MAX_PAYLOAD)
    line = b"".join(encode_frame(frame) for frame in sent)
    assert [frame for piece in pieces(line, sizes) for frame in reader.feed(piece)] == sent
    assert reader.dropped == 0


@given(sent=st.lists(frames, max_size=3))
def test_the_device_reads_what_the_host_writes(device: DeviceFrames, sent: list[Frame]) -> None:
    device.start()
    assert device.receive(b"".join(encode_frame(frame) for frame in sent)) == sent


@given(kind=st.integers(0, 255), sequence=st.integers(0, 65535), payload=bytes_of_frames)
def test_the_host_reads_what_the_device_writes(device: DeviceFrames, kind: int, sequence: int, payload: bytes) -> None:
    frame = Frame(kind, sequence, payload)
    written = device.send(frame)
    assert written == encode_frame(frame)
    assert FrameReader().feed(written) == [frame]


@given(garbage=st.binary(max_size=600), frame=frames)
def test_both_sides_make_the_same_of_garbage_and_find_the_frame_after_it(
    device: DeviceFrames, garbage: bytes, frame: Frame
) -> None:
    device.start()
    reader = FrameReader(MAX_PAYLOAD)
    line = garbage + encode_frame(frame)
    found = reader.feed(line)
    assert found[-1:] == [frame]
    assert device.receive(line) == found


@given(frame=frames, place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_turned_bit_is_noticed_by_both(device: DeviceFrames, frame: Frame, place: int, bit: int) -> None:
    line = bytearray(encode_frame(frame))
    line[1 + place % (len(line) - 2)] ^= 1 << bit
    device.start()
    assert FrameReader(MAX_PAYLOAD).feed(bytes(line)) == []
    assert device.receive(bytes(line)) == []


def test_frames_may_share_a_zero() -> None:
    first, second = Frame(1, 2, b"ab"), Frame(3, 4)
    assert FrameReader().feed(encode_frame(first) + encode_frame(second)[1:]) == [first, second]


def test_a_frame_that_is_too_long_is_dropped_without_being_kept() -> None:
    reader = FrameReader(MAX_PAYLOAD)
    for _ in range(1000):
        assert reader.feed(b"\x55" * 1000) == []
    assert len(reader._partial) <= MAX_PAYLOAD + 12
    assert reader.feed(b"\0" + encode_frame(Frame(1, 1))) == [Frame(1, 1)]
    assert reader.dropped == 1


def test_the_longest_payload_passes() -> None:
    frame = Frame(4, 0, b"\x07" * LARGEST_PAYLOAD)
    assert FrameReader().feed(encode_frame(frame)) == [frame]


@pytest.mark.parametrize("body", [b"\1", b"\2\1", b"\5\1\1\1"])
def test_what_is_too_short_for_a_frame_is_dropped(device: DeviceFrames, body: bytes) -> None:
    reader = FrameReader()
    assert reader.feed(b"\0" + body + b"\0") == []
    assert reader.dropped == 1
    assert device.receive(b"\0" + body + b"\0") == []


def test_zeros_in_a_row_are_nothing() -> None:
    reader = FrameReader()
    assert reader.feed(bytes(50)) == []
    assert reader.dropped == 0
