"""`sfdfa-codegen init`."""

import sys
from pathlib import Path

import click
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.data.first_look import look_at
from sfdfa_codegen.host.outputs import printable
from sfdfa_codegen.host.report import Report, reading_bar


@click.command("init")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--label", metavar="COLUMN", help="The column of the class; left out, the last one.")
@json_option
def init_command(data: Path, label: str | None, json_file: str | None) -> None:
    """Print a network file, with comments, for DATA, a table in CSV whose first line names the columns.

    What was seen in the table goes to standard error, so that this makes a file: sfdfa-codegen init data.csv > mine.toml
    """
    report = Report(json_file)
    with reading_bar() as progress:
        look = look_at(data, label, progress)
    text = look.network_file()
    for line in look.lines():
        click.echo(printable(line), file=sys.stderr)
    report.line(text.rstrip())
    report.finish({"name": look.name, "text": text, "seen": list(look.lines()), **look.json()})
