"""`sfdfa-codegen demo`."""

import time
from typing import Any

import click
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import seed_option
from sfdfa_codegen.host.data.digits import load_digits
from sfdfa_codegen.host.demo import story
from sfdfa_codegen.host.devices.targets import TARGETS
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report

DIFFERENT = 1


@click.command("demo")
@seed_option
@json_option
@click.pass_context
def demo_command(context: click.Context, seed: int | None, json_file: str | None) -> None:
    """Show in a minute what this is about, with the built-in digits: no data to download, no board to connect.

    A network learns in generated C, its emulator agrees to the last bit, and it goes on learning while its sensor drifts.
    """
    report = Report(json_file)
    start = time.perf_counter()
    problem = TARGETS["native"].problem()
    stage = story.Stage(report, prepare(load_spec(None, seed)), load_digits(), "emu" if problem else "native")
    if problem:
        report.line(f"Only the emulator can be shown: {problem}")
    values: dict[str, Any] = {"network": stage.prepared.spec.name, "target": stage.target}
    values |= story.show_network(stage)
    with stage.open() as device:
        values |= story.learn(stage, device)
        values |= story.agree(stage)
        values |= story.count_bytes(stage, device.hello().ram)
        values |= story.drift(stage, device)
    values["seconds"] = time.perf_counter() - start
    _what_next(stage, values["seconds"])
    report.finish(values)
    if values["identical"] is False:
        context.exit(DIFFERENT)


def _what_next(stage: story.Stage, seconds: float) -> None:
    stage.title("What next")
    report = stage.report
    report.line("  sfdfa-codegen presets digits > mine.toml               a network file of your own to start from")
    report.line("  sfdfa-codegen build mine.toml --target native          its C, in build/")
    report.line(
        "  sfdfa-codegen run gas-drift --target native            a real drifting sensor (its data: docs/GUIDE.md)"
    )
    report.line(f"\nThat took {seconds:.0f} s.")
