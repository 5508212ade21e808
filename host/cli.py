"""The command line. Every command lives in `commands`; this file gathers them and turns errors into messages and exit statuses."""

import io
import os
import sys
import traceback
from typing import Final

import click
from sfdfa_codegen.codegen.errors import INTERRUPTED, SfdfaError
from sfdfa_codegen.host.commands.catalogue import CommandGroup
from sfdfa_codegen.host.outputs import drop_stream, printable, write_text
from sfdfa_codegen.host.runs.interrupts import StoppedAtOnceError

BAD_USAGE: Final = 2
FAILED: Final = 3
LONGEST_NAME: Final = 200
"""Letters of a file's name that a message shows."""


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sfdfa-codegen", prog_name="sfdfa-codegen")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Spiking networks that go on learning on a microcontroller.

    A network file (see presets) becomes fixed-point C that learns online with SFDFA, and an emulator that agrees with it to the
    last bit. Start with: sfdfa-codegen demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status: 0 done, 1 the answer is no, 2 bad usage or data, 3 something failed."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(words: list[str]) -> int:
    """Run the command line; returns its exit status, with all that it said on its way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may hold what the terminal cannot show
    status = _run(words)
    lost = write_text(sys.stdout, lambda: None)
    return status if lost is None else _explain(lost)


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
    except (click.Abort, KeyboardInterrupt) as error:
        _say("interrupted")
        return error.exit_status if isinstance(error, StoppedAtOnceError) else INTERRUPTED
    except BrokenPipeError:
        drop_stream(sys.stdout)
        return 0
    except Exception as error:  # noqa: BLE001  (never a traceback: what is not foreseen is reported as a bug)
        if debug:
            traceback.print_exc()
        return _explain(error)


def _explain(error: Exception) -> int:
    """Say what happened; returns the exit status."""
    if isinstance(error, SfdfaError):
        _say(f"error: {error}")
        return error.exit_status
    if isinstance(error, OSError):
        return _explain_system(error)
    if isinstance(error, MemoryError):
        _say(
            "error: there is not enough memory for this; use a smaller network or fewer samples, or end other programs"
        )
        return FAILED
    _say(f"error: {type(error).__name__}: {error}; this is a bug: run again with --debug and report what it shows")
    return FAILED


def _explain_system(error: OSError) -> int:
    """What the machine refused is no bug of ours: a full disk, a name too long, a folder that is closed."""
    if (lost := write_text(sys.stdout, lambda: None)) is not None:
        return _explain(lost)
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        _say(
            f"error: the system refused something: {reason}; is there room on the disk, behind standard output and for temporary files?"
        )
        return FAILED
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    _say(f"error: {shown}: {reason}; is the name right, and may you read and write there?")
    return BAD_USAGE


def _say(text: str) -> None:
    """On standard error, where there is one."""
    write_text(sys.stderr, lambda: print(printable(text), file=sys.stderr) if sys.stderr is not None else None)
