"""Checkpoints of a run: which run one is of, where it is kept, and when it is written.

A run repeats itself to the bit, so of two checkpoints of one run the later is worth more: a file is replaced only by progress.
"""

import re
import time
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from platformdirs import user_state_path
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, parameter_crc
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.network.learning_rate import passes_over
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.runs.checkpoint_file import Checkpoint, RunIdentity, save_checkpoint
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.streaming import CycleSummary, RunPart, RunPlan, RunPosition

INTERVAL_S: Final = 30.0
COST_FACTOR: Final = 20.0
"""A checkpoint follows the one before after at least this many times what that took, since reading a state takes long on a slow line."""
FINAL_COUNTS: Final = ("weights", "feedback")
"""Saturation counts of the state as it stands, not of what happened."""
RUN_DIGITS: Final = 12
"""Of a run's digest, in the name of a file."""


def _samples_crc(samples: SpikeDataset) -> int:
    arrays = (samples.ticks, samples.channels, samples.offsets, samples.labels)
    return zlib.crc32(b"".join(zlib.crc32(np.ascontiguousarray(array).data).to_bytes(4, "little") for array in arrays))


def describe_plan(plan: RunPlan, spec: NetworkSpec, data: EncodedData) -> str:
    """A plan in words."""
    train = len(data.train) if plan.train is None else min(plan.train, len(data.train))
    test = len(data.test) if plan.test is None else min(plan.test, len(data.test))
    epochs = passes_over(spec.learning, train) if plan.epochs is None else plan.epochs
    learning = "learning" if plan.learn else "no learning"
    labels = "" if plan.labels >= 1.0 else f", labels for a share of {plan.labels:g}"
    return f"{train} training samples, {test} test samples, {epochs} epochs, {learning}{labels}"


def run_identity(
    network: IntegerNetwork, spec: NetworkSpec, data: EncodedData, plan: RunPlan, start: str = ""
) -> RunIdentity:
    """start: what tells apart where runs begin, such as the hash of a state that was written first."""
    text = describe_plan(plan, spec, data)
    digest = sha256(repr((text, spec.learning, start)).encode())
    for samples in (data.train, data.test, *(segment.samples for segment in data.segments)):
        digest.update(_samples_crc(samples).to_bytes(4, "little"))
    return RunIdentity(network.model_hash, text, digest.hexdigest())


def default_path(network_name: str, target: str, port: str | None, identity: RunIdentity) -> Path:
    """Where the checkpoints of one run on one board are kept unless the user says otherwise. Raises ConfigError without a home folder."""
    key = sha256(repr((identity.model_hash, identity.digest)).encode()).hexdigest()[:RUN_DIGITS]
    place = (network_name, target, *(() if port is None else (port,)), key)
    folder = user_state_path("sfdfa-codegen") / "checkpoints"
    if not folder.is_absolute():
        raise ConfigError("there is no home folder to keep checkpoints in; set HOME, or say where with --checkpoint")
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', '-'.join(place))[-200:]}.npz"


def set_aside(path: Path) -> Path | None:
    """Give a regular file another name, one that nothing has; returns it, or None if there was nothing to keep."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size == 0:
        return None
    number = 1
    while (kept := path.with_name(f"{path.name}.previous{number if number > 1 else ''}")).exists():
        number += 1
    path.rename(kept)
    return kept


class CheckpointWriter:
    """Writes a run's checkpoints: every so often, at the end of each part, and when somebody wants it to stop."""

    def __init__(
        self,
        path: Path,
        device: Device,
        identity: RunIdentity,
        target: str,
        state: LearnedState,
        watch: InterruptWatch,
        reached: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """state: what the device holds now. reached: samples streamed in the checkpoint that is there, which is kept until there are more."""
        self.path = path
        self._reached, self._set_aside = reached, reached == 0
        self._device, self._identity, self._target = device, identity, target
        self._state = state
        self._shown = self._learned = 0
        """Samples shown to be learned since `_state` was read, and labels given."""
        self._streamed = self._labelled = 0
        """Samples in all, and labels, at the last look."""
        self._watch, self._clock = watch, clock
        self._due = clock() + INTERVAL_S

    def start(self, position: RunPosition) -> None:
        """Before the first block."""
        self._streamed, self._labelled = position.streamed, position.tally.labelled
        self.save(position)

    def after_block(self, position: RunPosition, part: RunPart) -> None:
        """The hook of `stream`. Raises RunInterruptedError, with the checkpoint written, if somebody wants the run to stop."""
        self._shown += position.streamed - self._streamed if part.learn else 0
        self._learned += position.tally.labelled - self._labelled
        self._streamed, self._labelled = position.streamed, position.tally.labelled
        stopping = self._watch.asked
        if stopping or position.sample == len(part.samples) or self._clock() >= self._due:
            self.save(position)
        if stopping:
            text = f"interrupted at sample {position.sample} of {len(part.samples)}, {part.name}"
            raise RunInterruptedError(text, self._watch.status)

    def save(self, position: RunPosition) -> None:
        """Read and check the state, if it may have changed, and write a checkpoint if it comes after the one that is there.

        Raises DeviceError for a state that the device cannot have come to.
        """
        start = self._clock()
        if self._shown:
            state = self._device.read_state()
            check_state(self._device, state, self._state.samples, self._learned)
            self._state, self._shown, self._learned = state, 0, 0
        if position.streamed >= self._reached:
            self._write(position)
        end = self._clock()
        self._due = end + max(INTERVAL_S, COST_FACTOR * (end - start))

    def _write(self, position: RunPosition) -> None:
        if self._set_aside:
            set_aside(self.path)
            self._set_aside = False
        counted = RunPosition(**{**vars(position), "saturations": total_saturations(position, self._device)})
        save_checkpoint(self.path, self._device.network, Checkpoint(self._identity, self._target, counted, self._state))
        self._reached = position.streamed


def check_state(device: Device, state: LearnedState, before: int, learned: int) -> None:
    """Raise DeviceError, which names the device, unless its state, its CRC and its count of samples agree with each other and with what it was sent.

    before: its count of samples then; learned: how many labelled samples it was given to learn since.
    """
    network, target = device.network, device.hello().target
    found, expected = device.state_crc(), parameter_crc(network, state)
    if found != expected:
        raise DeviceError(
            f"{target} says that its state has the CRC {found:08x}, and the state that it sent has {expected:08x}: one of them is wrong. "
            "Is its power supply steady, and does another program use the same line?"
        )
    counted = (state.samples - before) % 2**32
    rehearsed = learned * network.ring_rate if network.ring_slots else 0
    if network.learns and not learned <= counted <= learned + rehearsed:
        raise DeviceError(
            f"{target} counts {counted} samples learned where {learned} were sent: a sample was lost or learned twice. Run again with --resume to go "
            "on from the checkpoint before"
        )


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
