"""`sfdfa-codegen run`."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import click
from sfdfa_codegen.host.commands.options import (
    board_option,
    choose_target,
    cores_option,
    feed,
    from_option,
    json_option,
    network_argument,
    plot_option,
    port_option,
    sample_count,
    seed_option,
    state_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.commands.run_checkpoints import Run, checkpoint_option, resume_option, stream_run
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report, kilobytes, per_cent, progress_bar, ram_json
from sfdfa_codegen.host.runs.checkpoint import total_saturations
from sfdfa_codegen.host.runs.findings import Finding, Learned, findings_of, majority_accuracy
from sfdfa_codegen.host.runs.learning_curve import check_plot, curve_json, curve_text, plot_curves
from sfdfa_codegen.host.runs.state_file import load_state, save_state
from sfdfa_codegen.host.runs.streaming import RunOutcome, RunPlan, RunPosition


@click.command("run")
@network_argument
@target_option()
@board_option
@port_option
@cores_option
@sample_count("--train", "Training samples to learn; left out, all.")
@sample_count("--test", "Test samples to predict afterwards; left out, all.")
@click.option(
    "--epochs",
    type=click.IntRange(min=0),
    metavar="E",
    help="Passes over the training samples; left out, the network file's.",
)
@click.option(
    "--learn/--no-learn",
    default=True,
    show_default=True,
    help="With --no-learn everything is only predicted. Where the data set has stream segments, the network still learns its "
    "training samples and is frozen for the stream.",
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
@from_option
@plot_option
@checkpoint_option
@resume_option
@state_option
@weights_option
@seed_option
@json_option
def run_command(
    network: str | None,
    target: str,
    own_board: Path | None,
    port: str | None,
    cores: int | None,
    train_samples: int | None,
    test_samples: int | None,
    epochs: int | None,
    learn: bool,
    state_out: Path | None,
    state_in: Path | None,
    source: str | None,
    plot: Path | None,
    checkpoint: Path | None,
    resume: bool,
    state: Path | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Stream NETWORK's data set to a target: learn the training samples, then predict the test samples.

    A data set with stream segments, such as the months of a drifting sensor, is then followed segment by segment, each sample predicted
    before it is learned.
    """
    report = Report(json_file)
    if state_out is not None:
        check_writable(state_out)
    if plot is not None:
        check_plot(plot)
    plan = RunPlan(train_samples, test_samples, epochs, learn)
    chosen = choose_target(target, own_board, port, cores)
    prepared = prepare(load_spec(network, seed), weights, state)
    written = None if state_in is None else load_state(state_in, prepared.integer_network)
    run = Run(prepared, plan, written, checkpoint, resume, port)
    with chosen.open(prepared.integer_network, port) as device:
        feed(device, chosen.name, source)
        outcome, position = _stream(device, run, report)
        if state_out is not None:
            report.output(lambda: save_state(state_out, prepared.integer_network, device.read_state()))
        values = _values(prepared, device, outcome, position, plan)
    _tell(report, prepared, outcome, plan, values)
    _tell_findings(report, values["warnings"])
    if plot is not None:
        title = f"{prepared.spec.name}, right so far in each pass"
        report.output(lambda: plot_curves(plot, title, {chosen.name: outcome.curve}))
    report.finish(values)


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


def _values(
    prepared: Prepared, device: Device, outcome: RunOutcome, position: RunPosition, plan: RunPlan
) -> dict[str, object]:
    info = device.hello()
    cycles = outcome.cycles
    majority = majority_accuracy(prepared.data.test.labels[: outcome.test_samples])
    saturations = total_saturations(position, device)
    findings = _findings(prepared, device, outcome, majority, saturations) if plan.learn else []
    return {
        "network": prepared.spec.name,
        "target": info.target,
        "train_samples": outcome.train_samples,
        "test_samples": outcome.test_samples,
        "epochs": len(outcome.epochs),
        "online_accuracy": outcome.online_accuracy(plan.learn and prepared.integer_network.learns),
        "accuracy_before": outcome.accuracy_before,
        "test_accuracy": outcome.test_accuracy,
        "majority_accuracy": majority,
        "notes": list(prepared.data.notes),
        "warnings": [asdict(finding) for finding in findings],
        "learning_curve": [
            {"online_accuracy": epoch.online_accuracy, "test_accuracy": epoch.test_accuracy} for epoch in outcome.epochs
        ],
        "online_curve": curve_json(outcome.curve),
        "segments": [
            {"name": segment.name, "samples": segment.samples, "accuracy": segment.accuracy}
            for segment in outcome.segments
        ],
        "learned_share": outcome.tally.learned_share,
        "mean_ticks": outcome.mean_ticks,
        "labels": _labels(outcome),
        "state_crc32": f"{device.state_crc():08x}",
        "saturations": saturations,
        "seconds": outcome.seconds,
        "samples_per_second": outcome.samples_per_second,
        "ram_bytes": ram_json(info.ram),
        "flash_bytes": info.flash_bytes,
        "cycles": {
            "mean": cycles.mean,
            "min": cycles.least,
            "max": cycles.most,
            "kind": device.cycle_kind,
        },
        "line": _line_use(device),
        "model_hash": info.model_hash,
        "seed": prepared.spec.seed,
    }


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


