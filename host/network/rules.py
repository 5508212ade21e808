"""What values the network file may hold, beyond their types: limits of single keys, and rules between keys."""

import math
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sfdfa_codegen.codegen.encoder import MOST_FIELDS
from sfdfa_codegen.codegen.frontend import LARGEST_STEP, LEAST_LOG, LOG_UNIT, MOST_BANDS, MOST_LOG, MOST_SLOTS
from sfdfa_codegen.host.network.readout_defaults import COUNTS_ONLY
from sfdfa_codegen.host.network.size import size_problem
from sfdfa_codegen.host.network.spec import (
    DataSpec,
    EncodingSpec,
    FixedPointSpec,
    FrontendSpec,
    LayerSpec,
    LearningSpec,
    NetworkSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.network.toml_lines import KeyPath

MAX_NEURONS: Final = 4096
MAX_SPIKES: Final = 31
"""Of a neuron in a sample: the running mean of the counts has 16 bits."""
MAX_SPIKES_UNLEARNED: Final = 255
"""The same where there is no such mean, with the rule "none"."""
MAX_TICKS: Final = 255
MAX_SHIFT: Final = 8
"""Pixels: a table of channels for each of (2 * 8 + 1)^2 moves."""
MAX_CHANNELS: Final = 65535
"""Channel numbers are uint16."""
DECAY_ONE: Final = 4096
"""The decay factor 1 - exp(-1 / tau_s_ticks) is stored in 1/4096 and must not round to 0 or to 1."""


MOST_RESET: Final = 4.0
"""Thresholds, as in codegen/bounds.py, which is not loaded to list the presets."""
LEAST_TIME_CONSTANT: Final = 0.12
"""In ticks: less is as good as nothing after a tick."""

Table = DataSpec | FrontendSpec | EncodingSpec | NeuronSpec | LearningSpec | FixedPointSpec | LayerSpec | NetworkSpec


@dataclass(frozen=True)
class Limit:
    """A test of one value of the right type, and in words what passes it."""

    accepts: Callable[[Any], bool]
    allowed: str


class Problem(NamedTuple):
    """A broken rule between keys: the key to blame and the message."""

    path: KeyPath
    text: str


def field_types(kind: type[Table]) -> dict[str, Any]:
    """Type annotations of a dataclass of `spec`, by field name."""
    return typing.get_type_hints(kind)


def find_limit(kind: type[Table], key: str) -> Limit | None:
    """The limit of one key, None where the type says everything."""
    return _LIMITS.get((kind, key))


def _whole(low: int, high: int) -> Limit:
    return Limit(lambda value: low <= value <= high, f"a whole number from {low} to {high}")


def _number(low: float, high: float = math.inf, open_low: bool = False) -> Limit:
    """A number from `low` to `high`; `open_low` leaves out `low` itself."""
    words = f"above {low:g}" if open_low else f"of at least {low:g}"
    words += f" and at most {high:g}" if math.isfinite(high) else ""
    return Limit(lambda value: (low < value if open_low else low <= value) and value <= high, f"a number {words}")


def _decay_is_storable(tau_s_ticks: float) -> bool:
    return tau_s_ticks > LEAST_TIME_CONSTANT and 1 <= DECAY_ONE * -math.expm1(-1.0 / tau_s_ticks) <= DECAY_ONE - 1


_TIME_CONSTANT: Final = Limit(_decay_is_storable, f"a number above {LEAST_TIME_CONSTANT} and at most 4095")
_NAME_OF_COLUMN: Final = Limit(lambda name: name != "", "the name of a column")

_LIMITS: Final[dict[tuple[type[Table], str], Limit]] = {
    (NetworkSpec, "name"): Limit(
        lambda name: re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) is not None,
        "1 to 64 of a-z, 0-9, dot, underscore and hyphen, starting with a letter or digit",
    ),
    (NetworkSpec, "seed"): _whole(0, 2**32 - 1),
    (LayerSpec, "neurons"): _whole(1, MAX_NEURONS),
    (LayerSpec, "tau_s_ticks"): _TIME_CONSTANT,
    (LayerSpec, "tau_ticks"): _TIME_CONSTANT,
    (LayerSpec, "reset_amount"): _number(0, MOST_RESET, open_low=True),
    (DataSpec, "path"): Limit(lambda path: path != "" and "\0" not in path, "the path of a file or folder"),
    (DataSpec, "dataset"): Limit(lambda name: name.isidentifier(), "the name of a class of tonic.datasets"),
    (DataSpec, "crop_ms"): _number(0, open_low=True),
    (DataSpec, "downsample"): _whole(1, 1024),
    (DataSpec, "denoise_ms"): _number(0, open_low=True),
    (DataSpec, "channels"): _whole(1, MAX_CHANNELS),
    (DataSpec, "test"): _number(0, 0.9, open_low=True),
    (DataSpec, "validation"): _number(0, 0.9, open_low=True),
    (DataSpec, "rate_hz"): _number(0, 1e7, open_low=True),
    (DataSpec, "window_s"): _number(0, 1e6, open_low=True),
    (DataSpec, "hop_s"): _number(0, 1e6, open_low=True),
    (DataSpec, "label"): _NAME_OF_COLUMN,
    (DataSpec, "part"): _NAME_OF_COLUMN,
    (DataSpec, "group"): _NAME_OF_COLUMN,
    (DataSpec, "time"): _NAME_OF_COLUMN,
    (DataSpec, "leave_out"): Limit(lambda names: "" not in names, "a list of names of columns, each in quotes"),
    (DataSpec, "features"): _whole(1, MAX_CHANNELS),
    (DataSpec, "unit_us"): _number(0, open_low=True),
    (FrontendSpec, "window_ms"): _number(0, 1e6, open_low=True),
    (FrontendSpec, "hop_ms"): _number(0, 1e6, open_low=True),
    (FrontendSpec, "bands"): _whole(1, MOST_BANDS),
    (FrontendSpec, "low_hz"): _number(0, open_low=True),
    (FrontendSpec, "high_hz"): _number(0, open_low=True),
    (FrontendSpec, "segments"): _whole(1, MOST_SLOTS),
    (FrontendSpec, "slots"): Limit(
        lambda slots: slots % 2 == 0 and 2 <= slots <= MOST_SLOTS, f"an even number from 2 to {MOST_SLOTS}"
    ),
    (FrontendSpec, "floor_octaves"): _number(LEAST_LOG / LOG_UNIT, MOST_LOG / LOG_UNIT),
    (FrontendSpec, "rise_octaves"): _number(0, LARGEST_STEP / LOG_UNIT, open_low=True),
    (FrontendSpec, "drift_octaves_s"): _number(0, 1e6),
    (FrontendSpec, "lead_ms"): _number(0, 1e6),
    (FrontendSpec, "hangover_ms"): _number(0, 1e6),
    (FrontendSpec, "shortest_ms"): _number(0, 1e6),
    (EncodingSpec, "ticks"): _whole(1, MAX_TICKS),
    (EncodingSpec, "window"): _whole(0, MAX_TICKS - 1),
    (EncodingSpec, "fields"): _whole(2, MOST_FIELDS),
    (EncodingSpec, "sample_ms"): _number(0, 1e6, open_low=True),
    (EncodingSpec, "min_channel_use"): _number(0, 1),
    (EncodingSpec, "time_slots"): _whole(1, MAX_TICKS),
    (EncodingSpec, "max_events"): _whole(1, 65535),
    (NeuronSpec, "tau_s_ticks"): _TIME_CONSTANT,
    (NeuronSpec, "threshold"): Limit(
        lambda value: value == "auto" or all(number > 0 for number in value),
        '"auto" or a list of positive numbers, one a layer',
    ),
    (LearningSpec, "step_gain"): _number(0, open_low=True),
    (LearningSpec, "rate"): _number(0),
    (LearningSpec, "rate_decay"): _number(0, 1, open_low=True),
    (LearningSpec, "stream_rate"): _number(0),
    (LearningSpec, "epochs"): _whole(1, 100_000),
    (LearningSpec, "max_shift"): _whole(0, MAX_SHIFT),
    (LearningSpec, "feedback_rate"): _number(0, 1, open_low=True),
    (LearningSpec, "regulariser"): _number(0),
    (LearningSpec, "rate_target"): _number(0),
    (LearningSpec, "target_true"): _whole(1, MAX_SPIKES),
    (LearningSpec, "target_false"): _whole(0, MAX_SPIKES - 1),
    (LearningSpec, "max_spikes"): _whole(1, MAX_SPIKES_UNLEARNED),
    (LearningSpec, "normaliser_floor"): _number(1 / 64, 63),
    (LearningSpec, "output_gain"): _number(0),
    (LearningSpec, "softmax_beta"): _number(0, open_low=True),
    (LearningSpec, "smoothing"): _number(0, 0.5),
    (LearningSpec, "error_gain"): _whole(1, 255),
    (LearningSpec, "learn_below"): _number(0, 1),
    (LearningSpec, "decide"): _number(0),
    (LearningSpec, "rehearsal"): _whole(0, 4095),
    (LearningSpec, "rehearsal_rate"): _whole(1, 255),
    (LearningSpec, "ask"): _number(0, 0.99),
}


