"""Hypothesis strategies: random integer networks that hold every bound of docs/ARITHMETIC.md, and samples for them."""

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from hypothesis import strategies as st
from networks import NO_MEMBRANE
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import (
    IntArray,
    IntegerLayer,
    IntegerNetwork,
)
from sfdfa_codegen.codegen.kinds import Eligibility, ErrorKind, Gradient, Reset

Draw = st.DrawFn

WORD = 2**31
MAX_NEURONS = 20
_CHOICES = ("ticks", "weight_bits", "state_bits", "rule", "gradient", "eligibility", "error", "normalise")


@dataclass(frozen=True)
class SpikeSample:
    """Input events, strictly increasing in (tick, channel), and a label."""

    ticks: NDArray[np.int64]
    channels: NDArray[np.int64]
    label: int


def one_after_the_other(samples: list[SpikeSample]) -> tuple[list[int], list[int], list[int]]:
    """Ticks, channels and offsets of a batch: sample k has the events offsets[k] to offsets[k + 1]."""
    ticks = [tick for sample in samples for tick in sample.ticks.tolist()]
    channels = [channel for sample in samples for channel in sample.channels.tolist()]
    return ticks, channels, [0, *itertools.accumulate(len(sample.ticks) for sample in samples)]


def _most_inputs(inputs: int, index: int, max_events: int) -> int:
    """I of section 11."""
    return min(inputs, max_events) if index == 0 else inputs


def _bounds_hold(i: int, bits: int, f_w: int, f_a: int, state_limit: int, k_s: int) -> bool:
    """Items 1 and 3 of section 11; also what `rshift` adds to X before it divides."""
    w = 2 ** (bits - 1)
    total = max((i * w + 32767) * 2 ** max(f_a - f_w, 0), i * w + 32767 + 2 ** max(f_w - f_a, 0)) + state_limit
    grades = i * ((w * 32767 >> f_w) + 2) + 32767
    return total < WORD and state_limit * k_s + 2048 < WORD and grades < WORD and w * 32767 + 2**13 < WORD


def _state_limit(state_bits: int, i: int, bits: int, f_w: int, f_a: int, k_s: int) -> int | None:
    """The largest state_limit that the bounds allow, section 11 item 1."""
    candidates = [15] if state_bits == 16 else list(range(22, 0, -1))
    limits = (2**n - 1 for n in candidates)
    return next((x for x in limits if _bounds_hold(i, bits, f_w, f_a, x, k_s)), None)


def _formats(state_bits: int, i: int, bits: int, k_s: int) -> list[tuple[int, int, int]]:
    """Every (F_w, F_a, state_limit) that the bounds allow."""
    triples = (
        (f_w, f_a, _state_limit(state_bits, i, bits, f_w, f_a, k_s)) for f_w in range(2, 15) for f_a in range(21)
    )
    return [(f_w, f_a, limit) for f_w, f_a, limit in triples if limit is not None]


def _decays(draw: Draw) -> tuple[int, int]:
    """(k_s, k), mostly with tau = 2 tau_s of a few to a few dozen ticks."""
    k_s = draw(st.one_of(st.integers(100, 1200), st.integers(1, 4095)))
    k = max(1, round((1 - (1 - k_s / 4096) ** 0.5) * 4096))
    return k_s, draw(st.one_of(st.just(k), st.integers(1, k_s), st.just(k_s)))


def _reset(draw: Draw, threshold: int, most: int, learns: bool) -> dict[str, Any]:
    """What learning knows, or any."""
    if learns:
        return {}
    amount = st.one_of(st.none(), st.integers(1, most), st.just(1))
    return {"reset": draw(st.sampled_from(get_args(Reset))), "reset_amount": draw(amount)}


