"""`sfdfa-codegen fleet run` and `fleet merge`: many boards of one network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click
import numpy as np
from rich.live import Live
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.commands.completion import completed_network
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    epochs_option,
    learn_option,
    network_argument,
    sample_count,
    seed_option,
    weights_option,
)
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.boards import cached_image
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.fleet.boards_file import read_boards
from sfdfa_codegen.host.fleet.member import Member, run_all
from sfdfa_codegen.host.fleet.merging import averaged
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, Rows, as_table, per_cent, progress_console
from sfdfa_codegen.host.runs.interrupts import InterruptWatch, RunInterruptedError
from sfdfa_codegen.host.runs.run_lock import LockedError, locked
from sfdfa_codegen.host.runs.state_file import load_state, save_state
from sfdfa_codegen.host.runs.streaming import RunPlan
from sfdfa_codegen.host.summaries.fleet import FleetSummary, table

CHOSEN_ON: Final = 2000
"""Training samples that the best state is chosen on."""


@click.group("fleet")
def fleet_command() -> None:
    """Many boards of one network: run them at once, and make one state of what they have learned."""


@fleet_command.command("run")
@network_argument
@click.option(
    "--boards",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The boards (TOML): a [[board]] each, with name, target, and port of a real one; classes or share say which samples it is given.",
)
@sample_count("--train", "Training samples of which each board is given its part; left out, all.")
@sample_count("--test", "Test samples to predict afterwards; left out, all.")
@epochs_option
@learn_option
@click.option(
    "--state-in",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="All begin from what run --state-out or fleet merge wrote.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where checkpoints and states go, NAME.npz of each board; left out, runs/fleet-NETWORK.",
)
@click.option(
    "--resume", is_flag=True, help="Boards go on from their checkpoints in the folder, as if never interrupted."
)
@weights_option
@seed_option
@json_option
@click.pass_context
def run_fleet_command(
    context: click.Context,
    network: str | None,
    boards: Path,
    train_samples: int | None,
    test_samples: int | None,
    epochs: int | None,
    learn: bool,
    state_in: Path | None,
    folder: Path | None,
    resume: bool,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Drive all boards of --boards at once, each with its own samples or all with the same.

    A board that goes is said and looked for again, and goes on from its checkpoint; one that does not come back is dropped, and the others go on.
    """
    report = Report(json_file)
    prepared = prepare(load_spec(network, seed), weights)
    integer_network, name = prepared.integer_network, prepared.spec.name
    entries = read_boards(boards, integer_network.outputs)
    start = None if state_in is None else load_state(state_in, integer_network)
    folder = Path("runs") / f"fleet-{name}" if folder is None else folder
    _make_folder(folder)
    _make_images(integer_network, {entry.target for entry in entries})
    plan = RunPlan(train_samples, test_samples, epochs, learn)
    with _alone_in(folder), InterruptWatch(lambda text: progress_console.print(text, markup=False)) as watch:
        members = tuple(
            Member(entry, find_target(entry.target), prepared, plan, start, folder, watch, resume=resume)
            for entry in entries
        )
        with _live(members, lambda: table(name, members, learn)) as show:
            run_all(list(members), show)
    for member in members:
        if member.state is not None:
            report.output(partial(save_state, folder / f"{member.entry.name}.npz", integer_network, member.state))
    summary = FleetSummary(name, members, learn)
    report.tell(summary.lines())
    report.line(f"states and checkpoints are in {folder}")
    report.finish(summary.json())
    if watch.asked:
        raise RunInterruptedError(
            "interrupted; the same command with --resume goes on from the checkpoints", watch.status
        )
    if any(member.progress.status == "dropped" for member in members):
        raise DeviceError(
            "not every board came to its end; the same command with --resume goes on with those that did not"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        check_writable(folder / "checkpoint")
    check_writable(folder / "checkpoint")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Raises ConfigError where another fleet has the folder."""
    try:
        with locked(folder / "fleet"):
            yield
    except LockedError as error:
        raise ConfigError(f"another fleet is running in {folder}; wait for it, or give --folder") from error


def _make_images(network: IntegerNetwork, names: set[str]) -> None:
    """Compile what several boards share before any of them waits for it."""
    for name in sorted(names):
        target = find_target(name)
        target.check()
        if target.board is not None and not target.needs_port:
            cached_image(network, target.board)


@contextmanager
def _live(members: tuple[Member, ...], shown: Callable[[], Rows]) -> Iterator[Callable[[], None]]:
    """What shows how far the boards are: a table that is drawn anew in a terminal, else a line when a board is lost or found."""
    if progress_console.is_terminal:
        with Live(as_table(shown()), console=progress_console, transient=True) as live:
            yield lambda: live.update(as_table(shown()))
        return
    told = {member.entry.name: member.progress.status for member in members}

    def say() -> None:
        for member in members:
            status = member.progress.status
            if status != told[member.entry.name] and status in ("lost", "dropped", "done"):
                note = f": {member.progress.note}" if member.progress.note else ""
                progress_console.print(f"{member.entry.name} is {status}{note}", markup=False, soft_wrap=True)
            told[member.entry.name] = status

    yield say


@fleet_command.command("merge")
@click.argument("network", shell_complete=completed_network)
@click.argument("states", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="STATE...")
@click.option(
    "--how",
    type=click.Choice(["average", "best"]),
    default="average",
    show_default=True,
    help="The mean of all, by how many samples each has learned, or the one that is right most often on training samples.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="Where to write it."
)
@sample_count("--test", "Test samples to predict with each; left out, all.")
@weights_option
@seed_option
@json_option
def merge_fleet_command(
    network: str,
    states: tuple[Path, ...],
    how: str,
    out: Path,
    test_samples: int | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Make one state of the STATEs that boards of NETWORK have learned, and test it beside them.

    It is for run, build and fleet run: --state-in FILE begins with it, build --state FILE builds it in.
    """
    report = Report(json_file)
    check_writable(out)
    prepared = prepare(load_spec(network, seed), weights)
    integer_network, data = prepared.integer_network, prepared.data
    loaded = [load_state(path, integer_network) for path in states]
    chosen_on = data.train.head(CHOSEN_ON)
    train = _accuracies(integer_network, loaded, chosen_on) if how == "best" else None
    merged = averaged(loaded, [state.samples for state in loaded])
    if train is not None:
        merged = loaded[int(np.argmax(train))]
    test = data.test if test_samples is None else data.test.head(test_samples)
    *each, of_merged = _accuracies(integer_network, [*loaded, merged], test)
    rows = tuple(
        (str(path), str(state.samples), per_cent(right))
        for path, state, right in zip(states, loaded, each, strict=True)
    )
    report.output(lambda: save_state(out, integer_network, merged))
    title = f"{prepared.spec.name}: {len(loaded)} states, {len(test)} test samples"
    report.tell(
        [Rows(title, ("state", "samples learned", "test"), (*rows, (f"{out} ({how})", "", per_cent(of_merged))))]
    )
    report.finish(
        {
            "network": prepared.spec.name,
            "how": how,
            "file": str(out),
            "test_samples": len(test),
            "test_accuracy": _known(of_merged),
            "states": [
                {"file": str(path), "samples_learned": state.samples, "test_accuracy": _known(right)}
                for path, state, right in zip(states, loaded, each, strict=True)
            ],
        }
    )


def _known(accuracy: float) -> float | None:
    return None if np.isnan(accuracy) else accuracy


def _accuracies(network: IntegerNetwork, states: list[LearnedState], samples: SpikeDataset) -> list[float]:
    """Of each state; not a number without samples."""
    if not len(samples):
        return [float("nan")] * len(states)
    found = []
    with trial_device(network) as device:
        for state in states:
            device.write_state(state)
            right = device.run_samples(samples, learn=False).predictions == samples.labels
            found.append(float(right.mean()))
    return found
