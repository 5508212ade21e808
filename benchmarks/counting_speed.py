"""What it costs the emulator to predict the cycles of a target: plain learning, and learning with counts and predictions.

    python benchmarks/counting_speed.py [--target TARGET]... [--json FILE]

One target of each kind of kernel, with a network that fits, if its simulator is installed. Both ways learn the same samples from the same initial
weights, round about, several times, and the best time counts. Time is processor time. The cycle model is made once, before anything is timed, and kept in the
user's cache.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.cycle_model import CycleModel
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.calibrate import calibrate
from sfdfa_codegen.host.cycles.kept_model import kept_model
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.spikes import SpikeDataset
from sfdfa_codegen.host.targets import find_target

PRESETS: Final = {
    "unicorn-cortex-m4": "mnist-128",
    "pico-sim": "mnist-128",
    "rtl-picorv32": "digits",
    "simavr-atmega1284p": "digits",
    "simavr-atmega328p": "digits-uno",
}
"""By target: words with the DSP extension, the assembly of Cortex-M0, plain C on RISC-V and on AVR, and the compact runtime."""
SAMPLES: Final = 200
REPEATS: Final = 12


@dataclass(frozen=True)
class Predictor:
    """What predicts the cycles of samples from the work that was in them."""

    model: CycleModel
    counter: SampleCounter


@dataclass(frozen=True)
class Cost:
    """Seconds for all samples."""

    target: str
    plain: float
    counting: float

    @property
    def overhead(self) -> float:
        return self.counting / self.plain - 1

    def row(self) -> tuple[str, ...]:
        rates = (f"{SAMPLES / seconds:,.0f}" for seconds in (self.plain, self.counting))
        return (self.target, PRESETS[self.target], *rates, f"{100 * self.overhead:.1f} %")

    def json(self) -> dict[str, object]:
        return {
            "target": self.target,
            "network": PRESETS[self.target],
            "samples_per_second": {"plain": SAMPLES / self.plain, "counting": SAMPLES / self.counting},
            "overhead": self.overhead,
        }


def learn(network: IntegerNetwork, samples: SpikeDataset, predictor: Predictor | None) -> None:
    """From the initial state; with a predictor, predict the cycles of each sample and phase."""
    emulator, works = Emulator(network), []
    for index in range(len(samples)):
        ticks, channels, label = samples[index]
        work = emulator.run_sample(ticks, channels, label, learn=True, count=predictor is not None).work
        if work is not None:
            works.append(work)
    if predictor is not None:
        predictor.model.predict([work.mode for work in works], predictor.counter.count(works))


def seconds(run: Callable[[], None]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def make_predictor(network: IntegerNetwork, target: str) -> Predictor:
    board = find_target(target).board
    assert board is not None
    with open_meter(network, board, target) as meter:
        model = kept_model(network, board, meter.compact, lambda: calibrate(network, meter).model)
        return Predictor(model, SampleCounter(network, meter.compact))


def measure(target: str) -> Cost:
    """Plain and counting, round about."""
    prepared = prepare(load_spec(PRESETS[target]))
    network, samples = prepared.integer_network, prepared.data.train.head(SAMPLES)
    predictor = make_predictor(network, target)
    times = [
        (seconds(lambda: learn(network, samples, None)), seconds(lambda: learn(network, samples, predictor)))
        for _ in range(REPEATS)
    ]
    plain, counting = (min(column) for column in zip(*times, strict=True))
    return Cost(target, plain, counting)


def report_costs(report: Report, targets: tuple[str, ...]) -> None:
    """Measure, print and write."""
    problems = {target: find_target(target).problem() for target in targets}
    for target, problem in problems.items():
        if problem is not None:
            report.line(f"{target} left out: {problem}")
    costs = [measure(target) for target, problem in problems.items() if problem is None]
    if not costs:
        raise ConfigError("no target whose cycles are predicted is installed")
    columns = ("cycles of", "network", "plain, samples/s", "with cycles", "more time")
    report.table("Emulator, learning", columns, [cost.row() for cost in costs])
    report.finish({"targets": [cost.json() for cost in costs]})


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice(list(PRESETS)),
    default=list(PRESETS),
    help="A target whose cycles are predicted; may be repeated. All of them if none is given.",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(targets: tuple[str, ...], json_file: str | None) -> None:
    try:
        report_costs(Report(json_file), targets)
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
