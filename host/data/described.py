"""A network without its data set: what the network file says of it is enough to build, though not to run."""

from typing import Final

import numpy as np
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.fit_encoder import fit_encoder, units_of
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.network.spec import NetworkSpec

PLAIN_KINDS: Final = ("ttfs", "rate")
"""Encoders of bytes that need nothing of a training set."""


def describe_data(spec: NetworkSpec, missing: DataError) -> EncodedData:
    """The data set that the file describes, without a sample. missing: why there is none.

    Raises `missing`, with what the file would have to say, if it does not say enough.
    """
    lacking = _lacking(spec)
    if lacking:
        raise DataError(f"{missing}. Without its data a network can be built if the network file gives {lacking}")
    encoder = None if spec.encoding.kind == "events" else _plain_encoder(spec)
    channels = (spec.data.channels or 0) * spec.encoding.time_slots if encoder is None else encoder.channels
    empty = SpikeDataset(np.zeros(0, np.uint16), np.zeros(0, np.uint16), np.zeros(1, np.int64), np.zeros(0, np.uint16))
    return EncodedData(empty, empty, (), channels, spec.layer_sizes[-1], encoder=encoder)


def _plain_encoder(spec: NetworkSpec) -> Encoder:
    nothing = np.zeros((1, spec.data.features or 1), np.uint8)
    return fit_encoder(units_of(nothing), nothing, spec.encoding, None, None)


def _lacking(spec: NetworkSpec) -> str:
    """What the file does not say, in words; empty if it says enough."""
    kind = spec.encoding.kind
    if kind == "events":
        wanted = {"[data] channels": spec.data.channels is not None}
    elif kind in PLAIN_KINDS:
        wanted = {"[data] features, where they are bytes": spec.data.features is not None}
    else:
        return f'an encoding other than "{kind}", whose constants are those of the training set'
    wanted |= {
        "[encoding] max_events": spec.encoding.max_events is not None,
        "[neuron] threshold in numbers": spec.neuron.threshold != "auto",
        "no min_channel_use": spec.encoding.min_channel_use == 0.0,
        "32 state_bits": spec.fixed_point.state_bits == 32,
    }
    return ", ".join(what for what, there in wanted.items() if not there)
