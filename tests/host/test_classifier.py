"""SpikingClassifier: the conventions of scikit-learn, bits that do not depend on the target, and messages for bad input."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen import SpikingClassifier
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.digits import load_digits

SMALL: dict[str, Any] = {"hidden": (8,), "encoding": "population", "target": "emu", "epochs": 3}
Arrays = tuple[NDArray[Any], NDArray[Any]]


@pytest.fixture(scope="module")
def blobs() -> Arrays:
    """Three classes of four columns, in clusters that hardly overlap; labels are texts."""
    draws = np.random.default_rng(5)
    numbers = np.arange(120) % 3
    centres = np.array([[0, 0, 10, 1], [3, 0, 30, 1.5], [0, 5, 20, 2]])
    values = centres[numbers] + draws.normal(size=(120, 4)) * [0.5, 0.5, 2, 0.1]
    return values, np.array(["door", "fan", "tap"])[numbers]


@pytest.fixture(scope="module")
def fitted(blobs: Arrays) -> SpikingClassifier:
    return SpikingClassifier(hidden=(16,), encoding="population", target="emu", epochs=15).fit(*blobs)


def test_clusters_are_learned_and_named_by_their_labels(fitted: SpikingClassifier, blobs: Arrays) -> None:
    assert fitted.score(*blobs) > 0.95
    assert fitted.classes_.tolist() == ["door", "fan", "tap"]
    assert set(fitted.predict(blobs[0]).tolist()) == {"door", "fan", "tap"}
    assert (fitted.n_features_in_, fitted.n_iter_) == (4, 15)


def test_probabilities_sum_to_one_and_their_largest_is_what_is_predicted(
    fitted: SpikingClassifier, blobs: Arrays
) -> None:
    shares = fitted.predict_proba(blobs[0])
    assert shares.shape == (120, 3)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert (fitted.classes_[shares.argmax(axis=1)] == fitted.predict(blobs[0])).all()


def test_outputs_that_spike_have_no_probabilities(blobs: Arrays) -> None:
    classifier = SpikingClassifier(**SMALL, readout="counts").fit(*blobs)
    assert not hasattr(classifier, "predict_proba")
    assert classifier.predict(blobs[0]).shape == (120,)


def test_bytes_are_levels_as_in_images() -> None:
    digits = load_digits()
    classifier = SpikingClassifier(hidden=(16,), target="emu", epochs=1)
    classifier.fit(digits.train.values[:400], digits.train.labels[:400])
    assert classifier.report()["encoding"] == "ttfs"
    assert classifier.score(digits.test.values, digits.test.labels) > 0.5


def test_the_same_seed_gives_the_same_bits_on_emulator_and_native(blobs: Arrays) -> None:
    crcs = []
    for target in ("emu", "native"):
        classifier = SpikingClassifier(**{**SMALL, "target": target}).fit(*blobs)
        with classifier.on("emu") as board:
            crcs.append(board.state_crc32)
    assert crcs[0] == crcs[1]


def test_compare_runs_in_lockstep_and_leaves_the_classifier_as_it_was(blobs: Arrays) -> None:
    classifier = SpikingClassifier(**SMALL).fit(*blobs)
    before = classifier.report()["samples_learned"]
    outcome = classifier.compare(blobs[0][:12], blobs[1][:12])
    assert outcome["identical"]
    assert outcome["samples"] == 12
    assert outcome["state_crc32"]["emu"] == outcome["state_crc32"]["native"]
    assert classifier.report()["samples_learned"] == before == 360


def test_learning_on_a_device_is_the_same_as_partial_fit_and_is_kept(blobs: Arrays) -> None:
    first = SpikingClassifier(**SMALL).fit(*blobs)
    second = pickle.loads(pickle.dumps(first))
    first.partial_fit(blobs[0][:20], blobs[1][:20])
    with second.on("native") as board:
        said = board.partial_fit(blobs[0][:20], blobs[1][:20])
        crc = board.state_crc32
        assert (board.predict(blobs[0]) == first.predict(blobs[0])).all()
        assert board.score(*blobs) == first.score(*blobs)
    assert said.shape == (20,)
    with first.on("emu") as board:
        assert board.state_crc32 == crc
    assert second.report()["samples_learned"] == 380


def test_partial_fit_begins_with_all_classes_that_will_come(blobs: Arrays) -> None:
    classifier = SpikingClassifier(**SMALL)
    classifier.partial_fit(blobs[0][:30], blobs[1][:30], classes=["tap", "fan", "door", "window"])
    assert classifier.classes_.tolist() == ["door", "fan", "tap", "window"]
    assert classifier.report()["samples_learned"] == 30
    with pytest.raises(ValueError, match="y, row 1: the label 'gate' is none of the classes door, fan, tap, window"):
        classifier.partial_fit(blobs[0][:2], ["fan", "gate"])


def test_report_of_a_board_has_cycles_and_what_has_no_cycles_says_so(fitted: SpikingClassifier) -> None:
    pytest.importorskip("unicorn")
    assert fitted.report("unicorn-cortex-m4")["cycles"]["mean"] > 1000
    with pytest.raises(ConfigError, match="emu is no board or simulator of one, so it has no cycles"):
        fitted.report("emu")


def test_export_writes_the_library_with_what_was_learned(fitted: SpikingClassifier, tmp_path: Path) -> None:
    files = fitted.export(tmp_path / "firmware")
    assert "manifest.json" in files
    assert all((tmp_path / "firmware" / name).is_file() for name in files)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty and not a build folder"):
        fitted.export(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


class Frame:
    """As much of a DataFrame as is looked at."""

    def __init__(self, values: NDArray[Any], columns: list[str]) -> None:
        self.columns, self._values = columns, values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self._values, dtype=dtype)


def test_names_of_columns_are_kept_and_must_be_the_same_later(blobs: Arrays) -> None:
    names = ["ax", "ay", "light", "heat"]
    classifier = SpikingClassifier(**SMALL).fit(Frame(blobs[0], names), blobs[1])
    assert classifier.feature_names_in_.tolist() == names
    with pytest.raises(ValueError, match="should match those that were passed during fit: now heat"):
        classifier.predict(Frame(blobs[0], names[::-1]))
    broken = blobs[0].copy()
    broken[7, 2] = np.nan
    with pytest.raises(ValueError, match="X, row 7, column 'light': the value is NaN; leave the row out or fill it in"):
        classifier.fit(Frame(broken, names), blobs[1])


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ([[1.0], [2.0]], ["a", "a"], "y has one class, 'a'"),
        ([[1.0], [2.0]], [0.5, 1.0], "y, row 0: Unknown label type: the label 0.5 is a fraction"),
        ([[1.0], [2.0]], [0.0, np.nan], "y, row 1: the label is NaN or infinity; leave the row out"),
        ([[1.0], [2.0]], ["a"], "X has 2 samples, y 1 labels; there must be as many"),
        ([1.0, 2.0], ["a", "b"], r"X has 1 dimensions, not the two of samples and features. Reshape your data: X.resh"),
        (np.zeros((0, 2)), [], r"X has 0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1 is required"),
        ([["red"], ["2"]], ["a", "b"], "X, row 0, column 0: 'red' is no number; code categories as numbers"),
        ([[1e300], [2.0]], ["a", "b"], "X, row 0, column 0: the value is infinity or too large for float32"),
        ([[1j], [2.0]], ["a", "b"], "Complex data not supported"),
        (np.array([[1.0], [2.0]]), np.array(["a", 1], dtype=object), "y mixes texts and other labels"),
        (np.array([[1.0], [2.0]]), None, "requires y to be passed, but the target y is None"),
    ],
)
def test_bad_samples_are_refused_with_row_column_and_cure(values: Any, labels: Any, message: str) -> None:
    classifier = SpikingClassifier(**SMALL)
    with pytest.raises(DataError, match=message) as caught:
        classifier.fit(values, labels)
    assert isinstance(caught.value, ValueError)
    assert not hasattr(classifier, "classes_")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden": (0,)}, "hidden=0 is not allowed; must be a whole number from 1 to 4096"),
        ({"weight_bits": 5}, "weight_bits=5 is not allowed; must be"),
        ({"encoding": "latency"}, "encoding='latency' is not allowed; must be"),
        ({"rate": -1}, "rate=-1 is not allowed; must be a number of at least 0"),
        ({"rule": "weights", "hidden": (8, 8)}, '"weights" is not allowed; it is for readout = "integrator"'),
        ({"target": "emulator"}, "there is no target 'emulator'; the targets are emu, native"),
    ],
)
def test_bad_parameters_are_refused_by_name(parameters: dict[str, Any], message: str, blobs: Arrays) -> None:
    with pytest.raises(ConfigError, match=message):
        SpikingClassifier(**parameters).fit(*blobs)


def test_predicting_before_learning_and_with_other_features_is_refused(fitted: SpikingClassifier) -> None:
    with pytest.raises(ValueError, match="not fitted yet: it has learned nothing; call fit or partial_fit first"):
        SpikingClassifier().predict([[1.0]])
    with pytest.raises(ValueError, match="X has 3 features, but SpikingClassifier is expecting 4 features as input"):
        fitted.predict(np.zeros((2, 3)))


def test_parameters_are_read_changed_and_shown() -> None:
    classifier = SpikingClassifier(weight_bits=4)
    assert classifier.get_params()["hidden"] == (64,)
    assert repr(classifier.set_params(seed=7)) == "SpikingClassifier(weight_bits=4, seed=7)"
    with pytest.raises(ValueError, match="there is no parameter 'bits'; there are hidden, encoding, "):
        classifier.set_params(bits=4)


def test_importing_the_classifier_loads_neither_compilers_nor_devices_nor_scikit_learn() -> None:
    heavy = ("jinja2", "rich", "elftools", "serial", "click", "sklearn", "sfdfa_codegen.emulator")
    script = (
        f"import sys; from sfdfa_codegen import SpikingClassifier; print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
