"""One board of a fleet: it runs in a thread of its own, and is taken back with its checkpoint when it has gone."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from sfdfa_codegen.codegen.errors import DeviceError, SfdfaError
from sfdfa_codegen.codegen.integer_network import LearnedState, initial_state, state_to_bytes
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.targets import Target
from sfdfa_codegen.host.fleet.boards_file import BoardEntry
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.runs.checkpoint import CheckpointWriter, resume_position, run_identity
from sfdfa_codegen.host.runs.checkpoint_file import Checkpoint, load_checkpoint
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.streaming import RunOutcome, RunPlan, RunPosition, run_parts, stream

Status = Literal["waiting", "running", "lost", "dropped", "stopped", "done"]
RETRIES: Final = 5
"""How often a board is looked for again after it was lost, without a sample in between."""
WAITS_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
LOOK_S: Final = 0.05
"""From one look at whether all are to stop to the next."""

_opening = threading.Lock()
"""One board is opened at a time: an image that several share is compiled once."""


@dataclass(frozen=True)
class Progress:
    """What a live table shows of a board. accuracy: so far in this part."""

    status: Status = "waiting"
    part: str = ""
    done: int = 0
    total: int = 0
    accuracy: float = 0.0
    losses: int = 0
    note: str = ""


def data_of(entry: BoardEntry, data: EncodedData) -> EncodedData:
    """What a board is given; the test samples are those of all."""
    segments = tuple(replace(segment, samples=entry.samples_of(segment.samples)) for segment in data.segments)
    return replace(data, train=entry.samples_of(data.train), segments=segments)


class Member:
    """One board and its run. Its outcome, state and CRC are None until it has come to its end."""

    def __init__(
        self,
        entry: BoardEntry,
        target: Target,
        prepared: Prepared,
        plan: RunPlan,
        start: LearnedState | None,
        folder: Path,
        watch: InterruptWatch,
        *,
        resume: bool = False,
    ) -> None:
        """start: what to start from instead of the initial state. folder: of its checkpoint. Raises ConfigError for a checkpoint that is not of this run."""
        self.entry, self._target = entry, target
        self._spec, self._network = prepared.spec, prepared.integer_network
        self._data, self._plan = data_of(entry, prepared.data), plan
        self._start = initial_state(self._network) if start is None else start
        self._watch = watch
        self.path = folder / f"{entry.name}.checkpoint.npz"
        start_text = state_to_bytes(self._network, self._start).hex()
        self._identity = run_identity(self._network, self._spec, self._data, plan, start_text)
        self._begun = resume and self.path.exists()
        if self._begun:
            self._checkpoint()
        self.progress = Progress()
        self.outcome: RunOutcome | None = None
        self.state: LearnedState | None = None
        self.crc: int | None = None
        self.failure: Exception | None = None
        """What was not foreseen, and ended its thread."""

    @property
    def samples_learned(self) -> int:
        """Since its start."""
        return 0 if self.state is None else (self.state.samples - self._start.samples) % 2**32

    def run(self) -> None:
        """To the end, or until it is dropped or asked to stop. Never raises an error of the project's: it is in the progress."""
        tries = 0
        while not self._watch.asked:
            before = self.progress.done, self.progress.part
            try:
                self._run_once()
                return
            except RunInterruptedError:
                break
            except DeviceError as error:
                tries = 0 if (self.progress.done, self.progress.part) != before else tries + 1
                self._tell(status="lost", losses=self.progress.losses + 1, note=str(error).splitlines()[0])
                if tries >= RETRIES:
                    self._tell(status="dropped")
                    return
                self._wait(WAITS_S[min(tries, len(WAITS_S) - 1)])
            except SfdfaError as error:
                self._tell(status="dropped", note=str(error).splitlines()[0])
                return
            except Exception as error:  # noqa: BLE001  (a thread has nobody to tell: `run_all` raises it)
                self._tell(status="dropped")
                self.failure = error
                return
        self._tell(status="stopped")

    def _tell(self, **changes: object) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._watch.asked:
            time.sleep(LOOK_S)

    def _run_once(self) -> None:
        with _opening:
            device = self._target.open(self._network, self.entry.port)
        with device:
            self._stream(device)

    def _checkpoint(self) -> Checkpoint:
        parts = run_parts(self._spec, self._data, self._plan)
        return load_checkpoint(self.path, self._network, self._identity, parts)

    def _stream(self, device: Device) -> None:
        name = device.hello().target
        state, position = self._start, RunPosition()
        if self._begun:
            checkpoint = self._checkpoint()
            state, position = checkpoint.state, resume_position(checkpoint, name)
        device.write_state(state)
        writer = CheckpointWriter(self.path, device, self._identity, name, state, self._watch, position.streamed)
        writer.start(position)
        self._begun = True
        self._tell(status="running", note="")
        self.outcome = stream(device, self._spec, self._data, self._plan, self._show, position, writer.after_block)
        self.state, self.crc = device.read_state(), device.state_crc()
        self._tell(status="done")

    def _show(self, part: str, done: int, total: int, accuracy: float) -> None:
        self._tell(part=part, done=done, total=total, accuracy=accuracy)


def run_all(members: list[Member], show: Callable[[], None], every_s: float = 0.2) -> None:
    """Run all at once, and call `show` now and then until none runs. Raises what ended a thread and is no error of the project's."""
    threads = [threading.Thread(target=member.run, name=member.entry.name, daemon=True) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(every_s)
            show()
    show()
    for member in members:
        if member.failure is not None:
            raise member.failure
