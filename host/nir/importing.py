"""From a NIR file to a network file and weights, in the neurons of docs/ARITHMETIC.md.

With a_s = 1 - dt / tau_syn and a = 1 - dt / tau_mem, as the frameworks step them, an input of weight w moves the membrane of a CubaLIF neuron after n + 1 steps by
w g (a^(n+1) - a_s^(n+1)) / (a - a_s), g = (dt / tau_syn) w_in (dt / tau_mem) r; ours is at w (a^(n+1) - a_s^(n+1)) one tick later. So weights are multiplied by
g / v_threshold and by a scale s that is free, and the threshold is (a - a_s) s. An LIF neuron is one whose current is gone after a tick.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from sfdfa_codegen.codegen.bounds import MOST_RESET
from sfdfa_codegen.codegen.errors import ConfigError, DataError, DoesNotFitError
from sfdfa_codegen.host.floats.dynamics import FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork, fresh_state
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.rules import DECAY_ONE, MAX_SPIKES, MAX_SPIKES_UNLEARNED, MAX_TICKS
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.nir.chain import ChainLayer
from sfdfa_codegen.host.quantise import STATE_FRACTION_BITS, WEIGHT_FRACTION_BITS

NirReset = Literal["subtract", "subtract-delayed", "zero"]
GONE: Final = DECAY_ONE - 1
"""k_s of a current that is gone after a tick."""
SCALES: Final = tuple(0.5 ** (n / 8) for n in range(17))
"""Parts of the largest weight that become the end of the range: past it weights are cut, and the others are finer."""
SILENT: Final = 500.0
"""Threshold of a readout: as good as no membrane of 32 bits gets there."""
COARSE: Final = 64.0 / 2**STATE_FRACTION_BITS
"""A threshold below this has less than six bits in the integers."""


@dataclass(frozen=True)
class Imported:
    """What an import makes. text: the network file. notes: what a reader should know, a sentence each."""

    text: str
    spec: NetworkSpec
    network: FloatNetwork
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Layer:
    """One layer in our terms. k_s, k: decays in 1/4096. weights: (inputs, neurons). threshold: c in weight units."""

    source: ChainLayer
    k_s: int
    k: int
    weights: FloatArray
    bias: FloatArray | None
    threshold: float
    cut: int

    @property
    def kept(self) -> float:
        """a: what is left of a potential after a tick."""
        return 1.0 - self.k / DECAY_ONE


def import_chain(
    path: Path,
    chain: tuple[ChainLayer, ...],
    name: str,
    reset: NirReset,
    dt_s: float,
    ticks: int,
    weight_bits: Literal[4, 8, 16],
    learns: bool,
) -> Imported:
    """The network file and the weights of a chain that was read from `path`.

    ticks: steps of a sample in the framework; a tick a layer is added. Raises DataError for constants that no neuron here has, ConfigError for
    too many ticks, DoesNotFitError where `learns` asks for what the neurons do not allow.
    """
    total = ticks + len(chain)
    if total > MAX_TICKS:
        raise ConfigError(
            f"--ticks {ticks} is too many: with one for each of {len(chain)} layers there are at most {MAX_TICKS - len(chain)}"
        )
    layers = tuple(_layer(path, layer, dt_s, weight_bits) for layer in chain)
    if learns:
        _check_learning(layers, reset)
    text = "\n".join(_lines(path, layers, name, reset, dt_s, total, weight_bits, learns)) + "\n"
    spec = parse_network(text, f"the network of {path}", Path())
    outputs = spec.layer_sizes[-1]
    feedback: list[FloatArray] = [np.zeros((neurons, outputs)) for neurons in spec.layer_sizes[:-1]]
    weights: list[FloatArray] = [layer.weights for layer in layers]
    network = fresh_state(spec, weights, feedback, tuple(layer.threshold for layer in layers))
    if any(layer.bias is not None for layer in layers):
        network.biases = tuple(layer.bias for layer in layers)
    return Imported(text, spec, network, tuple(_notes(layers, reset, ticks, total)))


def _layer(path: Path, layer: ChainLayer, dt_s: float, bits: Literal[4, 8, 16]) -> _Layer:
    k = 1 if layer.tau_s is None else _decay(path, layer, "tau_mem", layer.tau_s, dt_s)
    k_s = GONE if layer.tau_syn_s is None else _decay(path, layer, "tau_syn", layer.tau_syn_s, dt_s)
    if k_s <= k:
        raise DataError(
            f"{path}: node '{layer.name}' has a tau_syn that is not shorter than its tau_mem: a neuron here needs the shorter one for the current; train with tau_syn < tau_mem"
        )
    steps = np.ones_like(layer.gain) if layer.tau_s is None else dt_s / layer.tau_s
    steps = steps * (dt_s if layer.tau_s is None else 1.0)
    if layer.tau_syn_s is not None:
        steps = steps * dt_s / layer.tau_syn_s
    gain = steps * layer.gain / layer.threshold
    effective = layer.weights * gain
    scale = _scale(effective, bits)
    top = _top(bits)
    scaled = effective * scale
    threshold = scale * (k_s - k) / DECAY_ONE if layer.spikes else SILENT
    bias = None if layer.bias is None else layer.bias * gain * scale
    return _Layer(layer, k_s, k, np.clip(scaled, -top, top), bias, threshold, int((np.abs(scaled) > top * 1.01).sum()))


def _decay(path: Path, layer: ChainLayer, key: str, taus_s: FloatArray, dt_s: float) -> int:
    """dt / tau in 1/4096, the same for all neurons of a layer."""
    if np.any(taus_s <= dt_s):
        raise DataError(
            f"{path}: node '{layer.name}': its {key} of {taus_s.min():g} s is not above a step of {dt_s:g} s: give the framework's step with --dt"
        )
    decays = np.rint(DECAY_ONE * dt_s / taus_s).astype(int)
    if np.ptp(decays) > 0:
        raise DataError(
            f"{path}: node '{layer.name}' has neurons of different {key} ({taus_s.min():g} to {taus_s.max():g} s): a layer here has one; train with one for each layer"
        )
    if decays[0] < 1:
        raise DataError(
            f"{path}: node '{layer.name}': its {key} of {taus_s[0]:g} s is over {DECAY_ONE} steps of {dt_s:g} s: give the framework's step with --dt"
        )
    return min(int(decays[0]), GONE)


def _top(bits: Literal[4, 8, 16]) -> float:
    """The largest weight with the usual fraction bits."""
    return float(((1 << (bits - 1)) - 1) / 2 ** WEIGHT_FRACTION_BITS[bits])


def _scale(weights: FloatArray, bits: Literal[4, 8, 16]) -> float:
    """The scale with which the weights, rounded and cut, are nearest to what they are."""
    largest = float(np.abs(weights).max(initial=0.0))
    if largest == 0.0:
        return 1.0
    unit: float = 2.0 ** -WEIGHT_FRACTION_BITS[bits]
    top = _top(bits)

    def error(scale: float) -> float:
        rounded = np.clip(np.rint(weights * scale / unit) * unit, -top, top) / scale
        return float(np.square(rounded - weights).sum())

    best: float = min((top / (largest * part) for part in SCALES), key=error)
    return best


def _check_learning(layers: tuple[_Layer, ...], reset: NirReset) -> None:
    """Raise DoesNotFitError, with all reasons, where the network cannot learn here."""
    reasons = []
    if reset != "subtract":
        reasons.append(f"its reset is {reset}, and learning knows only subtract")
    if any(layer.bias is not None for layer in layers):
        reasons.append("it has biases")
    if not layers[-1].source.spikes:
        reasons.append(f"its outputs ({layers[-1].source.kind}) do not spike")
    if reasons:
        raise DoesNotFitError(
            f"this network cannot learn on a device: {'; '.join(reasons)}. Leave out --learn, or train it so"
        )


def _lines(
    path: Path, layers: tuple[_Layer, ...], name: str, reset: NirReset, dt_s: float, ticks: int, bits: int, learns: bool
) -> Iterator[str]:
    channels = layers[0].weights.shape[0]
    most_spikes = MAX_SPIKES if learns else MAX_SPIKES_UNLEARNED
    yield f"# From the NIR file {path.name!r}, steps of {dt_s:g} s, reset {reset}. Its weights are in a file beside this one: --weights FILE."
    yield f'name = "{name}"'
    yield ""
    yield "# Events (tick, channel) of each sample: {train,test}_t, _i, _offsets, _y, as the guide says. Without this file the network can be built, not run."
    yield "[data]"
    yield 'source = "npz"'
    yield 'path = "events.npz"'
    yield f"channels = {channels}"
    yield ""
    yield "[encoding]"
    yield 'kind = "events"'
    yield f"ticks = {ticks} # each layer answers a tick later than in the framework"
    yield f"sample_ms = {1000.0 * dt_s * ticks:.9g}"
    yield f"max_events = {min(channels * ticks, 65535)} # as many as there can be; fewer take less RAM"
    yield ""
    yield "[neuron]"
    yield f"threshold = [{', '.join(f'{layer.threshold:.9g}' for layer in layers)}]"
    for layer in layers:
        yield ""
        yield f"[[layer]] # {layer.source.kind} '{_plain(layer.source.name)}'"
        yield f"neurons = {layer.weights.shape[1]}"
        yield f"tau_s_ticks = {_tau_ticks(layer.k_s):.9g}"
        yield f"tau_ticks = {_tau_ticks(layer.k):.9g}"
        if layer.source.spikes and reset == "zero":
            yield 'reset = "zero"'
        elif layer.source.spikes and reset == "subtract-delayed":
            yield f"reset_amount = {_late_reset(path, layer):.9g} # at once, as much as 1 a tick later"
    yield ""
    yield "[learning]"
    yield 'readout = "counts"'
    yield 'rule = "sfdfa"' if learns else 'rule = "none"'
    yield f"max_spikes = {min(most_spikes, max(ticks, 15))}"
    yield ""
    yield "[fixed_point]"
    yield f"weight_bits = {bits}"


def _plain(name: str) -> str:
    """A node's name in a comment."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "?" for letter in name)[:40]


