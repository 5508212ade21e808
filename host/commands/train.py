"""`sfdfa-codegen train`."""

from dataclasses import replace
from pathlib import Path

import click
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import network_argument, sample_count, seed_option, validate_option
from sfdfa_codegen.host.floats.float_network import save_float_network
from sfdfa_codegen.host.floats.learning import TrainingRule
from sfdfa_codegen.host.floats.training import TrainingProgress, train
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import load_chosen, load_spec
from sfdfa_codegen.host.report import Report, per_cent, progress_bar
from sfdfa_codegen.host.summaries.train import TrainSummary


@click.command("train")
@network_argument
@click.option(
    "--rule",
    type=click.Choice(["sfdfa", "dfa", "bp"]),
    default="sfdfa",
    show_default=True,
    help="How gradients reach hidden layers.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    metavar="N",
    help="Passes over the training set.",
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="Samples in a batch."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=3e-3,
    show_default=True,
    metavar="R",
    help="Learning rate of Adam.",
)
@sample_count("--train", "Training samples to use; left out, all.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.npz",
    help="Weights to write.",
)
@validate_option
@seed_option
@json_option
def train_command(
    network: str | None,
    rule: TrainingRule,
    epochs: int,
    batch: int,
    rate: float,
    train_samples: int | None,
    out: Path,
    validate: bool,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Train NETWORK on the host, in float: Adam over batches. build, run and compare take the weights with --weights."""
    report = Report(json_file)
    check_writable(out)
    spec = load_spec(network, seed)
    spec, data = load_chosen(spec, validate)
    if train_samples is not None:
        data = replace(data, train=data.train.head(train_samples))
    with progress_bar() as bar:
        task = bar.add_task(spec.name, total=len(data.train), note="")

        def show(progress: TrainingProgress) -> None:
            what = f"pass {progress.epoch + 1} of {progress.epochs}"
            bar.update(task, description=what, completed=progress.samples, note=per_cent(progress.train_accuracy))

        result = train(spec, data, rule, epochs, batch, rate, show)
    written = report.output(lambda: save_float_network(out, result.network))
    summary = TrainSummary(spec.name, spec.seed, rule, result, len(data.train), len(data.test), out, written)
    report.tell(summary.lines())
    report.finish(summary.json())
