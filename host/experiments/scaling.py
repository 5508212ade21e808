"""How much faster is a network on many cores, and where does that stop?"""

from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state, starting_from
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column, measured, whole
from sfdfa_codegen.host.experiments.networks import integer_network
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.mesh.energy import TABLES, MeshUse, counted_operations
from sfdfa_codegen.host.mesh.load import counted_bound, mean_load, measured_load, sample_loads
from sfdfa_codegen.host.mesh.mapping import best_map
from sfdfa_codegen.host.mesh.spreading import SPREAD_SAMPLES, renumbered, spread_orders

ORDINARY: Final = "rtl-picorv32"
"""The target with the image of one core that is not part of a mesh."""
CORES: Final = (1, 2, 4, 8, 16)
MANY_CORES: Final = {"mnist-128": (64, 256)}
"""And these."""
LEARNED: Final = {"digits": 1437, "mnist-128": 6000, "fashion-400-400": 300}
"""Samples that are learned before anything is measured."""
SAMPLES: Final = 5
SPREAD: Final = {"mnist-128": (8, 16)}
"""On so many cores once more, with hidden neurons numbered anew: `spread`, for so many cores."""
HANDLERS: Final = {
    "events": (Kind.EVENTS, Kind.START),
    "ticks": (Kind.SPIKE, Kind.END),
    "reports": (Kind.REPORT, Kind.SUM, Kind.VERDICT, Kind.GRADE, Kind.ERROR, Kind.RANKS, Kind.READY),
    "learning": (Kind.PREPARE, Kind.COMMIT),
}
COLOURS: Final = ("blue", "orange", "green", "red", "purple")


def settings(quick: bool) -> list[Settings]:
    if quick:
        return [{"network": "digits", "learned": 100, "samples": 2, "cores": cores} for cores in (0, 1, 2, 4)]
    rows: list[dict[str, Any]] = [{"network": name, "learned": LEARNED[name], "samples": SAMPLES} for name in LEARNED]
    trace = {**rows[1], "learning": {"eligibility": "trace"}}
    return [
        *({**row, "cores": cores} for row in rows for cores in (0, *CORES, *MANY_CORES.get(row["network"], ()))),
        *(
            {**row, "spread": spread, "cores": cores}
            for row in rows
            for spread in SPREAD.get(row["network"], ())
            for cores in (0, spread)
        ),
        *({**trace, "cores": cores} for cores in (10, 16)),
    ]


def _learned_network(network: IntegerNetwork, samples: SpikeDataset) -> IntegerNetwork:
    """The network as it is when it has learned these."""
    with NativeDevice(network) as device:
        device.run_samples(samples, learn=True)
        return starting_from(network, device.read_state())


def _spread_network(network: IntegerNetwork, samples: SpikeDataset, cores: int) -> IntegerNetwork:
    """With its hidden neurons numbered anew."""
    loads = list(sample_loads(network, samples))
    mesh = best_map(mean_load(network, loads), cores)
    *_, orders = spread_orders(network, loads, mesh)
    return starting_from(network, renumbered(network, initial_state(network), orders))


def _on_one_board(network: IntegerNetwork, samples: SpikeDataset) -> Result:
    with find_target(ORDINARY).open(network) as device:
        cycles = [device.run_sample(samples[number], learn=True).cycles for number in range(len(samples))]
        return {"makespan": float(np.mean([count for count in cycles if count is not None])), "crc": device.state_crc()}


def run(settings: Settings, seed: int) -> Result:
    """Learn, then count the cycles of the samples that follow."""
    _, data, network = integer_network(settings, seed)
    learned, count, cores = settings["learned"], settings["samples"], settings["cores"]
    network = _learned_network(network, data.train.head(learned))
    samples = data.train.take(np.arange(learned, learned + count) % len(data.train))
    before = data.train.take(np.arange(learned - SPREAD_SAMPLES, learned) % len(data.train))
    if settings.get("spread"):
        network = _spread_network(network, before, settings["spread"])
    if cores == 0:
        return _on_one_board(network, samples)
    mesh_map = best_map(measured_load(network, before), cores)
    mesh = RtlMesh(network, mesh_map)
    for number in range(count):
        sample = samples[number]
        mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    busy = np.mean([cycles.busy for cycles in mesh.runs], axis=0)
    makespan = float(np.mean([cycles.makespan for cycles in mesh.runs]))
    transfers = float(np.mean([cycles.transfers for cycles in mesh.runs]))
    operations = counted_operations(network, samples)
    use = MeshUse(cores, makespan, transfers, operations)
    busiest = busy[busy.sum(axis=1).argmax()]
    result: Result = {
        "makespan": makespan,
        "busy": float(busy.sum()),
        "bound": counted_bound(network, samples, mesh_map),
        "transfers": transfers,
        "deepest": max(mesh.deepest()),
        "crc": mesh.state_crc(),
        **{name: float(busiest[list(kinds)].sum()) for name, kinds in HANDLERS.items()},
        **{table.name: 1e6 * table.joules(use) for table in TABLES},
    }
    mesh.close()
    return result


