"""What it costs the emulator to predict the cycles of a target: plain learning, and learning with counts and predictions.

    python benchmarks/counting_speed.py [--target TARGET] [--json FILE]

Both learn the same samples of the preset mnist-128 from the same initial weights, round about, several times, and the best time counts. Time is
processor time. The cycle model is made once, before anything is timed.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

import click
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.cycle_model import CycleModel
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.calibrate import calibrate
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.spikes import SpikeDataset
from sfdfa_codegen.host.targets import find_target

PRESET: Final = "mnist-128"
SAMPLES: Final = 200
REPEATS: Final = 12


def learn(network: IntegerNetwork, samples: SpikeDataset, model: CycleModel | None) -> None:
    """From the initial state; with a model, predict the cycles of each sample and phase."""
    emulator, works = Emulator(network), []
    for index in range(len(samples)):
        ticks, channels, label = samples[index]
        work = emulator.run_sample(ticks, channels, label, learn=True, count=model is not None).work
        if work is not None:
            works.append(work)
    if model is not None:
        model.predict([work.mode for work in works], SampleCounter(network).count(works))


def seconds(run: Callable[[], None]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def report_cost(report: Report, target: str) -> None:
    """Measure, print and write."""
    prepared = prepare(load_spec(PRESET))
    network, samples = prepared.integer_network, prepared.data.train.head(SAMPLES)
    board = find_target(target).board
    if board is None:
        raise ConfigError(f"{target} does not run on a processor that is known")
    with open_meter(network, board, target) as meter:
        model = calibrate(network, meter).model
    times = [
        (seconds(lambda: learn(network, samples, None)), seconds(lambda: learn(network, samples, model)))
        for _ in range(REPEATS)
    ]
    plain, counting = (min(column) for column in zip(*times, strict=True))
    rows = [
        (name, f"{SAMPLES / best:,.0f}", f"{100 * (best / plain - 1):.1f} %")
        for name, best in (("plain", plain), (f"with the cycles of {target}", counting))
    ]
    report.table(f"Emulator, {PRESET}, learning", ("", "samples/s", "more time"), rows)
    report.finish(
        {
            "network": PRESET,
            "target": target,
            "samples_per_second": {"plain": SAMPLES / plain, "counting": SAMPLES / counting},
            "overhead": counting / plain - 1,
        }
    )


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--target", default="unicorn-cortex-m4", show_default=True, help="The target whose cycles are predicted.")
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(target: str, json_file: str | None) -> None:
    try:
        report_cost(Report(json_file), target)
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
