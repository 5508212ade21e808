"""A classifier on a device that is open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.classifier.learner import Labels, Learner, learn_on
from sfdfa_codegen.host.classifier.samples import Values
from sfdfa_codegen.host.devices.device import Device


@dataclass(frozen=True)
class FittedBoard:
    """What `SpikingClassifier.on` gives: the same learning and predicting, on the device. Its result is that of the classifier, bit for bit.

    values, numbers: check samples, and labels for so many samples, as the classifier does.
    """

    device: Device
    learner: Learner
    classes: NDArray[Any]
    values: Callable[[Any], Values]
    numbers: Callable[[Any, int], Labels]

    def partial_fit(self, X: Any, y: Any) -> NDArray[Any]:  # noqa: N803  (scikit-learn's name)
        """Learn samples once, in their order; returns what was predicted of each before it was learned."""
        values = self.values(X)
        return self._named(learn_on(self.device, self.learner, values, self.numbers(y, len(values))).predictions)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The class of each sample, (samples,)."""
        return self._named(self.device.run_samples(self.learner.events(self.values(X)), False).predictions)

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """The share of samples that is predicted rightly, from 0 to 1."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    @property
    def state_crc32(self) -> str:
        """CRC-32 of all weights and feedback on the device, 8 hexadecimal digits."""
        return f"{self.device.state_crc():08x}"

    def _named(self, predictions: NDArray[np.int64]) -> NDArray[Any]:
        names: NDArray[Any] = self.classes[predictions]
        return names