def check_together(spec: NetworkSpec) -> Iterator[Problem]:
    """The rules between keys that a network breaks."""
    if (problem := size_problem(spec, 1)) is not None:
        yield Problem(("layer",), problem)
    yield from _check_encoding(spec.encoding)
    yield from _check_threshold(spec)
    yield from _check_time_constants(spec)
    yield from _check_resets(spec)
    yield from _check_targets(spec.learning)
    yield from _check_rates(spec.learning)
    yield from _check_readout(spec)
    yield from _check_data(spec.data)
    yield from _check_frontend(spec)
    yield from _check_source_and_kind(spec)


def _check_encoding(encoding: EncodingSpec) -> Iterator[Problem]:
    last = encoding.ticks - 1
    if encoding.window is not None and encoding.window > last:
        text = f"{encoding.window} is not allowed; must be at most ticks - 1, which is {last}"
        yield Problem(("encoding", "window"), text)
    if encoding.time_slots > encoding.ticks:
        text = f"{encoding.time_slots} is not allowed; must be at most ticks, which is {encoding.ticks}"
        yield Problem(("encoding", "time_slots"), text)
    if encoding.time_slots > 1 and encoding.min_channel_use > 0.0:
        text = "is not allowed with time_slots, which number channels by the tick; leave one of both out"
        yield Problem(("encoding", "min_channel_use"), text)


