"""`sfdfa-codegen cycles --target rtl-mesh`: each core and handler of a mesh, emulated against the Verilog."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.emulator.mesh.timing.grid_clock import Cycles
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import TimedMesh
from sfdfa_codegen.host.cycles.kept_mesh_models import kept_mesh_models
from sfdfa_codegen.host.cycles.mesh_calibration import MOST_DATA, VISITS
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.mesh_rtl import MeshCycles, RtlMesh
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.mesh.energy import TABLES, MeshUse, counted_operations
from sfdfa_codegen.host.mesh.load import counted_bound
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Report, progress_bar

TOLERANCE: Final = 0.02
"""Of a makespan."""
SAMPLES: Final = 20
ORDINARY: Final = "rtl-picorv32"
"""The same processor with the image for one core."""
PACKET_BYTES: Final = 8


@dataclass(frozen=True)
class _Compared:
    """Of the same samples: what was predicted, and what was counted."""

    emulated: list[Cycles]
    counted: list[MeshCycles]
    unknown: int
    deepest: list[int]

    @property
    def off(self) -> NDArray[np.int64]:
        """By how much each makespan is: (samples,)."""
        pairs = zip(self.emulated, self.counted, strict=True)
        return np.array([one.makespan - other.makespan for one, other in pairs], dtype=np.int64)

    @property
    def busy(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The mean of what was counted, and the largest error: (cores, kinds)."""
        counted = np.array([run.busy for run in self.counted])
        errors = np.abs(np.array([run.busy for run in self.emulated]) - counted)
        return counted.mean(axis=0), errors.max(axis=0)

    @property
    def makespan(self) -> float:
        return float(np.mean([run.makespan for run in self.counted]))

    @property
    def transfers(self) -> float:
        return float(np.mean([run.transfers for run in self.counted]))

    @property
    def worst(self) -> float:
        """The largest error of a makespan, relative to it."""
        return float(np.abs(self.off / np.array([run.makespan for run in self.counted])).max())


def compare_mesh(report: Report, prepared: Prepared, cores: int, samples: int) -> bool:
    """Training samples that are learned one after the other, on which nothing was fitted; calibration may learn others. Returns whether the predictions are good.

    Raises ConfigError for a number of cores that no mesh has, and whatever `RtlMesh` raises.
    """
    network, chosen = prepared.integer_network, prepared.data.train.head(samples)
    mesh = even_map(network, cores)
    found = _compare(network, mesh, chosen, _others(prepared.data.train, samples))
    report.line(f"{prepared.spec.name} on {cores} cores of {ORDINARY}, {len(chosen)} samples learned; cycles a sample")
    _tell_cores(report, found)
    exact = int(np.count_nonzero(found.off == 0))
    report.line(
        f"makespan {found.makespan:,.0f}; emulated to the cycle in {exact} of {len(chosen)}, at most {np.abs(found.off).max():,} off ({found.worst:.2%}); a handler of a core at most {found.busy[1].max():,}"
    )
    if found.unknown:
        report.line(f"{found.unknown} stretches of work were unlike any that was measured")
    told = _tell_costs(report, network, mesh, chosen, found)
    report.finish(
        {
            "network": prepared.spec.name,
            "cores": cores,
            "exact": exact,
            "worst": found.worst,
            "handler_off": int(found.busy[1].max()),
            **told,
        }
    )
    return found.worst <= TOLERANCE


def _others(train: SpikeDataset, samples: int) -> list[SpikeSample]:
    """The last ones, as far as they are not among the first that are compared."""
    return [train[index] for index in range(max(samples, len(train) - MOST_DATA), len(train))]


def _compare(network: IntegerNetwork, mesh: MeshMap, samples: SpikeDataset, others: Sequence[SpikeSample]) -> _Compared:
    with progress_bar() as bar:
        task = bar.add_task("calibrating", total=VISITS, note="")

        def show(visited: int, found: int) -> None:
            bar.update(task, completed=visited, note=f"{found} numbers found")

        models = kept_mesh_models(network, mesh, show, others)
        rtl, emulated = RtlMesh(network, mesh), TimedMesh(network, mesh, models)
        task = bar.add_task("comparing", total=len(samples), note="")
        for number in range(len(samples)):
            sample = samples[number]
            for machine in (rtl, emulated):
                machine.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
            bar.update(task, advance=1)
    deepest = rtl.deepest()
    rtl.close()
    return _Compared(emulated.runs, rtl.runs, sum(model.unknown for model in models), deepest)


def _tell_cores(report: Report, found: _Compared) -> None:
    mean, worst = found.busy
    kinds = [kind for kind in Kind if mean[:, kind].any()]
    rows = [
        (
            str(core),
            *(f"{mean[core, kind]:,.0f}" for kind in kinds),
            f"{mean[core].sum():,.0f}",
            str(worst[core].max()),
            str(found.deepest[core]),
        )
        for core in range(len(mean))
    ]
    heads = ("core", *(kind.name.lower() for kind in kinds), "all", "most off", "queue")
    report.table("Busy, by the packet that is handled", heads, rows)


def _tell_costs(
    report: Report, network: IntegerNetwork, mesh: MeshMap, samples: SpikeDataset, found: _Compared
) -> dict[str, object]:
    with find_target(ORDINARY).open(network) as device:
        counted = [device.run_sample(samples[number], learn=True).cycles or 0 for number in range(len(samples))]
    ordinary = float(np.mean(counted))
    speed_up, bound = ordinary / found.makespan, counted_bound(network, samples, mesh)
    report.line(
        f"the image for one core takes {ordinary:,.0f}: {speed_up:.2f} times as fast; counted work alone would allow {bound:.2f}"
    )
    report.line(
        f"{found.transfers:,.0f} packets go over links, {found.transfers * PACKET_BYTES:,.0f} bytes; the fullest mailbox held {max(found.deepest)}"
    )
    use = MeshUse(mesh.cores, found.makespan, found.transfers, counted_operations(network, samples))
    for table in TABLES:
        report.line(
            f"estimate of energy, {table.name}: {1e6 * table.joules(use):.3g} uJ = {table.formula} ({table.source})"
        )
    return {
        "makespan": found.makespan,
        "ordinary": ordinary,
        "speed_up": speed_up,
        "bound": bound,
        "transfers": found.transfers,
        "deepest": max(found.deepest),
        "energy_j": {table.name: table.joules(use) for table in TABLES},
    }
