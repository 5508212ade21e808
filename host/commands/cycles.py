"""`sfdfa-codegen cycles`."""

from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.cycle_model import CycleModel
from sfdfa_codegen.host.commands.options import (
    json_option,
    network_argument,
    port_option,
    seed_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.cycles.calibrate import STATES, Meter, calibrate
from sfdfa_codegen.host.cycles.comparison import Comparison, compare_cycles
from sfdfa_codegen.host.cycles.kept_model import kept_model
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.cycles.model_file import save_model
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, check_writable, progress_bar
from sfdfa_codegen.host.targets import find_target

WRONG = 1
ESTIMATE_TOLERANCE = 0.05
"""Of the longest sample; exact figures and models have none."""


@click.command("cycles")
@network_argument
@target_option()
@port_option
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="Training samples to learn, and test samples to predict, that are compared.",
)
@click.option(
    "--model",
    "model_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what the image takes for each count.",
)
@click.option(
    "--lines",
    "by_line",
    is_flag=True,
    help="Tell the lines of the runtime whose cycles are not predicted rightly; needs a simulator that counts by address.",
)
@weights_option
@seed_option
@json_option
@click.pass_context
def cycles_command(
    context: click.Context,
    network: str | None,
    target: str,
    port: str | None,
    samples: int,
    model_file: Path | None,
    by_line: bool,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Predict the cycles of each sample, and compare with what the target counts.

    The model is made from the compiled image: it runs on samples made for the purpose, never on those of the data set. Where a prediction
    is not what its kind promises, the exit status is 1.
    """
    report = Report(json_file)
    if model_file is not None:
        check_writable(model_file)
    board = find_target(target).board
    if board is None:
        raise ConfigError(
            f"{target} does not run on a processor that is known; choose a board or one of its simulators"
        )
    prepared = prepare(load_spec(network, seed), weights)
    integer_network = prepared.integer_network
    with open_meter(integer_network, board, target, port, by_line) as meter:
        model = _model(integer_network, board, meter, kept=port is None and not by_line)
        predicted = compare_cycles(integer_network, model, meter, prepared.data.test.head(samples), False)
        learned = None
        if integer_network.learns:
            learned = compare_cycles(integer_network, model, meter, prepared.data.train.head(samples), True)
        kind = meter.kind
    if model_file is not None:
        save_model(model_file, model)
    title = f"{prepared.spec.name} on {target}, {kind}"
    (_tell_lines if by_line else _tell)(report, title, predicted, learned)
    main = predicted if learned is None else learned
    worst = max(predicted.max_abs_error, main.max_abs_error)
    report.finish(
        {
            "network": prepared.spec.name,
            "target": target,
            "kind": kind,
            **main.summary(),
            "max_abs_error": worst,
            "learned": learned is not None,
            "unlearned": predicted.summary(),
            "clock_hz": board.clock_hz,
            "assumptions": list(meter.assumptions),
        }
    )
    if worst > (ESTIMATE_TOLERANCE * main.largest if kind == "estimate" else 0):
        context.exit(WRONG)


def _model(network: IntegerNetwork, board: Board, meter: Meter, kept: bool) -> CycleModel:
    """From the user's cache, or measured now. kept: whether it may be in the cache; that of a real board is always measured."""
    if not kept:
        return _calibrated(network, meter)
    return kept_model(network, board, meter.compact, lambda: _calibrated(network, meter))


def _calibrated(network: IntegerNetwork, meter: Meter) -> CycleModel:
    with progress_bar() as bar:
        task = bar.add_task("calibrating", total=STATES, note="")

        def show(visited: int, measured: int) -> None:
            bar.update(task, completed=visited, note=f"{measured} samples measured")

        return calibrate(network, meter, show).model


def _outcomes(predicted: Comparison, learned: Comparison | None) -> list[tuple[str, Comparison]]:
    outcomes = [] if learned is None else [("learned", learned)]
    return [*outcomes, ("predicted only", predicted)]


def _tell_lines(report: Report, title: str, predicted: Comparison, learned: Comparison | None) -> None:
    """Lines that were not predicted rightly, with the samples that show it."""
    for name, found in _outcomes(predicted, learned):
        errors = found.measured - found.predicted
        rows = [
            (line, str(int(of_line.astype(bool).sum())), str(int(abs(of_line).max())), _first_errors(of_line))
            for line, of_line in zip(found.phases, errors.T, strict=True)
            if of_line.any()
        ]
        if rows:
            report.table(f"{title}, {name}", ("line", "samples", "largest error", "sample: error"), rows)
        else:
            report.line(f"{title}, {name}: all lines as predicted in {len(errors)} samples")


def _first_errors(errors: NDArray[np.int64]) -> str:
    """What the first samples with an error took more than predicted."""
    shown = errors.nonzero()[0][:4].tolist()
    return ", ".join(f"{index}: {errors[index]:+d}" for index in shown)


def _tell(report: Report, title: str, predicted: Comparison, learned: Comparison | None) -> None:
    for name, found in _outcomes(predicted, learned):
        rows = [
            (phase, f"{before.mean():.1f}", f"{after.mean():.1f}", str(int(abs(before - after).max(initial=0))))
            for phase, before, after in zip(found.phases, found.predicted.T, found.measured.T, strict=True)
        ]
        totals = found.predicted.sum(axis=1), found.measured.sum(axis=1)
        rows.append(
            ("all", f"{totals[0].mean():.1f}", f"{totals[1].mean():.1f}", str(int(abs(totals[0] - totals[1]).max())))
        )
        columns = ("cycles a sample", "predicted", "measured", "largest error")
        report.table(f"{title}: {len(found.measured)} samples, {name}", columns, rows)
        if found.unknown:
            report.line(f"{found.unknown} samples have counts that no calibration sample could show")
