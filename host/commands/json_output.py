"""The option `--json` of every command, apart from what options need to know of networks and devices."""

import click

json_option = click.option(
    "--json",
    "json_file",
    metavar="FILE",
    help="Write the result as JSON; - is standard output, with nothing else on it.",
)
