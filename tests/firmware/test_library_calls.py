"""Some thousand calls to the library, right and wrong; `library_calls.py` makes as many as one likes."""

from pathlib import Path

import pytest
from library_calls import NETWORKS, build_twin, call_often
from needs import need_tool

CALLS = 20_000


@pytest.mark.parametrize("name", NETWORKS)
def test_wrong_calls_change_nothing(name: str, tmp_path: Path) -> None:
    need_tool("gcc")
    make, core = NETWORKS[name]
    calls, refused = call_often(build_twin(make(), core, tmp_path), CALLS, seed=3)
    assert calls >= CALLS and CALLS / 4 < refused < 3 * CALLS / 4
