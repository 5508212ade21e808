"""`sfdfa-codegen cycles` of a real board: measured with `--port`, and predicted afterwards from the file that this writes."""

from dataclasses import replace
from pathlib import Path

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.host.cycles.calibrate import Meter
from sfdfa_codegen.host.cycles.comparison import BoardFit, CyclesOutcome, SampleCycles, measure_cycles, predict_cycles
from sfdfa_codegen.host.cycles.fit import HELD_OUT, compare_held_out, fit_cycles
from sfdfa_codegen.host.cycles.measured_file import (
    MeasuredFile,
    load_measured,
    measured_board,
    save_measured,
    structure,
)
from sfdfa_codegen.host.cycles.meters import BoardMeter
from sfdfa_codegen.host.cycles.whole_passes import WholePasses, whole_passes
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Report, per_cent, progress_bar
from sfdfa_codegen.host.summaries.cycles import PredictedCycles, PredictionSummary


def default_measured_file(network: str, board: Board) -> Path:
    """In the current folder."""
    return Path(f"{network}-{board.name}.cycles.json")


def measure_board(
    report: Report, prepared: Prepared, board: Board, target: str, port: str, samples: int, path: Path
) -> CyclesOutcome:
    """Run training samples, learned, and test samples, predicted; fit a model to three of four, compare it with the others, and write the file.

    Raises as `BoardMeter`, and ConfigError for too few samples or a file that cannot be written.
    """
    check_writable(path)
    network = prepared.integer_network
    plans = [(prepared.data.test.head(samples), False)]
    plans += [(prepared.data.train.head(samples), True)] if network.learns else []
    if min(len(data) for data, _ in plans) < HELD_OUT:
        raise ConfigError(f"a fit needs {HELD_OUT} or more samples to learn and to predict: give a larger --samples")
    with BoardMeter(network, board, target, port) as meter:
        runs = [_measure(network, meter, data, learn) for data, learn in plans]
        fit = fit_cycles(meter.names, meter.phases, runs)
    predicted, *learned = (compare_held_out(fit.model, run) for run in runs)
    found = CyclesOutcome("measured", fit.model, predicted, learned[0] if learned else None)
    error = found.main.relative_error or 0.0
    held_out = sum(len(comparison.measured) for comparison in (predicted, *learned))
    file = MeasuredFile(board.name, network.name, structure(network), fit.fitted, held_out, error, fit.model)
    written = report.output(lambda: save_measured(path, file))
    return replace(
        found,
        fit=BoardFit(str(path), fit.fitted, fit.coefficients, found.main.mean_abs_error),
        remarks=(
            f"{fit.coefficients} coefficients fitted to {fit.fitted} other samples; mean error {per_cent(error)}",
            *((f"written to {path}, which build and cycles --target emu take with --measured",) if written else ()),
        ),
    )


def _measure(network: IntegerNetwork, meter: BoardMeter, samples: SpikeDataset, learn: bool) -> SampleCycles:
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=len(samples), note="learned" if learn else "predicted")
        return measure_cycles(network, meter, samples, learn, lambda done: bar.update(task, completed=done))


def passes_of(
    prepared: Prepared,
    model: CycleModel,
    compact: bool,
    epochs: int,
    samples: int,
    meter: Meter | None = None,
    last: int | None = None,
) -> WholePasses:
    """Whole passes, with a bar. Raises ConfigError for a network that does not learn, or asks for labels where passes are left out."""
    network = prepared.integer_network
    if last is not None and network.asks:
        raise ConfigError(
            f"--last: {network.name} asks for labels, which the passes before them would have to answer; leave it out"
        )
    if not network.learns:
        raise ConfigError(f'--epochs: {network.name} does not learn, its rule is "none"; leave it out')
    with progress_bar() as bar:
        task = bar.add_task("predicting", total=len(prepared.data.train), note="")

        def show(name: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, note=name)

        return whole_passes(network, prepared.spec, prepared.data, model, compact, epochs, samples, show, meter, last)


def predict_board(
    report: Report, prepared: Prepared, path: Path, samples: int, epochs: int | None = None, last: int | None = None
) -> None:
    """Predict what a board takes from the file that was measured there, and report it; nothing is measured."""
    network, file = prepared.integer_network, load_measured(path)
    board = measured_board(path, file, network)
    compact, data = is_compact(network, board), prepared.data

    def predict(samples_of: SpikeDataset, learn: bool) -> PredictedCycles:
        found = predict_cycles(network, file.model, samples_of.head(samples), learn, compact)
        return PredictedCycles(file.model.phases, found.cycles, found.known)

    summary = PredictionSummary(
        network=prepared.spec.name,
        board=board.name,
        clock_hz=board.clock_hz,
        error=file.error,
        predicted=predict(data.test, False),
        learned=predict(data.train, True) if network.learns else None,
        passes=None if epochs is None else passes_of(prepared, file.model, compact, epochs, samples, last=last),
    )
    report.tell(summary.lines())
    report.finish(summary.json())
