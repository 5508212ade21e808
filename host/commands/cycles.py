"""`sfdfa-codegen cycles`."""

from pathlib import Path

import click
from sfdfa_codegen.codegen.board import Board, CycleKind
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.frontend_counts import frontend_names
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.host.commands.cycles_measured import default_measured_file, measure_board, passes_of, predict_board
from sfdfa_codegen.host.commands.cycles_mesh import SAMPLES as MESH_SAMPLES
from sfdfa_codegen.host.commands.cycles_mesh import compare_mesh
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    RenamedOption,
    board_option,
    choose_target,
    cores_option,
    network_argument,
    port_option,
    seed_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.cycles.calibrate import STATES, Meter, calibrate
from sfdfa_codegen.host.cycles.comparison import CyclesOutcome, compare_cycles, compare_late_labels
from sfdfa_codegen.host.cycles.encoding_model import calibrate_encoding, encoding_names
from sfdfa_codegen.host.cycles.estimate import EstimateMeter
from sfdfa_codegen.host.cycles.frontend_model import calibrate_frontend
from sfdfa_codegen.host.cycles.kept_model import kept_model
from sfdfa_codegen.host.cycles.meters import BoardMeter, open_meter
from sfdfa_codegen.host.cycles.model_file import save_model
from sfdfa_codegen.host.cycles.sensing_models import SensingModels
from sfdfa_codegen.host.devices.device import Source
from sfdfa_codegen.host.devices.mesh_kinds import DEFAULT_CORES, RTL_MESH, MeshSize
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar
from sfdfa_codegen.host.summaries.cycles import CyclesSummary

WRONG = 1
TOLERANCE: dict[CycleKind, float] = {"estimate": 0.05, "measured": 0.05}
"""Of the longest sample; other kinds have none."""
SAMPLES = 100
SAMPLES_OF_A_BOARD = 1000
"""There are some 130 coefficients to tell apart."""


