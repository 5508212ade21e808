"""Devices that keep what they learn through power cuts: when one restarts, it is shown again what its last snapshot does not have yet."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE, LearnedState, initial_state
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.boards import BoardDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.messages import WOKE_TEXT, Hello, SampleReply, Woke
from sfdfa_codegen.host.link.session import DeviceRestartedError

RESTARTS_IN_A_ROW: Final = 20
"""Before the host gives up on a device that does not stay awake."""
SNAPSHOTS_REMEMBERED: Final = 3
"""What was shown since so many snapshots can be shown again: the newest may be damaged, and one may have been missed."""
WOKE_WITH_SNAPSHOT: Final = (Woke.RESTORED, Woke.EARLIER)

Result = TypeVar("Result")
Samples = tuple[SpikeSample, ...]


@dataclass
class ReplayLog:
    """What a device was given lately. count: labelled samples it had learned before each entry, which is a rate scale or samples that were learned."""

    entries: deque[tuple[int, int | Samples]] = field(default_factory=deque)

    def restart(self) -> None:
        self.entries.clear()

    def add(self, count: int, given: int | Samples, oldest: int) -> None:
        """oldest: the least count that may still be asked for."""
        self.entries.append((count, given))
        while len(self.entries) > 1 and self.entries[1][0] < oldest:
            self.entries.popleft()

    def since(self, count: int) -> Iterator[int | Samples]:
        """What was given after `count` samples had been learned. Raises ValueError if that is not remembered."""
        if not self.entries or count < self.entries[0][0]:
            raise ValueError("the log does not go back so far")
        for before, given in self.entries:
            if isinstance(given, int):
                if before >= count:
                    yield given
            elif left := _after_labelled(given, count - before):
                yield left


def _after_labelled(samples: Samples, count: int) -> Samples:
    """The samples after the first `count` labelled ones."""
    place = 0
    while count > 0 and place < len(samples):
        count -= samples[place].label is not None
        place += 1
    return samples[place:]


class KeepingDevice(SerialDevice):
    """A device whose store takes a snapshot every so many learned samples. Its saturation counts begin anew when it restarts."""

    def __init__(self, *arguments: Any, every: int, **named: Any) -> None:
        """every: samples between two snapshots. The others are those of the class that this is mixed with."""
        self.every = every
        self.restarts: list[Woke] = []
        """What the device woke with each time."""
        self._log = ReplayLog()
        self._learned, self._rate = 0, RATE_SCALE_ONE
        super().__init__(*arguments, **named)

    def reset(self) -> None:
        """Back to the initial state, and wait for the snapshot of it: one of an earlier run must not be taken for this one's."""
        self._insist(
            lambda: (super(KeepingDevice, self).reset(), super(KeepingDevice, self).state_crc()), replays=False
        )
        self._begin(initial_state(self.network))

    def write_state(self, state: LearnedState) -> None:
        self._insist(lambda: super(KeepingDevice, self).write_state(state), replays=False)
        self._begin(state)

    def _begin(self, state: LearnedState) -> None:
        self._learned, self._rate = state.samples, state.rate_scale
        self._log.restart()
        self._log.add(self._learned, state.rate_scale, 0)

    def set_rate_scale(self, rate_scale: int) -> None:
        self._insist(lambda: super(KeepingDevice, self).set_rate_scale(rate_scale))
        self._rate = rate_scale
        self._log.add(self._learned, rate_scale, self._oldest)

    def state_crc(self) -> int:
        return self._insist(super().state_crc)

    def read_state(self) -> LearnedState:
        return self._insist(super().read_state)

    def saturations(self) -> dict[str, int]:
        return self._insist(super().saturations)

    @property
    def _oldest(self) -> int:
        return self._learned - SNAPSHOTS_REMEMBERED * self.every

    def _run(self, samples: list[SpikeSample] | Samples, learn: bool) -> list[SampleReply]:
        if not learn:
            return self._insist(lambda: super(KeepingDevice, self)._run(samples, learn))
        replies = []
        for piece in self._pieces(samples):
            replies += self._insist(lambda piece=piece: super(KeepingDevice, self)._run(piece, True))  # type: ignore[misc]
            self._log.add(self._learned, piece, self._oldest)
            self._learned += sum(sample.label is not None for sample in piece)
        return replies

    def _pieces(self, samples: list[SpikeSample] | Samples) -> Iterator[Samples]:
        """Samples up to each snapshot: then a device that restarts has never learned a part of what is under way."""
        piece: list[SpikeSample] = []
        learned = self._learned
        for sample in samples:
            piece.append(sample)
            learned += sample.label is not None
            if sample.label is not None and learned % self.every == 0:
                yield tuple(piece)
                piece = []
        if piece:
            yield tuple(piece)

    def _insist(self, ask: Callable[[], Result], replays: bool = True) -> Result:
        """Ask until the device stays awake for it. replays: show it again what it has lost before; not before its state is replaced."""
        awake = True
        for _ in range(RESTARTS_IN_A_ROW):
            try:
                if not awake:
                    self._greet_again(replays)
                    awake = True
                return ask()
            except DeviceRestartedError:
                awake = False
        raise DeviceError(
            f"{self._line.name}: the device restarted {RESTARTS_IN_A_ROW} times in a row; is its power supply steady?"
        )

    def _greet_again(self, replays: bool) -> None:
        hello = self._session.hello()
        self._check(hello)
        self.restarts.append(hello.woke)
        if replays:
            self._show_again(hello)

    def _show_again(self, hello: Hello) -> None:
        if hello.woke not in WOKE_WITH_SNAPSHOT or hello.samples > self._learned or self.network.ring_slots:
            raise self._lost(hello)
        try:
            again = list(self._log.since(hello.samples)) if hello.samples < self._learned else []
        except ValueError as error:
            raise self._lost(hello) from error
        for given in again:
            if isinstance(given, int):
                super().set_rate_scale(given)
            else:
                super()._run(given, True)
        super().set_rate_scale(self._rate)

    def _lost(self, hello: Hello) -> DeviceError:
        return DeviceError(
            f"{self._line.name}: the device restarted; {WOKE_TEXT[hello.woke]}, {hello.samples} samples learned where {self._learned} were shown, and what "
            "is missing cannot be shown again. Run again with --resume to go on from the last checkpoint"
        )


class KeepingBoard(KeepingDevice, BoardDevice):
    """A board, or its simulator, whose image keeps what it learns."""
