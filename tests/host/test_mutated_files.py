"""Some damaged files of every kind; `mutated_files.py` damages as many as one likes."""

import random
from pathlib import Path

import pytest
from mutated_files import KINDS, load_many

FILES = 25


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_loaded_or_refused(name: str, tmp_path: Path) -> None:
    found = load_many(name, FILES, random.Random(name), tmp_path)
    assert found.total() == FILES
