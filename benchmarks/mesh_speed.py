"""How much faster a mesh of PicoRV32 learns than the ordinary image on one of them, after so many samples were learned, and what the counted work would allow.

    python benchmarks/mesh_speed.py [--network NAME] [--cores N]... [--learned N] [--samples N] [--seed N] [--json FILE]

Before anything is measured, training samples are learned in C; those that follow are learned in Verilog (rtl-picorv32, and rtl-mesh with a map that is balanced by measured operations). Stops with 1 where a mesh
ends with other bits. Data as the preset wants it (SFDFA_DATA).
"""

import sys
from typing import Final

import click
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.host.experiments import scaling
from sfdfa_codegen.host.report import Report

COLUMNS: Final = ("cores", "makespan, cycles", "speed-up", "bound by counted work", "share of it", "CRC")


@click.command()
@click.option("--network", "name", default="mnist-128", show_default=True, help="A preset or file.")
@click.option("--cores", type=click.IntRange(1, 256), multiple=True, help="Left out: 1, 2, 4, 8 and 16.")
@click.option("--learned", type=click.IntRange(min=0), default=60000, show_default=True, help="Samples before.")
@click.option("--samples", type=click.IntRange(min=1), default=5, show_default=True, help="That are measured.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(name: str, cores: tuple[int, ...], learned: int, samples: int, seed: int, json_file: str | None) -> None:
    """Measure a mesh against one core."""
    report = Report(json_file)
    settings = {"network": name, "learned": learned, "samples": samples}
    try:
        ordinary = scaling.run({**settings, "cores": 0}, seed)
        rows = [("1, ordinary", f"{ordinary['makespan']:.0f}", "1", "", "", f"{ordinary['crc']:08x}")]
        found = [("ordinary", ordinary)]
        for number in cores or scaling.CORES:
            result = scaling.run({**settings, "cores": number}, seed)
            speed_up, bound = float(ordinary["makespan"]) / float(result["makespan"]), float(result["bound"])
            told = (f"{result['makespan']:.0f}", f"{speed_up:.2f}", f"{bound:.2f}", f"{speed_up / bound:.2f}")
            rows.append((str(number), *told, f"{result['crc']:08x}"))
            found.append((str(number), {**result, "speed_up": speed_up}))
        report.table(f"{name} after {learned} samples, seed {seed}: learned on a mesh", COLUMNS, rows)
        report.finish({"rows": [{"cores": number, **result} for number, result in found]})
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(0 if len({result["crc"] for _, result in found}) == 1 else 1)


if __name__ == "__main__":
    main()
