"""Where the command begins and ends: whatever happens while modules load or when all is done, Ctrl-C is one word and exit status 130."""

import os
import sys
from typing import NoReturn

from sfdfa_codegen.host.stop_at_once import stop_at_once, stopping_at_once


def main() -> NoReturn:
    """Load the command line, run it, and leave with its status."""
    # The matrix products here are small: a second BLAS thread costs more than it gives. It counts when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with stopping_at_once():
        from sfdfa_codegen.host import cli
    status = cli.run(sys.argv[1:])
    stop_at_once()
    sys.exit(status)
