"""Which lines of the C of a mesh take cycles that are no sum of what is counted: where a count is missing.

    PYTHONPATH=tests python benchmarks/mesh_lines.py [--network NAME | --spikes SIZES | --integrates SIZES] [--cores N] [--states N]

Samples made for it run in Verilog, which tells the address of each instruction, and emulated, which tells the counts. Two stretches of work with equal counts and other cycles are named with the lines that differ; lines whose cycles
contradict their counts with how many stretches do, and by how much at most. Stops with 1 where there is one. SIZES: of a small network with outputs that spike or integrate, channels first, with commas between.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Final

import click
import numpy as np
from elftools.elf.elffile import ELFFile
from networks import make_integrator, make_network
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.codegen.toolchain.code_phases import INSTRUCTION_STEP, line_ranges
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.mesh.timing.core_model import work_rows
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import TimedMesh
from sfdfa_codegen.emulator.mesh.timing.work import Segment
from sfdfa_codegen.host.cycles.calibration_samples import calibration_sample, calibration_states
from sfdfa_codegen.host.cycles.mesh_calibration import SAMPLES_PER_STATE, MeteredCore, Work
from sfdfa_codegen.host.devices.mesh_rtl import RtlMesh, core_image
from sfdfa_codegen.host.prepare import load_spec, prepare

ROUNDING: Final = 0.1
"""Cycles; what is more is a contradiction."""
SHOWN: Final = 20
Lines = Counter[str]


class LinedCore(MeteredCore):
    """lines: of each stretch of work, by whether samples are run to be learned, the cycles by line; odd: of those that were met again with other cycles, the lines that differ."""

    def __init__(self, line_of: dict[int, str]) -> None:
        super().__init__({False: {}, True: {}})
        self._line_of = line_of
        self.lines: dict[bool, dict[Work, Lines]] = {False: {}, True: {}}
        self.odd: Counter[tuple[str, str]] = Counter()
        self.addresses: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)

    def note(self, segment: Segment, begin: int, end: int) -> None:
        """See `MeteredCore.note`."""
        super().note(segment, begin, end)
        found: Lines = Counter()
        for address, cycles in zip(*np.unique(self.addresses[begin:end], return_counts=True), strict=True):
            found[self._line_of.get(int(address), "?")] += int(cycles)
        known = self.lines[segment.learns].setdefault(frozenset(segment.work.items()), found)
        if known.total() != found.total():
            between = next(name for name in segment.work if " > " in name)
            differ = ", ".join(
                f"{line} {found[line] - known[line]:+}" for line in sorted(known | found) if known[line] != found[line]
            )
            self.odd[between, differ] += 1


def _lines(image: Path) -> dict[int, str]:
    """The line of the instruction at each address."""
    found: dict[int, str] = {}
    with image.open("rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        for unit in dwarf.iter_CUs():
            for line, low, high in line_ranges(dwarf, unit):
                found.update(dict.fromkeys(range(low, high, INSTRUCTION_STEP), line))
    return found


def contradictions(found: dict[Work, Lines]) -> tuple[int, dict[str, NDArray[np.float64]]]:
    """How many numbers the works tell, and by how much the cycles of each line are off, where those of all contradict these: (works,)."""
    names = sorted({name for work in found for name, _ in work})
    rows, _ = work_rows(names, (dict(work) for work in found))
    span = ExactSpan(len(names))
    kept = [index for index in span.outside(rows).tolist() if span.add(tuple(rows[index].tolist()), ())]
    lines = sorted(set().union(*found.values()))
    cycles = np.array([[*(one[line] for line in lines), one.total()] for one in found.values()], dtype=np.float64)
    factors = np.linalg.lstsq(rows[kept].astype(np.float64), cycles[kept])[0]
    off = rows @ factors - cycles
    wrong = {
        line: off[:, index] for index, line in enumerate([*lines, "all"]) if np.abs(off[:, index]).max() > ROUNDING
    }
    return span.rank, wrong if "all" in wrong else {}  # ways that take as long as each other are not counted


def run(network: IntegerNetwork, cores: int, states: int) -> list[LinedCore]:
    mesh = even_map(network, cores)
    rtl = RtlMesh(network, mesh)
    line_of = _lines(core_image(network, mesh, None))
    metered = [LinedCore(line_of) for _ in range(cores)]
    emulated, rng = TimedMesh(network, mesh, metered), np.random.default_rng(1)
    for _, state in zip(range(states), calibration_states(network, rng), strict=False):
        rtl.state = emulated.state = state
        rtl.trace()
        for number in range(SAMPLES_PER_STATE):
            sample, learn = calibration_sample(network, rng, label=number % 4 < 3), network.learns and number % 4 > 0
            rtl.run_sample(sample.ticks, sample.channels, sample.label, learn)
            for core, mail, addresses in zip(metered, rtl.mail(), rtl.addresses(), strict=True):
                core.load(mail)
                core.addresses = np.append(addresses, addresses[-1:])  # it would find another packet a cycle later
            emulated.run_sample(sample.ticks, sample.channels, sample.label, learn)
    rtl.close()
    return metered


def _tell(cores: list[LinedCore]) -> bool:
    """Returns whether there is a contradiction."""
    wrong = False
    for core in range(len(cores)):
        for (between, differ), times in cores[core].odd.most_common(SHOWN):
            click.echo(f"core {core}, {between}: with equal counts {times} times {differ}")
            wrong = True
        for learns, found in cores[core].lines.items():
            if not found:
                continue
            rank, off = contradictions(found)
            click.echo(f"core {core}, {'learned' if learns else 'predicted'}: {len(found)} works, {rank} numbers")
            for line, by in sorted(off.items(), key=lambda item: -float(np.abs(item[1]).max()))[:SHOWN]:
                click.echo(
                    f"  {line}: {np.count_nonzero(np.abs(by) > ROUNDING)} off, by at most {np.abs(by).max():.0f}"
                )
            wrong = wrong or bool(off)
    return wrong


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


@click.command()
@click.option("--network", "name", help="A preset.")
@click.option("--spikes", help="Sizes of a small network instead.")
@click.option("--integrates", help="The same with outputs that integrate.")
@click.option("--cores", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option(
    "--states", type=click.IntRange(min=1), default=20, show_default=True, help=f"Of {SAMPLES_PER_STATE} samples each."
)
def main(name: str | None, spikes: str | None, integrates: str | None, cores: int, states: int) -> None:
    """Look for counts that are missing."""
    try:
        if name is not None:
            network = prepare(load_spec(name)).integer_network
        else:
            network = (
                make_integrator(*_sizes(integrates)) if integrates else make_network(*_sizes(spikes or "10,9,7,4"))
            )
        sys.exit(1 if _tell(run(network, cores, states)) else 0)
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
