"""Checkpoints of a run: an .npz with `header`, JSON text that says which run it is and how far it came, and `state`, the bytes of
docs/ARITHMETIC.md section 12. Written whole or not at all.
"""

import io
import json
import signal
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, Self

import numpy as np
from platformdirs import user_state_path
from sfdfa_codegen.codegen.errors import INTERRUPTED, ConfigError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_from_bytes, state_to_bytes
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.outputs import write_whole
from sfdfa_codegen.host.runs.streaming import CycleSummary, Part, RunPlan, RunPosition

CHECKPOINT_VERSION: Final = 1
INTERVAL_S: Final = 30.0
COST_FACTOR: Final = 20.0
"""A checkpoint follows the one before after at least this many times what that took, since reading a state takes long on a slow line."""
FINAL_COUNTS: Final = ("weights", "feedback")
"""Saturation counts of the state as it stands, not of what happened."""


class RunInterruptedError(SfdfaError):
    """Ctrl-C was pressed, and the checkpoint is written."""

    exit_status = INTERRUPTED


@dataclass(frozen=True)
class RunIdentity:
    """What must be the same for a run to be continued."""

    model_hash: str
    plan: str
    """What is streamed, for a person."""
    digest: str
    """SHA-256 over the plan, the rates and the samples."""


@dataclass
class Checkpoint:
    """Everything that a run needs to go on. target: which device counted the cycles."""

    identity: RunIdentity
    target: str
    position: RunPosition
    state: LearnedState


def _samples_crc(samples: SpikeDataset) -> int:
    arrays = (samples.ticks, samples.channels, samples.offsets, samples.labels)
    return zlib.crc32(b"".join(zlib.crc32(np.ascontiguousarray(array).data).to_bytes(4, "little") for array in arrays))


def describe_plan(plan: RunPlan, spec: NetworkSpec, data: EncodedData) -> str:
    """A plan in words."""
    train = len(data.train) if plan.train is None else min(plan.train, len(data.train))
    test = len(data.test) if plan.test is None else min(plan.test, len(data.test))
    epochs = spec.learning.epochs if plan.epochs is None else plan.epochs
    return (
        f"{train} training samples, {test} test samples, {epochs} epochs, {'learning' if plan.learn else 'no learning'}"
    )


def run_identity(
    network: IntegerNetwork, spec: NetworkSpec, data: EncodedData, plan: RunPlan, start: str = ""
) -> RunIdentity:
    """start: what tells apart where runs begin, such as the hash of a state that was written first."""
    text = describe_plan(plan, spec, data)
    digest = sha256(repr((text, spec.learning, start)).encode())
    for samples in (data.train, data.test, *(segment.samples for segment in data.segments)):
        digest.update(_samples_crc(samples).to_bytes(4, "little"))
    return RunIdentity(network.model_hash, text, digest.hexdigest())


def default_path(network_name: str, target: str) -> Path:
    """Where the checkpoints of a network on a target are kept unless the user says otherwise."""
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in f"{network_name}-{target}")
    return user_state_path("sfdfa-codegen") / "checkpoints" / f"{name}.npz"


def save_checkpoint(path: Path, network: IntegerNetwork, checkpoint: Checkpoint) -> None:
    """Write the file, whole or not at all. Raises ConfigError if it cannot be written."""
    header = {
        "version": CHECKPOINT_VERSION,
        "identity": asdict(checkpoint.identity),
        "target": checkpoint.target,
        "position": asdict(checkpoint.position),
    }
    buffer = io.BytesIO()
    state = np.frombuffer(state_to_bytes(network, checkpoint.state), np.uint8)
    np.savez_compressed(buffer, header=np.array(json.dumps(header)), state=state)
    write_whole(path, buffer.getvalue(), durable=True)


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            header, state = json.loads(str(file["header"])), np.asarray(file["state"], np.uint8)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no checkpoint; leave out --resume to start from the beginning") from error
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
        AttributeError,
        zlib.error,
    ) as error:
        raise ConfigError(f"{path}: not a checkpoint; leave out --resume to start from the beginning") from error
    if not isinstance(header, dict) or header.get("version") != CHECKPOINT_VERSION:
        raise ConfigError(f"{path}: a checkpoint of another version; leave out --resume to start from the beginning")
    return header, state.tobytes()


