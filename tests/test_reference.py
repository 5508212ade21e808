"""docs/REFERENCE.md is what the docstrings say, and they say it of every public method."""

from pathlib import Path

from sfdfa_codegen import SpikingClassifier
from sfdfa_codegen.host.classifier.reference import COMMAND, reference

PAGE = Path(__file__).parents[1] / "docs" / "REFERENCE.md"


def test_the_page_is_made_of_the_docstrings() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), f"make it anew: {COMMAND}"


def test_every_public_method_of_the_classifier_is_in_it() -> None:
    public = [name for name in dir(SpikingClassifier) if not name.startswith("_")]
    assert [name for name in public if f"### `{name}" not in reference()] == []
