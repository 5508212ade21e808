"""Payloads of requests and replies, docs/PROTOCOL.md. All numbers are little-endian; every length is checked before use."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.host.data.spikes import Readings, SpikeSample
from sfdfa_codegen.host.link.event_code import pack_events
from sfdfa_codegen.host.link.frames import LARGEST_PAYLOAD

REPLY: Final = 0x80
"""A reply's type is its request's plus this."""
ERROR: Final = 0xFF


class RequestType(IntEnum):
    HELLO = 0x01
    SAMPLE = 0x02
    STATE_CRC = 0x03
    READ = 0x04
    WRITE = 0x05
    ACCEPT = 0x06
    RESET = 0x07
    RATE = 0x08
    STATISTICS = 0x09
    READINGS = 0x0A
    LABEL = 0x0B
    RECORDING = 0x0C


class ErrorCode(IntEnum):
    HELLO_FIRST = 1
    SEQUENCE = 2
    TYPE = 3
    LENGTH = 4
    VERSION = 5
    RANGE = 6
    ORDER = 7
    CAPACITY = 8
    NOT_READY = 9
    DAMAGED = 10


class Woke(IntEnum):
    """What a device's store found when the power came on, `sfdfa_woke_t` of sfdfa_store.h."""

    WITHOUT_STORE = 0
    EMPTY = 1
    RESTORED = 2
    EARLIER = 3
    DAMAGED = 4
    OTHER = 5


WOKE_TEXT: Final[dict[Woke, str]] = {
    Woke.WITHOUT_STORE: "it keeps nothing without power",
    Woke.EMPTY: "its store was empty",
    Woke.RESTORED: "it woke with its newest snapshot",
    Woke.EARLIER: "its newest snapshot is damaged, it woke with one before it",
    Woke.DAMAGED: "none of its snapshots is whole, it woke in its initial state",
    Woke.OTHER: "its snapshots are another network's, it woke in its initial state",
}
"""In words, for people."""


ADVICE: Final[dict[ErrorCode, str]] = {
    ErrorCode.HELLO_FIRST: (
        "the device restarted, and what it had learned since the last checkpoint is lost; run again with --resume to go on from there. "
        "Is its power supply steady?"
    ),
    ErrorCode.SEQUENCE: "the device is at another request than the host; does another program use the same line?",
    ErrorCode.TYPE: "the device does not know the request; build and flash it again with this version",
    ErrorCode.LENGTH: "the device expects another length; build and flash it again with this version",
    ErrorCode.VERSION: "the device speaks another version of the protocol; build and flash it again with this version",
    ErrorCode.RANGE: "a number is out of the network's range; was the device built for this network?",
    ErrorCode.ORDER: "events must increase strictly in tick and channel",
    ErrorCode.CAPACITY: "the sample has more events than the network was built for; was the device built for this network?",
    ErrorCode.NOT_READY: "a sample was not begun, or a written state is not one of this network",
    ErrorCode.DAMAGED: "the events of a sample end too early",
}
"""What an error means and what to try."""


class SampleFlag(IntFlag):
    FIRST = 1
    LAST = 2
    LEARN = 4
    LABEL = 8


class ResultFlag(IntFlag):
    """Of a RESULT of outputs that integrate."""

    SATURATED = 31
    LEARNED = 32
    ASKS = 64
    CERTAIN = 128
    """The probability of the prediction is one more than can be sent."""


@dataclass(frozen=True)
class Request:
    """What to ask; the session adds the sequence number."""

    type: RequestType
    payload: bytes = b""


@dataclass(frozen=True)
class Hello:
    """What a device says of itself. phases: of the cycles in a result, 0 if it does not count. features: readings of a sample, 0 if the network takes events."""

    arithmetic_version: int
    window: int
    ticks: int
    phases: int
    runtime_version: int
    outputs: int
    channels: int
    max_events: int
    max_payload: int
    features: int
    integrates: bool
    state_bytes: int
    clock_hz: int
    samples: int
    executed: int
    dropped: int
    model_hash: str
    woke: Woke
    board: str


_HELLO: Final = struct.Struct("<BBBBHHHHHHIIIII32sB")
_READ: Final = struct.Struct("<IH")
_STATISTICS: Final = struct.Struct("<7I")
_LABEL: Final = struct.Struct("<HH")
INTEGRATES: Final = 0x8000
"""In HELLO, beside the number of readings: outputs integrate."""
_ERROR: Final = struct.Struct("<BH")
SMALLEST_PAYLOAD: Final = _HELLO.size
LARGEST_WINDOW: Final = 64
WINDOWS: Final = (1, 2, 4, 8, 16, 32, LARGEST_WINDOW)
LONGEST_NAME: Final = 64
"""Letters of a board's name that are believed."""