def _check_threshold(spec: NetworkSpec) -> Iterator[Problem]:
    threshold, layers = spec.neuron.threshold, spec.spiking_layers
    if threshold != "auto" and len(threshold) != layers:
        what = "layers; must have one a layer"
        if spec.learning.readout == "integrator":
            what = 'hidden layers; the outputs of the readout "integrator" have no threshold'
        yield Problem(("neuron", "threshold"), f"has {len(threshold)} numbers for {layers} {what}")


def _check_time_constants(spec: NetworkSpec) -> Iterator[Problem]:
    for index, layer in enumerate(spec.layers):
        own = [key for key in ("tau_s_ticks", "tau_ticks") if getattr(layer, key) is not None]
        if not own:
            continue
        path, tau_s, tau = ("layer", index, own[-1]), spec.tau_s_ticks(index), spec.tau_ticks(index)
        if index >= spec.spiking_layers:
            text = 'the outputs of the readout "integrator" have no membranes; leave it out'
            yield Problem(path, text)
        elif tau < tau_s:
            yield Problem(path, f"{tau:g} is not allowed; must be at least tau_s_ticks, which is {tau_s:g}")
        elif spec.learning.gradient == "exact" and tau != 2.0 * tau_s:
            text = f'{tau:g} is not allowed; the gradient "exact" is only known where tau_ticks is twice tau_s_ticks'
            yield Problem(path, f"{text}, which is {tau_s:g}")


def _check_resets(spec: NetworkSpec) -> Iterator[Problem]:
    for index, layer in enumerate(spec.layers):
        if layer.resets_by_threshold:
            continue
        path = ("layer", index, "reset_amount" if layer.reset == "subtract" else "reset")
        if index >= spec.spiking_layers:
            yield Problem(path, 'the outputs of the readout "integrator" have no membranes; leave it out')
        elif layer.reset == "zero" and layer.reset_amount != 1.0:
            yield Problem(("layer", index, "reset_amount"), 'is for reset = "subtract"; leave it out')
        elif spec.learning.rule != "none":
            text = 'is only for rule = "none": learning knows no other reset than one that subtracts the threshold'
            yield Problem(path, text)
        elif layer.reset_amount > 1.0 and spec.fixed_point.state_bits == 16:
            yield Problem(path, f"{layer.reset_amount:g} is not allowed; must be at most 1 with 16 state_bits")


def _check_targets(learning: LearningSpec) -> Iterator[Problem]:
    true, false, most = learning.target_true, learning.target_false, learning.max_spikes
    if learning.rule != "none" and most > MAX_SPIKES:
        text = (
            f'{most} is not allowed; must be at most {MAX_SPIKES}, or up to {MAX_SPIKES_UNLEARNED} with rule = "none"'
        )
        yield Problem(("learning", "max_spikes"), text)
    if true <= false:
        yield Problem(
            ("learning", "target_true"), f"{true} is not allowed; must be above target_false, which is {false}"
        )
    if most < true:
        yield Problem(
            ("learning", "max_spikes"), f"{most} is not allowed; must be at least target_true, which is {true}"
        )


