"""The graph of a mesh, placed and routed by SpiNNaker's own tools: PACMAN on a virtual SpiNN-5 board, with our keys.

    python benchmarks/spinnaker_pacman.py --pacman PYTHON [--network NAME] [--cores N]...

PYTHON is one of 3.8 or later with PACMAN, as `python3 -m venv pacman && pacman/bin/pip install 'SpiNNaker_PACMAN==1!7.4.1'` makes it. It gets the cores, the gate to the host, and who sends which keys to whom, section 3 of docs/MESH.md;
it places and routes them, and its checker of routes goes over the tables. Then every key is followed here through the tables: it must reach the cores that it is for, each once, and no other. Prints a row for each number of cores, and stops with 1 where a key
goes astray. Nothing is run: a virtual board cannot.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from sfdfa_codegen.codegen.errors import SfdfaError, ToolMissingError
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.spinnaker.flows import GATE, Flow, flows

CORES: Final = (2, 8, 16, 64)
COLUMNS: Final = (
    "cores",
    "chips",
    "keys and masks",
    "entries of a chip at most",
    "PACMAN's checker",
    "keys gone astray",
)
MOST_ENTRIES: Final = 1023
"""A router has 1,024, one of which the system takes."""
OPPOSITE: Final = (3, 4, 5, 0, 1, 2)
"""Of the links of a chip."""

PLACE_AND_ROUTE: Final = """
import json, sys
from spinn_utilities.config_holder import set_config
from spinn_machine.virtual_machine import virtual_machine_by_boards
from pacman.config_setup import unittest_setup
from pacman.data import PacmanDataView
from pacman.data.pacman_data_writer import PacmanDataWriter
from pacman.exceptions import PacmanRoutingException
from pacman.model.graphs.application import ApplicationEdge
from pacman.model.graphs.application.abstract import AbstractOneAppOneMachineVertex
from pacman.model.graphs.machine import SimpleMachineVertex
from pacman.model.partitioner_splitters import SplitterOneAppOneMachine
from pacman.model.placements import Placements
from pacman.model.resources import ConstantSDRAM
from pacman.model.routing_info import AppVertexRoutingInfo, BaseKeyAndMask, MachineVertexRoutingInfo, RoutingInfo
from pacman.operations.multi_cast_router_check_functionality.valid_routes_checker import validate_routes
from pacman.operations.partition_algorithms import splitter_partitioner
from pacman.operations.placer_algorithms import place_application_graph
from pacman.operations.router_algorithms import route_application_graph
from pacman.operations.routing_table_generators import basic_routing_table_generator

given = json.load(open(sys.argv[1]))
unittest_setup()
set_config("Machine", "version", 5)
writer = PacmanDataWriter.mock()
writer.set_machine(virtual_machine_by_boards(1))
cores = {}
for name in given["cores"]:
    machine = SimpleMachineVertex(ConstantSDRAM(0), label=name)
    cores[name] = AbstractOneAppOneMachineVertex(machine, name)
    machine._app_vertex = cores[name]
    cores[name].splitter = SplitterOneAppOneMachine()
    writer.add_vertex(cores[name])
keys = RoutingInfo()
for flow in given["flows"]:
    sender = cores[flow["sender"]]
    for receiver in flow["receivers"]:
        writer.add_edge(ApplicationEdge(sender, cores[receiver]), flow["name"])
    key = BaseKeyAndMask(flow["key"], flow["mask"])
    keys.add_routing_info(AppVertexRoutingInfo(key, flow["name"], sender, flow["mask"], 0, 0))
    keys.add_routing_info(MachineVertexRoutingInfo(key, flow["name"], sender.machine_vertex, 0))
writer.set_routing_infos(keys)
splitter_partitioner()
writer.set_placements(place_application_graph(Placements()))
writer.set_routing_table_by_partition(route_application_graph())
tables = basic_routing_table_generator()
try:
    validate_routes(tables)
    said = ""
except PacmanRoutingException as error:
    said = str(error)
