"""Packets that are lost between the cores of a mesh, one at a time, whatever kind they are of: each is missed before anything is learned, or changes nothing.

    python benchmarks/mesh_losses.py [--network NAME] [--cores N] [--losses N] [--samples N] [--seed N] [--json FILE]

Each loss is a run of its own, from the initial state: samples are learned by cores in C, one packet of all that are delivered is dropped, drawn with the seed, and predictions, learned state and saturation
counts have to be those of a run that loses none. Prints how many were lost of each kind and what came of it, and stops with 1 where anything differs. Data as the preset wants it (SFDFA_DATA).
"""

import sys
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from random import Random
from typing import Final

import click
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.emulator.mesh.mesh_emulator import CoreMaker, MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Kind
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.mesh_native import native_cores
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar

OUTCOMES: Final = ("run again", "told again", "not missed")
"""The sample was, from its start; the commit and the results were; nobody waited for the packet."""
COLUMNS: Final = ("kind", "lost", *OUTCOMES, "other bits")


@dataclass(frozen=True)
class Seen:
    """What a run gave. delivered: packets, lost ones among them. lost: kinds of those."""

    answers: list[tuple[int, list[int]]]
    state: bytes
    saturations: dict[str, int]
    delivered: int
    lost: tuple[int, ...]
    outcome: str

    def same_bits(self, other: "Seen") -> bool:
        return (self.answers, self.state, self.saturations) == (other.answers, other.state, other.saturations)


class Losses:
    """Runs of a network on so many cores, all with the same order of packets until one is lost."""

    def __init__(self, network: IntegerNetwork, samples: SpikeDataset, cores: int, seed: int) -> None:
        self._network, self._samples, self._seed = network, samples, seed
        self._mesh = even_map(network, cores)
        self._make: CoreMaker = native_cores(network, self._mesh)

    def run(self, lost: Container[int] = ()) -> Seen:
        many = MeshEmulator(self._network, self._mesh, Random(self._seed), lost, self._make)
        answers = []
        for number in range(len(self._samples)):
            sample = self._samples[number]
            found = many.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
            answers.append((found.prediction, found.counts.tolist()))
        told_again = many.fabric.delivered[Kind.AGAIN] > 0
        outcome = OUTCOMES[0 if many.host.repeated else 1 if told_again else 2]
        delivered = sum(many.fabric.delivered.values()) + len(many.fabric.dropped)
        state = state_to_bytes(self._network, many.state)
        return Seen(answers, state, many.saturations, delivered, tuple(many.fabric.dropped), outcome)


def count(losses: Losses, number: int, seed: int) -> dict[str, Counter[str]]:
    """By kind of the packet: how many were lost, each outcome, and "other bits"."""
    draws, expected = Random(seed), losses.run()
    found: dict[str, Counter[str]] = {}
    with progress_bar() as bar:
        task = bar.add_task("losing packets", total=number, note="")
        for _ in range(number):
            seen = losses.run({draws.randrange(expected.delivered)})
            counts = found.setdefault(Kind(seen.lost[0]).name.lower(), Counter())
            counts.update(("lost", seen.outcome))
            counts["other bits"] += not seen.same_bits(expected)
            bar.update(task, advance=1)
    return found


@click.command()
@click.option("--network", "name", default="digits-counts", show_default=True, help="A preset.")
@click.option("--cores", type=click.IntRange(1, 256), default=4, show_default=True)
@click.option("--losses", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--samples", type=click.IntRange(min=1), default=2, show_default=True, help="Learned in each run.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(name: str, cores: int, losses: int, samples: int, seed: int, json_file: str | None) -> None:
    """Lose packets between cores."""
    report = Report(json_file)
    try:
        prepared = prepare(load_spec(name, seed))
        runs = Losses(prepared.integer_network, prepared.data.train.head(samples), cores, seed)
        found = count(runs, losses, seed)
        found["all"] = sum(found.values(), Counter())
        rows = [(kind, *(str(counts[column]) for column in COLUMNS[1:])) for kind, counts in sorted(found.items())]
        report.table(f"{losses} packets lost between {cores} cores, {name}", COLUMNS, rows)
        report.finish({"rows": [{"kind": kind, **counts} for kind, counts in sorted(found.items())]})
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(1 if found["all"]["other bits"] else 0)


if __name__ == "__main__":
    main()