def _woke(code: int) -> Woke:
    try:
        return Woke(code)
    except ValueError as error:
        raise DeviceError(
            f"the device says that it woke with {code}, which the protocol does not know; build and flash it again with this version"
        ) from error


def parse_hello(payload: bytes) -> Hello:
    """Raises DeviceError for a payload that is no HELLO reply of this version."""
    if len(payload) < _HELLO.size:
        raise DeviceError(
            f"the device's HELLO has {len(payload)} bytes, expected {_HELLO.size} or more; build and flash it again with this version"
        )
    arithmetic, window, ticks, phases, runtime, outputs, channels, max_events, max_payload, features, *rest = (
        _HELLO.unpack_from(payload)
    )
    state_bytes, clock_hz, samples, executed, dropped, digest, woke = rest
    if window not in WINDOWS or not SMALLEST_PAYLOAD <= max_payload <= LARGEST_PAYLOAD:
        raise DeviceError(
            f"the device offers a window of {window} and payloads of {max_payload} bytes, which the protocol does not allow; "
            "build and flash it again with this version"
        )
    board = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in payload[_HELLO.size :][:LONGEST_NAME])
    return Hello(
        arithmetic_version=arithmetic,
        window=window,
        ticks=ticks,
        phases=phases,
        runtime_version=runtime,
        outputs=outputs,
        channels=channels,
        max_events=max_events,
        max_payload=max_payload,
        features=features & ~INTEGRATES,
        integrates=bool(features & INTEGRATES),
        state_bytes=state_bytes,
        clock_hz=clock_hz,
        samples=samples,
        executed=executed,
        dropped=dropped,
        model_hash=digest.hex(),
        woke=_woke(woke),
        board=board,
    )


@dataclass(frozen=True)
class ErrorReply:
    """code: an ErrorCode, or what a device of another version sent. expected: the sequence number that the device waits for."""

    code: int
    expected: int

    @property
    def text(self) -> str:
        try:
            code = ErrorCode(self.code)
        except ValueError:
            return f"the device answered with the unknown error {self.code}; build and flash it again with this version"
        return f"{ADVICE[code]} (error {self.code})"


def parse_error(payload: bytes) -> ErrorReply:
    """Raises DeviceError for a payload of another length."""
    check_length("ERROR", payload, _ERROR.size)
    return ErrorReply(*_ERROR.unpack(payload))


def check_length(what: str, payload: bytes, expected: int) -> None:
    """Raises DeviceError unless a reply has its length."""
    if len(payload) != expected:
        raise DeviceError(
            f"the device's {what} has {len(payload)} bytes, expected {expected}; build and flash it again with this version"
        )


@dataclass(frozen=True)
class SampleReply:
    """saturated: a bit for each tensor that was clamped. counts: spikes or, where outputs integrate, probabilities in 1/256, up to 256.
    learned, asks, ticks_run: None for outputs that spike. cycles: by phase, after those of every sample that of the encoder and that of the front-end, if there was
    something for them to do; empty if the device does not count.
    """

    prediction: int
    saturated: int
    counts: tuple[int, ...]
    cycles: tuple[int, ...]
    learned: bool | None = None
    asks: bool | None = None
    ticks_run: int | None = None


def parse_result(payload: bytes, hello: Hello, more_phases: int = 0) -> SampleReply:
    """more_phases: 1 for a sample of readings, 2 for a recording. Raises DeviceError for a payload of another length, or a prediction that is no output."""
    phases = hello.phases + (more_phases if hello.phases > 0 else 0)
    counts_end = 3 + hello.outputs
    cycles_start = counts_end + hello.integrates
    check_length("RESULT", payload, cycles_start + 4 * phases)
    prediction = int.from_bytes(payload[:2], "little")
    if prediction >= hello.outputs:
        raise DeviceError(f"the device predicted class {prediction} of {hello.outputs}; build and flash it again")
    cycles = struct.unpack_from(f"<{phases}I", payload, cycles_start)
    flags, counts = payload[2], tuple(payload[3:counts_end])
    if not hello.integrates:
        return SampleReply(prediction, flags, counts, cycles)
    if flags & ResultFlag.CERTAIN:
        counts = (*counts[:prediction], counts[prediction] + 1, *counts[prediction + 1 :])
    learned, asks = bool(flags & ResultFlag.LEARNED), bool(flags & ResultFlag.ASKS)
    return SampleReply(prediction, flags & ResultFlag.SATURATED, counts, cycles, learned, asks, payload[counts_end])


def label_request(age: int, label: int) -> Request:
    """The label of a sample in the device's ring. age: how many samples were stored after it."""
    return Request(RequestType.LABEL, _LABEL.pack(age, label))


