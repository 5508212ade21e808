"""The command line. Every command lives in `commands`; this file gathers them and turns errors into messages and exit statuses."""

import os
import sys
import traceback

import click
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.commands.build import build_command
from sfdfa_codegen.host.commands.compare import compare_command
from sfdfa_codegen.host.commands.cycles import cycles_command
from sfdfa_codegen.host.commands.demo import demo_command
from sfdfa_codegen.host.commands.experiment import experiment_command
from sfdfa_codegen.host.commands.flash import flash_command
from sfdfa_codegen.host.commands.lists import doctor_command, presets_command, targets_command
from sfdfa_codegen.host.commands.run import run_command
from sfdfa_codegen.host.commands.train import train_command

BAD_USAGE = 2
FAILED = 3
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tool_version(), prog_name="sfdfa-codegen")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Spiking networks that go on learning on a microcontroller.

    A network file (see presets) becomes fixed-point C that learns online with SFDFA, and an emulator that agrees with it to the
    last bit. Start with: sfdfa-codegen demo
    """


for command in (
    demo_command,
    build_command,
    train_command,
    run_command,
    compare_command,
    experiment_command,
    cycles_command,
    flash_command,
    targets_command,
    presets_command,
    doctor_command,
):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status: 0 done, 1 the answer is no, 2 bad usage or data, 3 something failed."""
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(_run(words))


def _run(words: list[str]) -> int:
    debug = "--debug" in words
    # --debug is taken before or after the command.
    rest = [word for word in words if word != "--debug"]
    try:
        status = cli.main(args=rest, prog_name="sfdfa-codegen", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show()
        return BAD_USAGE
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (never a traceback: what is not foreseen is reported as a bug)
        if debug:
            traceback.print_exc()
        return _explain(error)


def _explain(error: Exception) -> int:
    if isinstance(error, SfdfaError):
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    print(
        f"error: {type(error).__name__}: {error}; this is a bug: run again with --debug and report what it shows",
        file=sys.stderr,
    )
    return FAILED