def _position(values: dict[str, Any]) -> RunPosition:
    """Raises TypeError, KeyError or ValueError for what is no position."""
    position = RunPosition(**{**values, "cycles": CycleSummary(**values["cycles"])})
    numbers = (position.part, position.sample, position.streamed, *position.right, *position.saturations.values())
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise ValueError("a count is no count")
    if len(position.right) != position.part + 1 and (position.right or position.part):
        raise ValueError("the parts do not add up")
    return position


def load_checkpoint(path: Path, network: IntegerNetwork, identity: RunIdentity) -> Checkpoint:
    """Read what `save_checkpoint` wrote. Raises ConfigError for a file that is missing, damaged or of another run."""
    header, data = _read(path)
    try:
        found = RunIdentity(**header["identity"])
        checkpoint_position, target = _position(header["position"]), str(header["target"])
        _check_identity(path, found, identity)
        return Checkpoint(found, target, checkpoint_position, state_from_bytes(network, data))
    except (TypeError, KeyError, ValueError) as error:
        raise ConfigError(
            f"{path}: a damaged checkpoint ({error}); leave out --resume to start from the beginning"
        ) from error


def _check_identity(path: Path, found: RunIdentity, wanted: RunIdentity) -> None:
    if found.model_hash != wanted.model_hash:
        problem = f"of another network, seed or version; this network's hash is {wanted.model_hash}"
    elif found.plan != wanted.plan:
        problem = f"of a run over {found.plan}; this one is over {wanted.plan}"
    elif found.digest != wanted.digest:
        problem = "of a run with other samples, rates or --state-in"
    else:
        return
    raise ConfigError(
        f"{path}: the checkpoint is {problem}. Give the same options as then, or leave out --resume to start over"
    )


class InterruptWatch:
    """While it is entered, the first Ctrl-C is only noted, and the second one stops at once."""

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self.asked = False
        self._tell = tell
        self._previous: Any = None
        self._active = threading.current_thread() is threading.main_thread()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._tell("stopping after the samples under way; Ctrl-C again stops at once, without a checkpoint")

    def __enter__(self) -> Self:
        if self._active:
            self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            signal.signal(signal.SIGINT, self._previous)


class CheckpointWriter:
    """Writes a run's checkpoints: every so often, at the end of each part, and when the user wants to stop."""

    def __init__(
        self,
        path: Path,
        device: Device,
        identity: RunIdentity,
        target: str,
        state: LearnedState,
        wants_to_stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """state: what the device holds now."""
        self.path = path
        self._device, self._identity, self._target = device, identity, target
        self._state, self._state_is_old = state, False
        self._wants_to_stop, self._clock = wants_to_stop, clock
        self._due = clock() + INTERVAL_S

    def after_block(self, position: RunPosition, part: Part) -> None:
        """The hook of `stream`. Raises RunInterruptedError, with the checkpoint written, if the user wants to stop."""
        self._state_is_old = self._state_is_old or part.learn
        stopping = self._wants_to_stop()
        if stopping or position.sample == len(part.samples) or self._clock() >= self._due:
            self.save(position)
        if stopping:
            raise RunInterruptedError(f"interrupted at sample {position.sample} of {len(part.samples)}, {part.name}")

    def save(self, position: RunPosition) -> None:
        """Write a checkpoint now; the state is read only if it may have changed."""
        start = self._clock()
        if self._state_is_old:
            self._state, self._state_is_old = self._device.read_state(), False
        counted = RunPosition(**{**vars(position), "saturations": total_saturations(position, self._device)})
        save_checkpoint(self.path, self._device.network, Checkpoint(self._identity, self._target, counted, self._state))
        end = self._clock()
        self._due = end + max(INTERVAL_S, COST_FACTOR * (end - start))


def total_saturations(position: RunPosition, device: Device) -> dict[str, int]:
    """Counts of the whole run: those before a checkpoint and those of the device since."""
    counts = device.saturations()
    return {
        name: count if name in FINAL_COUNTS else count + position.saturations.get(name, 0)
        for name, count in counts.items()
    }


def resume_position(checkpoint: Checkpoint, target: str) -> RunPosition:
    """Where to go on. Cycles that another target counted are left out."""
    position = checkpoint.position
    if checkpoint.target != target:
        position.cycles = CycleSummary()
    return position
