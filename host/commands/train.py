"""`sfdfa-codegen train`."""

from dataclasses import replace
from pathlib import Path

import click
from sfdfa_codegen.host.commands.options import json_option, network_argument, sample_count, seed_option
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.floats.float_network import save_float_network
from sfdfa_codegen.host.floats.learning import TrainingRule
from sfdfa_codegen.host.floats.training import EpochResult, TrainingProgress, TrainingResult, train
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import load_chosen, load_spec
from sfdfa_codegen.host.report import Report, per_cent, progress_bar


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
    seed: int | None,
    json_file: str | None,
) -> None:
    """Train NETWORK on the host, in float: Adam over batches. build, run and compare take the weights with --weights."""
    report = Report(json_file)
    check_writable(out)
    spec = load_spec(network, seed)
    spec, data = load_chosen(spec)
    if train_samples is not None:
        data = replace(data, train=data.train.head(train_samples))
    with progress_bar() as bar:
        task = bar.add_task(spec.name, total=len(data.train), note="")

        def show(progress: TrainingProgress) -> None:
            what = f"pass {progress.epoch + 1} of {progress.epochs}"
            bar.update(task, description=what, completed=progress.samples, note=per_cent(progress.train_accuracy))

        result = train(spec, data, rule, epochs, batch, rate, show)
    written = report.output(lambda: save_float_network(out, result.network))
    _tell(report, result, data, f"{spec.name}, rule {rule}, seed {spec.seed}")
    report.line(_computed_by(result))
    if written:
        report.line(f"weights in {out}")
    last = result.epochs[-1]
    report.finish(
        {
            "network": spec.name,
            "rule": rule,
            "engine": result.engine,
            "epochs": epochs,
            "train_samples": len(data.train),
            "test_samples": len(data.test),
            "test_accuracy": last.test_accuracy,
            "learning_curve": [_values(epoch) for epoch in result.epochs],
            "seconds": sum(epoch.seconds for epoch in result.epochs),
            "seed": spec.seed,
            "out": str(out),
        }
    )


def _values(epoch: EpochResult) -> dict[str, object]:
    return {"online_accuracy": epoch.train_accuracy, "test_accuracy": epoch.test_accuracy, "seconds": epoch.seconds}


def _computed_by(result: TrainingResult) -> str:
    return "computed in C, compiled here" if result.engine == "c" else f"computed in numpy: {result.reason}"


def _tell(report: Report, result: TrainingResult, data: EncodedData, title: str) -> None:
    rows = [
        (f"pass {number}", per_cent(epoch.train_accuracy), per_cent(epoch.test_accuracy), f"{epoch.seconds:.1f}")
        for number, epoch in enumerate(result.epochs, 1)
    ]
    report.table(f"{title}: {len(data.train)} training samples", ("", "while learning", "test", "seconds"), rows)
