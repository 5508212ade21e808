"""From a network's `[data]` and `[encoding]` to encoded samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.encoder import LEFT_OUT
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.channel_use import renumber, renumbering, used_channels
from sfdfa_codegen.host.data.csv_table import Progress
from sfdfa_codegen.host.data.digits import load_digits
from sfdfa_codegen.host.data.encoding import (
    check_channels,
    check_dataset,
    check_labels,
    check_offsets,
    encode_events,
    event_place,
    in_time_slots,
    tick_length_us,
)
from sfdfa_codegen.host.data.feature_coder import FeatureCoder, fit_coder
from sfdfa_codegen.host.data.gas_drift import load_gas_drift
from sfdfa_codegen.host.data.idx import load_idx
from sfdfa_codegen.host.data.locate import locate
from sfdfa_codegen.host.data.npz import load_npz
from sfdfa_codegen.host.data.raw import Events, Features, RawData, RawPart, Recordings
from sfdfa_codegen.host.data.signals import recordings_as_features
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset, StreamSegment
from sfdfa_codegen.host.data.tables import load_csv
from sfdfa_codegen.host.data.tonic import load_tonic
from sfdfa_codegen.host.data.wav import load_wav
from sfdfa_codegen.host.data.windows import load_csv_tracks
from sfdfa_codegen.host.network.rules import MAX_CHANNELS
from sfdfa_codegen.host.network.spec import EncodingSpec, NetworkSpec

MOST_NAMED: Final = 5
"""Classes that a message names."""

_Encoder = Callable[[RawPart, str], SpikeDataset]
"""Encodes one part of a data set; the text names it in messages."""


def load_data(spec: NetworkSpec) -> EncodedData:
    """The data set of a network, loaded, encoded and checked.

    Raises DataError (missing, damaged, or not fitting the network) and ConfigError (`[data]` or `[encoding]` do not
    fit it).
    """
    return encode_raw(load_raw(spec), spec)


def encode_raw(raw: RawData[Any], spec: NetworkSpec) -> EncodedData:
    """A data set as events of the network. Raises as `load_data`."""
    _check_classes(raw, spec.layer_sizes[-1])
    if isinstance(raw.train, Features):
        if spec.encoding.time_slots > 1:
            raise ConfigError(f"{raw.origin} holds features, not events; [encoding] time_slots must be left out")
        return encode_features(raw, spec, fit_coder(raw, spec.encoding))
    return _encode_all(raw, *_event_encoder(raw.train, raw.origin, spec.encoding), spec)


def _check_classes(raw: RawData[Any], outputs: int) -> None:
    """Raise DataError for a table with more classes than outputs."""
    names = raw.class_names
    if len(names) > outputs:
        some = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
        raise DataError(
            f"{raw.origin}: the label column has {len(names)} classes ({some}), but the output layer has {outputs} neurons; write "
            f"neurons = {len(names)} in the last [[layer]]"
        )


def load_raw(spec: NetworkSpec, progress: Progress | None = None) -> RawData[Any]:
    """Features or events of a network's data set, before encoding. Recordings are features of its front-end. Raises as `load_data`."""
    raw = _load_source(spec, progress)
    if isinstance(raw.train, Recordings):
        return recordings_as_features(raw, spec.frontend, progress)
    if spec.frontend is not None:
        raise ConfigError(
            f"{raw.origin} holds no recordings of samples, so that [frontend] has nothing to do; leave it out"
        )
    return raw


def _load_source(spec: NetworkSpec, progress: Progress | None) -> RawData[Any]:
    """As the files have it."""
    data = spec.data
    if data.source == "digits":
        return load_digits()
    if data.source == "tonic":
        folder = locate(data.path, spec.folder, "tonic") if data.path else cache_folder() / "tonic"
        return load_tonic(data, folder, spec.encoding)
    path = locate(data.path or "", spec.folder, data.source)
    vectors = spec.frontend is not None and spec.frontend.axes == "gravity"
    if data.source == "idx":
        return load_idx(path)
    if data.source == "csv" and spec.frontend is not None:
        return load_csv_tracks(path, data, spec.seed, vectors)
    if data.source == "csv":
        return load_csv(path, data, spec.seed, progress)
    if data.source == "wav":
        return load_wav(path, data, spec.seed, progress)
    return load_gas_drift(path) if data.source == "gas-drift" else load_npz(path, data, spec.seed, vectors)


def _encode_all(raw: RawData[RawPart], encode: _Encoder[RawPart], channels: int, spec: NetworkSpec) -> EncodedData:
    if channels > MAX_CHANNELS:
        raise DataError(f"{raw.origin}: {channels} input channels; the most is {MAX_CHANNELS}")

    def encode_part(part: RawPart, name: str) -> SpikeDataset:
        where = f"{raw.origin}: {name}"
        check_labels(part.labels, spec.layer_sizes[-1], where)
        encoded = encode(part, where)
        check_dataset(
            encoded,
            ticks=spec.encoding.ticks,
            channels=channels,
            classes=spec.layer_sizes[-1],
            where=where,
            max_events=None if isinstance(part, Features) else spec.encoding.max_events,
        )
        return encoded

    train = encode_part(raw.train, "training set")
    if len(train.ticks) == 0:
        raise DataError(f"{raw.origin}: no sample has an event within the {spec.encoding.sample_ms:g} ms of a sample")
    test = train if raw.test is raw.train else encode_part(raw.test, "test set")
    segments: tuple[StreamSegment, ...] = tuple(
        StreamSegment(name, encode_part(part, f"segment {name}")) for name, part in raw.segments
    )
    parts = (train, test, *(segment.samples for segment in segments))
    classes = max(int(part.labels.max()) for part in parts) + 1
    data = EncodedData(
        train,
        test,
        segments,
        channels,
        classes,
        raw.image,
        feature_names=raw.feature_names,
        class_names=raw.class_names,
        notes=raw.notes,
    )
    return _without_unused(data, spec.encoding.min_channel_use, raw.origin)


