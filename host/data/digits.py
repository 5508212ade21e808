"""Source "digits": 1,797 handwritten digits of 8 x 8 pixels, packaged. DIGITS_ATTRIBUTION.md says whose they are.

1,437 train and 360 test, in an order and a split that are stored in the file.
"""

from importlib import resources
from typing import Final

import numpy as np
from sfdfa_codegen.host.data.encoding import FULL_LEVEL
from sfdfa_codegen.host.data.npz import load_features
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.network.spec import DataSpec

IMAGE: Final = (8, 8)
DARKEST: Final = 16
"""Pixels are 0 to 16 in the file."""


def load_digits() -> RawData[Features]:
    """Pixels are brought to 0 to 255."""
    with resources.as_file(resources.files("sfdfa_codegen.host.data").joinpath("digits.npz")) as path:
        raw = load_features(NumpyArchive(path), DataSpec())
    return RawData("the built-in digits", _stretch(raw.train), _stretch(raw.test), image=IMAGE)


def _stretch(part: Features) -> Features:
    return Features(np.rint(part.values * (FULL_LEVEL / DARKEST)).astype(np.uint8), part.labels)
