"""A line to a HostBoard on which things go wrong, all by the numbers of one seed and in virtual time.

Bytes keep their order, as on any serial line; nothing else is certain. The faults, each met with the given probability by a write of the host or
an answer of the device:

    drop        it is lost
    duplicate   it comes twice
    corrupt     some of its bits are turned
    noise       bytes that nobody sent come before it
    delay       it, and all after it, come seconds later
    cut         only its beginning arrives
    split       it comes in pieces with pauses between
    merge       it comes together with what follows
    busy        the device computes for seconds meanwhile, and takes no byte out of its ring
    reset       the device restarts in the middle of it
    kill        the host is killed in the middle of sending it, or while waiting for it
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from host_board import HostBoard
from paced_line import BYTE_S, PacedLine
from sfdfa_codegen.host.link.line import Line

FAULTS = ("drop", "duplicate", "corrupt", "noise", "delay", "cut", "split", "merge", "busy", "reset", "kill")


class HostKilledError(BaseException):
    """The host process ends here, without any of its clean-up."""


@dataclass(order=True)
class _Piece:
    due: float
    data: bytes


@dataclass
class _Direction:
    """One way of the line: pieces in order, each due at its time."""

    pieces: deque[_Piece] = field(default_factory=deque)

    def put(self, due: float, data: bytes) -> None:
        """Append; never before what is on its way already."""
        if self.pieces:
            due = max(due, self.pieces[-1].due)
        self.pieces.append(_Piece(due + BYTE_S * len(data), data))

    def take(self, now: float) -> bytes:
        """Everything that has arrived by now."""
        data = b""
        while self.pieces and self.pieces[0].due <= now:
            data += self.pieces.popleft().data
        return data

    @property
    def next_due(self) -> float:
        return self.pieces[0].due if self.pieces else float("inf")


class Damage:
    """Which faults are met, and what they do to bytes. The same seed gives the same faults."""

    def __init__(self, seed: object, faults: dict[str, float]) -> None:
        """faults: by name, with their probabilities; change them at any time."""
        self._random = random.Random(repr(seed))
        self.faults = faults
        self.met = dict.fromkeys(FAULTS, 0)
        """How often each fault was met."""

    def _meets(self, fault: str) -> bool:
        met = self._random.random() < self.faults.get(fault, 0.0)
        self.met[fault] += met
        return met

    def _damaged(self, data: bytes) -> bytes:
        chance = self._random
        if self._meets("drop"):
            return b""
        if self._meets("cut"):
            data = data[: chance.randrange(len(data) + 1)]
        if self._meets("corrupt") and data:
            turned = bytearray(data)
            for _ in range(chance.randint(1, 4)):
                turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
            data = bytes(turned)
        if self._meets("noise"):
            data = chance.randbytes(chance.randint(1, 40)) + data
        return data

    def _pieces(self, data: bytes) -> list[bytes]:
        if self._meets("merge"):
            # What the host reads together is taken together: the pause lets the next bytes catch up.
            return [b"", data]
        if self._meets("split") and len(data) > 1:
            places = sorted(self._random.sample(range(1, len(data)), min(3, len(data) - 1)))
            return [data[low:high] for low, high in zip([0, *places], [*places, len(data)], strict=True)]
        return [data]


class FaultyLine(Damage, Line):
    """A line to a HostBoard, in virtual time."""

    name = "faulty line"

    def __init__(self, board: HostBoard, seed: object, faults: dict[str, float]) -> None:
        super().__init__(seed, faults)
        self._board = board
        self._now = 0.0
        self._busy_until = 0.0
        self._to_device, self._to_host = _Direction(), _Direction()

    def make_good(self) -> None:
        """No more faults; and time goes by until what was held back has arrived."""
        self.faults = {}
        pieces = (*self._to_device.pieces, *self._to_host.pieces)
        self._now = max((self._now, self._busy_until, *(piece.due for piece in pieces)))

    def now(self) -> float:
        return self._now

    def close(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        killed = self._meets("kill")
        if killed:
            data = data[: self._random.randrange(len(data) + 1)]
        self._send(self._to_device, data)
        if killed:
            raise HostKilledError
        self._run_device()

    def read(self, timeout_s: float) -> bytes:
        if self._meets("kill"):
            raise HostKilledError
        end = self._now + timeout_s
        while True:
            self._run_device()
            data = self._to_host.take(self._now)
            if data or self._now >= end:
                return data
            self._now = min(end, self._to_device.next_due, self._to_host.next_due, self._wakes)

    @property
    def _wakes(self) -> float:
        """When the device is no longer busy."""
        return self._busy_until if self._busy_until > self._now else float("inf")

    def _run_device(self) -> None:
        """Let the device have what has arrived; unless it is busy, it answers at once."""
        if self._wakes == float("inf"):
            self._answer(self._board.exchange(b""))
        while self._to_device.next_due <= self._now:
            data = self._to_device.pieces.popleft().data
            if self._meets("busy"):
                self._busy_until = self._now + self._random.uniform(0.1, 10.0)
            if self._busy_until > self._now:
                self._board.receive(data)
                continue
            answer = b""
            if self._meets("reset"):
                place = self._random.randrange(len(data) + 1)
                answer = self._board.exchange(data[:place])[: self._random.randrange(64)]
                self._board.start()
                data = data[place:]
            self._answer(answer + self._board.exchange(data))

    def _answer(self, answer: bytes) -> None:
        if answer:
            self._send(self._to_host, answer)

    def _send(self, direction: _Direction, data: bytes) -> None:
        """Put bytes on the line, as the faults leave them."""
        copies = 2 if self._meets("duplicate") else 1
        due = self._now + (self._random.uniform(0.1, 30.0) if self._meets("delay") else 0.0)
        for _ in range(copies):
            arriving = self._damaged(data)
            pause = 0.0
            for piece in self._pieces(arriving):
                direction.put(due + pause, piece)
                pause += self._random.uniform(0.0, 1.5)


class DamagedLine(Damage, Line):
    """A line to a simulator, with the same faults but "busy"."""

    def __init__(
        self, line: PacedLine, seed: object, faults: dict[str, float], cut_power: Callable[[], None] | None = None
    ) -> None:
        """cut_power: restarts the device; None for one that cannot be, where no "reset" is met."""
        super().__init__(seed, faults)
        self._line, self._cut_power = line, cut_power
        self.name = f"damaged {line.name}"

    def make_good(self) -> None:
        """No more faults."""
        self.faults = {}

    def now(self) -> float:
        return self._line.now()

    def close(self) -> None:
        """The next host uses the same line."""

    def write(self, data: bytes) -> None:
        if self._meets("kill"):
            self._line.write(data[: self._random.randrange(len(data) + 1)])
            raise HostKilledError
        if self._cut_power is not None and self._meets("reset"):
            self._line.write(data[: self._random.randrange(len(data) + 1)])
            self._cut_power()
            return
        for piece in self._changed(data):
            self._line.write(piece)

    def read(self, timeout_s: float) -> bytes:
        if self._meets("kill"):
            raise HostKilledError
        data = self._line.read(timeout_s)
        return b"".join(self._changed(data)) if data else data

    def _changed(self, data: bytes) -> Iterator[bytes]:
        for _ in range(2 if self._meets("duplicate") else 1):
            if self._meets("delay"):
                self._line.pause(self._random.uniform(0.1, 30.0))
            for number, piece in enumerate(self._pieces(self._damaged(data))):
                if number:
                    self._line.pause(self._random.uniform(0.0, 1.5))
                yield piece
