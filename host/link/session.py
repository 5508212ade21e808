"""Requests and answers over a line that may lose bytes, docs/PROTOCOL.md "Sequence".

Up to `window` requests are under way at a time. One that is not answered in time is sent again with those after it; the device executes
each once, in order, and answers a repeated one as before. Every wait ends.
"""

import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.host.link.frames import PROTOCOL_VERSION, SEQUENCE_NUMBERS, Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.line import Line
from sfdfa_codegen.host.link.messages import (
    ADVICE,
    ERROR,
    REPLY,
    ErrorCode,
    ErrorReply,
    Hello,
    Request,
    RequestType,
    SampleFlag,
    parse_error,
    parse_hello,
)

FIRST_TIMEOUT_S: Final = 1.0
"""For a kind of request that was not answered yet."""
MOST_FIRST_BACKOFF: Final = 2.0
"""How much longer it gets by timeouts: they tell of what was lost, as nothing tells yet how long an answer takes."""
SHORTEST_TIMEOUT_S: Final = 0.05
LONGEST_TIMEOUT_S: Final = 10.0
TIMEOUT_FACTOR: Final = 4.0
"""A timeout is this many times the longest of the last answers to requests of the kind."""
ANSWERS_MEASURED: Final = 16
HELLO_ATTEMPTS: Final = 12
ATTEMPTS: Final = 8
"""How often a request is sent, at the least, before the host gives up."""
GIVE_UP_S: Final = 45.0
"""And how long the host waits, at the least: a line may stand still for longer than answers show."""
LONGEST_GIVE_UP_S: Final = 900.0
"""And at the most for a device that learns many samples at a request."""
HELLO_ATTEMPTS_A_ROUND: Final = 0.25
"""More attempts for each sample that a device may be at when it is greeted."""


class DeviceRestartedError(DeviceError):
    """The device answers as one that was just switched on."""


@dataclass
class LineUse:
    """What went over a line so far."""

    bytes_sent: int = 0
    bytes_received: int = 0
    repeated: int = 0
    """Requests that were sent again."""
    damaged: int = 0
    """Frames from the device that were not whole."""


@dataclass
class _Pending:
    """A request under way. answer: payload of its reply, or its error."""

    type: RequestType
    sequence: int
    data: bytes
    kind: bytes
    """Requests of one kind take about the same time."""
    answer: bytes | ErrorReply | None = None


@dataclass
class _Patience:
    """How long to wait for an answer: as long as the device has shown to need, and twice as long after each timeout until one comes in time."""

    shortest_s: float = SHORTEST_TIMEOUT_S
    rounds: int = 1
    """Samples that a request with a label has the device learn at the most; the first ones may have it learn one."""
    backoff: float = 1.0
    measured: dict[bytes, deque[float]] = field(default_factory=dict)
    """Seconds that the last answers took, by kind of request."""
    quickest: dict[bytes, float] = field(default_factory=dict)
    """Seconds of the quickest answer so far, by kind, sent once or more often."""

    def timeout_s(self, kind: bytes) -> float:
        if kind not in self.quickest:
            usual, backoff = FIRST_TIMEOUT_S, min(self.backoff, MOST_FIRST_BACKOFF)
        else:
            answers = self.measured.get(kind)
            known = FIRST_TIMEOUT_S if answers is None else TIMEOUT_FACTOR * max(answers)
            usual, backoff = max(known, self._longest_s(kind)), self.backoff
        return min(max(self.shortest_s, usual) * backoff, LONGEST_TIMEOUT_S)

    def give_up_s(self, kind: bytes) -> float:
        """How long to wait for an answer in all, at the least."""
        if kind not in self.quickest:
            longest = FIRST_TIMEOUT_S * self._rounds(kind)
        else:
            longest = TIMEOUT_FACTOR * self._longest_s(kind)
        return min(max(GIVE_UP_S, longest), LONGEST_GIVE_UP_S)

    def _longest_s(self, kind: bytes) -> float:
        """Of a request that has the device learn as many samples as it ever does."""
        return self._rounds(kind) * self.quickest[kind]

    def _rounds(self, kind: bytes) -> int:
        return self.rounds if _is_learned(kind) else 1

    def forget(self, kind: bytes) -> None:
        """Be as patient again as at first."""
        self.measured.pop(kind, None)
        self.quickest.pop(kind, None)

    def expired(self) -> None:
        self.backoff = min(2 * self.backoff, LONGEST_TIMEOUT_S / self.shortest_s)

    def came(self, kind: bytes, elapsed_s: float) -> None:
        """An answer came, so long after its request was sent first."""
        self.quickest[kind] = min(self.quickest.get(kind, elapsed_s), elapsed_s)

    def answered(self, kind: bytes, elapsed_s: float) -> None:
        """An answer came to what was sent once."""
        self.measured.setdefault(kind, deque(maxlen=ANSWERS_MEASURED)).append(elapsed_s)
        self.backoff = 1.0