def _network_name(group: Group) -> str:
    trace = group.settings.get("learning", {}).get("eligibility") == "trace"
    return (
        f"{group.settings['network']}{', traces' if trace else ''}{', spread' if group.settings.get('spread') else ''}"
    )


def _alike(groups: list[Group], group: Group, cores: int) -> Group | None:
    """The same network on so many cores."""
    wanted = {**group.settings, "cores": cores}
    return next((other for other in groups if other.settings == wanted), None)


def _mean(group: Group | None, key: str) -> float | None:
    estimate = None if group is None else group.estimate(key)
    return None if estimate is None else estimate.mean


def _speed_up(groups: list[Group], group: Group) -> float | None:
    """Against the ordinary image on one core."""
    ordinary, own = _mean(_alike(groups, group, 0), "makespan"), _mean(group, "makespan")
    return None if ordinary is None or own is None else ordinary / own


def _repeated(groups: list[Group], group: Group) -> float | None:
    """The share of what all cores do that a mesh of one core would not do."""
    one, own = _mean(_alike(groups, group, 1), "busy"), _mean(group, "busy")
    return None if one is None or own is None else 1 - one / own


def _columns(groups: list[Group]) -> tuple[Column[Group], ...]:
    def cores(group: Group) -> str:
        spread = group.settings.get("spread")
        return str(group.settings["cores"] or f"1, ordinary{f', as for {spread}' if spread else ''}")

    return (
        column("network", "network", _network_name),
        column("cores", "cores", cores),
        whole("makespan", "makespan, cycles"),
        column("speed_up", "speed-up", lambda group: _speed_up(groups, group), "number"),
        measured("bound", "bound by counted work", "number"),
        column("repeated", "repeated", lambda group: _repeated(groups, group), "per cent"),
        *(measured(name, f"{name}, cycles of the busiest core", "number", detail=True) for name in HANDLERS),
        whole("transfers", "packets from node to node"),
        measured("deepest", "packets in a mailbox at most", "number", detail=True),
        *(measured(table.name, f"{table.name}, µJ (estimate)", "number", detail=True) for table in TABLES),
    )


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(_columns(groups), groups), (_figure(groups),), (NOTE,))


def _answer(groups: list[Group]) -> str:
    told = []
    for name in dict.fromkeys(_network_name(group) for group in groups):
        found = [(_speed_up(groups, group), group) for group in groups if _network_name(group) == name]
        known = [(speed, group) for speed, group in found if speed is not None and group.settings["cores"]]
        if known:
            speed, group = max(known, key=lambda pair: pair[0])
            told.append(f"{name} is at best {speed:.2f} times as fast, on {group.settings['cores']} cores")
    same = all(_is_same(groups, group) for group in groups)
    bits = "Every mesh ends with the bits of one core" if same else "SOME MESH DOES NOT END with the bits of one core"
    return f"Against the ordinary image on one PicoRV32, {'; '.join(told)}. {bits}."


def _is_same(groups: list[Group], group: Group) -> bool:
    """Whether the state is that of the ordinary image, where that was run."""
    other = _alike(groups, group, 0)
    return other is None or [one.result["crc"] for one in other.outcomes] == [
        one.result["crc"] for one in group.outcomes
    ]


def _figure(groups: list[Group]) -> Figure:
    series = []
    for colour, name in zip(COLOURS, dict.fromkeys(_network_name(group) for group in groups), strict=False):
        mine = [group for group in groups if _network_name(group) == name and group.settings["cores"]]
        cores = [float(group.settings["cores"]) for group in mine]
        series.append(Series(name, cores, [_speed_up(groups, group) for group in mine], colour=colour))
        series.append(
            Series(f"{name}, bound", cores, [_mean(group, "bound") for group in mine], colour=colour, dashed=True)
        )
    caption = "Speed-up against the ordinary image on one core, and what it would be if only the counted work took time (dashed)."
    panel = Panel("", "cores", "speed-up", series, log_x=True, log_y=True)
    return Figure("scaling", caption, (panel,), panel_inches=(7.0, 4.2))


NOTE: Final = (
    "Samples that are learned, on PicoRV32 cores in Verilog (rtl-mesh), after others were learned in C. The bound is the counted work of all neurons in these samples over that of the core with the most in each. Spread: hidden neurons are numbered anew, on samples that were learned last, as the command spread does, and one core has the same numbers. Repeated: the share "
    "of all busy cycles that one core with everything would not have. Energy is an estimate, "
    + "; ".join(f"{table.name} ({table.source}): {table.formula}" for table in TABLES)
    + "."
)

STUDY: Final = Study(
    name="scaling",
    title="One network on many cores",
    question="How much faster does a network learn on many cores that share nothing but packets, and where does that stop?",
    settings=settings,
    run=run,
    findings=findings,
)
