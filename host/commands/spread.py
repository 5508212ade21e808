"""`sfdfa-codegen spread`."""

from pathlib import Path

import click
from rich.progress import Progress
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, starting_from
from sfdfa_codegen.codegen.mesh.mesh_map import MOST_CORES, MeshMap
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import network_argument, seed_option, weights_option
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.mesh.load import Load, mean_load, sample_loads
from sfdfa_codegen.host.mesh.mapping import best_map
from sfdfa_codegen.host.mesh.spreading import (
    SPREAD_SAMPLES,
    Order,
    check_spreadable,
    renumbered,
    spread_orders,
    spread_time,
)
from sfdfa_codegen.host.outputs import check_writable
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar
from sfdfa_codegen.host.runs.state_file import load_state, save_state


@click.command("spread")
@network_argument
@click.option(
    "--cores", type=click.IntRange(2, MOST_CORES), required=True, metavar="N", help="The mesh has so many cores."
)
@click.option(
    "--state-in",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="What run --state-out wrote.",
)
@click.option(
    "--state-out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Write the same state with its hidden neurons numbered anew.",
)
@weights_option
@seed_option
@json_option
def spread_command(
    network: str | None,
    cores: int,
    state_in: Path,
    state_out: Path,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Number the hidden neurons of a learned NETWORK anew, so that those that learn from the same samples are on different cores of a mesh.

    A sample is learned when the core with most neurons that spiked is done. The order is found on training samples, and tried on others. The
    network predicts what it predicted; what it learns from now on has other random numbers, the same on every target.
    """
    report = Report(json_file)
    check_writable(state_out)
    prepared = prepare(load_spec(network, seed), weights)
    own, train = prepared.integer_network, prepared.data.train
    check_spreadable(own)
    state = load_state(state_in, own)
    if len(train) < 2:
        raise ConfigError(f"network '{own.name}': two training samples are needed: to find an order on, and to try it")
    count = min(SPREAD_SAMPLES, len(train) // 2)
    learned = starting_from(own, state)
    with progress_bar() as bar:
        loads = _counted(bar, learned, train.head(2 * count))
        chosen, others = loads[:count], loads[count:]
        mesh = best_map(mean_load(learned, chosen), cores)
        orders = _found(bar, learned, chosen, mesh)
    rows, gains = [], {}
    for name, samples in (("found on", chosen), ("others", others)):
        before, after = spread_time(learned, samples, mesh), spread_time(learned, samples, mesh, orders)
        rows.append((f"{name}: {len(samples)}", f"{before:,.0f}", f"{after:,.0f}"))
        gains[name.replace(" ", "_")] = {"samples": len(samples), "before": before, "after": after}
    title = f"{own.name} on {cores} cores: operations of a sample, of the busiest cores"
    report.table(title, ("training samples", "as it was", "spread"), rows)
    if report.output(lambda: save_state(state_out, own, renumbered(own, state, orders))):
        report.line(
            f"state in {state_out}, for run --state-in and build --state; it runs anywhere, and is spread for {cores} cores"
        )
    report.finish({"network": own.name, "cores": cores, "file": str(state_out), "operations": gains})


def _counted(bar: Progress, network: IntegerNetwork, samples: SpikeDataset) -> list[Load]:
    task = bar.add_task("counting, samples", total=len(samples), note="")
    loads = []
    for load in sample_loads(network, samples):
        loads.append(load)
        bar.advance(task)
    return loads


def _found(bar: Progress, network: IntegerNetwork, loads: list[Load], mesh: MeshMap) -> list[Order]:
    """The last order is the best."""
    task = bar.add_task("swapping neurons, passes", total=None, note="")
    passes = []
    for orders in spread_orders(network, loads, mesh):
        passes.append(orders)
        bar.advance(task)
    return passes[-1]
