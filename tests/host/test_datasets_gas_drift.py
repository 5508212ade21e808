"""Source "gas-drift": both forms of the file, the scaling, the mixed order, and damaged text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.gas_drift import load_gas_drift
from sfdfa_codegen.host.data.gas_drift_text import read_batch_file
from sfdfa_codegen.host.data.order import mixed_order

RNG = np.random.default_rng(3)
VALUES = RNG.normal(0, 1000, (30, 128)).astype(np.float32)
VALUES[:, 5] = 7.0
GASES = np.repeat(np.arange(1, 7), 5)
BATCH = np.array([1] * 12 + [10] * 10 + [3] * 8)


def write_archive(path: Path, **changes: Any) -> None:
    arrays: dict[str, Any] = {"X": VALUES, "y": GASES, "batch": BATCH, **changes}
    np.savez(path, **arrays)


def line(gas: str, values: NDArray[Any]) -> str:
    return " ".join([gas, *(f"{index}:{value!r}" for index, value in enumerate(values.tolist(), start=1))])


def write_batches(folder: Path) -> None:
    for number in np.unique(BATCH):
        rows = np.flatnonzero(number == BATCH)
        text = "\n".join(line(f"{GASES[row]};10.0" if row % 2 else str(GASES[row]), VALUES[row]) for row in rows)
        (folder / f"batch{number}.dat").write_text(text + "\n\n")


def message(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_gas_drift(path)
    return str(caught.value)


def test_segments_are_in_the_order_of_batches_and_batch_1_trains_and_tests(tmp_path: Path) -> None:
    write_archive(tmp_path / "gas.npz")
    raw = load_gas_drift(tmp_path / "gas.npz")
    assert [(name, len(part.labels)) for name, part in raw.segments] == [("batch 3", 8), ("batch 10", 10)]
    assert raw.test is raw.train
    assert sorted(raw.train.labels.tolist()) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]


def test_features_are_z_scores_of_the_signed_logarithm(tmp_path: Path) -> None:
    write_archive(tmp_path / "gas.npz")
    raw = load_gas_drift(tmp_path)
    logs = np.sign(VALUES) * np.log(1 + np.abs(VALUES.astype(float)))
    first, third = logs[BATCH == 1], logs[BATCH == 3]
    scores = (third - first.mean(0)) / np.where(np.ptp(first, axis=0) > 0, first.std(0), np.inf)
    expected = np.clip(scores, -3, 3)[mixed_order(8)] / 3
    assert np.allclose(raw.segments[0][1].values, expected, atol=1e-6)
    assert raw.train.values.dtype == np.float32
    assert not raw.train.values[:, 5].any()


def test_text_and_archive_are_alike(tmp_path: Path) -> None:
    write_archive(tmp_path / "gas.npz")
    write_batches(tmp_path)
    text, archive = load_gas_drift(tmp_path), load_gas_drift(tmp_path / "gas.npz")
    assert np.array_equal(text.train.values, archive.train.values)
    assert [name for name, _ in text.segments] == ["batch 3", "batch 10"]
    for (_, a), (_, b) in zip(text.segments, archive.segments, strict=True):
        assert np.array_equal(a.values, b.values)
        assert np.array_equal(a.labels, b.labels)


def test_the_mixed_order_never_changes() -> None:
    assert mixed_order(8).tolist() == FIRST_ORDER
    assert sorted(mixed_order(1000).tolist()) == list(range(1000))


FIRST_ORDER = [3, 2, 1, 6, 0, 7, 4, 5]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"batch": BATCH + 1}, "there is no batch 1, on which the network is trained"),
        ({"y": GASES - 1}, "batch 1, sample 0: gas 0 is out of range; gases are 1 to 6"),
        ({"X": VALUES[:, 1:]}, "array X has 127 features; must have 128"),
        ({"y": GASES[1:]}, "X has 30 samples, y 29, batch 30; must be as many"),
        (
            {"X": np.where(np.arange(128) == 4, np.inf, VALUES)},
            "array X holds inf at index [0, 4]; must be finite numbers",
        ),
        ({"batch": BATCH.astype(float)}, "array batch is float64; must be unsigned integers or integers"),
    ],
)
def test_damaged_archives(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    write_archive(tmp_path / "gas.npz", **changes)
    assert expected in message(tmp_path)


def test_folders_without_data(tmp_path: Path) -> None:
    assert "no batch1.dat, batch2.dat, ... and 0 .npz files; must have one of either" in message(tmp_path)


GOOD = line("1", VALUES[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 1:3.0", "batch1.dat, line 1: must have the features 1:value to 128:value, in order"),
        (GOOD + "\n" + GOOD.replace(" 2:", " 3:"), "batch1.dat, line 2: must have the features 1:value to 128:value"),
        (
            GOOD + "\n" + GOOD.replace(" 2:", " 2:x"),
            "batch1.dat, line 2: not a number: could not convert string to float",
        ),
        ("x" + GOOD, "batch1.dat, line 1: not a number: invalid literal for int()"),
        ("9" * 5000 + GOOD, "batch1.dat, line 1: not a number: Exceeds the limit"),
        (line("1", np.full(128, np.nan)), "batch1.dat, line 1: feature 1 is nan; must be a finite number"),
        ("0" + GOOD[1:], "batch1.dat, line 1: gas 0 is out of range"),
        ("7" + GOOD[1:], "batch 1, sample 0: gas 7 is out of range; gases are 1 to 6"),
        ("\u00e9", "batch1.dat: cannot read the file: 'ascii' codec can't decode"),
    ],
)
def test_damaged_text(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "batch1.dat").write_text(text, "utf-8")
    assert expected in message(tmp_path)


def test_an_empty_batch_is_an_array_of_no_rows(tmp_path: Path) -> None:
    (tmp_path / "batch1.dat").write_text("")
    values, gases = read_batch_file(tmp_path / "batch1.dat")
    assert (values.shape, gases.shape) == ((0, 128), (0,))
    assert "batch 1: there are no samples" in message(tmp_path)
