"""Cycles of a mesh of small networks, emulated against those of the Verilog.

    PYTHONPATH=tests python benchmarks/mesh_exact.py --spikes SIZES | --integrates SIZES [--cores N] [--samples N]

As `sfdfa-codegen cycles --target rtl-mesh` for what is no preset: random samples are learned one after the other, and calibration has learned others of their kind. Stops with 1 where a core or a makespan is off. SIZES: channels first, with
commas between; outputs spike or integrate.
"""

import sys
from typing import Final

import click
import numpy as np
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import TimedMesh
from sfdfa_codegen.host.cycles.kept_mesh_models import kept_mesh_models
from sfdfa_codegen.host.cycles.mesh_calibration import MOST_DATA
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh

DENSITY: Final = 0.3
"""Of events."""
COMPARED, LEARNED_BEFORE = 1, 2
"""Seeds."""


@click.command()
@click.option("--spikes", help="Sizes of a network whose outputs spike.")
@click.option("--integrates", help="Of one whose outputs integrate.")
@click.option("--cores", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option("--samples", type=click.IntRange(min=1), default=50, show_default=True)
def main(spikes: str | None, integrates: str | None, cores: int, samples: int) -> None:
    """Compare each core, handler and makespan."""
    sizes = [int(size) for size in (spikes or integrates or "10,9,7,4").split(",")]
    network = (make_integrator if integrates else make_network)(*sizes)
    mesh = even_map(network, cores)
    before = make_samples(network, MOST_DATA, DENSITY, LEARNED_BEFORE)
    models = kept_mesh_models(network, mesh, data=[before[index] for index in range(len(before))])
    rtl, emulated = RtlMesh(network, mesh), TimedMesh(network, mesh, models)
    compared = make_samples(network, samples, DENSITY, COMPARED)
    for number in range(samples):
        sample = compared[number]
        for machine in (rtl, emulated):
            machine.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    rtl.close()
    off = [found.makespan - counted.makespan for found, counted in zip(emulated.runs, rtl.runs, strict=True)]
    busy = [np.abs(found.busy - counted.busy).max() for found, counted in zip(emulated.runs, rtl.runs, strict=True)]
    unknown = sum(model.unknown for model in models)
    click.echo(
        f"makespan {np.mean([run.makespan for run in rtl.runs]):,.0f}, to the cycle in {off.count(0)} of {samples}; cores and handlers in {busy.count(0)}, at most {max(busy)} off; {unknown} stretches unlike any that was measured"
    )
    sys.exit(1 if any(off) or any(busy) else 0)


if __name__ == "__main__":
    main()
