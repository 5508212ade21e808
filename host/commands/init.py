"""`sfdfa-codegen init`."""

import sys
from pathlib import Path

import click
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.first_look.choose import look_at
from sfdfa_codegen.host.outputs import printable
from sfdfa_codegen.host.report import Report, reading_bar


@click.command("init")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--label", metavar="COLUMN", help="The column of the class; left out, the last one.")
@click.option(
    "--time",
    metavar="COLUMN",
    help="The column of times of samples of movements; left out, one called time, timestamp or the like.",
)
@click.option(
    "--group",
    metavar="COLUMN",
    help="The column of subjects, speakers or machines of recordings: each only trains or only tests.",
)
@json_option
def init_command(data: Path, label: str | None, time: str | None, group: str | None, json_file: str | None) -> None:
    """Print a network file, with comments, for DATA.

    DATA is a table in CSV whose first line names the columns; a folder with a folder of WAV files for each class, or a table whose column "file" names them;
    or a table of samples of movements, with a column of times and one for each axis.

    What was seen in it goes to standard error, so that this makes a file: sfdfa-codegen init data.csv > mine.toml
    """
    report = Report(json_file)
    with reading_bar() as progress:
        look = look_at(data, label, time, group, progress)
    text = look.network_file()
    for line in look.lines():
        click.echo(printable(line), file=sys.stderr)
    report.line(text.rstrip())
    report.finish({"name": look.name, "text": text, "seen": list(look.lines()), **look.json()})
