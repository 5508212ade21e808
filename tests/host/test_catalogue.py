"""The list of commands, which is told without loading any of them."""

import subprocess
import sys

import click
import pytest
from click.shell_completion import BashComplete
from sfdfa_codegen.host import cli
from sfdfa_codegen.host.commands.catalogue import COMMANDS, load_command

HEAVY = ("numpy", "jinja2", "rich", "elftools", "serial")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_catalogue_is_there_under_its_name(name: str) -> None:
    command = load_command(name)
    assert isinstance(command, click.Command)
    assert command.name == name


def test_help_loads_no_command_and_none_of_what_commands_need() -> None:
    script = (
        "import sys; from sfdfa_codegen.host import cli; status = cli.run(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], status, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[] 0\n"
    listed = [line.split()[0] for line in done.stdout.partition("Commands:\n")[2].splitlines()]
    assert listed == sorted(COMMANDS)


@pytest.mark.parametrize("words", [["targets"], ["presets"], ["presets", "digits"]])
def test_lists_need_no_arrays_and_no_templates(words: list[str]) -> None:
    script = (
        f"import sys; from sfdfa_codegen.host import cli; status = cli.run({words!r});"
        "print([name for name in ('numpy', 'jinja2', 'matplotlib') if name in sys.modules], status, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[] 0"


def test_importing_the_package_loads_nothing() -> None:
    script = "import sys; before = set(sys.modules); import sfdfa_codegen; print([n for n in sorted(set(sys.modules) - before) if n.split('.')[0] not in sys.stdlib_module_names])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['sfdfa_codegen']\n"


def test_each_line_of_help_fits_a_terminal_of_80_columns() -> None:
    widest = max(map(len, COMMANDS))
    assert [name for name, entry in COMMANDS.items() if len(entry.short_help) + widest + 4 > 78] == []


def test_importing_the_host_changes_no_environment() -> None:
    script = (
        "import os; before = dict(os.environ); import sfdfa_codegen.host.cli, sfdfa_codegen.host.prepare;"
        "assert dict(os.environ) == before"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_command_that_is_none_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rnu"]) == 2
    assert "No such command 'rnu'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "begun", "wanted"),
    [
        (["run"], "gas", ["gas-drift"]),
        (["run"], "no-preset", ["no-preset"]),
        (["run", "digits", "--target"], "qemu-mic", ["qemu-microbit"]),
        (["build", "--target"], "lib", ["library"]),
        (["flash", "--target"], "tee", ["teensy40"]),
        (["flash", "--target"], "qemu", []),
        (["tune", "--target"], "unicorn-cortex-m3", ["unicorn-cortex-m3", "unicorn-cortex-m33"]),
        (["experiment"], "dri", ["drift"]),
        (["presets"], "mnist-25", ["mnist-256", "mnist-256kb"]),
        (["fleet", "merge"], "gas", ["gas-drift"]),
        (["import", "net.nir", "--reset"], "z", ["zero"]),
    ],
)
def test_names_are_completed(words: list[str], begun: str, wanted: list[str]) -> None:
    found = BashComplete(cli.cli, {}, "sfdfa-codegen", "").get_completions(words, begun)
    assert [item.value for item in found] == wanted
    assert all(item.type == ("file" if begun == "no-preset" else "plain") for item in found)
