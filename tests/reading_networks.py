"""Networks that take readings, for tests."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from networks import make_network
from sfdfa_codegen.codegen.encoder import LEFT_OUT, Encoder
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.data.encoding import encode_levels
from sfdfa_codegen.host.data.fit_encoder import fit_encoder, units_of
from sfdfa_codegen.host.data.readings import levels_of, schedule_of
from sfdfa_codegen.host.data.spikes import Readings, SpikeDataset
from sfdfa_codegen.host.network.spec import EncodingKind, EncodingSpec

KINDS: tuple[EncodingKind, ...] = ("ttfs", "signed-ttfs", "rate", "signed-rate", "population")
OUTPUTS = 3


@dataclass(frozen=True)
class ReadingCase:
    """A network with an encoder, and readings for it, (samples, features): of its training set and far beside it."""

    network: IntegerNetwork
    readings: Readings

    def samples(self) -> SpikeDataset:
        """The readings and, from the host's encoder, their events; labels in turn."""
        encoder = self.network.encoder
        assert encoder is not None
        labels = np.arange(len(self.readings)) % OUTPUTS
        every = encode_levels(levels_of(encoder, self.readings), labels, schedule_of(encoder, self.network.ticks))
        return replace(_renumbered(every, encoder).first_events(self.network.max_events), readings=self.readings)


def _renumbered(samples: SpikeDataset, encoder: Encoder) -> SpikeDataset:
    if not encoder.channel_map:
        return samples
    channels = np.array(encoder.channel_map)[samples.channels]
    kept = channels != LEFT_OUT
    offsets = np.concatenate(([0], np.cumsum(kept)))[samples.offsets]
    return SpikeDataset(samples.ticks[kept], channels[kept].astype(np.uint16), offsets, samples.labels)


def with_encoder(encoder: Encoder, ticks: int, max_events: int, **changes: Any) -> IntegerNetwork:
    """A small network behind an encoder."""
    return make_network(encoder.channels, 5, OUTPUTS, ticks=ticks, max_events=max_events, encoder=encoder, **changes)


def reading_case(
    kind: EncodingKind,
    features: int,
    seed: int = 0,
    *,
    byte_readings: bool = False,
    ticks: int = 16,
    window: int = 10,
    fields: int = 4,
    max_events: int = 60,
    left_out: float = 0.0,
    **changes: Any,
) -> ReadingCase:
    """left_out: the share of channels that the network does not have. The first feature is constant in the training set."""
    rng = np.random.default_rng(seed)
    if byte_readings:
        train = rng.integers(0, 256, (9, features)).astype(np.uint8)
        other = rng.integers(0, 256, (6, features)).astype(np.uint8)
    else:
        train = rng.normal(size=(9, features)).astype(np.float32)
        other = np.concatenate((train[:3], 100 * rng.normal(size=(3, features)))).astype(np.float32)
    train[:, 0] = train[0, 0]
    units = units_of(train)
    spec = EncodingSpec(kind, ticks, window, fields)
    encoder = fit_encoder(units, units.readings(train), spec, None, None)
    present = rng.random(encoder.source_channels) >= left_out
    if not present.all():
        present[0] = True
        places = np.where(present, np.cumsum(present) - 1, LEFT_OUT)
        encoder = replace(encoder, channel_map=tuple(places.tolist()))
    return ReadingCase(with_encoder(encoder, ticks, max_events, **changes), units.readings(other))


@st.composite
def reading_cases(draw: st.DrawFn) -> ReadingCase:
    """All kinds, both types of readings, with and without a channel map, with and without room for every event; each with the smallest and the largest readings there are."""
    ticks = draw(st.sampled_from([1, 2, 16, 40, 255]))
    case = reading_case(
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from([1, 2, 7, 1000])),
        draw(st.integers(0, 2**32 - 1)),
        byte_readings=draw(st.booleans()),
        ticks=ticks,
        window=draw(st.integers(0, ticks - 1)),
        fields=draw(st.integers(2, 16)),
        max_events=draw(st.sampled_from([1, 9, 300, 3000])),
        left_out=draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
    )
    encoder = case.network.encoder
    assert encoder is not None
    extremes = np.repeat(np.array(encoder.reading_limits)[:, None], encoder.features, axis=1)
    return replace(case, readings=np.concatenate((case.readings, extremes.astype(case.readings.dtype))))
