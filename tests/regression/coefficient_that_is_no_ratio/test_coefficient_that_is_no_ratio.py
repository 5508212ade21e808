"""A cycle model with an infinite coefficient, or one divided by 0, was called a bug.

JSON of Python's has Infinity, and 1e999 is that; whatever a number of a file does to arithmetic, the file is refused.
"""

import json
from pathlib import Path

import pytest
from mutated_files import make_measured, make_model
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.cycles.measured_file import load_measured
from sfdfa_codegen.host.cycles.model_file import load_model


@pytest.mark.parametrize("number", ["1e999", "NaN", '"1/0"'])
def test_it_is_refused(number: str, tmp_path: Path) -> None:
    for make, load in ((make_model, load_model), (make_measured, load_measured)):
        path = make(tmp_path)
        text = path.read_text()
        load(path)
        path.write_text(text.replace(json.dumps("7/2"), number))
        with pytest.raises(DataError, match=r"is no (cycle model|file of measured cycles)"):
            load(path)
