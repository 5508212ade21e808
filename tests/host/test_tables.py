"""Tables of one's own: CSV files as people have them, archives that are not split, and messages that name row, column and cure."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.csv_table import read_table
from sfdfa_codegen.host.data.fit_encoder import chosen_kind
from sfdfa_codegen.host.data.load import load_data, load_raw
from sfdfa_codegen.host.data.tables import load_csv, split_off
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import DataSpec

PLAIN = "a,b,kind\n" + "".join(f"{k},{k * k % 7},{'cat' if k % 2 else 'dog'}\n" for k in range(20))


def table(folder: Path, text: str | bytes, **keys: Any) -> Any:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_csv(path, DataSpec("csv", str(path), **keys), seed=1)


def test_last_column_is_the_label_and_its_words_are_the_classes(tmp_path: Path) -> None:
    raw = table(tmp_path, PLAIN)
    assert (raw.feature_names, raw.class_names) == (("a", "b"), ("cat", "dog"))
    assert (len(raw.train.labels), len(raw.test.labels)) == (16, 4)
    assert np.bincount(raw.test.labels).tolist() == [2, 2]


def test_columns_that_are_left_out_are_no_features(tmp_path: Path) -> None:
    text = "id,a,kind,island\n" + "".join(f"{k},{k % 7},{'cat' if k % 2 else 'dog'},north\n" for k in range(20))
    raw = table(tmp_path, text, leave_out=("id", "island"))
    assert (raw.feature_names, raw.class_names) == (("a",), ("cat", "dog"))
    for names, message in (
        (("ide",), 'leave_out = "ide".*has id, a, kind, island'),
        (("kind",), '"kind" is the label'),
    ):
        with pytest.raises(ConfigError, match=message):
            table(tmp_path, text, leave_out=names, label="kind")


def test_leave_out_is_a_list_of_names() -> None:
    start = 'name = "n"\nlayer = [{ neurons = 2 }]\n[data]\nsource = "csv"\npath = "x.csv"\n'
    for value in ('"a"', "[1]", '[""]'):
        with pytest.raises(ConfigError, match="must be a list of names of columns"):
            parse_network(f"{start}leave_out = {value}\n", "n.toml", Path())


def test_each_row_is_in_one_part_and_the_seed_decides(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(3), 20)
    parts = [split_off(labels, np.arange(60), 0.25, seed) for seed in (1, 1, 2)]
    for part in parts:
        assert sorted([*part.train.tolist(), *part.test.tolist()]) == list(range(60))
    assert parts[0].test.tolist() == parts[1].test.tolist() != parts[2].test.tolist()


def test_groups_of_one_class_are_shared_out_by_class() -> None:
    """Or a class could have no group at all in the training set."""
    groups = np.repeat(np.arange(12), 5)
    labels = np.array([0] * 8 + [1] * 2 + [2] * 2)[groups]
    for seed in range(5):
        parts = split_off(labels, groups, 0.25, seed)
        assert np.bincount(labels[parts.test]).tolist() == [10, 5, 5]
        assert not set(groups[parts.test]) & set(groups[parts.train])


def test_groups_stay_together(tmp_path: Path) -> None:
    rows = "".join(f"{k},{k % 5},{k % 2},s{k % 4}\n" for k in range(40))
    raw = table(tmp_path, "a,b,label,who\n" + rows, label="label", group="who")
    assert {int(value) % 4 for value in raw.test.values[:, 0]}.isdisjoint({int(v) % 4 for v in raw.train.values[:, 0]})
    assert raw.feature_names == ("a", "b")


def test_a_column_of_segments_makes_a_stream(tmp_path: Path) -> None:
    rows = "".join(f"{k},{k % 2},{k // 10}\n" for k in range(40))
    raw = table(tmp_path, "a,label,month\n" + rows, label="label", time="month")
    assert [name for name, _ in raw.segments] == ["1", "2", "3"]
    assert raw.train.values[:, 0].tolist() == list(range(10))
    assert chosen_kind(raw) == "signed-ttfs"


def test_semicolons_decimal_commas_and_a_byte_order_mark(tmp_path: Path) -> None:
    rows = "".join(f'"{k},5";{k % 3};{"ja" if k % 2 else "nein"}\r\n' for k in range(12))
    raw = table(tmp_path, b"\xef\xbb\xbf" + f"größe;b;antwort\r\n{rows}".encode())
    assert raw.feature_names == ("größe", "b")
    assert set(np.concatenate((raw.train.values[:, 0], raw.test.values[:, 0])).tolist()) == {k + 0.5 for k in range(12)}


def test_constant_columns_are_left_out_and_said(tmp_path: Path) -> None:
    raw = table(tmp_path, PLAIN.replace("\n", ",3\n").replace("kind,3", "kind,same"), label="kind")
    assert raw.feature_names == ("a", "b")
    assert raw.notes == ('column "same" is constant and left out',)


def test_missing_values_become_the_mean_where_that_is_asked_for(tmp_path: Path) -> None:
    text = PLAIN.replace("\n4,2,", "\n,2,")
    with pytest.raises(
        DataError, match=r'line 6, column "a": the value is missing; fill it in, or write missing = "mean"'
    ):
        table(tmp_path, text)
    raw = table(tmp_path, text, missing="mean")
    assert np.isfinite(raw.train.values).all() and np.isfinite(raw.test.values).all()


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        ("", {}, "the file is empty; the first line must name the columns"),
        ("a,b,c\n", {}, "there is a header, but no row"),
        ("1,2,3\n4,5,6\n", {}, 'line 1: "1" and 2 more of 3 cells are numbers, so there is no header'),
        ("a,a,y\n1,2,0\n", {}, 'line 1: two columns are called "a"'),
        ("a,,y\n1,2,0\n", {}, "line 1: column 2 has no name"),
        ("a,b,y\n1,2\n", {}, "line 2: 2 cells, but the header names 3 columns"),
        ("a,y\n1,2\n2,1.5\n", {}, 'line 3: the label column "y" holds fractions, here 1.5; classes are names'),
        ("a,y\n1,0\n2,0\n", {}, 'the label column "y" has one class, "0"'),
        ("a,y\n1,0\n2,\n", {}, 'line 3: the label column "y" is empty; fill it in, or leave the row out'),
        ("a,y\n1,0\nx,1\n", {}, 'line 3, column "a": "x" is no number'),
        ("a,y\n1,0\n\n\nx,1\n", {}, 'line 5, column "a": "x" is no number'),
        ("a,y\n1,0\ninf,1\n", {}, 'line 3, column "a": "inf" is no number'),
        ("y\n1\n0\n", {}, "there is no column of readings beside the label"),
        ("a b y\n1 2 0\n1 1 1\n", {}, "there is no column of readings beside the label, of a b y; cells are parted by"),
        (
            "# by a logger\na,y\n1,0\n",
            {},
            'the header names 1 column: "# by a logger"; the first line must name the columns',
        ),
        (
            'a,y\n1,0\n"2,1\n3,0\n4,1\n5,0\n',
            {},
            'line 3: a cell begins with a quote (") that is not closed before line 6',
        ),
        ('a,y\n1,0\n"2\n1",1\n', {}, 'line 4, column "a": "2\\n1" is no number'),
        (
            "a;y\n1;0\n1.234,5;1\n",
            {},
            '"1.234,5" is no number as it is written; write 1234.5, or write leave_out = ["a"]',
        ),
        ("a,y\n12%,0\n7%,1\n", {}, '"12%" is no number as it is written; write 12, or'),
        ("a,y\n1,0\ninf,1\n", {}, 'write the value, or empty the cell and write missing = "mean" in [data]'),
        ("a,b,y\n1,1,0\n\n,1,1\n2,3,0\n4,4,1\n", {}, 'line 4, column "a": the value is missing'),
        ("a,id\n1,0\n2,1\n3,2\n", {}, 'the label column "id" has 3 classes in 3 rows, so that it is no label'),
        (PLAIN, {"part": "kind", "label": "b"}, 'line 2, column "kind": "dog"; must be train or test'),
        ("a,y\n1,0\n1,1\n1,0\n1,1\n", {}, "every column is constant in the training set"),
    ],
)
def test_what_is_no_table_of_samples(tmp_path: Path, text: str, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as raised:
        table(tmp_path, text, **keys)
    assert message in str(raised.value)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'\[data\] label = "spicy": .* has no such column; it has a, b, kind'):
        table(tmp_path, PLAIN, label="spicy")


def network(data: str, outputs: int) -> str:
    return f'name = "own"\n[data]\n{data}\n[[layer]]\nneurons = 8\n[[layer]]\nneurons = {outputs}\n'


def test_more_classes_than_outputs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(PLAIN.replace("2,4,dog", "2,4,cow"))
    spec = parse_network(network('source = "csv"\npath = "t.csv"', 2), "own.toml", tmp_path)
    with pytest.raises(
        DataError,
        match=r"3 classes \(cat, cow, dog\), but the output layer has 2 neurons; write neurons = 3 in the last",
    ):
        load_data(spec)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int64", "uint16", "float16", "float32", "float64"])
def test_archive_of_x_and_y_of_any_type(tmp_path: Path, dtype: str) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(-100 if dtype[0] != "u" else 0, 100, (40, 3)).astype(dtype)
    np.savez(tmp_path / "t.npz", X=values, y=np.arange(40) % 2)
    spec = parse_network(network('source = "npz"\npath = "t.npz"', 2), "own.toml", tmp_path)
    raw = load_raw(spec)
    assert (len(raw.train.labels), len(raw.test.labels)) == (30, 10)
    data = load_data(spec)
    assert data.encoder is not None and data.encoder.kind == "population" and data.encoder.reading_bits == 16


@pytest.mark.parametrize("label", [None, "score"])
@pytest.mark.parametrize("mark", [",", ";"])
def test_a_label_column_of_fractions_is_refused_named_or_not_and_with_decimal_commas(
    tmp_path: Path, label: str | None, mark: str
) -> None:
    point = "," if mark == ";" else "."
    table = [f"a{mark}score", *(f"{k}{mark}{k}{point}5" for k in range(8))]
    (tmp_path / "t.csv").write_text("\n".join(table), encoding="utf-8")
    with pytest.raises(DataError, match=r'line 2: the label column "score" holds fractions, here 0[.,]5'):
        load_csv(tmp_path / "t.csv", DataSpec("csv", "t.csv", label=label), 1)


@pytest.mark.parametrize(("largest", "bits"), [(31, 16), (32, 8)])
def test_bytes_that_are_small_are_numbers_and_no_intensities(tmp_path: Path, largest: int, bits: int) -> None:
    values = np.tile(np.array([[0, 1], [1, largest]], np.uint8), (20, 1))
    np.savez(tmp_path / "t.npz", X=values, y=np.arange(40) % 2)
    spec = parse_network(network('source = "npz"\npath = "t.npz"', 2), "own.toml", tmp_path)
    data = load_data(spec)
    assert data.encoder is not None and data.encoder.reading_bits == bits


def test_a_first_row_of_readings_and_a_class_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("0.5,1.5,walk\n0.25,1.0,run\n")
    with pytest.raises(
        DataError, match=r'own\.csv, line 1: "0\.5" and 1 more of 3 cells are numbers, so there is no header'
    ):
        read_table(path)


@pytest.mark.parametrize("header", ["0,1,2,label", "1,2,name", "year,2019,x", "a,b,7"])
def test_names_that_are_counted_or_a_number_among_words_are_a_header(header: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{header}\n" + ",".join("1" for _ in header.split(",")) + "\n")
    assert read_table(path).names == tuple(header.split(","))


def test_a_line_by_which_excel_parts_cells_is_no_header(tmp_path: Path) -> None:
    raw = table(tmp_path, "sep=;\na;b;kind\n" + "1,5;2;cat\n2,5;1;dog\n" * 4)
    assert raw.feature_names == ("a", "b") and set(raw.train.values[:, 0].tolist()) == {1.5, 2.5}


def test_true_and_false_are_one_and_zero(tmp_path: Path) -> None:
    raw = table(tmp_path, "a,on,kind\n" + "1,True,cat\n2,FALSE,dog\n" * 4)
    assert set(raw.train.values[:, 1].tolist()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"PK\x03\x04\xff\xff", "a workbook, as of Excel"), ("\ufeffa,y\n".encode("utf-16-le"), "text in UTF-16")],
)
def test_a_file_that_is_no_text_is_told_as_what_it_is(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(start)
    with pytest.raises(DataError, match=f"this is {what}, and no CSV; save the table as CSV in UTF-8"):
        read_table(path)


def test_progress_of_a_large_table(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("a,label\n" + "1.5,x\n" * 40_000)
    seen: list[tuple[int, int]] = []
    read_table(path, frozenset(), lambda done, total: seen.append((done, total)))
    assert len(seen) == 2 and all(0 < done <= total == path.stat().st_size for done, total in seen)
