"""The commands by name, each with its line of help, so that only the one that is run has to be loaded."""

import importlib
from typing import Final, NamedTuple

import click
from sfdfa_codegen.host.stop_at_once import stopping_at_once


class Entry(NamedTuple):
    """Where a command is, below `host.commands`, and what the list of commands says of it."""

    module: str
    attribute: str
    short_help: str


COMMANDS: Final = {
    "build": Entry("build", "build_command", "Render NETWORK's C, and compile it for a target."),
    "compare": Entry("compare", "compare_command", "Learn the same samples on several targets, bit by bit."),
    "cycles": Entry("cycles", "cycles_command", "Predict the cycles of each sample, and measure them."),
    "demo": Entry("demo", "demo_command", "Show in a minute what this is about."),
    "doctor": Entry("doctor", "doctor_command", "Say what is installed, what is missing, how to get it."),
    "experiment": Entry("experiment", "experiment_command", "Run a study: its table, figures and page."),
    "export": Entry("export_nir", "export_command", "Write NETWORK as a NIR file, for other frameworks."),
    "fleet": Entry("fleet", "fleet_command", "Run many boards of NETWORK at once; merge what they learned."),
    "flash": Entry("flash", "flash_command", "Build NETWORK for a board and put it there."),
    "import": Entry("import_nir", "import_command", "Make a network file and weights of a NIR file."),
    "init": Entry("init", "init_command", "Print a network file for a table of your own in CSV."),
    "listen": Entry("listen", "listen_command", "Show what NETWORK makes of a WAV recording."),
    "presets": Entry("presets", "presets_command", "List the presets, or print one: a start for your own."),
    "run": Entry("run", "run_command", "Learn NETWORK's training samples on a target, and test."),
    "spread": Entry("spread", "spread_command", "Number hidden neurons anew, for an even mesh of cores."),
    "targets": Entry("targets", "targets_command", "List the targets, and which can be used here."),
    "tune": Entry("tune", "tune_command", "Search settings of NETWORK within a budget."),
    "train": Entry("train", "train_command", "Train NETWORK on the host, in float."),
}


class CommandGroup(click.Group):
    """A group whose commands are loaded when they are asked for; the list of them needs none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return load_command(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].short_help) for name in self.list_commands(ctx)])


def load_command(name: str) -> click.Command:
    """One of COMMANDS. Ctrl-C while its modules load ends the process: an exception would end in one half loaded."""
    entry = COMMANDS[name]
    with stopping_at_once():
        module = importlib.import_module(f"sfdfa_codegen.host.commands.{entry.module}")
    command = getattr(module, entry.attribute)
    assert isinstance(command, click.Command)
    return command
