"""`sfdfa-codegen run`."""

from dataclasses import replace
from pathlib import Path

import click
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.command_line import command_given
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    board_option,
    brown_out_option,
    choose_target,
    core_memory_option,
    cores_option,
    epochs_option,
    feed,
    from_option,
    learn_option,
    map_option,
    network_argument,
    page_option,
    persist_option,
    plot_option,
    port_option,
    sample_count,
    seed_option,
    state_option,
    target_option,
    validate_option,
    weights_option,
)
from sfdfa_codegen.host.commands.run_checkpoints import Run, checkpoint_option, resume_option, stream_run
from sfdfa_codegen.host.commands.run_seeds import jobs_option, run_each_seed, seeds_option
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.mesh_kinds import MeshSize
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.pages.run_page import PageWatch, RunPage
from sfdfa_codegen.host.pages.template import check_page, write_page
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report, per_cent, progress_bar
from sfdfa_codegen.host.runs.checkpoint import total_saturations
from sfdfa_codegen.host.runs.findings import Finding, Learned, findings_of, majority_accuracy
from sfdfa_codegen.host.runs.learning_curve import check_plot, plot_curves
from sfdfa_codegen.host.runs.neurobench import NeuroBench, neurobench_of
from sfdfa_codegen.host.runs.state_file import load_state, save_state
from sfdfa_codegen.host.runs.streaming import RunOutcome, RunPlan, RunPosition
from sfdfa_codegen.host.summaries.keeping import Keeping
from sfdfa_codegen.host.summaries.run import DeviceFigures, LineUse, RunSummary


@click.command("run")
@network_argument
@target_option()
@board_option
@port_option
@cores_option
@core_memory_option
@map_option
@sample_count("--train", "Training samples to learn; left out, all.")
@sample_count("--test", "Test samples to predict afterwards; left out, all.")
@epochs_option
@learn_option
@click.option(
    "--labels",
    type=click.FloatRange(0.0, 1.0),
    default=1.0,
    show_default=True,
    metavar="SHARE",
    help="Share of the samples that have a label, drawn at random by the seed: of the stream where there is one, else of the training "
    "samples. The others are only predicted.",
)
@click.option(
    "--state-out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write what was learned."
)
@click.option(
    "--state-in",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Start from what --state-out wrote.",
)
@validate_option
@from_option
@persist_option
@brown_out_option
@plot_option
@page_option
@checkpoint_option
@resume_option
@state_option
@weights_option
@seed_option
@seeds_option
@jobs_option
@json_option
@click.pass_context
def run_command(
    context: click.Context,
    network: str | None,
    target: str,
    own_board: Path | None,
    port: str | None,
    cores: int | None,
    core_memory: int | None,
    map_file: Path | None,
    train_samples: int | None,
    test_samples: int | None,
    epochs: int | None,
    learn: bool,
    labels: float,
    state_out: Path | None,
    state_in: Path | None,
    validate: bool,
    source: str | None,
    persist: int | None,
    brown_out: bool,
    plot: Path | None,
    page: Path | None,
    checkpoint: Path | None,
    resume: bool,
    state: Path | None,
    weights: Path | None,
    seed: int | None,
    seeds: str | None,
    jobs: int | None,
    json_file: str | None,
) -> None:
    """Stream NETWORK's data set to a target: learn the training samples, then predict the test samples.

    A data set with stream segments, such as the months of a drifting sensor, is then followed segment by segment, each sample predicted
    before it is learned.
    """
    report = Report(json_file)
    if seeds is not None:
        run_each_seed(context, report, seeds, jobs)
        return
    if jobs is not None:
        raise ConfigError("--jobs is for --seeds: give that too")
    if state_out is not None:
        check_writable(state_out)
    if plot is not None:
        check_plot(plot)
    if page is not None:
        check_page(page)
    plan = RunPlan(train_samples, test_samples, epochs, learn, labels)
    chosen = choose_target(target, own_board, port, MeshSize(cores, core_memory, map_file), persist, brown_out)
    spec = load_spec(network, seed)
    prepared = prepare(spec, weights, state, validate=validate)
    prepared = _with_passes_told(prepared, spec, epochs)
    written = None if state_in is None else load_state(state_in, prepared.integer_network)
    watched = PageWatch(prepared)
    run = Run(prepared, plan, written, checkpoint, resume, port, watched)
    with chosen.open(prepared.integer_network, port) as device:
        feed(device, chosen.name, source)
        outcome, position = _stream(device, run, report)
        if state_out is not None:
            report.output(lambda: save_state(state_out, prepared.integer_network, device.read_state()))
        keeping = Keeping.of(prepared.integer_network, chosen.board, device)
        summary = _summary(prepared, device, outcome, position, plan, keeping)
        shown = None if page is None else RunPage.of(summary, prepared, device, watched, command_given(context))
    report.tell(summary.lines(report.console))
    if plot is not None:
        title = f"{prepared.spec.name}, right so far in each pass"
        report.output(lambda: plot_curves(plot, title, {chosen.name: outcome.curve}))
    if page is not None and shown is not None:
        report.output(lambda: write_page(page, shown.html()))
    report.finish(summary.json())


