"""`init`: a network file for a table that nobody has looked at."""

from pathlib import Path

import pytest
from cli_runner import Cli
from sfdfa_codegen.host.data.load import load_data, load_raw
from sfdfa_codegen.host.network.file import load_network_spec

HEADER = "ax;ay;odd;flat;kind"


def rows(count: int, mark: str = ";") -> list[str]:
    return [
        mark.join((f"{k % 7},5", f"{k % 5}", "1000" if k == 3 else "0", "4", "tap" if k % 2 else "fan"))
        for k in range(count)
    ]


def write(folder: Path, lines: list[str], name: str = "My Kitchen.csv") -> Path:
    path = folder / name
    path.write_text("\ufeff" + "\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_the_file_it_prints_is_a_network_for_that_table(cli: Cli, tmp_path: Path) -> None:
    done = cli("init", str(write(tmp_path, rows(40))))
    assert done.status == 0
    (tmp_path / "mine.toml").write_text(done.out, encoding="utf-8")
    spec = load_network_spec(str(tmp_path / "mine.toml"))
    assert spec.name == "my-kitchen"
    assert spec.layer_sizes == (64, 2)
    assert (spec.data.label, spec.data.part, spec.data.test) == ("kind", None, 0.25)
    assert spec.encoding.kind == "auto"
    data = load_data(spec)
    assert data.feature_names == ("ax", "ay", "odd")
    assert data.class_names == ("fan", "tap")
    assert (len(data.train), len(data.test)) == (30, 10)


def test_it_says_in_three_lines_what_it_saw(cli: Cli, tmp_path: Path) -> None:
    lines = sorted(rows(40), key=lambda row: row.rsplit(";", 1)[1])
    lines[20] = ";" + lines[20].partition(";")[2]
    done = cli("init", str(write(tmp_path, lines)))
    assert done.err.splitlines() == [
        '40 samples of 3 columns, 2 classes in "kind": fan 20, tap 20',
        "columns: 1 constant and left out (flat); 1 skewed (odd); 1 values missing",
        (
            "order: sorted by class: a run mixes the training set, a device would have to be given mixed samples too; "
            "30 samples train, 10 test, chosen as the same share of each class"
        ),
    ]
    assert 'missing = "mean"' in done.out


def test_a_column_of_parts_is_taken_for_what_it_is_wherever_it_stands(cli: Cli, tmp_path: Path) -> None:
    table = ["a,b,class,part", *(f"{k},{k % 3},{k % 2},{'test' if k % 4 == 0 else 'train'}" for k in range(20))]
    (tmp_path / "t.csv").write_text("\n".join(table), encoding="utf-8")
    values = cli("init", str(tmp_path / "t.csv"), "--json", "-").json
    assert 'part = "part"' in values["text"]
    assert values["classes"] == {"0": 10, "1": 10}
    assert (values["samples"], values["train_samples"]) == (20, 15)


@pytest.mark.parametrize(
    ("lines", "words", "message"),
    [
        ([], [], "there is a header, but no row"),
        (["1;2;3;4;fan", "2;1;3;4;fan"], [], 'the label column "kind" has one class, "fan"; two are needed at least'),
        (
            rows(8),
            ["--label", "sort"],
            '[data] label = "sort": {path} has no such column; it has ax, ay, odd, flat, kind',
        ),
        (
            rows(8),
            ["--label", "ax"],
            'line 2: the label column "ax" holds fractions, here 0,5; classes are names or whole numbers',
        ),
        (["red;1;2;3;fan", "1;2;3;4;tap"], [], 'line 2, column "ax": "red" is no number'),
    ],
)
def test_a_table_that_cannot_be_learned_is_refused_and_nothing_printed(
    cli: Cli, tmp_path: Path, lines: list[str], words: list[str], message: str
) -> None:
    path = write(tmp_path, lines)
    done = cli("init", str(path), *words)
    assert done.status == 2
    assert message.format(path=path) in done.message


def test_the_label_is_found_where_it_comes_first(cli: Cli, tmp_path: Path) -> None:
    table = ["kind,a,b", *(f"{'tap' if k % 2 else 'fan'},{k % 7}.5,{k % 5}.25" for k in range(20))]
    (tmp_path / "t.csv").write_text("\n".join(table), encoding="utf-8")
    values = cli("init", str(tmp_path / "t.csv"), "--json", "-").json
    assert values["classes"] == {"fan": 10, "tap": 10}
    assert values["features"] == ["a", "b"]


def test_columns_that_are_no_features_are_left_out(cli: Cli, tmp_path: Path) -> None:
    table = ["id,island,a,kind", *(f"{k + 100},{'north' if k % 3 else 'south'},{k % 7}.5,{k % 2}" for k in range(20))]
    (tmp_path / "t.csv").write_text("\n".join(table), encoding="utf-8")
    done = cli("init", str(tmp_path / "t.csv"))
    assert (
        "; left out, as they only count the rows: id; left out, as they are words: island; no values missing"
        in done.err
    )
    (tmp_path / "mine.toml").write_text(done.out, encoding="utf-8")
    spec = load_network_spec(str(tmp_path / "mine.toml"))
    assert spec.data.leave_out == ("id", "island")
    assert load_raw(spec).feature_names == ("a",)


def test_a_file_in_another_folder_finds_the_table_from_there(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is called by its own name in what it says to do next."""
    for folder in ("tables", "networks"):
        (tmp_path / folder).mkdir()
    write(tmp_path / "tables", rows(40))
    monkeypatch.chdir(tmp_path)
    done = cli("init", "tables/My Kitchen.csv", "--out", "networks/mine.toml")
    assert done.status == 0
    assert "sfdfa-codegen run networks/mine.toml" in done.out
    written = (tmp_path / "networks" / "mine.toml").read_text(encoding="utf-8")
    assert 'path = "../tables/My Kitchen.csv"' in written
    assert "sfdfa-codegen run networks/mine.toml" in written
    monkeypatch.chdir("/")
    assert len(load_data(load_network_spec(str(tmp_path / "networks" / "mine.toml"))).train) == 30


def test_a_table_that_was_named_by_its_whole_path_keeps_it(cli: Cli, tmp_path: Path) -> None:
    table = write(tmp_path, rows(40))
    cli("init", str(table), "--out", str(tmp_path / "mine.toml"))
    assert f'path = "{table}"' in (tmp_path / "mine.toml").read_text(encoding="utf-8")


def test_a_file_that_is_there_is_not_replaced(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    out.write_text("mine", encoding="utf-8")
    done = cli("init", str(write(tmp_path, rows(40))), "--out", str(out))
    assert done.status == 2
    assert f"--out {out}: there is a file of this name already" in done.err
    assert out.read_text(encoding="utf-8") == "mine"


def test_numbers_that_are_written_for_people_are_told_with_what_to_write(cli: Cli, tmp_path: Path) -> None:
    table = ["a,price,kind", *(f'{k % 7},"{k + 1},200.5",{"tap" if k % 2 else "fan"}' for k in range(20))]
    (tmp_path / "t.csv").write_text("\n".join(table), encoding="utf-8")
    said = cli("init", str(tmp_path / "t.csv")).err
    assert 'left out, as they are words: price (write 1200.5 for "1,200.5" and so on, and price is a column' in said
