"""The walk of the exact gradient did not assemble for a Cortex-M4: its slopes take more code, and cbz reaches 126 bytes."""

import os
from pathlib import Path

import pytest
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.host.devices.targets import find_target


def test_it_compiles(tmp_path: Path) -> None:
    problem = find_target("unicorn-cortex-m4").problem()
    if problem is not None and "CI" not in os.environ:
        pytest.skip(problem)
    assert compile_firmware(make_network(2, 2, 2, gradient="exact"), boards()["unicorn-cortex-m4"], tmp_path).is_file()
