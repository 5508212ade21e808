"""What is searched: keys of the network file, and the values that each may have."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sfdfa_codegen.host.choice.encoding import candidates
from sfdfa_codegen.host.data.feature_coder import last_input_tick
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.floats.calibration import LEAST_THRESHOLD
from sfdfa_codegen.host.network.spec import EncodingSpec, NetworkSpec

if TYPE_CHECKING:
    import optuna

Values = dict[str, Any]
"""Keys of the network file, such as "learning.rate" or "layer.0.neurons", and their values."""

SIZES: Final = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Neurons of a hidden layer: few, so that few libraries are compiled."""
LEAST_LARGEST: Final = 128
"""The largest size that is tried, or twice that of the file if it is more."""
RATE_SPAN: Final = 5.0
"""Rates from a fifth to five times that of the file."""
THRESHOLDS: Final = (0.1, 1.5)
TICKS: Final = (16, 32, 64)
WINDOW_SHARES: Final = (0.25, 0.5, 0.75)
"""Of the ticks."""
WEIGHT_BITS: Final = (4, 8, 16)
LARGEST_RATE: Final = 2.0**-2 - 2.0**-20
"""Section 11 of docs/ARITHMETIC.md: below 2^18 in 2^-20."""
FIGURES: Final = 2
"""Significant ones of a rate or threshold."""


def suggest(trial: "optuna.trial.BaseTrial", spec: NetworkSpec, raw: RawData[Any]) -> Values:
    """What one trial has in the place of the file's values; no rate is too large for its threshold."""
    values: Values = {"learning.rate": _rounded(trial.suggest_float("rate", *_rates(spec), log=True))}
    values |= _sizes(trial, spec)
    values["fixed_point.weight_bits"] = trial.suggest_categorical("weight_bits", WEIGHT_BITS)
    values |= _thresholds(trial, spec)
    return _within_rate_bound(values | (_encoding(trial, raw) if isinstance(raw.train, Features) else {}), spec)


def start(spec: NetworkSpec, raw: RawData[Any], encoding: EncodingSpec) -> dict[str, Any]:
    """Parameters of a trial that is the file as it stands, as far as they can say it; the others are drawn. encoding: what a run of it has."""
    hidden = spec.layers[:-1]
    found: dict[str, Any] = {
        "rate": spec.learning.rate,
        "weight_bits": replace(spec, encoding=encoding).weight_bits,
        "thresholds": "auto" if spec.neuron.threshold == "auto" else "set",
        **{f"hidden_{index + 1}": min(layer.neurons, _largest(layer.neurons)) for index, layer in enumerate(hidden)},
    }
    if spec.neuron.threshold != "auto":
        low, high = THRESHOLDS
        for index, threshold in enumerate(spec.neuron.threshold):
            found[f"threshold_{index + 1}"] = min(high, max(low, threshold))
    if isinstance(raw.train, Features) and encoding.ticks in TICKS:
        found["ticks"] = encoding.ticks
        last = last_input_tick(encoding, raw)
        found["window_share"] = min(WINDOW_SHARES, key=lambda share: abs(int(share * encoding.ticks) - last))
        wanted = (encoding.kind, encoding.fields if encoding.kind == "population" else 0)
        fitting = [
            name for name, (kind, fields) in encodings(raw).items() if kind == wanted[0] and wanted[1] in (0, fields)
        ]
        found |= {"encoding": fitting[0]} if fitting else {}
    return found


def _rates(spec: NetworkSpec) -> tuple[float, float]:
    middle = spec.learning.rate or 0.1
    return middle / RATE_SPAN, middle * RATE_SPAN


def _rounded(value: float, up: bool | None = None) -> float:
    """To FIGURES; up or down where that is asked for."""
    nearest = float(f"{value:.{FIGURES}g}")
    step = 0.0 if up is None else 10.0 ** (math.floor(math.log10(value)) + 1 - FIGURES)
    if (up is True and nearest < value) or (up is False and nearest > value):
        return float(f"{nearest + (step if up else -step):.{FIGURES}g}")
    return nearest


def _within_rate_bound(values: Values, spec: NetworkSpec) -> Values:
    """The integers hold `LARGEST_RATE` of rate tau / threshold. A threshold that was drawn gives way, and is raised; one that is yet to be found can be as low as the least,
    so that the rate gives way, unless it is the file's with its ticks."""
    encoding = replace(spec.encoding, ticks=values.get("encoding.ticks", spec.encoding.ticks))
    per_rate = [spec.tau_ticks(layer) * encoding.tick_s / LARGEST_RATE for layer in range(spec.spiking_layers)]
    if not per_rate:
        return values
    rate, thresholds = values["learning.rate"], values["neuron.threshold"]
    if thresholds == "auto":
        most = _rounded(LEAST_THRESHOLD / max(per_rate), up=False)
        as_in_file = rate == spec.learning.rate and encoding.ticks == spec.encoding.ticks
        return values | {"learning.rate": rate if as_in_file else min(rate, most)}
    raised = [max(own, _rounded(rate * factor, up=True)) for own, factor in zip(thresholds, per_rate, strict=True)]
    return values | {"neuron.threshold": raised}


def _largest(neurons: int) -> int:
    return max(LEAST_LARGEST, 2 * neurons)


def _sizes(trial: "optuna.trial.BaseTrial", spec: NetworkSpec) -> Values:
    values = {}
    for index, layer in enumerate(spec.layers[:-1]):
        wanted = trial.suggest_int(f"hidden_{index + 1}", SIZES[0], _largest(layer.neurons), log=True)
        sizes = (*SIZES, layer.neurons)
        values[f"layer.{index}.neurons"] = min(sizes, key=lambda size: abs(np.log(size / wanted)))
    return values


def _thresholds(trial: "optuna.trial.BaseTrial", spec: NetworkSpec) -> Values:
    if not spec.spiking_layers:
        return {}
    if trial.suggest_categorical("thresholds", ("auto", "set")) == "auto":
        return {"neuron.threshold": "auto"}
    found = [trial.suggest_float(f"threshold_{k + 1}", *THRESHOLDS, log=True) for k in range(spec.spiking_layers)]
    return {"neuron.threshold": [_rounded(value) for value in found]}


def encodings(raw: RawData[Features]) -> Mapping[str, tuple[str, int]]:
    """Kinds and fields by the name of a trial's parameter."""
    if raw.train.values.dtype == np.uint8:
        return {"ttfs": ("ttfs", 0), "signed-ttfs": ("signed-ttfs", 0)}
    found = candidates(raw.train.values.shape[1], len(raw.train.labels))
    return {kind if kind != "population" else f"{kind}-{fields}": (kind, fields) for kind, fields in found}


def _encoding(trial: "optuna.trial.BaseTrial", raw: RawData[Features]) -> Values:
    known = encodings(raw)
    kind, fields = known[trial.suggest_categorical("encoding", tuple(known))]
    ticks = trial.suggest_categorical("ticks", TICKS)
    share = trial.suggest_categorical("window_share", WINDOW_SHARES)
    values: Values = {"encoding.kind": kind, "encoding.ticks": ticks, "encoding.window": int(share * ticks)}
    return values if kind != "population" else {**values, "encoding.fields": fields}