def _layer(
    draw: Draw,
    index: int,
    inputs: int,
    neurons: int,
    bits: int,
    state_bits: int,
    max_events: int,
    learns: bool,
    biased: bool,
) -> IntegerLayer:
    k_s, k = _decays(draw)
    f_w, f_a, limit = draw(st.sampled_from(_formats(state_bits, _most_inputs(inputs, index, max_events), bits, k_s)))
    strongest = 2.0 ** (bits - 1 + f_a - f_w)
    share = draw(st.sampled_from((0.1, 0.03, 0.003, 0.01, 0.3)))
    threshold = min(limit, max(1, int(strongest * share)))
    past_limit = (WORD - 2049) // k - limit
    most = threshold if state_bits == 16 else min(4 * threshold, threshold + past_limit)
    return IntegerLayer(
        inputs=inputs,
        neurons=neurons,
        weight_fraction_bits=f_w,
        state_fraction_bits=f_a,
        threshold=threshold,
        decay_s=k_s,
        decay=k,
        state_limit=limit,
        rate=draw(st.one_of(st.integers(0, 2**18 - 1), st.sampled_from((300, 3000, 20000)))),
        spike_capacity=draw(st.one_of(st.integers(1, 20), st.just(1000))),
        bias=None if learns or not biased else _bias(draw, neurons, 2 ** (bits - 1)),
        **_reset(draw, threshold, most, learns),
    )