@click.command("cycles")
@network_argument
@target_option()
@board_option
@port_option
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Training samples to learn, and test samples to predict, that are compared. Left out, 100; with --port, where every fourth is "
    "compared and the others are fitted, 1000.",
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
@click.option(
    "--measured",
    "--board-file",
    "measured_file",
    cls=RenamedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --port: where to write what the board was measured to take for each count; left out, NETWORK-BOARD.cycles.json here. With "
    "--target emu: such a file, from which the cycles of its board are predicted. build takes it too.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["samples", "readings", "events"]),
    default="events",
    show_default=True,
    help="What samples are given as: samples of the sensor, of which the target makes the readings; readings, of which it makes the events; or the events. What the "
    "target makes is a phase of its own.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    metavar="E",
    help="Predict also every call of so many passes over the training samples, shown as run does, and of the test samples after them; "
    "--samples of each are measured. Left out, none.",
)
@click.option(
    "--last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of the --epochs, predict only the last N; those before them are learned in the generated C on this machine, which is much faster.",
)
@cores_option
@weights_option
@seed_option
@json_option
@click.pass_context
def cycles_command(
    context: click.Context,
    network: str | None,
    target: str,
    own_board: Path | None,
    port: str | None,
    samples: int | None,
    model_file: Path | None,
    by_line: bool,
    measured_file: Path | None,
    source: Source,
    epochs: int | None,
    last: int | None,
    cores: int | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Predict the cycles of each sample, and compare with what the target counts.

    The model is made from the compiled image: it runs on samples made for the purpose, never on those of the data set. Where a prediction
    is not what its kind promises, the exit status is 1.

    With --port a real board runs samples of the data set and counts its cycles: by DWT on Cortex-M3 and up, SysTick and timer on the Pico, a
    timer on the micro:bit and AVR boards, mcycle on RISC-V. A model is fitted to three of four samples, compared with the others, and
    written to the file that --measured names.

    With --target rtl-mesh the network runs on --cores in Verilog, and what each takes for each kind of packet is predicted, and the makespan; a prediction may be 2 % off.
    There the model is made from samples of the data set, too, but never from those that are compared.
    """
    report = Report(json_file)
    if epochs is not None and (port is not None or by_line or source != "events"):
        raise ConfigError(
            "--epochs is for events on simulators, tables of cores and files of --measured: leave out --port, --lines and --from"
        )
    if last is not None and epochs is None:
        raise ConfigError("--last says how many of the passes of --epochs are predicted: give --epochs too")
    if model_file is not None:
        check_writable(model_file)
    chosen = choose_target(target, own_board, port, MeshSize(cores, None))
    if chosen.name == RTL_MESH:
        _check_mesh_options(model_file, by_line, measured_file, source, epochs)
        prepared = prepare(load_spec(network, seed), weights)
        _check_counted(prepared.integer_network)
        if not compare_mesh(report, prepared, cores or DEFAULT_CORES, samples or MESH_SAMPLES):
            context.exit(WRONG)
        return
    target, board = chosen.name, chosen.board
    if board is None:
        if target != "emu" or measured_file is None:
            raise ConfigError(
                f"{target} does not run on a processor that is known; choose a board or one of its simulators, or give emu a file of --measured"
            )
        predict_board(
            report, prepare(load_spec(network, seed), weights), measured_file, samples or SAMPLES, epochs, last
        )
        return
    if measured_file is not None and port is None:
        raise ConfigError("the file of --measured is written with --port and read with --target emu; give one of them")
    prepared = prepare(load_spec(network, seed), weights)
    _check_counted(prepared.integer_network)
    _check_source(prepared.integer_network, source, port, by_line)
    if port is None or by_line:
        meter = open_meter(prepared.integer_network, board, target, port, by_line, source)
        outcome = _compare(prepared, board, meter, samples or SAMPLES, by_line, source, epochs, last)
    else:
        path = measured_file or default_measured_file(prepared.spec.name, board)
        outcome = measure_board(report, prepared, board, target, port, samples or SAMPLES_OF_A_BOARD, path)
    if model_file is not None:
        report.output(lambda: save_model(model_file, outcome.model))
    summary = CyclesSummary(prepared.spec.name, target, source, board.clock_hz, outcome, by_line)
    report.tell(summary.lines())
    report.finish(summary.json())
    if summary.worst > TOLERANCE.get(outcome.kind, 0.0) * summary.largest:
        context.exit(WRONG)


def _check_mesh_options(
    model_file: Path | None, by_line: bool, measured_file: Path | None, source: Source, epochs: int | None
) -> None:
    """Raises ConfigError for what there is not of a mesh."""
    given = {
        "--model": model_file is not None,
        "--lines": by_line,
        "--measured": measured_file is not None,
        "--from": source != "events",
        "--epochs": epochs is not None,
    }
    for option, is_given in given.items():
        if is_given:
            raise ConfigError(f"{option} is not for --target {RTL_MESH}: leave it out")


def _check_counted(network: IntegerNetwork) -> None:
    """Raises ConfigError for a network whose work is not counted."""
    if network.is_biased:
        raise ConfigError(
            f"{network.name} has biases, whose work is not counted; measure with run --target, which says the cycles of each sample"
        )


def _check_source(network: IntegerNetwork, source: Source, port: str | None, by_line: bool) -> None:
    """Raises ConfigError for readings or samples that are not there, or are not measured."""
    if source == "samples" and network.frontend is None:
        raise ConfigError(f"--from samples: {network.name} has no [frontend]; leave --from out")
    if source == "readings" and network.encoder is None:
        raise ConfigError(f"--from readings: {network.name} takes events, it has no features; leave --from out")
    if source != "events" and by_line:
        raise ConfigError(
            f"--lines tells the lines of the network, which are the same from events: leave out --from {source}"
        )
    if source != "events" and port is not None:
        raise ConfigError(f"--from {source} is for simulators and the tables of cores: with --port leave it out")


def _compare(
    prepared: Prepared,
    board: Board,
    opened: BoardMeter | EstimateMeter,
    samples: int,
    by_line: bool,
    source: Source,
    epochs: int | None = None,
    last: int | None = None,
) -> CyclesOutcome:
    """With a simulator, or the tables of a core: the model is made of samples of its own."""
    network, data = prepared.integer_network, prepared.data
    with opened as meter:
        model = _model(network, board, meter, kept=not by_line)
        sensing = None if source == "events" else _sensing_models(network, board, meter, source)
        test, train = data.test.head(samples), data.train.head(samples)
        predicted = compare_cycles(network, model, meter, test, False, sensing)
        learned = compare_cycles(network, model, meter, train, True, sensing) if network.learns else None
        unlabelled = compare_cycles(network, model, meter, train, True, sensing, False) if network.asks else None
        late = compare_late_labels(network, model, meter, train) if network.asks and network.ring_slots else None
        passes = None if epochs is None else passes_of(prepared, model, meter.compact, epochs, samples, meter, last)
        kind, assumptions = meter.kind, meter.assumptions
        return CyclesOutcome(
            kind, model, predicted, learned, assumptions, unlabelled=unlabelled, late=late, passes=passes
        )


def _model(network: IntegerNetwork, board: Board, meter: Meter, kept: bool) -> CycleModel:
    """From the user's cache, or measured now. kept: whether it may be in the cache."""
    if not kept:
        return _calibrated(network, meter)
    names = SampleCounter(network, meter.compact).names
    return kept_model(network, board, names, lambda: _calibrated(network, meter))


def _sensing_models(
    network: IntegerNetwork, board: Board, meter: BoardMeter | EstimateMeter, source: Source
) -> SensingModels:
    """The same of what is before the network."""
    meter.take("readings")
    encoding = kept_model(network, board, encoding_names(network), lambda: calibrate_encoding(network, meter))
    if source == "readings":
        return SensingModels(encoding)
    meter.take(source)
    payload = board.max_payload
    assert network.frontend is not None
    names = frontend_names(network.frontend)
    frontend = kept_model(network, board, names, lambda: calibrate_frontend(network, meter, payload))
    return SensingModels(encoding, frontend, payload)


def _calibrated(network: IntegerNetwork, meter: Meter) -> CycleModel:
    with progress_bar() as bar:
        task = bar.add_task("calibrating", total=STATES, note="")

        def show(visited: int, measured: int) -> None:
            bar.update(task, completed=visited, note=f"{measured} samples measured")

        return calibrate(network, meter, show).model
