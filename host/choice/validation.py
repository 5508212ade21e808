"""The validation split: the share of the training set on which settings are chosen, so that the test set has no say."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.raw import RawData
from sfdfa_codegen.host.data.tables import split_off

SEED: Final = 0
"""The split is the data's, whatever seed a run has."""


def validation_split(raw: RawData[Any], share: float) -> RawData[Any]:
    """The training set in two: what is left to be learned, and as the test set a share of it, of each class alike, or of whole groups. Neither
    the test set nor the segments of a stream are in it. Raises DataError for a set that is too small."""
    labels = np.asarray(raw.train.labels, dtype=np.int64)
    groups = np.arange(len(labels)) if raw.train_groups is None else raw.train_groups
    try:
        parts = split_off(labels, groups, share, SEED)
    except DataError as error:
        if raw.train_groups is not None and len(np.unique(groups)) == 1:
            problem = "all training samples are of one group, which cannot be held out from itself; leave [data] group out, or name another"
        else:
            problem = f"{len(labels)} training samples are too few to keep {share:g} of them for validation; lower [data] validation"
        raise DataError(f"{raw.origin}: {problem}") from error
    kept = None if raw.train_groups is None else raw.train_groups[parts.train]
    note = f"validation: {len(parts.test)} of {len(labels)} training samples are held out and stand for the test set, which is not looked at"
    return replace(
        raw,
        train=raw.train.take(parts.train),
        test=raw.train.take(parts.test),
        segments=(),
        train_groups=kept,
        notes=(*raw.notes, note),
    )