@dataclass(frozen=True)
class LabelReply:
    """learned: whether the sample that got its label was learned, and not known already. cycles: 0 if the device does not count."""

    learned: bool
    cycles: int


def parse_label(payload: bytes, hello: Hello) -> LabelReply:
    """Raises DeviceError for a payload of another length."""
    check_length("LABEL", payload, 1 + 4 * (hello.phases > 0))
    return LabelReply(bool(payload[0] & ResultFlag.LEARNED), int.from_bytes(payload[1:], "little"))


def parse_crc(payload: bytes) -> int:
    check_length("STATE_CRC", payload, 4)
    return int.from_bytes(payload, "little")


def parse_statistics(payload: bytes) -> tuple[int, ...]:
    """The seven counts of STATISTICS."""
    check_length("STATISTICS", payload, _STATISTICS.size)
    return _STATISTICS.unpack(payload)


def read_requests(state_bytes: int, max_payload: int) -> Iterator[tuple[Request, int]]:
    """READs of the whole state, each with the bytes that it asks for."""
    for offset in range(0, state_bytes, max_payload):
        size = min(max_payload, state_bytes - offset)
        yield Request(RequestType.READ, _READ.pack(offset, size)), size


def write_requests(state: bytes, max_payload: int) -> Iterator[Request]:
    """WRITEs of the whole state."""
    block = max_payload - 4
    for offset in range(0, len(state), block):
        yield Request(RequestType.WRITE, offset.to_bytes(4, "little") + state[offset : offset + block])


def accept_request(state: bytes) -> Request:
    """ACCEPT of a state that was written as a whole; a device that holds another one refuses it."""
    return Request(RequestType.ACCEPT, zlib.crc32(state).to_bytes(4, "little"))


def sample_gaps(sample: SpikeSample, channels: int) -> list[int]:
    """What `pack_events` takes: the first event's position, then the distances less 1."""
    positions = sample.ticks.astype(np.int64) * channels + sample.channels
    gaps: list[int] = (np.diff(positions, prepend=-1) - 1).tolist()
    return gaps


def _chunk_flags(index: int, chunks: int, label: int | None, learn: bool) -> SampleFlag:
    """Of one chunk of a sample that has so many."""
    flags = SampleFlag.FIRST if index == 0 else SampleFlag(0)
    flags |= SampleFlag.LAST if index == chunks - 1 else SampleFlag(0)
    flags |= SampleFlag.LEARN if learn else SampleFlag(0)
    return flags | (SampleFlag.LABEL if label is not None else SampleFlag(0))


def _chunk_requests(kind: RequestType, chunks: Sequence[bytes], label: int | None, learn: bool) -> list[Request]:
    """Requests with these chunks; the label goes with the first."""
    requests = []
    for index, chunk in enumerate(chunks):
        head = bytes([_chunk_flags(index, len(chunks), label, learn)])
        head += (label or 0).to_bytes(2, "little") if index == 0 else b""
        requests.append(Request(kind, head + chunk))
    return requests


def sample_requests(sample: SpikeSample, channels: int, learn: bool, max_payload: int) -> list[Request]:
    """The chunks of one sample's events; the last one is answered with its result."""
    coded = pack_events(sample_gaps(sample, channels), max_payload - 5, max_payload - 3)
    chunks = [chunk.events.to_bytes(2, "little") + chunk.data for chunk in coded]
    return _chunk_requests(RequestType.SAMPLE, chunks, sample.label, learn)


def readings_requests(readings: Readings, label: int | None, learn: bool, max_payload: int) -> list[Request]:
    """One sample of readings, in as few pieces as hold them; the last one is answered with its result."""
    size = readings.dtype.itemsize
    pieces = _pieces(readings.astype(readings.dtype.newbyteorder("<")).tobytes(), size, max_payload)
    return _chunk_requests(RequestType.READINGS, pieces, label, learn)


def recording_requests(recording: NDArray[np.int16], label: int | None, learn: bool, max_payload: int) -> list[Request]:
    """One recording, (samples, axes), in as few pieces as hold it; the last one is answered with the sample's result."""
    size = 2 * recording.shape[1]
    return _chunk_requests(
        RequestType.RECORDING, _pieces(recording.astype("<i2").tobytes(), size, max_payload), label, learn
    )


def _pieces(data: bytes, size: int, max_payload: int) -> list[bytes]:
    """Parts of data whose items of so many bytes are not split, the first with room for flags and label, the others for flags."""
    ends = [(max_payload - 3) // size * size]
    while ends[-1] < len(data):
        ends.append(ends[-1] + (max_payload - 1) // size * size)
    return [data[low:high] for low, high in pairwise((0, *ends))]
