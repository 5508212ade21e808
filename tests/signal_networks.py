"""Networks that take samples of a sensor, for tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from reading_networks import OUTPUTS, with_encoder
from sfdfa_codegen.codegen.frontend import WINDOWS, Endpoint, Frontend, FrontendKind
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.data.encoding import encode_levels
from sfdfa_codegen.host.data.fit_encoder import ReadingUnits, fit_encoder
from sfdfa_codegen.host.data.raw import Recordings
from sfdfa_codegen.host.data.readings import levels_of, schedule_of
from sfdfa_codegen.host.data.recordings import readings_of
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import EncodingSpec

KINDS: tuple[FrontendKind, ...] = ("mel", "bands", "stats", "raw")
TICKS = 12


@dataclass(frozen=True)
class SignalCase:
    """A network with a front-end, and recordings for it."""

    network: IntegerNetwork
    recordings: Recordings

    @property
    def frontend(self) -> Frontend:
        assert self.network.frontend is not None
        return self.network.frontend

    def samples(self) -> SpikeDataset:
        """The recordings with the readings and events that the host makes of them."""
        assert self.network.encoder is not None
        readings = readings_of(self.frontend, self.recordings.samples, self.recordings.offsets)
        levels = levels_of(self.network.encoder, readings)
        events = encode_levels(levels, self.recordings.labels, schedule_of(self.network.encoder, TICKS))
        return SpikeDataset(events.ticks, events.channels, events.offsets, events.labels, readings, self.recordings)


def make_frontend(kind: FrontendKind, rng: np.random.Generator, window: int = 32, **changes: Any) -> Frontend:
    """With bands that lie anywhere, where the kind has any."""
    bands = int(rng.integers(1, 6)) if kind in ("mel", "bands") else 0
    first = [int(rng.integers(1, window // 2)) for _ in range(bands)]
    weights = [rng.integers(0, 256, rng.integers(1, window // 2 - place + 1)).tolist() for place in first]
    values: dict[str, Any] = {"axes": 1, "hop": window // 2, "segments": 2, "slots": 4}
    return Frontend(
        kind,
        window=window,
        band_first=tuple(first),
        band_weights=tuple(map(tuple, weights)),
        **values | changes,
    )


def recording(rng: np.random.Generator, samples: int, axes: int) -> NDArray[np.int16]:
    """Noise, a tone or a constant, from silence to the ends of int16."""
    size = 2 ** int(rng.integers(0, 16))
    shapes = (
        rng.integers(-size, size, (samples, axes)),
        size * np.sin(rng.uniform(0, np.pi) * np.arange(samples))[:, None] * np.ones(axes),
        np.full((samples, axes), rng.choice([-32768, 0, 32767])),
    )
    return np.clip(np.rint(shapes[rng.integers(0, 3)]), -32768, 32767).astype(np.int16)


def bursts(rng: np.random.Generator, lengths: tuple[int, ...]) -> NDArray[np.int16]:
    """Quiet and loud noise in turns, (samples, 1)."""
    parts = [rng.normal(0, 2000 if index % 2 else 10, length) for index, length in enumerate(lengths)]
    return np.rint(np.concatenate(parts)).astype(np.int16)[:, None]


def signal_case(frontend: Frontend, rng: np.random.Generator, lengths: tuple[int, ...]) -> SignalCase:
    """One recording of each length."""
    return case_of(frontend, [recording(rng, length, frontend.axes) for length in lengths])


def case_of(frontend: Frontend, parts: list[NDArray[np.int16]]) -> SignalCase:
    """These recordings, (samples, axes) each, and a network for them."""
    offsets = np.cumsum([0, *map(len, parts)])
    recordings = Recordings(np.concatenate(parts), offsets, np.arange(len(parts)) % OUTPUTS)
    readings = readings_of(frontend, recordings.samples, offsets)
    units = ReadingUnits(16, np.zeros(frontend.features), np.ones(frontend.features))
    encoder = fit_encoder(units, readings, EncodingSpec("signed-ttfs", TICKS, 8), None, None)
    return SignalCase(with_encoder(encoder, TICKS, 2 * frontend.features, frontend=frontend), recordings)


@st.composite
def endpoints(draw: st.DrawFn, slots: int) -> Endpoint:
    """Such that recordings of a few frames have utterances that begin, end and are forgotten."""
    return Endpoint(
        rise=draw(st.integers(1, 2000)),
        drift=draw(st.sampled_from((0, 8, 500))),
        lead=draw(st.integers(1, slots - 1)),
        hangover=draw(st.integers(1, 4)),
        shortest=draw(st.integers(1, 4)),
    )


@st.composite
def signal_cases(draw: st.DrawFn) -> SignalCase:
    """All kinds, one axis and several, recordings shorter than a frame and longer than all slots."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    window = draw(st.sampled_from(WINDOWS[:5]))
    slots = 2 * draw(st.integers(1, 5))
    shape = draw(st.sampled_from(("slides", "utterances", "whole")))
    gravity = draw(st.booleans())
    frontend = make_frontend(
        draw(st.sampled_from(KINDS)),
        rng,
        window,
        axes=draw(st.sampled_from((3, 6) if gravity else (1, 2, 3))),
        gravity=gravity,
        hop=draw(st.integers(max(1, window // 8), window)),
        segments=draw(st.integers(1, slots)),
        slots=slots,
        floor=draw(st.integers(-7680, 2000)),
        centred=draw(st.booleans()),
        sliding=shape == "slides",
        endpoint=draw(endpoints(slots)) if shape == "utterances" else None,
    )
    lengths = draw(st.lists(st.integers(1, 20 * window), min_size=1, max_size=4))
    return signal_case(frontend, rng, tuple(lengths))


def signal_network(kind: FrontendKind, **changes: Any) -> IntegerNetwork:
    """A small network behind a front-end."""
    rng = np.random.default_rng(3)
    return signal_case(make_frontend(kind, rng, **changes), rng, (90, 200)).network
