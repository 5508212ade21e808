"""How much faster a mesh of PicoRV32 learns than the ordinary image on one of them, after so many samples were learned, and what the counted work would allow.

    python benchmarks/mesh_speed.py [--network NAME] [--cores N]... [--learned N] [--samples N] [--spread] [--seed N] [--json FILE]

Before anything is measured, training samples are learned in C; those that follow are learned in Verilog (rtl-picorv32, and rtl-mesh with a map that is balanced by measured operations). With --spread
once more for each number of cores, with hidden neurons numbered anew for it, as the command spread does: with those learned samples that came last. Stops with 1 where a mesh ends with other bits than one core. Data as the preset wants it (SFDFA_DATA).
"""

import sys
from collections.abc import Sequence
from typing import Any, Final

import click
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.host.experiments import scaling
from sfdfa_codegen.host.experiments.outcomes import Settings
from sfdfa_codegen.host.report import Report

COLUMNS: Final = ("cores", "makespan, cycles", "speed-up", "bound by counted work", "share of it", "CRC")


@click.command()
@click.option("--network", "name", default="mnist-128", show_default=True, help="A preset or file.")
@click.option("--cores", type=click.IntRange(1, 256), multiple=True, help="Left out: 1, 2, 4, 8 and 16.")
@click.option("--learned", type=click.IntRange(min=0), default=60000, show_default=True, help="Samples before.")
@click.option("--samples", type=click.IntRange(min=1), default=50, show_default=True, help="That are measured.")
@click.option("--spread", is_flag=True, help="Number hidden neurons anew, too, for each number of cores.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(
    name: str, cores: tuple[int, ...], learned: int, samples: int, spread: bool, seed: int, json_file: str | None
) -> None:
    """Measure a mesh against one core."""
    report = Report(json_file)
    settings = {"network": name, "learned": learned, "samples": samples}
    numbers = cores or scaling.CORES
    try:
        found = _measured(settings, numbers, seed)
        for number in numbers if spread else ():
            found += _measured({**settings, "spread": number}, (number,), seed)
        title = f"{name} after {learned} samples, seed {seed}: learned on a mesh"
        report.table(title, COLUMNS, [_row(result) for result in found])
        report.finish({"rows": found})
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(0 if all(result["same"] for result in found) else 1)


def _measured(settings: Settings, cores: Sequence[int], seed: int) -> list[dict[str, Any]]:
    """The ordinary image, and meshes of so many cores."""
    ordinary = scaling.run({**settings, "cores": 0}, seed)
    name = f"ordinary, spread for {settings['spread']}" if "spread" in settings else "ordinary"
    found: list[dict[str, Any]] = [{"cores": name, **ordinary, "speed_up": 1.0, "same": True}]
    for number in cores:
        result = scaling.run({**settings, "cores": number}, seed)
        name = f"{number}, spread" if "spread" in settings else str(number)
        speed_up = float(ordinary["makespan"]) / float(result["makespan"])
        found.append({"cores": name, **result, "speed_up": speed_up, "same": result["crc"] == ordinary["crc"]})
    return found


def _row(result: dict[str, Any]) -> tuple[str, ...]:
    bound = result.get("bound")
    share = ("", "") if bound is None else (f"{bound:.2f}", f"{result['speed_up'] / bound:.2f}")
    return result["cores"], f"{result['makespan']:.0f}", f"{result['speed_up']:.2f}", *share, f"{result['crc']:08x}"


if __name__ == "__main__":
    main()
