"""A cell "inf" in a column of readings ended a run as a bug of ours: the column was text, and no cell of it was found that is no number."""

from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.tables import load_csv
from sfdfa_codegen.host.network.spec import DataSpec


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_infinity_is_told_with_its_row_and_column(tmp_path: Path, cell: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,y\n1,x\n{cell},z\n", encoding="utf-8")
    with pytest.raises(DataError, match=f'line 3, column "a": "{cell}" is no number'):
        load_csv(tmp_path / "t.csv", DataSpec("csv", "t.csv"), 1)
