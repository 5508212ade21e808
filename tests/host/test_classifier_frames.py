"""SpikingClassifier with the tables of pandas: what it takes, and one message for each that it does not."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sfdfa_codegen import SpikingClassifier
from sklearn.datasets import load_iris

SMALL: dict[str, Any] = {"hidden": (8,), "encoding": "population", "target": "emu", "epochs": 1}
PETAL = "petal length (cm)"
ROWS = 40


def _iris() -> tuple[Any, Any]:
    values, labels = load_iris(return_X_y=True, as_frame=True)
    chosen = np.arange(0, 150, 150 // ROWS)[:ROWS]
    return values.iloc[chosen], labels.iloc[chosen]


def _named(labels: Any) -> Any:
    return labels.map({0: "setosa", 1: "versicolor", 2: "virginica"})


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_names_of_classes_come_back_whatever_column_they_stood_in(kind: str) -> None:
    values, labels = _iris()
    learned = SpikingClassifier(**SMALL).fit(values, _named(labels).astype(kind))
    assert learned.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert set(learned.predict(values)) <= set(learned.classes_)
    assert list(learned.feature_names_in_) == list(values.columns)


def test_a_frame_is_learned_as_its_array_is() -> None:
    values, labels = _iris()
    values = values.assign(flag=np.arange(ROWS) % 2 == 0, kind=pd.Categorical(np.arange(ROWS) % 3))
    as_frame = SpikingClassifier(**SMALL).fit(values, labels).predict(values)
    plain = values.astype(float).to_numpy()
    assert (as_frame == SpikingClassifier(**SMALL).fit(plain, labels.to_numpy()).predict(plain)).all()


def _column(name: str, column: Any) -> Any:
    return lambda values: values.assign(**{name: column})


def _with_hole(kind: str, hole: Any) -> Any:
    def change(values: Any) -> Any:
        values = values.astype(kind)
        values.iloc[3, 2] = hole
        return values

    return change


def _one_name_twice(values: Any) -> Any:
    return values.set_axis(["a", "b", "a", "c"], axis=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            _with_hole("float64", np.nan),
            f"X, row 3, column '{PETAL}': the value is NaN; leave the row out or fill it in",
        ),
        (
            _with_hole("Float64", pd.NA),
            f"X, row 3, column '{PETAL}': the value is missing; leave the row out or fill it in",
        ),
        (
            _column("colour", pd.Categorical(["red", "blue"] * (ROWS // 2))),
            "X, row 0, column 'colour': 'red' is no number; code categories as numbers",
        ),
        (
            _column("when", pd.date_range("2026-01-01", periods=ROWS)),
            "X, row 0, column 'when': argument must be a string or a number, not Timestamp; a time can be given as seconds",
        ),
        (_one_name_twice, "X, column 2: two columns are called 'a'; give each a name of its own"),
    ],
)
def test_a_column_that_is_no_reading_is_refused_by_row_name_and_cure(change: Any, message: str) -> None:
    values, labels = _iris()
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        SpikingClassifier(**SMALL).fit(change(values), labels)


@pytest.mark.parametrize("hole", [None, np.nan, pd.NA])
def test_a_label_that_is_missing_is_refused_by_its_row(hole: Any) -> None:
    values, labels = _iris()
    named = _named(labels).astype(object)
    named.iloc[5] = hole
    with pytest.raises(ValueError, match=re.escape("y, row 5: the label is missing; leave the row out")):
        SpikingClassifier(**SMALL).fit(values, named)
