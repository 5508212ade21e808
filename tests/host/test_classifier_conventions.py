"""SpikingClassifier within scikit-learn: its own checks, and what it builds from estimators."""

from typing import Any

import numpy as np
import pytest
from sfdfa_codegen import SpikingClassifier

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is in the extra test: pip install -e '.[test]'")

from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

SMALL = SpikingClassifier(hidden=(8,), encoding="population", target="emu", epochs=5)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_accepts_it_as_an_estimator_without_exception() -> None:
    outcomes = check_estimator(SMALL, on_fail=None, on_skip=None)
    failed = [(outcome["check_name"], outcome["exception"]) for outcome in outcomes if outcome["status"] == "failed"]
    assert failed == []
    assert sum(outcome["status"] == "passed" for outcome in outcomes) > 40


def _samples() -> tuple[Any, Any]:
    draws = np.random.default_rng(3)
    labels = np.arange(60) % 2
    return draws.normal(size=(60, 3)) + 4 * labels[:, None], labels


def test_it_is_a_classifier_that_can_be_cloned() -> None:
    copy = clone(SMALL)
    assert is_classifier(copy)
    assert copy.get_params() == SMALL.get_params()
    assert copy is not SMALL


def test_pipelines_and_searches_over_its_parameters_work() -> None:
    values, labels = _samples()
    pipeline = make_pipeline(StandardScaler(), clone(SMALL).set_params(epochs=20))
    search = GridSearchCV(pipeline, {"spikingclassifier__weight_bits": [4, 8]}, cv=2)
    search.fit(values, labels)
    assert search.best_score_ > 0.9
    assert search.predict(values).shape == (60,)
