"""What it costs the emulator to predict the cycles of a target: plain emulation, and emulation with counts and predictions.

    python benchmarks/counting_speed.py [--target TARGET]... [--json FILE]

One target of each kind of kernel, with a network that fits, if its simulator is installed. Both ways run the same samples from the same initial
weights, round about, many times. Other programs slow a machine down for parts of a second, so a round is timed in pieces, lots of samples and the
counting of all, and the best times of the pieces are added up. The median of what each single round says is printed beside it: a run in
which they are far apart is not to be trusted. Time is processor time. The cycle model is made once, before anything is timed, and kept in the user's cache.
"""

import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.calibrate import calibrate
from sfdfa_codegen.host.cycles.kept_model import kept_model
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report

PRESETS: Final = {
    "unicorn-cortex-m4": "mnist-128",
    "pico-sim": "mnist-128",
    "rtl-picorv32": "digits",
    "simavr-atmega1284p": "digits",
    "simavr-atmega328p": "digits-uno",
}
"""By target: words with the DSP extension, the assembly of Cortex-M0, plain C on RISC-V and on AVR, and the compact runtime."""
SAMPLES: Final = 200
LOT: Final = 20
"""Samples in a piece that is timed, so that it takes about as long as counting all of them."""
ROUNDS: Final = 30

Times = NDArray[np.float64]
"""Seconds of each piece in each round: (rounds, pieces)."""


@dataclass(frozen=True)
class Predictor:
    """What predicts the cycles of samples from the work that was in them."""

    model: CycleModel
    counter: SampleCounter


def seconds(times: Times) -> float:
    """For all samples, undisturbed."""
    return float(times.min(axis=0).sum())


@dataclass(frozen=True)
class Cost:
    """Of learning, or of predicting alone."""

    target: str
    learn: bool
    plain: Times
    counting: Times

    @property
    def overhead(self) -> float:
        return seconds(self.counting) / seconds(self.plain) - 1

    @property
    def median_overhead(self) -> float:
        """Of whole rounds, each against its own other way."""
        return float(np.median(self.counting.sum(axis=1) / self.plain.sum(axis=1))) - 1

    def row(self) -> tuple[str, ...]:
        rates = (f"{SAMPLES / seconds(times):,.0f}" for times in (self.plain, self.counting))
        more = (f"{100 * overhead:.1f} %" for overhead in (self.overhead, self.median_overhead))
        return (self.target, PRESETS[self.target], *rates, *more)

    def json(self) -> dict[str, object]:
        return {
            "target": self.target,
            "network": PRESETS[self.target],
            "learn": self.learn,
            "samples_per_second": {
                "plain": SAMPLES / seconds(self.plain),
                "counting": SAMPLES / seconds(self.counting),
            },
            "overhead": self.overhead,
            "median_overhead": self.median_overhead,
        }


def emulate(network: IntegerNetwork, samples: SpikeDataset, learn: bool, predictor: Predictor | None) -> list[float]:
    """Run samples from the initial state on; with a predictor, predict the cycles of each sample and phase. Returns seconds of each piece."""
    emulator, works, times = Emulator(network), [], [time.process_time()]
    for index in range(len(samples)):
        sample = samples[index]
        counting = predictor is not None
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=counting).work
        if work is not None:
            works.append(work)
        if (index + 1) % LOT == 0:
            times.append(time.process_time())
    if predictor is not None:
        predictor.model.predict([work.mode for work in works], predictor.counter.count(works))
        times.append(time.process_time())
    return [end - start for start, end in pairwise(times)]


def make_predictor(network: IntegerNetwork, target: str) -> Predictor:
    board = find_target(target).board
    assert board is not None
    with open_meter(network, board, target) as meter:
        model = kept_model(
            network, board, SampleCounter(network, meter.compact).names, lambda: calibrate(network, meter).model
        )
        return Predictor(model, SampleCounter(network, meter.compact))


def measure(target: str) -> list[Cost]:
    """Of learning and of predicting, plain and counting, round about."""
    prepared = prepare(load_spec(PRESETS[target]))
    network, samples = prepared.integer_network, prepared.data.train.head(SAMPLES)
    predictor = make_predictor(network, target)
    costs = []
    for learn in (True, False):
        rounds = [[emulate(network, samples, learn, way) for way in (None, predictor)] for _ in range(ROUNDS)]
        plain, counting = (np.array(times) for times in zip(*rounds, strict=True))
        costs.append(Cost(target, learn, plain, counting))
    return costs


def report_costs(report: Report, targets: tuple[str, ...]) -> None:
    """Measure, print and write."""
    problems = {target: find_target(target).problem() for target in targets}
    for target, problem in problems.items():
        if problem is not None:
            report.line(f"{target} left out: {problem}")
    costs = [cost for target, problem in problems.items() if problem is None for cost in measure(target)]
    if not costs:
        raise ConfigError("no target whose cycles are predicted is installed")
    columns = ("cycles of", "network", "plain", "with cycles", "more", "median")
    for title, learn in (("Learning, samples a second", True), ("Predicting, samples a second", False)):
        report.table(title, columns, [cost.row() for cost in costs if cost.learn == learn])
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