def _without_unused(data: EncodedData, min_use: float, origin: str) -> EncodedData:
    """The data without the channels that too few training samples use. Raises DataError if that is all of them."""
    if min_use == 0.0:
        return data
    kept = used_channels(data.train, data.channels, min_use)
    if len(kept) == 0:
        raise DataError(
            f"{origin}: no channel has an event in a share of {min_use:g} of the training samples; "
            "lower [encoding] min_channel_use"
        )
    table = renumbering(kept, data.channels)
    return replace(
        data,
        train=renumber(data.train, table),
        test=renumber(data.test, table),
        segments=tuple(StreamSegment(part.name, renumber(part.samples, table)) for part in data.segments),
        channels=len(kept),
        left_out=tuple(np.setdiff1d(np.arange(data.channels), kept).tolist()),
    )


def encode_features(raw: RawData[Features], spec: NetworkSpec, coder: FeatureCoder) -> EncodedData:
    """A data set of features as events of `coder`, which is its own. Raises as `load_data`."""
    features = raw.train.values.shape[1]
    if spec.data.features not in (None, features):
        raise DataError(f"{raw.origin}: {features} features a sample, but [data] features is {spec.data.features}")
    encoder = coder.encoder
    data = _encode_all(raw, lambda part, _: coder.encode(part), encoder.source_channels, spec)
    if data.left_out:
        places = np.full(encoder.source_channels, LEFT_OUT)
        places[data.kept_channels] = np.arange(data.channels)
        encoder = replace(encoder, channel_map=tuple(places.tolist()))
    return _within_capacity(replace(data, encoder=encoder, frontend=raw.frontend), spec.encoding.max_events)


def _within_capacity(data: EncodedData, max_events: int | None) -> EncodedData:
    """Of samples with more events than the network takes, the first ones."""
    if max_events is None:
        return data
    return replace(
        data,
        train=data.train.first_events(max_events),
        test=data.test.first_events(max_events),
        segments=tuple(StreamSegment(part.name, part.samples.first_events(max_events)) for part in data.segments),
    )


def _event_encoder(train: Events, origin: str, encoding: EncodingSpec) -> tuple[_Encoder[Events], int]:
    if encoding.kind not in ("events", "auto"):
        raise ConfigError(
            f'{origin} holds events, not features; [encoding] kind must be "events", not "{encoding.kind}"'
        )

    def encode(part: Events, where: str) -> SpikeDataset:
        check_events(part, encoding.ticks, where)
        unit_us, tick_us = (1.0, 1.0) if part.unit_us is None else (part.unit_us, tick_length_us(encoding))

        def positions(events: slice) -> NDArray[np.float64]:
            with np.errstate(over="ignore"):  # beyond any sample, so infinity does
                return part.times[events].astype(np.float64) * unit_us / tick_us

        found = encode_events(positions, part.channels, part.offsets, part.labels, encoding.ticks)
        return in_time_slots(found, train.channel_count, encoding.time_slots, encoding.ticks)

    return encode, encoding.time_slots * train.channel_count


def check_events(part: Events, ticks: int, where: str) -> None:
    """Raises DataError unless offsets fit, channels are in range and the times of each sample are from 0 and ascending.

    Times in ticks must be below `ticks`; times in units may be later than the sample lasts.
    """
    check_offsets(part.offsets, len(part.labels), len(part.times), where)
    if len(part.channels) != len(part.times):
        raise DataError(f"{where}: {len(part.times)} times for {len(part.channels)} channels of events")
    check_channels(part.channels, part.offsets, part.channel_count, where)
    _check_times(part, ticks, where)


def _check_times(part: Events, ticks: int, where: str) -> None:
    times, starts = part.times, part.offsets[:-1][np.diff(part.offsets) > 0]
    falling = np.concatenate(([False], times[1:] < times[:-1])) if len(times) else np.zeros(0, np.bool_)
    falling[starts] = False
    late = times >= ticks if part.unit_us is None else np.zeros(len(times), np.bool_)
    problems = (
        (times < 0, "before the sample's start"),
        (falling, "earlier than the event before it"),
        (late, f"not below the {ticks} ticks of [encoding]; raise ticks, or give [data] unit_us if times are no ticks"),
    )
    for wrong, problem in problems:
        if wrong.any():
            event = int(np.flatnonzero(wrong)[0])
            raise DataError(f"{where}, {event_place(event, part.offsets)}: time {times[event]} is {problem}")
