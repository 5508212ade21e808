"""The code of events: what Python encodes, Python and the C decode, in any chunks; damaged bits end in an error on both."""

import ctypes
from itertools import accumulate
from pathlib import Path

import pytest
from host_board import host_board_library
from hypothesis import given
from hypothesis import strategies as st
from networks import make_network, make_samples
from sfdfa_codegen.host.link.event_code import EventChunk, EventDecoder, pack_events
from sfdfa_codegen.host.link.messages import sample_gaps

CHANNELS, TICKS = 3000, 200
NETWORK = make_network(CHANNELS, 3, ticks=TICKS, max_events=64)

gap = st.one_of(st.integers(0, 3), st.integers(0, 300), st.integers(0, 2**24 - 1))
gap_lists = st.lists(gap, max_size=60)


class _Events(ctypes.Structure):
    """sfdfa_events_t."""

    _fields_ = (
        ("tick", ctypes.c_uint16),
        ("channel", ctypes.c_uint32),
        ("any", ctypes.c_bool),
        ("mean", ctypes.c_uint32),
        ("bytes", ctypes.c_void_p),
        ("bits_left", ctypes.c_uint16),
        ("bit", ctypes.c_uint8),
    )


class DeviceEvents:
    """The decoder of the C."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.sfdfa_events_next.restype = ctypes.c_bool

    def decode(self, chunks: list[EventChunk]) -> list[int] | None:
        """Positions of the events, None if a chunk ends within one; past the last tick only that they are."""
        events = _Events()
        positions = []
        self._library.sfdfa_events_begin_sample(ctypes.byref(events))
        for chunk in chunks:
            self._library.sfdfa_events_begin_chunk(ctypes.byref(events), chunk.data, ctypes.c_uint16(len(chunk.data)))
            for _ in range(chunk.events):
                if not self._library.sfdfa_events_next(ctypes.byref(events)):
                    return None
                positions.append(events.tick * CHANNELS + events.channel if events.tick < TICKS else TICKS * CHANNELS)
        return positions


@pytest.fixture(scope="module")
def device(compile_cache: Path) -> DeviceEvents:
    return DeviceEvents(ctypes.CDLL(str(host_board_library(NETWORK, compile_cache))))


def positions_of(gaps: list[int]) -> list[int]:
    """Positions from the gaps, as the device tells them: all that are past the last tick are the same."""
    return [min(position - 1, TICKS * CHANNELS) for position in accumulate(gap + 1 for gap in gaps)]


def decode(chunks: list[EventChunk]) -> list[int] | None:
    decoder = EventDecoder()
    try:
        return [gap for chunk in chunks for gap in decoder.decode(chunk)]
    except ValueError:
        return None


@given(gaps=gap_lists, first=st.integers(6, 40), other=st.integers(6, 40))
def test_what_is_encoded_is_decoded_by_python_and_c(
    device: DeviceEvents, gaps: list[int], first: int, other: int
) -> None:
    chunks = pack_events(gaps, first, other)
    assert decode(chunks) == gaps
    assert device.decode(chunks) == positions_of(gaps)
    assert len(chunks[0].data) <= first
    assert all(len(chunk.data) <= other for chunk in chunks[1:])
    assert all(chunk.events for chunk in chunks[1:])


@given(chunks=st.lists(st.builds(EventChunk, st.integers(0, 20), st.binary(max_size=30)), max_size=4))
def test_python_and_c_make_the_same_of_garbage(device: DeviceEvents, chunks: list[EventChunk]) -> None:
    gaps = decode(chunks)
    assert device.decode(chunks) == (None if gaps is None else positions_of(gaps))


@given(gaps=st.lists(gap, min_size=1, max_size=30))
def test_a_chunk_without_its_last_byte_ends_within_an_event(device: DeviceEvents, gaps: list[int]) -> None:
    (chunk,) = pack_events(gaps, 1000, 1000)
    short = [EventChunk(chunk.events, chunk.data[:-1])]
    assert decode(short) is None
    assert device.decode(short) is None


def test_no_events_are_one_empty_chunk() -> None:
    assert pack_events([], 60, 62) == [EventChunk(0, b"")]


def test_the_bits_are_those_of_the_protocol() -> None:
    """By hand: mean 256, k = 5: 0 is 0 00000; then mean 224, k = 4: 20 is 1 0 0100; then mean 216, 100 is 111111 0 0100."""
    assert pack_events([0, 20, 100], 60, 62) == [EventChunk(3, bytes((0b00000010, 0b01001111, 0b11001000)))]


def test_an_outlier_takes_44_bits() -> None:
    (chunk,) = pack_events([1 << 20], 60, 62)
    assert int.from_bytes(chunk.data, "big") >> 4 == ((1 << 20) - 1) << 24 | 1 << 20


def test_gaps_of_a_sample() -> None:
    sample = make_samples(NETWORK, 1, 0.0001)[0]
    positions = sample.ticks.astype(int) * CHANNELS + sample.channels
    assert list(accumulate(gap + 1 for gap in sample_gaps(sample, CHANNELS))) == [int(p) + 1 for p in positions]