def _tau_ticks(decay: int) -> float:
    """The time constant that becomes `decay` / 4096."""
    return -1.0 / math.log1p(-(decay - 0.01 * (decay == GONE)) / DECAY_ONE)


def _late_reset(path: Path, layer: _Layer) -> float:
    """In thresholds: what is taken at once has decayed by a when the framework takes it."""
    amount = 1.0 / layer.kept
    if amount > MOST_RESET:
        raise DataError(
            f"{path}: node '{layer.source.name}' forgets {100 * (1 - layer.kept):.0f} % of its membrane in a step: a reset that comes a step late has no counterpart; use --reset zero"
        )
    return amount


def _notes(layers: tuple[_Layer, ...], reset: NirReset, ticks: int, total: int) -> Iterator[str]:
    yield f"{ticks} steps became {total} ticks: each of the {len(layers)} layers answers a tick late"
    for layer in layers:
        name = f"layer '{layer.source.name}'"
        if layer.source.kind == "IF":
            yield f"{name} loses 1/{DECAY_ONE} of its membrane a tick, where IF loses nothing"
        if layer.cut:
            yield f"{name}: {layer.cut} of {layer.weights.size} weights were cut to the end of their range, so that the others are finer"
        if layer.source.spikes and layer.threshold < COARSE:
            yield f"{name} has a threshold of {layer.threshold:.3g}: its weights are small beside each other; expect other spikes, or train with larger time constants"
    if not layers[-1].source.spikes:
        yield "the outputs do not spike: the prediction is the largest membrane after the last tick"
    if reset == "subtract":
        yield "the reset is taken at once; snnTorch takes it a step later (--reset subtract-delayed)"