def _is_learned(kind: bytes) -> bool:
    """Whether requests of a kind give the device a label."""
    wanted = SampleFlag.LEARN | SampleFlag.LABEL
    return kind[0] == RequestType.LABEL or (len(kind) > 1 and kind[1] & wanted == wanted)


def _kind(request: Request) -> bytes:
    """The chunks of a sample are told apart by their flags: the last one waits for what is computed."""
    in_chunks = request.type in (RequestType.SAMPLE, RequestType.READINGS, RequestType.RECORDING)
    return bytes([request.type]) + (request.payload[:1] if in_chunks else b"")


@dataclass
class _Wait:
    """The wait for the oldest pending request."""

    deadline: float
    since: float
    attempts: int = 1
    hurried: bool = False
    """What is missing was sent again before the time was over."""


@dataclass
class Session:
    """One host's talk with one device.

    first_sequence: of the HELLO; left out, random, so that a host that restarts is not answered with its predecessor's results.
    shortest_timeout_s: before a request is sent again. rounds: samples that a device learns at a request, at the most.
    """

    line: Line
    first_sequence: int | None = None
    shortest_timeout_s: float = SHORTEST_TIMEOUT_S
    rounds: int = 1
    use: LineUse = field(default_factory=LineUse)

    def __post_init__(self) -> None:
        self._reader = FrameReader()
        self._next = secrets.randbelow(SEQUENCE_NUMBERS) if self.first_sequence is None else self.first_sequence
        self._pending: deque[_Pending] = deque()
        self._patience = _Patience(self.shortest_timeout_s, self.rounds)
        self._window = 1

    def hello(self) -> Hello:
        """Greet the device. Must come first, and again when it has restarted. Raises DeviceError if nobody answers, or not in this protocol."""
        self._patience.forget(bytes([RequestType.HELLO]))  # a device that has just started may take its time
        hello = parse_hello(self._exchange((Request(RequestType.HELLO),), self._hello_attempts)[0])
        self._window = hello.window
        return hello

    @property
    def _hello_attempts(self) -> int:
        """More where the device may still be learning for a host that was there before."""
        return HELLO_ATTEMPTS + int(HELLO_ATTEMPTS_A_ROUND * (self.rounds - 1))

    def be_patient(self) -> None:
        """Always wait as long as there is patience for before a request is sent again."""
        self._patience = _Patience(LONGEST_TIMEOUT_S, self.rounds)

    def request(self, kind: RequestType, payload: bytes = b"") -> bytes:
        """Send one request; returns the payload of its reply. Raises DeviceError."""
        return self.exchange((Request(kind, payload),))[0]

    def exchange(self, requests: Iterable[Request], at_a_time: int | None = None) -> list[bytes]:
        """Send requests, as many at a time as the device allows, or as few as are given; returns the payload of each reply.

        Raises DeviceError if the device refuses one, when all that were under way are answered; if it restarted; or if it falls silent.
        """
        return self._exchange(requests, ATTEMPTS, at_a_time)

    def _exchange(self, requests: Iterable[Request], attempts: int, at_a_time: int | None = None) -> list[bytes]:
        window = self._window if at_a_time is None else min(at_a_time, self._window)
        self._pending.clear()
        answers: list[bytes] = []
        refusal: ErrorReply | None = None
        source = iter(requests)
        while True:
            while refusal is None and len(self._pending) < window:
                request = next(source, None)
                if request is None:
                    break
                self._send(request)
            if not self._pending:
                break
            answer = self._await_oldest(attempts)
            if isinstance(answer, ErrorReply):
                refusal = refusal or answer
            else:
                answers.append(answer)
        if refusal is not None:
            raise DeviceError(f"{self.line.name}: {refusal.text}")
        return answers

    def _send(self, request: Request) -> None:
        data = encode_frame(Frame(request.type, self._next, request.payload))
        self._pending.append(_Pending(request.type, self._next, data, _kind(request)))
        self._next = (self._next + 1) % SEQUENCE_NUMBERS
        self._write(data)

    def _write(self, data: bytes) -> None:
        self.use.bytes_sent += len(data)
        self.line.write(data)

    def _repeat(self) -> None:
        """Send again what has no answer."""
        missing = [pending.data for pending in self._pending if pending.answer is None]
        self.use.repeated += len(missing)
        self._write(b"".join(missing))

    def _await_oldest(self, attempts: int) -> bytes | ErrorReply:
        """Wait for the answer to the oldest pending request, and take it off."""
        now = self.line.now()
        kind = self._pending[0].kind
        wait = _Wait(now + self._patience.timeout_s(kind), now)
        while (answer := self._pending[0].answer) is None:
            left = wait.deadline - self.line.now()
            if left > 0:
                self._take(self.line.read(left), wait)
            elif self._goes_on(wait, attempts):
                self._try_again(wait)
            else:
                raise self._silence(wait)
        self._patience.came(kind, self.line.now() - wait.since)
        if wait.attempts == 1 and not wait.hurried:
            self._patience.answered(kind, self.line.now() - wait.since)
        self._pending.popleft()
        return answer

    def _goes_on(self, wait: _Wait, attempts: int) -> bool:
        is_hello = self._pending[0].type == RequestType.HELLO
        give_up_s = self._patience.give_up_s(self._pending[0].kind)
        return wait.attempts < attempts or (not is_hello and self.line.now() - wait.since < give_up_s)

    def _try_again(self, wait: _Wait) -> None:
        if self._pending[0].type != RequestType.HELLO:
            self._patience.expired()
        self._repeat()
        wait.attempts += 1
        wait.deadline = self.line.now() + self._patience.timeout_s(self._pending[0].kind)

    def _silence(self, wait: _Wait) -> DeviceError:
        waited = self.line.now() - wait.since
        if self._pending[0].type == RequestType.HELLO:
            return DeviceError(
                f"{self.line.name}: no answer to HELLO in {waited:.0f} s. Is this the right port and speed, and was the board flashed "
                "with an image of this project?"
            )
        return DeviceError(
            f"{self.line.name}: the device fell silent: no answer to {self._pending[0].type.name} in {waited:.0f} s, sent {wait.attempts} "
            "times. Is the board plugged in and switched on? Run again with --resume to go on from the last checkpoint"
        )

    def _take(self, data: bytes, wait: _Wait) -> None:
        self.use.bytes_received += len(data)
        for frame in self._reader.feed(data):
            self._take_frame(frame, wait)
        self.use.damaged = self._reader.dropped

    def _take_frame(self, frame: Frame, wait: _Wait) -> None:
        if frame.version != PROTOCOL_VERSION:
            raise DeviceError(f"{self.line.name}: {ADVICE[ErrorCode.VERSION]} (it is {frame.version})")
        pending = next((pending for pending in self._pending if pending.sequence == frame.sequence), None)
        if pending is None or pending.answer is not None:
            return
        if frame.type == pending.type + REPLY:
            pending.answer = frame.payload
            if pending is not self._pending[0]:
                self._hurry(wait)
        elif frame.type == ERROR:
            self._take_error(pending, parse_error(frame.payload), wait)

    def _take_error(self, pending: _Pending, error: ErrorReply, wait: _Wait) -> None:
        if error.code == ErrorCode.HELLO_FIRST:
            raise DeviceRestartedError(f"{self.line.name}: {error.text}")
        if error.code == ErrorCode.VERSION:
            raise DeviceError(f"{self.line.name}: {error.text}")
        if error.code != ErrorCode.SEQUENCE:
            pending.answer = error
        elif error.expected in (other.sequence for other in self._pending):
            self._hurry(wait)

    def _hurry(self, wait: _Wait) -> None:
        """A later request was answered before the oldest one: do not wait for what was lost."""
        if self._pending[0].answer is None and not wait.hurried:
            wait.hurried = True
            self._repeat()
