"""The search for data files, and what a missing one says."""

from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data import locate as module
from sfdfa_codegen.host.data.locate import HOW_TO_GET, locate


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The three folders that are searched, in order."""
    folders = [tmp_path / name for name in ("network", "data", "cache")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setenv("SFDFA_DATA", str(folders[1]))
    monkeypatch.setattr(module, "cache_folder", lambda: folders[2])
    return folders


def test_the_order(roots: list[Path]) -> None:
    for root in reversed(roots):
        (root / "set").mkdir()
        assert locate("set", roots[0], "idx") == root / "set"


def test_an_absolute_path_is_only_looked_for_there(roots: list[Path]) -> None:
    (roots[1] / "set").touch()
    assert locate(str(roots[1] / "set"), roots[0], "npz") == roots[1] / "set"
    with pytest.raises(DataError, match=rf"looked for {roots[0]}/set\. To get it"):
        locate(str(roots[0] / "set"), roots[0], "npz")


@pytest.mark.parametrize("source", ["idx", "npz", "gas-drift", "tonic"])
def test_a_missing_file_lists_the_places_and_how_to_get_it(roots: list[Path], source: str) -> None:
    with pytest.raises(DataError) as caught:
        locate("no/such.npz", roots[0], source)
    places = ", ".join(str(root / "no" / "such.npz") for root in roots)
    expected = f'[data] path "no/such.npz" was not found; looked for {places}. To get it: {HOW_TO_GET[source]}'
    assert str(caught.value) == expected


def test_an_unset_variable_is_mentioned(roots: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SFDFA_DATA")
    with pytest.raises(DataError, match=r"\(\$SFDFA_DATA is not set\)\. To get it"):
        locate("x", roots[0], "idx")
