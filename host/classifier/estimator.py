"""A classifier that learns in the integers of a microcontroller, by the conventions of scikit-learn and without depending on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.classifier.parameters import Parameters
from sfdfa_codegen.host.classifier.samples import (
    SampleError,
    Values,
    checked_labels,
    checked_values,
    feature_names,
    not_fitted,
)

if TYPE_CHECKING:
    from sfdfa_codegen.host.classifier.board import FittedBoard
    from sfdfa_codegen.host.classifier.learner import Learner


class SpikingClassifier(Parameters):
    """A spiking network in fixed-point integers that learns one sample at a time, as it would on a microcontroller.

    Parameters are keys of the network file; None leaves one to its default.

    hidden: neurons of each hidden layer. encoding: "auto", "ttfs", "signed-ttfs", "population", "rate" or "signed-rate"; what "auto" is, folds of the training
    set say, which takes as long as some fits, once for the same samples. fields: of a population, a feature.
    ticks: of a sample. scale: "column" or "range". readout: "integrator" or "counts". rule: "sfdfa", "dfa", "weights" or "none". rate: of
    learning. epochs: passes over the training set; None is 20 to 100, the more the fewer samples. rehearsal: labelled samples that the device
    keeps and learns again. weight_bits: 4, 8 or 16; None is 8, and 16 behind "signed-rate". target: what computes, "emu", "native" or a simulator; "auto" is the generated C where there
    is a compiler, else the emulator. seed: of initial weights, order and rounding.

    After `fit`: classes_ (classes,), n_features_in_, n_iter_ (passes) and, where the samples were a DataFrame, feature_names_in_.
    """

    _estimator_type = "classifier"

    classes_: NDArray[Any]
    n_features_in_: int
    n_iter_: int
    feature_names_in_: NDArray[np.object_]
    _learner: "Learner"

    def __init__(
        self,
        hidden: int | Sequence[int] = (64,),
        *,
        encoding: str = "auto",
        fields: int | None = None,
        ticks: int = 32,
        scale: str = "column",
        readout: str = "integrator",
        rule: str = "sfdfa",
        rate: float | None = None,
        epochs: int | None = None,
        rehearsal: int = 0,
        weight_bits: int | None = None,
        target: str = "auto",
        seed: int = 1,
    ) -> None:
        self.hidden = hidden
        self.encoding = encoding
        self.fields = fields
        self.ticks = ticks
        self.scale = scale
        self.readout = readout
        self.rule = rule
        self.rate = rate
        self.epochs = epochs
        self.rehearsal = rehearsal
        self.weight_bits = weight_bits
        self.target = target
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803  (scikit-learn's name)
        """Learn from nothing. X: (samples, features), uint8 levels or any other numbers; y: (samples,) texts or whole numbers.

        Raises SampleError for samples that cannot be learned and ParameterError for a parameter, both ValueErrors; DoesNotFitError where the
        integers of the network would overflow.
        """
        learner, data = self._begin(X, y, None, whole=True)
        self.n_iter_ = learner.learn_passes(data)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:  # noqa: N803
        """Learn samples once, in their order. The first call may give `classes`, all labels that will ever come; what readings mean is taken from its samples.

        Raises as `fit`, and SampleError for a label that is none of the classes.
        """
        if not hasattr(self, "_learner"):
            self._begin(X, y, classes, whole=False)
        values = self._values(X)
        self._learner.learn(values, self._numbers(y, len(values)))
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The class of each sample, (samples,). Raises NotFittedError before `fit`, SampleError for samples of other features."""
        self._check_fitted()
        found: NDArray[Any] = self.classes_[self._learner.predict(self._values(X)).predictions]
        return found

    @property
    def predict_proba(self) -> Any:
        """predict_proba(X): the probability of each class, (samples, classes) float64, in the resolution of the device, 1/256.

        Only for readout "integrator"; outputs that spike have none, and then there is no such method.
        """
        if self.readout != "integrator":
            raise AttributeError(f'readout "{self.readout}" has no probabilities; use readout="integrator"')
        return self._predict_proba

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        from sfdfa_codegen.host.classifier.learner import probabilities

        self._check_fitted()
        return probabilities(self._learner.predict(self._values(X)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """The share of samples that is predicted rightly, from 0 to 1. sample_weight: (samples,), how much each counts."""
        right = self.predict(X) == np.asarray(y)
        return float(np.average(right, weights=sample_weight))

    def compare(self, X: Any, y: Any, targets: Sequence[str] = ("emu", "native")) -> dict[str, Any]:  # noqa: N803
        """Learn samples on several targets in lockstep, every result and state compared; the classifier keeps what it had learned.

        The result has `identical`, `first_divergence`, and by target `accuracy` (predicted before learning) and `state_crc32`.
        """
        self._check_fitted()
        values = self._values(X)
        return self._learner.compare(values, self._numbers(y, len(values)), tuple(targets))

    def report(self, board: str | None = None) -> dict[str, Any]:
        """RAM in bytes, sizes, and events of a sample; with the name of a board or its simulator also cycles, time and energy of a sample."""
        self._check_fitted()
        return self._learner.report(board)

    def export(self, folder: str | Path, target: str = "library") -> tuple[str, ...]:
        """Write the C with all that was learned into a folder; returns the names of its files. target: "library", "source" or a board.

        Raises ConfigError if the folder holds anything but an earlier export of the same kind; then nothing is changed.
        """
        self._check_fitted()
        return self._learner.export(Path(folder), target)

    @contextmanager
    def on(self, target: str, port: str | None = None) -> Iterator["FittedBoard"]:
        """Go on on a target: a simulator or, with its port, a real board. It starts with what was learned, and what it learns is kept at the end."""
        from sfdfa_codegen.host.classifier.board import FittedBoard

        self._check_fitted()
        with self._learner.device(target, port) as device:
            yield FittedBoard(device, self._learner, self.classes_, self._values, self._numbers)

    def _begin(self, X: Any, y: Any, classes: Any, whole: bool) -> Any:  # noqa: N803
        from sfdfa_codegen.host.classifier.learner import Learner

        values = checked_values(X)
        labels = checked_labels(y, len(values))
        found = np.unique(labels if classes is None else np.asarray(classes))
        if len(found) < 2:
            raise SampleError(
                f"y has one class, {found.tolist()[0]!r}; Classifier can't train when only one class is present: two are needed at least"
            )
        learner, data = Learner.begin(self.get_params(), values, _class_numbers(labels, found), len(found), whole)
        names = feature_names(X)
        self.classes_, self.n_features_in_, self._learner = found, values.shape[1], learner
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return learner, data

    def _check_fitted(self) -> None:
        if not hasattr(self, "_learner"):
            raise not_fitted(
                "This SpikingClassifier instance is not fitted yet: it has learned nothing; call fit or partial_fit first"
            )

    def _values(self, samples: Any) -> Values:
        values = checked_values(samples, self.n_features_in_)
        names, learned = feature_names(samples), getattr(self, "feature_names_in_", None)
        if names is not None and learned is not None and names != tuple(learned):
            raise SampleError(
                "The feature names should match those that were passed during fit: "
                f"now {', '.join(names)}; then {', '.join(learned)}"
            )
        bytes_expected = self._learner.coder.units.bits == 8
        if bytes_expected and values.dtype != np.uint8:
            return np.clip(np.rint(values), 0, 255).astype(np.uint8)
        return values

    def _numbers(self, labels: Any, samples: int) -> NDArray[np.int64]:
        return _class_numbers(checked_labels(labels, samples), self.classes_)


def _class_numbers(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    """Places in `classes`, which are sorted. Raises SampleError for a label that is none of them."""
    strange = np.flatnonzero(~np.isin(labels, classes))
    if len(strange):
        known = ", ".join(str(name) for name in classes.tolist()[:20])
        raise SampleError(
            f"y, row {strange[0]}: the label {labels[strange].tolist()[0]!r} is none of the classes {known}; give all of them to the first partial_fit"
        )
    return np.searchsorted(classes, labels).astype(np.int64)
