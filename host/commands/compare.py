"""`sfdfa-codegen compare`."""

import contextlib
import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE, IntegerNetwork
from sfdfa_codegen.host.commands.command_line import command_given
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import (
    board_option,
    check_mesh_size,
    core_memory_option,
    cores_option,
    feed,
    from_option,
    map_option,
    network_argument,
    page_option,
    plot_option,
    port_option,
    seed_option,
    target_option,
    weights_option,
)
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.boards import cached_image
from sfdfa_codegen.host.devices.mesh_kinds import MeshSize
from sfdfa_codegen.host.devices.targets import TARGETS, Target, find_target, own_target
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.network.learning_rate import rate_scale
from sfdfa_codegen.host.pages.compare_page import compare_page
from sfdfa_codegen.host.pages.template import check_page, write_page
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar
from sfdfa_codegen.host.runs.learning_curve import check_plot, curve_of, plot_curves
from sfdfa_codegen.host.runs.lockstep import LockstepOutcome, merged, run_lockstep
from sfdfa_codegen.host.summaries.compare import CompareSummary

DIVERGED = 1
TRAINING_SAMPLES = 200
"""Unless another number is asked for."""
ALL = "all"
EMULATOR = "emu"


@click.command("compare")
@network_argument
@target_option(multiple=True)
@board_option
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Samples to learn; left out, 200 training samples, or all test samples.",
)
@click.option("--test", "of_test", is_flag=True, help="Learn test samples, and not training samples.")
@click.option(
    "--crc-every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Compare the state's CRC after every N samples, and after the last. Results are compared after each. For slow targets with large states.",
)
@cores_option
@core_memory_option
@map_option
@from_option
@port_option
@plot_option
@page_option
@weights_option
@seed_option
@json_option
@click.pass_context
def compare_command(
    context: click.Context,
    network: str | None,
    targets: tuple[str, ...],
    own_board: Path | None,
    samples: int | None,
    of_test: bool,
    crc_every: int,
    cores: int | None,
    core_memory: int | None,
    map_file: Path | None,
    source: str | None,
    port: str | None,
    plot: Path | None,
    page: Path | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Learn the same samples on several targets and compare every result and the state's CRC after each sample.

    The first difference is located, and the exit status is then 1. The float reference runs beside them for its accuracy. --target all
    takes every target whose tools are installed and where the network fits, one after the other beside the emulator, and says which are
    left out, and why. A real board is a --target BOARD with its --port, or several of them, each --target BOARD=PORT.
    """
    report = Report(json_file)
    if plot is not None:
        check_plot(plot)
    if page is not None:
        check_page(page)
    if targets == (ALL,) and port is not None:
        raise ConfigError(f"--target {ALL} takes no --port: name the board, as in --target emu --target BOARD=PORT")
    if targets == (ALL,) and own_board is not None:
        raise ConfigError(
            f"--target {ALL} takes no --board: name what to compare it with, as in --target emu --board FILE"
        )
    size = MeshSize(cores, core_memory, map_file)
    check_mesh_size(size, targets)
    own = None if own_board is None else own_target(own_board, port)
    if own is not None and context.get_parameter_source("targets") is not ParameterSource.COMMANDLINE:
        targets = (EMULATOR,)
    groups = None if targets == (ALL,) else [_chosen(targets, port, own, size)]
    prepared = prepare(load_spec(network, seed), weights)
    left_out: dict[str, str] = {}
    if groups is None:
        groups, left_out = _usable(prepared.integer_network)
        _tell_left_out(report, left_out)
    train = _samples(prepared, samples, of_test)
    outcome = merged([_compare(group, prepared, train, source, crc_every) for group in groups])
    hits = {**outcome.hits, "float": _float_hits(prepared, train)}
    curves = {name: curve_of(right) for name, right in hits.items()}
    summary = CompareSummary(prepared.spec.name, outcome, curves, left_out, crc_every)
    report.tell(summary.lines(report.console))
    if plot is not None:
        report.output(lambda: plot_curves(plot, prepared.spec.name, curves))
    if page is not None:
        report.output(lambda: write_page(page, compare_page(summary, command_given(context))))
    report.finish(summary.json())
    if outcome.divergence is not None:
        context.exit(DIVERGED)


@dataclass(frozen=True)
class Competitor:
    """A target and, of a real board, its port. name: what it is called where results are told."""

    name: str
    target: Target
    port: str | None = None


def _chosen(words: tuple[str, ...], port: str | None, own: Target | None, size: MeshSize) -> list[Competitor]:
    """The targets of the command line: TARGET, or BOARD=PORT, and a board of one's own. port: of the one real board that has none. size: of the mesh."""
    found = [(find_target(name, size), place or None) for name, _, place in (word.partition("=") for word in words)]
    found += [] if own is None else [(own, None)]
    _check_ports(found, port)
    placed = [(target, place or (port if target.needs_port else None)) for target, place in found]
    names = [target.name for target, _ in placed]
    chosen = [
        Competitor(target.name if names.count(target.name) == 1 else f"{target.name}={place}", target, place)
        for target, place in placed
    ]
    if len(chosen) < 2 or len(set(chosen)) < len(chosen):
        raise ConfigError(
            f"compare needs two or more different targets: give --target once for each, or --target {ALL}"
        )
    return chosen


def _check_ports(found: list[tuple[Target, str | None]], port: str | None) -> None:
    """Raise ConfigError unless each real board, and nothing else, has a port of its own."""
    ports = [place for _, place in found if place is not None]
    for target, place in found:
        if place is not None and not target.needs_port:
            raise ConfigError(f"the target {target.name} has no port: write --target {target.name}")
    waiting = [target.name for target, place in found if target.needs_port and place is None]
    if port is not None and not waiting:
        raise ConfigError("--port is for a real board, and no --target here waits for one: leave it out")
    if len(waiting) > 1 or (waiting and port is None):
        example = f"--target {waiting[0]}=PORT"
        raise ConfigError(f"{', '.join(waiting)} must be told where: {example}, or --port PORT for a single real board")
    if len({*ports, port} - {None}) < len(ports) + (port is not None):
        raise ConfigError("two boards cannot be on one port: give each --target BOARD=PORT its own")


def _samples(prepared: Prepared, count: int | None, of_test: bool) -> SpikeDataset:
    """What is learned."""
    if of_test:
        return prepared.data.test if count is None else prepared.data.test.head(count)
    return prepared.data.train.head(TRAINING_SAMPLES if count is None else count)


def _compare(
    competitors: list[Competitor], prepared: Prepared, train: SpikeDataset, source: str | None, crc_every: int
) -> LockstepOutcome:
    """Some targets in lockstep."""
    with contextlib.ExitStack() as stack:
        devices = {
            each.name: stack.enter_context(each.target.open(prepared.integer_network, each.port))
            for each in competitors
        }
        for each in competitors:
            feed(devices[each.name], each.target.name, source)
        with progress_bar() as bar:
            task = bar.add_task(", ".join(devices), total=len(train), note="")
            rate = _rates(prepared, len(train))
            return run_lockstep(devices, train, lambda done, _: bar.update(task, completed=done), rate, crc_every)


def _usable(network: IntegerNetwork) -> tuple[list[list[Competitor]], dict[str, str]]:
    """Each target that can run a network here without a port, together with the emulator, and why the others cannot."""
    usable, left_out = [], {}
    for target in TARGETS.values():
        if target.needs_port or target.name == EMULATOR:
            continue
        try:
            target.check()
            if target.board is not None:
                cached_image(network, target.board)
        except (ToolMissingError, DoesNotFitError) as error:
            left_out[target.name] = str(error).splitlines()[0]
        else:
            usable.append([Competitor(EMULATOR, TARGETS[EMULATOR]), Competitor(target.name, target)])
    return usable, left_out


def _tell_left_out(report: Report, left_out: dict[str, str]) -> None:
    for name, reason in left_out.items():
        report.line(f"left out: {name}: {reason}")


def _rates(prepared: Prepared, samples: int) -> Callable[[int], int]:
    """The rate scale of each sample, as in a run of one pass over `samples`."""
    return lambda sample: rate_scale(prepared.spec.learning, 0, sample, 1, samples)


def _float_hits(prepared: Prepared, train: SpikeDataset) -> list[bool]:
    """Predict, then learn, in the float reference, with weights kept to the range that the integers have; which samples it had right."""
    layer = prepared.integer_network.layers[0]
    weight_limit = 2.0 ** (prepared.integer_network.weight_bits - 1 - layer.weight_fraction_bits)
    learner = OnlineLearner(copy.deepcopy(prepared.float_network), prepared.spec, weight_limit=weight_limit)
    rates = _rates(prepared, len(train))
    hits = []
    with progress_bar() as bar:
        task = bar.add_task("float reference", total=len(train), note="")
        for index in range(len(train)):
            learner.rate = prepared.spec.learning.rate * rates(index) / RATE_SCALE_ONE
            hits.append(learner.step(train[index]).prediction == train[index].label)
            bar.update(task, completed=index + 1)
    return hits
