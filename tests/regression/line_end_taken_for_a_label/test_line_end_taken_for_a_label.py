"""The sketch took the end of a typed line for the label -38, and answered by an error."""

from pathlib import Path

import pytest
from networks import make_network
from sketches import DENSE, library, said, sketch


@pytest.mark.parametrize("nothing", ["", "\n", "\r\n", "a", "?!\n", "-\n"])
def test_what_is_no_number_is_no_label(nothing: str, tmp_path: Path) -> None:
    image = sketch(library(make_network(9, 6, 3), tmp_path), DENSE)
    assert said(image, *([nothing] * 40)) == said(image, *([""] * 40))
