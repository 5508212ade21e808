"""`sfdfa-codegen presets`: network files to start from."""

import click
from sfdfa_codegen.host.commands.completion import completed
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.network.file import load_network_spec, preset_names, preset_text
from sfdfa_codegen.host.report import Report


@click.command("presets")
@click.argument("name", required=False, shell_complete=completed(preset_names))
@json_option
def presets_command(name: str | None, json_file: str | None) -> None:
    """List the presets, or print the network file of one: a start for a file of your own."""
    report = Report(json_file)
    if name is not None:
        load_network_spec(name)
        text = preset_text(name)
        report.line(text.rstrip())
        report.finish({"name": name, "text": text})
        return
    rows = []
    for preset in preset_names():
        spec = load_network_spec(preset)
        rows.append(
            (preset, "-".join(str(size) for size in spec.layer_sizes), preset_text(preset).splitlines()[0].lstrip("# "))
        )
    report.table("presets", ("name", "neurons", "what it is"), rows)
    report.finish(
        {"presets": [{"name": name, "neurons": neurons, "description": text} for name, neurons, text in rows]}
    )
