"""Values of a data set's features to input events, by constants of its training set."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.encoding import encode_levels
from sfdfa_codegen.host.data.fit_encoder import ReadingUnits, chosen_kind, fit_encoder, signed_limits, units_of
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.readings import levels_of, schedule_of
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import SIGNED_KINDS, EncodingKind, EncodingSpec

FEW_FEATURES: Final = 12
"""With so few, a field has to tell values apart more finely, and a population has the window of signed-ttfs: DESIGN.md, "Defaults"."""


@dataclass(frozen=True)
class FeatureCoder:
    """Values become readings in `units`, and readings become the events of `encoder`, all of its channels."""

    units: ReadingUnits
    encoder: Encoder
    ticks: int

    def encode(self, part: Features) -> SpikeDataset:
        """The events of some samples, with the readings that they were made from."""
        readings = self.units.readings(part.values)
        levels = levels_of(self.encoder, readings)
        events = encode_levels(levels, part.labels, schedule_of(self.encoder, self.ticks))
        return replace(events, readings=readings, recordings=part.recordings)


def fit_coder(raw: RawData[Features], encoding: EncodingSpec) -> FeatureCoder:
    """The coder for a data set. Raises ConfigError for an encoding that is none of features, DataError for a training set without any."""
    if encoding.kind == "auto":
        encoding = replace(encoding, kind=chosen_kind(raw))
    if encoding.kind == "events":
        raise ConfigError(
            f"{raw.origin} holds features, not events; [encoding] kind must be "
            '"ttfs", "signed-ttfs", "population", "rate" or "signed-rate"'
        )
    samples, features = raw.train.values.shape
    if features == 0 or samples == 0:
        raise DataError(f"{raw.origin}: training set: {samples} samples of {features} features")
    return FeatureCoder(*_fitted(raw, encoding), encoding.ticks)


def last_input_tick(encoding: EncodingSpec, raw: RawData[Features]) -> int:
    """`window`; where it is open, what suits the kind and these features. Readings of a front-end have the same with all kinds, with which they were measured."""
    few = encoding.kind == "population" and raw.train.values.shape[1] <= FEW_FEATURES
    kind: EncodingKind = "auto" if raw.frontend is not None else "signed-ttfs" if few else encoding.kind
    return replace(encoding, kind=kind).last_input_tick


def _fitted(raw: RawData[Features], encoding: EncodingSpec) -> tuple[ReadingUnits, Encoder]:
    """The units of a data set's readings, and the encoder for them."""
    values = raw.train.values
    encoding = replace(encoding, window=last_input_tick(encoding, raw))
    if values.dtype == np.uint8:
        units = units_of(values)
        return units, fit_encoder(units, units.readings(values), encoding, None, None)
    if raw.frontend is not None:
        return _fitted_to_frontend(raw, encoding)
    edges = np.ones(values.shape[1])
    low, high = (-edges, edges) if raw.limits is None else raw.limits
    if raw.limits is not None and encoding.kind in SIGNED_KINDS:
        low, high = signed_limits(values)
    units = units_of(values, low, high)
    return units, fit_encoder(
        units, units.readings(values), encoding, (low - units.zero) / units.unit, (high - units.zero) / units.unit
    )


def _fitted_to_frontend(raw: RawData[Features], encoding: EncodingSpec) -> tuple[ReadingUnits, Encoder]:
    """Readings are what the front-end gives. Those of mel are all of one kind, and have one scale about the mean of each."""
    assert raw.frontend is not None
    values = raw.train.values
    low, high = signed_limits(values, one_scale=raw.frontend.kind == "mel")
    units = ReadingUnits(16, np.zeros(values.shape[1]), np.ones(values.shape[1]))
    return units, fit_encoder(units, units.readings(values), encoding, low, high)
