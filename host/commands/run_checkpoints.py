"""How `run` keeps checkpoints and goes on from them."""

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import LearnedState, initial_state, state_to_bytes
from sfdfa_codegen.host.commands.command_line import command_given
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Report, progress_console
from sfdfa_codegen.host.runs.checkpoint import CheckpointWriter, default_path, resume_position, run_identity
from sfdfa_codegen.host.runs.checkpoint_file import Checkpoint, RunIdentity, load_checkpoint
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.run_lock import LockedError, locked
from sfdfa_codegen.host.runs.streaming import (
    BlockHook,
    Progress,
    RunOutcome,
    RunPlan,
    RunPosition,
    Watch,
    run_parts,
    stream,
)

checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save now and then, and at Ctrl-C or another signal to stop, how far the run is. Boards and simulators do so without being told, and say where.",
)
resume_option = click.option("--resume", is_flag=True, help="Go on from the checkpoint, as if never interrupted.")


@dataclass(frozen=True)
class Run:
    """One run with its checkpoints. state_in: what to start from instead of the initial state."""

    prepared: Prepared
    plan: RunPlan
    state_in: LearnedState | None
    checkpoint: Path | None
    resume: bool
    port: str | None = None
    watch: Watch | None = None

    @property
    def start(self) -> LearnedState:
        return initial_state(self.prepared.integer_network) if self.state_in is None else self.state_in

    @cached_property
    def identity(self) -> RunIdentity:
        network, prepared = self.prepared.integer_network, self.prepared
        start = state_to_bytes(network, self.start).hex()
        return run_identity(network, prepared.spec, prepared.data, self.plan, start)

    def path(self, device: Device) -> Path | None:
        """Where checkpoints go; None for none. Raises ConfigError if they cannot."""
        if self.checkpoint is not None:
            check_writable(self.checkpoint)
            return self.checkpoint
        if not isinstance(device, SerialDevice):
            return None
        path = default_path(self.prepared.spec.name, device.hello().target, self.port, self.identity)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"cannot make the folder {path.parent}: {error.strerror}; say where with --checkpoint"
            ) from error
        return path

    def load(self, path: Path) -> Checkpoint:
        """The checkpoint of this run. Raises ConfigError if there is none."""
        prepared = self.prepared
        parts = run_parts(prepared.spec, prepared.data, self.plan)
        return load_checkpoint(path, prepared.integer_network, self.identity, parts)


def stream_run(device: Device, run: Run, report: Report, progress: Progress) -> tuple[RunOutcome, RunPosition]:
    """Stream a run from its beginning or its checkpoint; returns also where it ended."""
    path = run.path(device)
    if path is None:
        return _stream_from_start(device, run, progress)
    with contextlib.ExitStack() as stack:
        try:
            if not path.exists() or path.is_file():
                stack.enter_context(locked(path))
        except LockedError as error:
            if run.checkpoint is not None or run.resume:
                raise ConfigError(
                    f"another run keeps its checkpoint in {path}; wait for its end, or say where else with --checkpoint"
                ) from error
            report.line(f"another run keeps its checkpoint in {path}; this one keeps none without --checkpoint FILE")
            return _stream_from_start(device, run, progress)
        return _stream_with_checkpoints(device, run, path, report, progress)


def _stream_with_checkpoints(
    device: Device, run: Run, path: Path, report: Report, progress: Progress
) -> tuple[RunOutcome, RunPosition]:
    position, state, reached = _resumed(device, run, path) if run.resume else _fresh(device, run, path)
    if run.checkpoint is None:
        report.line(f"checkpoints are kept in {path}")
    if reached > position.streamed:
        report.line(f"{path} is kept until this run is further ({reached} samples); --resume goes on from there")
    with InterruptWatch(lambda text: progress_console.print(text, markup=False)) as watch:
        writer = CheckpointWriter(path, device, run.identity, device.hello().target, state, watch, reached)
        outcome = _explained_stream(device, run, progress, position, writer)
    return outcome, position


def _stream_from_start(device: Device, run: Run, progress: Progress) -> tuple[RunOutcome, RunPosition]:
    if run.resume:
        raise ConfigError("--resume needs --checkpoint FILE on this target, and a run that was started with it")
    _write_start(device, run)
    position = RunPosition()
    return _stream(device, run, progress, position, None), position


def _stream(
    device: Device, run: Run, progress: Progress, position: RunPosition, after_block: BlockHook | None
) -> RunOutcome:
    return stream(device, run.prepared.spec, run.prepared.data, run.plan, progress, position, after_block, run.watch)


def _explained_stream(
    device: Device, run: Run, progress: Progress, position: RunPosition, writer: CheckpointWriter
) -> RunOutcome:
    """`stream`, where whatever ends it early says how to go on."""
    try:
        writer.start(position)
        return _stream(device, run, progress, position, writer.after_block)
    except RunInterruptedError as error:
        raise RunInterruptedError(f"{error} {_way_on(writer.path)}", error.exit_status) from None
    except DeviceError as error:
        raise DeviceError(f"{error} {_way_on(writer.path)}") from error


def _way_on(path: Path) -> str:
    return f"(checkpoint {path}; go on from it with: {_resume_command()})"


def _write_start(device: Device, run: Run) -> None:
    if run.state_in is not None:
        device.write_state(run.state_in)


def _fresh(device: Device, run: Run, path: Path) -> tuple[RunPosition, LearnedState, int]:
    """Start over; returns also how far a checkpoint of the same run is that is there."""
    try:
        reached = run.load(path).position.streamed
    except ConfigError:
        reached = 0
    _write_start(device, run)
    return RunPosition(), run.start, reached


def _resumed(device: Device, run: Run, path: Path) -> tuple[RunPosition, LearnedState, int]:
    checkpoint = run.load(path)
    device.reset()
    device.write_state(checkpoint.state)
    position = resume_position(checkpoint, device.hello().target)
    return position, checkpoint.state, position.streamed


def _resume_command() -> str:
    return command_given(click.get_current_context(), without=("resume",), more=("--resume",))
