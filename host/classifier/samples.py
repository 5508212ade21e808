"""Samples and labels as Python programs have them, to arrays that have been checked."""

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError

Values = NDArray[np.uint8] | NDArray[np.float32]


class SampleError(DataError, ValueError):
    """Samples or labels that cannot be learned or predicted."""


class NotFittedError(SampleError, AttributeError):
    """A classifier was asked before it has learned anything."""


def not_fitted(text: str) -> NotFittedError:
    """The error, which scikit-learn's own code, where that is loaded, knows as its own too."""
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return NotFittedError(text)
    kind: type[NotFittedError] = type("NotFittedError", (NotFittedError, exceptions.NotFittedError), {})
    return kind(text)


def feature_names(samples: Any) -> tuple[str, ...] | None:
    """The names of a DataFrame's columns; None where there are none, or where they are no texts. Raises SampleError for two of one name."""
    columns = getattr(samples, "columns", None)
    if columns is None:
        return None
    names = tuple(columns)
    if not names or not all(isinstance(name, str) for name in names):
        return None
    twice = next((place for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise SampleError(f"X, column {twice}: two columns are called {names[twice]!r}; give each a name of its own")
    return names


def _is_missing(value: Any) -> bool:
    """None, NaN, or what pandas has for them, NA and NaT."""
    return type(value).__name__ in ("NoneType", "NAType", "NaTType") or (isinstance(value, float) and math.isnan(value))


def checked_values(samples: Any, features: int | None = None) -> Values:
    """(samples, features): uint8 as it is, all else float32.

    features: how many there must be. Raises SampleError, which names row and column.
    """
    if hasattr(samples, "toarray"):
        raise SampleError("X is a sparse matrix; sparse data are not supported: use X.toarray()")
    names = feature_names(samples)
    array = np.asarray(samples)
    if array.ndim != 2:
        raise SampleError(
            f"X has {array.ndim} dimensions, not the two of samples and features. Reshape your data: X.reshape(len(X), -1), or X.reshape(1, -1) "
            "for a single sample"
        )
    if array.shape[0] == 0 or array.shape[1] == 0:
        missing = "sample" if array.shape[0] == 0 else "feature"
        raise SampleError(f"X has 0 {missing}(s) (shape={array.shape}) while a minimum of 1 is required.")
    if features is not None and array.shape[1] != features:
        raise SampleError(
            f"X has {array.shape[1]} features, but SpikingClassifier is expecting {features} features as input"
        )
    if array.dtype == np.uint8:
        return array
    return _as_floats(array, names)


def _as_floats(array: NDArray[Any], names: tuple[str, ...] | None) -> NDArray[np.float32]:
    if array.dtype.kind == "c":
        raise SampleError("Complex data not supported: X holds complex numbers; give their parts as columns")
    try:
        wide = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise _no_number(array, names) from error
    wrong = np.argwhere(~(np.abs(wide) <= np.finfo(np.float32).max))
    if len(wrong):
        row, column = (int(place) for place in wrong[0])
        what = "NaN" if np.isnan(wide[row, column]) else "infinity or too large for float32"
        raise _unusable(row, _column(column, names), what)
    return wide.astype(np.float32)


def _unusable(row: int, column: str, what: str) -> SampleError:
    return SampleError(
        f"X, row {row}, column {column}: the value is {what}; leave the row out or fill it in, as with sklearn.impute.SimpleImputer"
    )


def _no_number(array: NDArray[Any], names: tuple[str, ...] | None) -> SampleError | TypeError:
    for (row, column), value in np.ndenumerate(array):
        if _is_missing(value):
            return _unusable(row, _column(column, names), "missing")
        try:
            float(value)
        except ValueError:
            return SampleError(
                f"X, row {row}, column {_column(column, names)}: {str(value)[:40]!r} is no number; code categories as numbers, as with "
                "sklearn.preprocessing.OneHotEncoder"
            )
        except TypeError:
            return TypeError(
                f"X, row {row}, column {_column(column, names)}: argument must be a string or a number, not {type(value).__name__}; "
                "a time can be given as seconds since the first"
            )
    return SampleError(f"X holds {array.dtype}, which is no number")


def _column(column: int, names: tuple[str, ...] | None) -> str:
    return str(column) if names is None else repr(names[column])


def checked_labels(labels: Any, samples: int) -> NDArray[Any]:
    """(samples,) of any type that sorts. Raises SampleError."""
    if labels is None:
        raise SampleError("This SpikingClassifier requires y to be passed, but the target y is None")
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:
        _warn_of_a_column()
        array = array[:, 0]
    if array.ndim != 1:
        raise SampleError(f"y has {array.ndim} dimensions; it must be 1d, one label a sample")
    if len(array) != samples:
        raise SampleError(f"X has {samples} samples, y {len(array)} labels; there must be as many")
    if array.dtype.kind == "f":
        _check_whole(array)
    if array.dtype.kind == "O":
        _check_there(array)
    if array.dtype.kind == "O" and len({isinstance(label, str) for label in array.tolist()}) == 2:
        raise SampleError("y mixes texts and other labels; make them all texts: y.astype(str)")
    return array


def _check_there(labels: NDArray[Any]) -> None:
    row = next((row for row, label in enumerate(labels.tolist()) if _is_missing(label)), None)
    if row is not None:
        raise SampleError(f"y, row {row}: the label is missing; leave the row out. Input y contains NaN")


def _check_whole(labels: NDArray[Any]) -> None:
    if not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise SampleError(f"y, row {row}: the label is NaN or infinity; leave the row out")
    if (labels != np.rint(labels)).any():
        row = int(np.flatnonzero(labels != np.rint(labels))[0])
        raise SampleError(
            f"y, row {row}: Unknown label type: the label {labels[row]} is a fraction, so y is continuous; classes are names or whole numbers"
        )


def _warn_of_a_column() -> None:
    import warnings

    # The class by which scikit-learn's own checks know this warning, where that is loaded.
    exceptions = sys.modules.get("sklearn.exceptions")
    category = UserWarning if exceptions is None else exceptions.DataConversionWarning
    warnings.warn("A column-vector y was passed when a 1d array was expected: use y.ravel()", category, stacklevel=4)
