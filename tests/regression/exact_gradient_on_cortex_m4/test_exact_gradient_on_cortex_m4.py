"""The walk of the exact gradient did not assemble for a Cortex-M4: its slopes take more code, and cbz reaches 126 bytes."""

from pathlib import Path

from needs import need_target
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware


def test_it_compiles(tmp_path: Path) -> None:
    need_target("unicorn-cortex-m4")
    assert compile_firmware(make_network(2, 2, 2, gradient="exact"), boards()["unicorn-cortex-m4"], tmp_path).is_file()