def _bias(draw: Draw, neurons: int, weight: int) -> tuple[int, ...]:
    """About as large as a weight, or as large as it may be."""
    most = draw(st.sampled_from((weight, 8 * weight, 3, 32767)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return tuple(rng.integers(-most, most, neurons, endpoint=True).clip(-32767, 32767).tolist())


def _weights(draw: Draw, layer: IntegerLayer, bits: int) -> IntArray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    top = 2 ** (bits - 1)
    shape = (layer.inputs, layer.neurons)
    kind = draw(st.sampled_from(("excitatory", "uniform", "ends", "highest", "small")))
    if kind == "ends":
        return rng.choice(np.array([-top, top - 1], dtype=np.int32), shape)
    low, high = {
        "uniform": (-top, top - 1),
        "excitatory": (-top // 4, top - 1),
        "small": (-2, 3),
        "highest": (top - 1, top - 1),
    }[kind]
    return rng.integers(low, high, shape, endpoint=True, dtype=np.int32)


def _feedback(draw: Draw, layers: tuple[IntegerLayer, ...], rule: str) -> tuple[IntArray, ...]:
    if rule == "none":
        return ()
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    reach = 0 if rule == "sfdfa" else draw(st.sampled_from((64, 127)))
    shapes = [(layer.neurons, layers[-1].neurons) for layer in layers[:-1]]
    return tuple(rng.integers(-reach, reach, shape, endpoint=True, dtype=np.int32) for shape in shapes)


@st.composite
def integer_networks(draw: Draw, /, **fixed: Any) -> IntegerNetwork:
    """Networks of 1 to 3 layers of 1 to 20 neurons in every format, rule and mode.

    `fixed` sets fields of IntegerNetwork that are plain choices: ticks, weight_bits, state_bits, rule, gradient, eligibility, error, normalise.
    biased=True: some of those that do not learn have a bias, which neither a mesh nor the compact C holds.
    """

    def pick(name: str, strategy: st.SearchStrategy[Any]) -> Any:
        return fixed[name] if name in fixed else draw(strategy)

    bits = pick("weight_bits", st.sampled_from((4, 8, 16)))
    state_bits = pick("state_bits", st.sampled_from((16, 32)))
    rule = pick("rule", st.sampled_from(("sfdfa", "dfa", "none", "sfdfa")))
    ticks = pick("ticks", st.one_of(st.integers(1, 40), st.just(32)))
    sizes = draw(st.lists(st.one_of(st.integers(1, MAX_NEURONS), st.integers(8, MAX_NEURONS)), min_size=2, max_size=4))
    max_events = draw(st.one_of(st.just(sizes[0] * ticks), st.integers(1, sizes[0] * ticks)))
    pairs = list(itertools.pairwise(sizes))
    learns = rule != "none"
    biased = bool(fixed.get("biased")) and not learns and draw(st.booleans())
    layers = tuple(
        _layer(draw, n, a, b, bits, state_bits, max_events, learns, biased) for n, (a, b) in enumerate(pairs)
    )
    most_spikes = 31 if learns else 255
    max_spikes = draw(st.one_of(st.integers(1, most_spikes), st.integers(10, 31)))
    return IntegerNetwork(
        name="random",
        seed=draw(st.integers(0, 2**32 - 1)),
        ticks=ticks,
        channels=sizes[0],
        max_events=max_events,
        layers=layers,
        weight_bits=bits,
        state_bits=state_bits,
        rule=rule,
        gradient=pick("gradient", st.sampled_from(get_args(Gradient))),
        eligibility=pick("eligibility", st.sampled_from(get_args(Eligibility))),
        error=pick("error", st.sampled_from(get_args(ErrorKind))),
        normalise=pick("normalise", st.booleans()),
        step_gain=draw(st.integers(1, 255)),
        feedback_shift=draw(st.one_of(st.integers(0, 14), st.sampled_from((0, 2)))),
        regulariser=draw(st.integers(0, 4095)),
        rate_target=draw(st.integers(0, min(4096, 2048 * max_spikes))),
        target_true=draw(st.integers(0, 30)),
        target_false=draw(st.integers(0, 4)),
        max_spikes=max_spikes,
        weights=tuple(_weights(draw, layer, bits) for layer in layers),
        feedback=_feedback(draw, layers, rule),
    )


@st.composite
def spike_samples(draw: Draw, network: IntegerNetwork) -> SpikeSample:
    """Empty, sparse, dense and full samples, all in one tick or spread, with a label."""
    label = draw(st.integers(0, network.outputs - 1))
    density = draw(st.sampled_from((0.3, 0.1, 0.6, 1.0, 0.03, 0.0)))
    kind: Literal["spread", "early", "once"] = draw(st.sampled_from(("spread", "early", "once")))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    raster = rng.random((network.ticks, network.channels)) < density
    if kind == "early":
        raster[network.ticks // 2 + 1 :] = False
    if kind == "once":
        first = rng.integers(0, network.ticks, network.channels)
        raster &= np.arange(network.ticks)[:, None] == first
    ticks, channels = np.nonzero(raster)
    kept = np.sort(rng.permutation(ticks.size)[: network.max_events])
    return SpikeSample(ticks[kept], channels[kept], label)


def _readout_constants(draw: Draw, outputs: int) -> dict[str, int]:
    """Constants of section 2 for outputs that integrate."""
    sixteenth = draw(st.sampled_from((1024, 37, 300, 5000, 1)))
    shift = max(0, (129 * sixteenth // 32768).bit_length())
    ask_up = draw(st.sampled_from((0, 51, 256)))
    most_other = 255 // (outputs - 1) if outputs > 1 else 0
    return {
        "softmax_shift": shift,
        "softmax_factor": round(2 ** (15 + shift) / sixteenth),
        "target_other": min(most_other, draw(st.integers(0, 20))),
        "output_rate": draw(st.sampled_from((205, 2000, 10000, 0))),
        "error_gain": draw(st.one_of(st.just(32), st.integers(1, 255))),
        "pass_shift": draw(st.integers(0, 4)),
        "normaliser_floor": draw(st.sampled_from((64, 1, 4095))),
        "learn_below": draw(st.sampled_from((257, 257, 243, 60, 0))),
        "decide_margin": draw(st.sampled_from((0, 0, 1, 300, 5000))),
        "ring_slots": draw(st.integers(0, 3)),
        "ring_rate": draw(st.integers(0, 3)),
        "ask_up": ask_up,
        "ask_down": 512 - ask_up if ask_up else 0,
    }


@st.composite
def integrating_networks(draw: Draw, /, **fixed: Any) -> IntegerNetwork:
    """Networks of 0 to 2 hidden layers and outputs that integrate. `fixed` as in `integer_networks`, and any of the readout's constants."""
    network: IntegerNetwork = draw(integer_networks(**{k: v for k, v in fixed.items() if k in _CHOICES}))
    rule = network.rule
    if len(network.layers) == 2 and "rule" not in fixed:
        rule = draw(st.sampled_from((rule, "weights")))
    output = replace(network.layers[-1], reset="subtract", reset_amount=None, bias=None, **NO_MEMBRANE)
    if rule == "weights":  # so that the error on its way back is within its bound
        least = 14 if network.weight_bits == 16 else 6
        output = replace(output, weight_fraction_bits=max(least, output.weight_fraction_bits))
    hidden = network.hidden_layers
    if rule != "none":
        hidden = tuple(replace(layer, reset="subtract", reset_amount=None, bias=None) for layer in hidden)
    constants = _readout_constants(draw, network.outputs) | {k: v for k, v in fixed.items() if k not in _CHOICES}
    if rule == "none":
        constants |= {"ring_slots": 0, "ask_up": 0, "ask_down": 0}
    return replace(
        network,
        readout="integrator",
        rule=rule,
        feedback=() if rule == "weights" else network.feedback,
        layers=(*hidden, output),
        max_spikes=network.max_spikes if rule == "none" else min(31, network.max_spikes),
        **constants,
    )