def _check_rates(learning: LearningSpec) -> Iterator[Problem]:
    if learning.stream_rate is not None and learning.stream_rate > learning.rate:
        text = f"{learning.stream_rate:g} is not allowed; must be at most rate, which is {learning.rate:g}"
        yield Problem(("learning", "stream_rate"), text)
    if learning.rate_schedule == "linear" and learning.rate_decay != 1.0:
        text = f'{learning.rate_decay:g} is not allowed; rate_schedule "linear" falls by itself'
        yield Problem(("learning", "rate_decay"), text)


_INTEGRATOR_ONLY: Final = ("output_gain", "softmax_beta", "smoothing", "error_gain", "learn_below", "decide", "ask")


def _check_readout(spec: NetworkSpec) -> Iterator[Problem]:
    learning = spec.learning
    counts = learning.readout == "counts"
    for key in _INTEGRATOR_ONLY if counts else sorted(COUNTS_ONLY):
        if getattr(learning, key) != getattr(LearningSpec, key):
            other = "integrator" if counts else "counts"
            text = f'is for readout = "{other}"; this network\'s readout is "{learning.readout}"'
            yield Problem(("learning", key), text)
    if counts and learning.normaliser_floor != LearningSpec.normaliser_floor:
        text = f'{learning.normaliser_floor:g} is not allowed; with readout = "counts" it is {LearningSpec.normaliser_floor:g}'
        yield Problem(("learning", "normaliser_floor"), text)
    if learning.rule == "weights" and (counts or len(spec.layers) != 2):
        text = '"weights" is not allowed; it is for readout = "integrator" and one hidden layer: use "sfdfa"'
        yield Problem(("learning", "rule"), text)


def _check_data(data: DataSpec) -> Iterator[Problem]:
    if data.source in ("idx", "csv", "npz", "wav", "gas-drift") and data.path is None:
        yield Problem(("data",), f'the key path is missing; source "{data.source}" reads a file or folder')
    if data.source == "tonic" and data.dataset is None:
        yield Problem(("data",), 'the key dataset is missing; source "tonic" needs a class name, such as "SHD"')
    if data.source != "tonic":
        for key, given in (
            ("crop_ms", data.crop_ms),
            ("denoise_ms", data.denoise_ms),
            ("downsample", data.downsample > 1),
        ):
            if given:
                yield Problem(
                    ("data", key), f'{key} is for source "tonic"; source "{data.source}" has no such transform'
                )
    if (data.low is None) != (data.high is None):
        yield Problem(("data", "low" if data.high is None else "high"), "low and high must be given together")
    elif data.low is not None and data.high is not None and data.low >= data.high:
        yield Problem(("data", "high"), f"{data.high:g} is not allowed; must be above low, which is {data.low:g}")


def _check_frontend(spec: NetworkSpec) -> Iterator[Problem]:
    frontend = spec.frontend
    if frontend is None:
        return
    if spec.encoding.kind == "events":
        yield Problem(("encoding", "kind"), '"events" is not allowed with a [frontend], which gives readings')
    if frontend.kind in ("stats", "raw"):
        for key in ("bands", "low_hz", "high_hz"):
            if getattr(frontend, key) is not None:
                yield Problem(("frontend", key), f'is for the kinds "mel" and "bands"; this one is "{frontend.kind}"')
    if None not in (frontend.low_hz, frontend.high_hz) and frontend.low_hz >= frontend.high_hz:  # type: ignore[operator]
        yield Problem(("frontend", "high_hz"), f"{frontend.high_hz:g} is not allowed; must be above low_hz")
    if frontend.endpoint and frontend.sliding:
        yield Problem(("frontend", "endpoint"), "true is not allowed with sliding = true; use one of both")
    if frontend.segments is not None and frontend.segments > frontend.slots:
        yield Problem(
            ("frontend", "segments"), f"{frontend.segments} is not allowed; must be at most slots, {frontend.slots}"
        )


def _check_source_and_kind(spec: NetworkSpec) -> Iterator[Problem]:
    source, kind = spec.data.source, spec.encoding.kind
    if source in ("digits", "idx", "csv", "wav", "gas-drift") and kind == "events":
        text = f'"events" is not allowed; source "{source}" has features: use "ttfs", "signed-ttfs", "population", "rate" or "signed-rate"'
        yield Problem(("encoding", "kind"), text)
    if source == "tonic" and kind not in ("events", "auto"):
        yield Problem(("encoding", "kind"), f'"{kind}" is not allowed; source "tonic" has events: use "events"')
    if spec.encoding.time_slots > 1 and (source not in ("npz", "tonic") or kind not in ("events", "auto")):
        yield Problem(("encoding", "time_slots"), "is for data that are events; readings have segments of a [frontend]")
