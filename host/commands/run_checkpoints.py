"""How `run` keeps checkpoints and goes on from them."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import LearnedState, initial_state, state_to_bytes
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Report, progress_console
from sfdfa_codegen.host.runs.checkpoint import (
    CheckpointWriter,
    InterruptWatch,
    RunIdentity,
    RunInterruptedError,
    default_path,
    load_checkpoint,
    resume_position,
    run_identity,
)
from sfdfa_codegen.host.runs.streaming import BlockHook, Progress, RunOutcome, RunPlan, RunPosition, stream

checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save now and then, and at Ctrl-C, how far the run is. Boards and simulators do so without being told, and say where.",
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

    @property
    def start(self) -> LearnedState:
        return initial_state(self.prepared.integer_network) if self.state_in is None else self.state_in

    @property
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
        path = default_path(self.prepared.spec.name, device.hello().target)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"cannot make the folder {path.parent}: {error.strerror}; say where with --checkpoint"
            ) from error
        return path


def stream_run(device: Device, run: Run, report: Report, progress: Progress) -> tuple[RunOutcome, RunPosition]:
    """Stream a run from its beginning or its checkpoint; returns also where it ended."""
    path = run.path(device)
    if path is None:
        return _stream_from_start(device, run, progress)
    position, state = _resumed(device, run, path) if run.resume else _fresh(device, run, path)
    if run.checkpoint is None:
        report.line(f"checkpoints are kept in {path}")
    with InterruptWatch(lambda text: progress_console.print(text, markup=False)) as watch:
        writer = CheckpointWriter(path, device, run.identity, device.hello().target, state, lambda: watch.asked)
        writer.save(position)
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
    return stream(device, run.prepared.spec, run.prepared.data, run.plan, progress, position, after_block)


def _explained_stream(
    device: Device, run: Run, progress: Progress, position: RunPosition, writer: CheckpointWriter
) -> RunOutcome:
    """`stream`, where whatever ends it early says how to go on."""
    try:
        return _stream(device, run, progress, position, writer.after_block)
    except RunInterruptedError as error:
        raise RunInterruptedError(f"{error} {_way_on(writer.path)}") from None
    except DeviceError as error:
        raise DeviceError(f"{error} {_way_on(writer.path)}") from error


def _way_on(path: Path) -> str:
    return f"(checkpoint {path}; go on from it with: {resume_command()})"


def _write_start(device: Device, run: Run) -> None:
    if run.state_in is not None:
        device.write_state(run.state_in)


def _fresh(device: Device, run: Run, path: Path) -> tuple[RunPosition, LearnedState]:
    """Start over; what another run left is kept under another name."""
    if path.exists():
        path.replace(path.with_name(path.name + ".previous"))
    _write_start(device, run)
    return RunPosition(), run.start


def _resumed(device: Device, run: Run, path: Path) -> tuple[RunPosition, LearnedState]:
    checkpoint = load_checkpoint(path, run.prepared.integer_network, run.identity)
    device.reset()
    device.write_state(checkpoint.state)
    return resume_position(checkpoint, device.hello().target), checkpoint.state


def resume_command() -> str:
    """The command that is running, with --resume."""
    context = click.get_current_context()
    words = ["sfdfa-codegen", context.info_name or "run"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name == "resume" or context.get_parameter_source(name) != ParameterSource.COMMANDLINE:
            continue
        words += _words(parameter, context.params[name])
    return shlex.join([*words, "--resume"])


def _words(parameter: click.Parameter, value: object) -> list[str]:
    if not isinstance(parameter, click.Option):
        return [str(value)]
    if parameter.is_flag:
        return [parameter.opts[0] if value else parameter.secondary_opts[0]]
    return [parameter.opts[0], str(value)]
