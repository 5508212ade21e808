"""A table with a number above 3.4e38 printed a warning of numpy's, and went on with infinity.

Features are kept in 32 bits: what they cannot hold is refused, with column, row and cure.
"""

from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.tables import load_csv
from sfdfa_codegen.host.network.spec import DataSpec


@pytest.mark.parametrize("number", ["1e39", "-1e300"])
def test_it_is_refused(number: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{number if k == 6 else k},{k * k % 7},{k % 2}\n" for k in range(20))
    path.write_text("a,b,kind\n" + rows)
    with pytest.raises(DataError, match=r'column "a" has -?1e\+\d+ in its row 7 of values; the most is 3.4e38'):
        load_csv(path, DataSpec("csv", str(path)), seed=1)