places = {name: PacmanDataView.get_placement_of_vertex(vertex.machine_vertex) for name, vertex in cores.items()}
found = {
    "said": said,
    "places": {name: [place.x, place.y, place.p] for name, place in places.items()},
    "links": [
        [chip.x, chip.y, link.source_link_id, link.destination_x, link.destination_y]
        for chip in PacmanDataView.get_machine().chips for link in chip.router.links
    ],
    "entries": [
        [table.x, table.y, entry.key, entry.mask, sorted(entry.link_ids), sorted(entry.processor_ids)]
        for table in tables for entry in table.multicast_routing_entries
    ],
}
json.dump(found, open(sys.argv[2], "w"))
"""

Chip = tuple[int, int]


@dataclass(frozen=True)
class Tables:
    """What PACMAN found. entries: key, mask, links and processors of each entry, by chip."""

    said: str
    places: dict[str, tuple[Chip, int]]
    links: dict[tuple[Chip, int], Chip]
    entries: dict[Chip, list[tuple[int, int, list[int], list[int]]]]

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Tables":
        entries: dict[Chip, list[tuple[int, int, list[int], list[int]]]] = {}
        for x, y, *entry in found["entries"]:
            entries.setdefault((x, y), []).append(tuple(entry))
        places = {name: ((x, y), processor) for name, (x, y, processor) in found["places"].items()}
        links = {((x, y), link): (u, v) for x, y, link, u, v in found["links"]}
        return cls(found["said"], places, links, entries)

    def reached(self, flow: Flow) -> list[tuple[Chip, int]] | None:
        """The processors that get a packet of a flow, one as often as it gets it, whatever the bits of its key that the mask leaves open. None where this depends on them, more than one entry matches, or it goes in a circle."""
        left: list[tuple[Chip, int | None]] = [(self.places[flow.sender][0], None)]
        seen, processors = set(), []
        while left:
            chip, came_by = left.pop()
            if chip in seen:
                return None
            seen.add(chip)
            like = [entry for entry in self.entries.get(chip, []) if not (entry[0] ^ flow.key) & entry[1] & flow.mask]
            if len(like) > 1 or any(mask & ~flow.mask for _, mask, _, _ in like):
                return None
            if not like and came_by is None:
                return []  # dropped: there is no way straight on
            out = like[0][2] if like else [OPPOSITE[came_by]] if came_by is not None else []
            processors += [(chip, processor) for entry in like for processor in entry[3]]
            left += [(self.links[chip, link], OPPOSITE[link]) for link in out if (chip, link) in self.links]
        return processors

    def is_right(self, flow: Flow) -> bool:
        """Whether it reaches whom it is for, each once, and nobody else."""
        found = self.reached(flow)
        return found is not None and sorted(found) == sorted(self.places[name] for name in flow.receivers)


def place_and_route(python: str, cores: int, wanted: Sequence[Flow]) -> Tables:
    """Raises ToolMissingError where PACMAN does not run."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.json", Path(folder) / "found.json"
        names = [*map(str, range(cores)), GATE]
        given.write_text(json.dumps({"cores": names, "flows": [vars(flow) for flow in wanted]}))
        command = [python, "-c", PLACE_AND_ROUTE, str(given), str(found)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:]
            raise ToolMissingError(f"{python} cannot place and route: {' '.join(last)}; install SpiNNaker_PACMAN there")
        return Tables.of(json.loads(found.read_text()))


@click.command()
@click.option("--pacman", "python", required=True, metavar="PYTHON", help="Has PACMAN.")
@click.option("--network", "name", default="digits-counts", show_default=True, help="A preset.")
@click.option("--cores", type=click.IntRange(1, 256), multiple=True, help="Left out: 2, 8, 16 and 64.")
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(python: str, name: str, cores: tuple[int, ...], json_file: str | None) -> None:
    """Place and route meshes by PACMAN."""
    report, rows, good = Report(json_file), [], True
    try:
        network = prepare(load_spec(name)).integer_network
        for number in cores or CORES:
            wanted = flows(network, even_map(network, number))
            tables = place_and_route(python, number, wanted)
            astray = [flow.name for flow in wanted if not tables.is_right(flow)]
            most = max(map(len, tables.entries.values()))
            chips = len({chip for chip, _ in tables.places.values()})
            rows.append(
                (
                    str(number),
                    str(chips),
                    str(len(wanted)),
                    str(most),
                    tables.said or "passed",
                    ", ".join(astray) or "none",
                )
            )
            good = good and not tables.said and not astray and most <= MOST_ENTRIES
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    report.table(f"{name} on a virtual SpiNN-5, placed and routed by PACMAN", COLUMNS, rows)
    report.finish({"rows": [dict(zip(COLUMNS, row, strict=True)) for row in rows]})
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
