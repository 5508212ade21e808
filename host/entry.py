"""Where the command begins and ends: whatever happens while modules load or when all is done, Ctrl-C is one word and exit status 130."""

import os
import signal
import sys
from typing import NoReturn

from sfdfa_codegen.codegen.errors import INTERRUPTED


def main() -> NoReturn:
    """Load the command line, run it, and leave with its status."""
    before = signal.getsignal(signal.SIGINT)
    if (
        before is signal.default_int_handler
    ):  # not where the caller ignores it, as nohup and shells in the background do
        signal.signal(signal.SIGINT, _stop)
    from sfdfa_codegen.host import cli

    signal.signal(signal.SIGINT, before)
    status = cli.run(sys.argv[1:])
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    sys.exit(status)


def _stop(number: int, frame: object) -> NoReturn:
    """Leave at once: an exception here would end in a module half loaded, or be lost when Python shuts down."""
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
