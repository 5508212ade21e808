"""`sfdfa-codegen compare`."""

import contextlib
import copy
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.options import (
    json_option,
    network_argument,
    seed_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.lockstep import Divergence, LockstepOutcome, run_lockstep
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.rate_schedule import RATE_SCALE_ONE, rate_scale
from sfdfa_codegen.host.reference.online import OnlineLearner
from sfdfa_codegen.host.report import Report, per_cent, progress_bar
from sfdfa_codegen.host.spikes import SpikeDataset
from sfdfa_codegen.host.targets import find_target

DIVERGED = 1


@click.command("compare")
@network_argument
@target_option(multiple=True)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Training samples to learn.",
)
@weights_option
@seed_option
@json_option
@click.pass_context
def compare_command(
    context: click.Context,
    network: str | None,
    targets: tuple[str, ...],
    samples: int,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Learn the same samples on several targets and compare every result and the state's CRC after each sample.

    The first difference is located, and the exit status is then 1. The float reference runs beside them for its accuracy.
    """
    report = Report(json_file)
    if len(targets) < 2 or len(set(targets)) < len(targets):
        raise ConfigError("compare needs two or more different targets: give --target once for each")
    chosen = [find_target(name) for name in targets]
    prepared = prepare(load_spec(network, seed), weights)
    train = prepared.data.train.head(samples)
    with contextlib.ExitStack() as stack:
        devices = {target.name: stack.enter_context(target.open(prepared.integer_network)) for target in chosen}
        with progress_bar() as bar:
            task = bar.add_task("compare", total=len(train), note="")
            rate = _rates(prepared, len(train))
            outcome = run_lockstep(devices, train, lambda done, _: bar.update(task, completed=done), rate)
    accuracy: dict[str, float | None] = {name: _share(right, outcome.samples) for name, right in outcome.right.items()}
    accuracy["float"] = _float_accuracy(prepared, train)
    _tell(report, prepared, outcome, accuracy)
    report.finish(
        {
            "network": prepared.spec.name,
            "targets": list(targets),
            "samples": outcome.samples,
            "identical": outcome.divergence is None,
            "first_divergence": None if outcome.divergence is None else asdict(outcome.divergence),
            "accuracy": accuracy,
            "state_crc32": {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()},
        }
    )
    if outcome.divergence is not None:
        context.exit(DIVERGED)


def _rates(prepared: Prepared, samples: int) -> Callable[[int], int]:
    """The rate scale of each sample, as in a run of one pass over `samples`."""
    return lambda sample: rate_scale(prepared.spec.learning, 0, sample, 1, samples)


def _share(right: int, samples: int) -> float | None:
    return right / samples if samples else None


def _float_accuracy(prepared: Prepared, train: SpikeDataset) -> float | None:
    """Predict, then learn, in the float reference, with weights kept to the range that the integers have."""
    if len(train) == 0:
        return None
    layer = prepared.integer_network.layers[0]
    weight_limit = 2.0 ** (prepared.integer_network.weight_bits - 1 - layer.weight_fraction_bits)
    learner = OnlineLearner(copy.deepcopy(prepared.float_network), prepared.spec, weight_limit=weight_limit)
    rates = _rates(prepared, len(train))
    right = 0
    with progress_bar() as bar:
        task = bar.add_task("float reference", total=len(train), note="")
        for index in range(len(train)):
            learner.rate = prepared.spec.learning.rate * rates(index) / RATE_SCALE_ONE
            right += learner.step(train[index]).prediction == train[index].label
            bar.update(task, completed=index + 1)
    return right / len(train)


def _tell(report: Report, prepared: Prepared, outcome: LockstepOutcome, accuracy: dict[str, float | None]) -> None:
    crcs = {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()}
    rows = [(name, per_cent(value), crcs.get(name, "")) for name, value in accuracy.items()]
    title = f"{prepared.spec.name}: {outcome.samples} samples, predicted, then learned"
    report.table(title, ("target", "accuracy", "state CRC-32"), rows)
    if outcome.divergence is None:
        report.line(f"identical: every result and the state after each of {outcome.samples} samples")
    else:
        report.line(describe(outcome.divergence))


def describe(divergence: Divergence) -> str:
    """Where the first difference is, in words."""
    places = [f"sample {divergence.sample}"]
    for name in ("tick", "layer", "input", "neuron"):
        value = getattr(divergence, name)
        if value is not None:
            places.append(f"{name} {value}")
    values = ", ".join(f"{name} has {value}" for name, value in divergence.values.items())
    return f"different: first in {', '.join(places)}, field '{divergence.field}': {values}"
