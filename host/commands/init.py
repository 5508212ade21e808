"""`sfdfa-codegen init`."""

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.first_look.choose import FirstLook, look_at
from sfdfa_codegen.host.outputs import check_writable, printable, write_whole
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
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.toml",
    help="Write the network file there, and DATA in it as seen from there, instead of printing it.",
)
@json_option
def init_command(
    data: Path, label: str | None, time: str | None, group: str | None, out: Path | None, json_file: str | None
) -> None:
    """Print a network file, with comments, for DATA.

    DATA is a table in CSV whose first line names the columns; a folder with a folder of WAV files for each class, or a table whose column "file" names them;
    or a table of samples of movements, with a column of times and one for each axis.

    What was seen in it goes to standard error, so that both of these make a file: sfdfa-codegen init data.csv > mine.toml, and with --out mine.toml.
    """
    report = Report(json_file)
    if out is not None:
        _check_new(out)
    with reading_bar() as progress:
        look = look_at(data, label, time, group, progress)
    text = look.network_file() if out is None else _seen_from(out.parent, look).network_file(shlex.quote(str(out)))
    for line in look.lines():
        click.echo(printable(line), file=sys.stderr)
    if out is None:
        report.line(text.rstrip())
    elif report.output(lambda: write_whole(out, text.encode())):
        report.line(f"file: {out}    to try it: sfdfa-codegen run {shlex.quote(str(out))} --target native")
    written = {} if out is None else {"file": str(out)}
    report.finish({"name": look.name, "text": text, "seen": list(look.lines()), **written, **look.json()})


def _check_new(out: Path) -> None:
    """Raises ConfigError where a file would be lost, OutputError where none can be written."""
    if out.is_file():
        raise ConfigError(f"--out {out}: there is a file of this name already; name another, or remove that one")
    check_writable(out)


def _seen_from(folder: Path, look: FirstLook) -> FirstLook:
    """With the data's path as a network file in `folder` has to name it; an absolute one stays."""
    path = Path(look.data.path or "")
    if path.is_absolute():
        return look
    return replace(look, data=replace(look.data, path=os.path.relpath(path.resolve(), folder.resolve())))
