"""Being asked to stop: Ctrl-C, a `kill`, a terminal that closes. The first asks a run to end after its checkpoint, the second ends it."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Final, Self

from sfdfa_codegen.codegen.errors import INTERRUPTED, SfdfaError

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_STATUS: Final = 128
"""An exit status is this plus the number of the signal."""


class RunInterruptedError(SfdfaError):
    """Somebody asked a run to stop, and the checkpoint is written."""

    exit_status = INTERRUPTED

    def __init__(self, text: str, status: int = INTERRUPTED) -> None:
        super().__init__(text)
        self.exit_status = status


class StoppedAtOnceError(KeyboardInterrupt):
    """A second signal came."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.exit_status = status


class InterruptWatch:
    """While it is entered, the first signal is only noted, and the second one stops at once."""

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """tell: says to a person what was noted."""
        self.status = 0
        """Exit status of the signal that was noted, 0 if there was none."""
        self._tell = tell
        self._before: dict[int, Any] = {}

    @property
    def asked(self) -> bool:
        return self.status != 0

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise StoppedAtOnceError(SIGNAL_STATUS + number)
        self.status = SIGNAL_STATUS + number
        with suppress(OSError):  # the terminal may be what went away
            self._tell(
                "stopping after the samples under way, with a checkpoint; a second Ctrl-C or signal stops at once"
            )

    def __enter__(self) -> Self:
        """What the caller ignores (nohup, a shell's background) stays ignored, but for Ctrl-C."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                before = signal.getsignal(number)
                if before is not None and (number == signal.SIGINT or before is not signal.SIG_IGN):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
