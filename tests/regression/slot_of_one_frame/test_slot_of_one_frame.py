"""A front-end whose slots still held one frame each shifted by -1, which C does not define: the wanted number came out by luck.

rshift(x, 0) is x; a function that takes n from 1 on must not be given 0. The sanitizers see it as soon as samples come.
"""

from pathlib import Path

from library_calls import NETWORKS, build_twin, call_often
from needs import need_tool


def test_no_shift_is_negative(tmp_path: Path) -> None:
    need_tool("gcc")
    make, core = NETWORKS["samples of a sensor"]
    assert call_often(build_twin(make(), core, tmp_path), 2000, seed=1)[0] >= 2000
