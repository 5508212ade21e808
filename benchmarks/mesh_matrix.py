"""The C of the cores of a mesh against the emulator of one core: CRC, predictions and saturation counts, for many networks, numbers of cores and seeds.

    python benchmarks/mesh_matrix.py [--network NAME]... [--cores N]... [--seeds N] [--share PERCENT] [--json FILE]

Each row is a preset, some with another rule or format or a smaller capacity. Packets arrive in a mixed order that depends on the seed. Predictions and learned state are compared after every sample,
saturation counts at the end. Prints a table, and stops with 1 where anything differs. Data as the presets want it (SFDFA_DATA).
"""

import sys
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, Literal

import click
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.mesh_native import native_cores
from sfdfa_codegen.host.network.spec import LayerSpec, NetworkSpec
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar

COLUMNS: Final = ("network", "cores", "seed", "samples", "spikes past the capacity", "CRC", "")
CORES: Final = (1, 2, 3, 5, 8, 16)
SEEDS: Final = 3


@dataclass(frozen=True)
class Case:
    """A network and how many samples of it are learned. learning, fixed_point: keys of these sections that differ. layers: neurons. capacity: of every layer, where it is not as usual."""

    preset: str
    samples: int
    learning: tuple[tuple[str, object], ...] = ()
    weight_bits: Literal[4, 8, 16] = 8
    layers: tuple[int, ...] = ()
    capacity: int | None = None

    def spec(self, seed: int) -> NetworkSpec:
        spec = load_spec(self.preset, seed)
        changes: dict[str, Any] = dict(self.learning)
        spec = replace(spec, learning=replace(spec.learning, **changes))
        if self.layers:
            spec = replace(spec, layers=tuple(LayerSpec(neurons) for neurons in self.layers))
            spec = replace(spec, neuron=replace(spec.neuron, threshold="auto"))
        return replace(spec, fixed_point=replace(spec.fixed_point, weight_bits=self.weight_bits))

    def network(self, network: IntegerNetwork) -> IntegerNetwork:
        if self.capacity is None:
            return network
        layers = tuple(replace(layer, spike_capacity=self.capacity) for layer in network.layers)
        return replace(network, layers=layers)


TRACE: Final = (("eligibility", "trace"),)
CASES: Final = {
    "digits": Case("digits", 1000),
    "digits-counts": Case("digits-counts", 1000),
    "digits-counts, trace": Case("digits-counts", 1000, TRACE),
    "digits-counts, dfa": Case("digits-counts", 200, (("rule", "dfa"),)),
    "digits-counts, exact gradient": Case("digits-counts", 200, (("gradient", "exact"),)),
    "digits-counts, 4 bits": Case("digits-counts", 200, weight_bits=4),
    "digits-counts, 16 bits": Case("digits-counts", 200, weight_bits=16),
    "digits-counts, trace, 4 bits": Case("digits-counts", 200, TRACE, weight_bits=4),
    "digits-counts, trace, 16 bits": Case("digits-counts", 200, TRACE, weight_bits=16),
    "digits-counts, capacity 12": Case("digits-counts", 200, capacity=12),
    "digits-counts, none": Case("digits-counts", 200, (("rule", "none"),)),
    "64-24-20-10 with grades": Case("digits-counts", 200, layers=(24, 20, 10)),
    "64-24-20-10 with grades, trace": Case("digits-counts", 200, TRACE, layers=(24, 20, 10)),
    "mnist-128": Case("mnist-128", 200),
    "mnist-128, trace": Case("mnist-128", 200, TRACE),
    "fashion-400-400": Case("fashion-400-400", 50),
    "fashion-400-400, capacity 300": Case("fashion-400-400", 50, capacity=300),
}


@dataclass(frozen=True)
class Outcome:
    """Of one case, number of cores and seed. forgotten: spikes past the capacity. equal: in every bit."""

    case: str
    cores: int
    seed: int
    samples: int
    forgotten: int
    crc: int
    equal: bool

    def row(self) -> tuple[str, ...]:
        told = "equal" if self.equal else "DIFFERS"
        return (self.case, *map(str, (self.cores, self.seed, self.samples, self.forgotten)), f"{self.crc:08x}", told)


@dataclass(frozen=True)
class Reference:
    """One core: what it said of each sample, and the state's CRC then."""

    seen: list[tuple[int, list[int]]]
    crcs: list[int]
    saturations: dict[str, int]
    state: bytes


def _learn(device: Emulator | MeshEmulator, network: IntegerNetwork, samples: SpikeDataset) -> Reference:
    seen, crcs = [], []
    for number in range(len(samples)):
        sample = samples[number]
        found = device.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        seen.append((found.prediction, found.counts.tolist()))
        crcs.append(device.state_crc())
    return Reference(seen, crcs, device.saturations, state_to_bytes(network, device.state))


def _outcomes(name: str, cores: tuple[int, ...], seed: int, share: int) -> list[Outcome]:
    case = CASES[name]
    prepared = prepare(case.spec(seed))
    network = case.network(prepared.integer_network)
    samples = prepared.data.train.head(max(1, case.samples * share // 100))
    expected = _learn(Emulator(network), network, samples)
    found = []
    for count in cores:
        mesh = even_map(network, count)
        device = MeshEmulator(network, mesh, Random(1000 * seed + count), make_core=native_cores(network, mesh))
        learned = _learn(device, network, samples)
        forgotten, crc = learned.saturations["spikes"], learned.crcs[-1]
        found.append(Outcome(name, count, seed, len(samples), forgotten, crc, learned == expected))
    return found


def compare(runs: list[tuple[str, int]], cores: tuple[int, ...], share: int) -> list[Outcome]:
    """runs: names of cases, each with a seed. share: of the samples, in percent."""
    outcomes: list[Outcome] = []
    with progress_bar() as bar:
        task = bar.add_task("comparing", total=len(runs), note="")
        for name, seed in runs:
            bar.update(task, note=name)
            outcomes += _outcomes(name, cores, seed, share)
            bar.update(task, advance=1)
    return outcomes


@click.command()
@click.option("--network", "names", type=click.Choice(tuple(CASES)), multiple=True, help="Left out: all of them.")
@click.option("--cores", type=click.IntRange(1, 256), multiple=True, help="Left out: 1, 2, 3, 5, 8 and 16.")
@click.option("--seeds", type=click.IntRange(1, 99), default=SEEDS, show_default=True, help="1 to this.")
@click.option(
    "--share", type=click.IntRange(1, 100), default=100, show_default=True, help="Of the samples, in percent."
)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(names: tuple[str, ...], cores: tuple[int, ...], seeds: int, share: int, json_file: str | None) -> None:
    """Compare meshes in C with the emulator of one core."""
    runs = [(name, seed) for name in names or CASES for seed in range(1, seeds + 1)]
    report = Report(json_file)
    try:
        outcomes = compare(runs, cores or CORES, share)
        report.table("Meshes in C against the emulator of one core", COLUMNS, [outcome.row() for outcome in outcomes])
        report.finish({"rows": [vars(outcome) for outcome in outcomes]})
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(0 if all(outcome.equal for outcome in outcomes) else 1)


if __name__ == "__main__":
    main()