def _with_passes_told(prepared: Prepared, file: NetworkSpec, epochs: int | None) -> Prepared:
    """With a note where --epochs stands in the place of passes that the folds chose and the file does not have."""
    chosen = prepared.spec.learning.epochs
    if epochs in (None, chosen) or chosen is None or file.learning.epochs is not None:
        return prepared
    note = f"--epochs {epochs} was asked for: the {chosen} pass{'es' * (chosen > 1)} that the folds chose are not what is run"
    return replace(prepared, data=replace(prepared.data, notes=(*prepared.data.notes, note)))


def _stream(device: Device, run: Run, report: Report) -> tuple[RunOutcome, RunPosition]:
    with progress_bar() as bar:
        task = bar.add_task(run.prepared.spec.name, total=None, note="")

        def show(what: str, done: int, total: int, accuracy: float) -> None:
            bar.update(task, description=what, completed=done, total=total)
            speed = bar.tasks[task].speed
            notes = (per_cent(accuracy), *((f"{speed:.0f}/s",) if speed else ()), *_line_note(device))
            bar.update(task, note=", ".join(notes))

        return stream_run(device, run, report, show)


def _line_note(device: Device) -> tuple[str, ...]:
    """Bytes of a sample on the line, and how much of the line's time they take, where there is a line."""
    if not isinstance(device, SerialDevice) or not device.traffic.samples:
        return ()
    traffic = device.traffic
    size = f"{(traffic.bytes_sent + traffic.bytes_received) / traffic.samples:.0f} B/sample"
    use = device.line_use
    return (size,) if use is None else (size, f"line {100 * use:.0f} %")


def _summary(
    prepared: Prepared,
    device: Device,
    outcome: RunOutcome,
    position: RunPosition,
    plan: RunPlan,
    keeping: Keeping | None,
) -> RunSummary:
    majority = majority_accuracy(prepared.data.test.labels[: outcome.test_samples])
    saturations = total_saturations(position, device)
    return RunSummary(
        spec=prepared.spec,
        channels=prepared.data.channels,
        available=len(prepared.data.train),
        notes=tuple(prepared.data.notes),
        plan=plan,
        learned=plan.learn and prepared.integer_network.learns,
        outcome=outcome,
        device=DeviceFigures(
            device.hello(), device.cycle_kind, device.state_crc(), saturations, LineUse.of(device), keeping
        ),
        majority=majority,
        findings=tuple(_findings(prepared, device, outcome, majority, saturations)) if plan.learn else (),
        neurobench=_neurobench(prepared, device, outcome),
    )


def _neurobench(prepared: Prepared, device: Device, outcome: RunOutcome) -> NeuroBench | None:
    """Not over a line, where reading the state takes long."""
    if isinstance(device, SerialDevice):
        return None
    samples = prepared.data.test.head(outcome.test_samples)
    return neurobench_of(prepared.integer_network, device.read_state(), samples)


def _findings(
    prepared: Prepared, device: Device, outcome: RunOutcome, majority: float | None, saturations: dict[str, int]
) -> list[Finding]:
    """What is to be told of a run that has learned. A state is not read over a line, where that takes long."""
    train = prepared.data.train.head(outcome.train_samples)
    if not outcome.epochs or not prepared.integer_network.learns or not len(train):
        return []
    state = None if isinstance(device, SerialDevice) else device.read_state()
    learned = Learned(
        outcome.test_accuracy, majority, outcome.test_samples, saturations["update"], outcome.tally.learned, state
    )
    return findings_of(prepared.spec, replace(prepared.data, train=train), learned)