def _labels(outcome: RunOutcome) -> dict[str, int] | None:
    """How many labels the device asked for, and of how many samples; None where it got all."""
    return {"given": outcome.tally.asked, "of": outcome.tally.withheld} if outcome.tally.withheld else None


def _line_use(device: Device) -> dict[str, object] | None:
    """What went over the serial line since it was opened; None without one."""
    if not isinstance(device, SerialDevice):
        return None
    use, traffic = device.session.use, device.traffic
    return {
        "bytes_sent_per_sample": traffic.sent_per_sample,
        "bytes_received_per_sample": traffic.received_per_sample,
        "use": device.line_use,
        "bytes_sent": use.bytes_sent,
        "bytes_received": use.bytes_received,
        "requests_repeated": use.repeated,
        "frames_damaged": use.damaged,
    }


def _tell_findings(report: Report, findings: object) -> None:
    for finding in findings if isinstance(findings, list) else ():
        report.line(f"warning: {finding['message']}")


def _tell(report: Report, prepared: Prepared, outcome: RunOutcome, plan: RunPlan, values: dict[str, object]) -> None:
    spec = prepared.spec
    sizes = "-".join(str(size) for size in (prepared.data.channels, *spec.layer_sizes))
    report.line(
        f"{spec.name} on {values['target']}: {sizes}, {spec.fixed_point.weight_bits}-bit weights, rule {spec.learning.rule}, seed {spec.seed}"
    )
    for note in prepared.data.notes:
        report.line(note)
    if outcome.epochs:
        rows = [("before", "", per_cent(outcome.accuracy_before))]
        rows += [
            (f"pass {number}", per_cent(epoch.online_accuracy), per_cent(epoch.test_accuracy))
            for number, epoch in enumerate(outcome.epochs, 1)
        ]
        title = f"{len(prepared.data.train) if plan.train is None else outcome.train_samples} training samples"
        report.table(title, ("", "while learning" if outcome.train_samples else "predicted", "test"), rows)
    if outcome.curve:
        report.line(f"right so far while learning: {curve_text(report.console, outcome.curve)}")
    if outcome.segments:
        rows = [(segment.name, str(segment.samples), per_cent(segment.accuracy)) for segment in outcome.segments]
        mean = sum(segment.accuracy for segment in outcome.segments) / len(outcome.segments)
        title = "stream, each sample predicted, then learned" if plan.learn else "stream, predicted only"
        report.table(title, ("segment", "samples", "accuracy"), [*rows, ("mean", "", per_cent(mean))])
    report.line(f"test accuracy {per_cent(outcome.test_accuracy)} of {outcome.test_samples} samples")
    for note in _tell_tally(outcome, prepared.spec.encoding.ticks):
        report.line(note)
    saturations = device_saturations(values)
    if saturations:
        report.line(f"saturations: {saturations}")
    ram = values["ram_bytes"]
    if isinstance(ram, dict) and ram["total"] is not None:
        report.line(
            f"RAM {kilobytes(ram['total'])}: weights {kilobytes(ram['weights'])}, learning {kilobytes(ram['learning'])}"
        )
    line = values["line"]
    if isinstance(line, dict) and line["bytes_sent_per_sample"] is not None:
        report.line(
            f"on the line: {line['bytes_sent_per_sample']:.0f} bytes a sample sent, {line['bytes_received_per_sample']:.0f} received; "
            f"{line['requests_repeated']} requests repeated"
        )
    rate = outcome.samples_per_second
    report.line(f"{outcome.streamed} samples in {outcome.seconds:.1f} s" + (f", {rate:.0f} a second" if rate else ""))
    report.line(f"state CRC-32 {values['state_crc32']}")


def _tell_tally(outcome: RunOutcome, ticks: int) -> Iterator[str]:
    """What was left out: samples that were known, ticks after a decision, labels that nobody asked for."""
    tally = outcome.tally
    if tally.learned < tally.labelled:
        yield f"learned {tally.learned} of {tally.labelled} labelled samples ({per_cent(tally.learned_share)}); the others were known"
    if outcome.mean_ticks is not None and outcome.mean_ticks < ticks:
        yield f"decided after {outcome.mean_ticks:.1f} of {ticks} ticks on average"
    if tally.withheld:
        yield f"labels asked for: {tally.asked} of {tally.withheld} samples ({per_cent(tally.asked / tally.withheld)})"


def device_saturations(values: dict[str, object]) -> str:
    """The counts that are not 0, as text."""
    counts = values["saturations"]
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) if isinstance(counts, dict) else ""
