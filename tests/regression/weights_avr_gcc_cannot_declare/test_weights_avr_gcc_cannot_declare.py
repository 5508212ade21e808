"""avr-gcc refuses to declare an array of more than 32,767 bytes, and its words came through as a failure of the compiler.

A network that is too large for a board is told as that, so that `compare --target all` leaves the board out.
"""

from pathlib import Path

import pytest
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.firmware import compile_firmware


def test_weights_that_avr_gcc_cannot_declare_are_refused_as_too_large(tmp_path: Path) -> None:
    with pytest.raises(
        DoesNotFitError, match=r"more than 40000 bytes of RAM where there are 8192\n +40000  learned.weights"
    ):
        compile_firmware(make_network(1000, 40), boards()["arduino-mega"], tmp_path)
