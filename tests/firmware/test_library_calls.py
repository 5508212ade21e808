"""Some thousand calls to the library, right and wrong; `library_calls.py` makes as many as one likes."""

import shutil
from pathlib import Path

import pytest
from library_calls import NETWORKS, build_twin, call_often

CALLS = 20_000


@pytest.mark.parametrize("name", NETWORKS)
def test_wrong_calls_change_nothing(name: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    make, core = NETWORKS[name]
    calls, refused = call_often(build_twin(make(), core, tmp_path), CALLS, seed=3)
    assert calls >= CALLS and CALLS / 4 < refused < 3 * CALLS / 4
