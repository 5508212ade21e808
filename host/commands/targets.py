"""`sfdfa-codegen targets`: what a network can run on, and what is missing here."""

import click
from sfdfa_codegen.host.build.kinds import BUILD_TARGETS
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.devices.targets import TARGETS
from sfdfa_codegen.host.report import Report


@click.command("targets")
@json_option
def targets_command(json_file: str | None) -> None:
    """List the targets, and say for each whether it can be used here."""
    report = Report(json_file)
    found = [(target.name, target.description, target.problem()) for target in TARGETS.values()]
    found += [(name, description, None) for name, description in BUILD_TARGETS.items()]
    rows = [(name, description, problem or "ready") for name, description, problem in found]
    report.table("targets", ("name", "what it is", "here"), rows)
    report.finish(
        {
            "targets": [
                {"name": name, "description": description, "problem": problem} for name, description, problem in found
            ]
        }
    )
