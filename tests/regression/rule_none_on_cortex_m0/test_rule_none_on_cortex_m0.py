"""A network that does not learn did not compile for a Cortex-M0: its header used a layer's learning, which there is not."""

from pathlib import Path

from needs import need_target
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware


def test_it_compiles(tmp_path: Path) -> None:
    need_target("unicorn-cortex-m0")
    assert compile_firmware(make_network(2, 2, 2, rule="none"), boards()["unicorn-cortex-m0"], tmp_path).is_file()
