"""One integer network: everything that the C, the emulator and the devices need to know. docs/ARITHMETIC.md gives the meaning."""

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ARITHMETIC_VERSION = 1
"""Version of docs/ARITHMETIC.md; part of the hash, of every manifest and of the generated header."""

UPDATE_FRACTION_BITS = 14
"""A weight update D is in 2^-14."""

Rule = Literal["sfdfa", "dfa", "none"]
Gradient = Literal["sfdfa", "exact"]
Eligibility = Literal["replay", "trace"]
ErrorKind = Literal["one-sided", "count"]
IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class IntegerLayer:
    """Constants of one layer, section 2."""

    inputs: int
    neurons: int
    weight_fraction_bits: int
    state_fraction_bits: int
    threshold: int
    """c, in 2^-state_fraction_bits."""
    decay_s: int
    """k_s, in 1/4096."""
    decay: int
    """k, in 1/4096."""
    state_limit: int
    rate: int
    """eta tau / c, in 2^-20."""
    spike_capacity: int
    """Spikes of this layer remembered per sample, for replay."""

    @property
    def dither_bits(self) -> int:
        """Bits of an update below the weight's last one, dithered away."""
        return UPDATE_FRACTION_BITS - self.weight_fraction_bits

    @property
    def input_shift(self) -> int:
        """`rshift` amount from summed weights to the state's unit; negative shifts left."""
        return self.weight_fraction_bits - self.state_fraction_bits


@dataclass(frozen=True)
class LearnedStart:
    """What a network that has learned before starts from, besides weights and feedback; fields as in LearnedState.

    origin_hash: model_hash of the network that first learned; states are exchanged between networks of the same origin.
    """

    origin_hash: str
    samples: int
    rate_scale: int
    mean_delta: tuple[IntArray, ...]
    mean_rate: tuple[IntArray, ...]


@dataclass(frozen=True)
class IntegerNetwork:
    """One frozen description of a fixed-point network; section numbers are those of docs/ARITHMETIC.md.

    weights: per layer (inputs, neurons) int32 within `weight_bits`.
    feedback: per hidden layer (neurons, outputs) int32 within int8, unit 1/64; empty for the rule "none".
    """

    name: str
    seed: int
    ticks: int
    channels: int
    max_events: int
    layers: tuple[IntegerLayer, ...]
    weight_bits: Literal[4, 8, 16]
    state_bits: Literal[16, 32]
    rule: Rule
    gradient: Gradient
    eligibility: Eligibility
    error: ErrorKind
    normalise: bool
    step_gain: int
    """Section 6, in 1/16."""
    feedback_shift: int
    """Section 7."""
    regulariser: int
    """Section 6, in 1/256."""
    rate_target: int
    """Section 6, in 1/2048."""
    target_true: int
    target_false: int
    max_spikes: int
    weights: tuple[IntArray, ...]
    feedback: tuple[IntArray, ...]
    start: LearnedStart | None = None
    """None for the start of section 3."""

    @property
    def outputs(self) -> int:
        return self.layers[-1].neurons

    @property
    def hidden_layers(self) -> tuple[IntegerLayer, ...]:
        return self.layers[:-1]

    @property
    def learns(self) -> bool:
        return self.rule != "none"

    @property
    def eligibility_fraction_bits(self) -> int:
        """F_g of section 2."""
        return 12 if self.gradient == "sfdfa" else 6

    @property
    def rho_max(self) -> int:
        return 255 if self.gradient == "sfdfa" else 3583

    @property
    def constants(self) -> dict[str, object]:
        """All but what the state starts from, as plain values."""
        fields = asdict(replace(self, weights=(), feedback=(), start=None))
        del fields["weights"], fields["feedback"], fields["start"]
        return {"arithmetic_version": ARITHMETIC_VERSION, **fields}

    @property
    def model_hash(self) -> str:
        """SHA-256 in hex over the constants and the initial weights and feedback, and over the whole initial state if it was learned."""
        digest = hashlib.sha256(json.dumps(self.constants, sort_keys=True).encode())
        for array in (*self.weights, *self.feedback):
            digest.update(np.ascontiguousarray(array, dtype="<i4").tobytes())
        if self.start is not None:
            digest.update(self.start.origin_hash.encode() + state_to_bytes(self, initial_state(self)))
        return digest.hexdigest()

    @property
    def origin_hash(self) -> str:
        """The model_hash that this network had before it learned anything."""
        return self.model_hash if self.start is None else self.start.origin_hash


@dataclass
class LearnedState:
    """What a device has learned; section 3, byte order in section 12. Shapes and units as in IntegerNetwork.

    mean_delta: per layer (neurons,) int32, unit 2^-16. mean_rate: per hidden layer (neurons,) int32 within uint16, unit 1/2048. Both are
    empty for the rule "none".
    """

    samples: int
    rate_scale: int
    weights: list[IntArray]
    feedback: list[IntArray]
    mean_delta: list[IntArray]
    mean_rate: list[IntArray]


def initial_state(network: IntegerNetwork) -> LearnedState:
    """The state right after `sfdfa_init`."""
    start = network.start or _unlearned_start(network)
    return LearnedState(
        samples=start.samples,
        rate_scale=start.rate_scale,
        weights=[w.copy() for w in network.weights],
        feedback=[b.copy() for b in network.feedback],
        mean_delta=[q.copy() for q in start.mean_delta],
        mean_rate=[m.copy() for m in start.mean_rate],
    )


def _unlearned_start(network: IntegerNetwork) -> LearnedStart:
    learning_layers = network.layers if network.learns else ()
    hidden = network.hidden_layers if network.learns else ()
    return LearnedStart(
        origin_hash="",
        samples=0,
        rate_scale=4096,
        mean_delta=tuple(np.full(layer.neurons, 4 << 16, dtype=np.int32) for layer in learning_layers),
        mean_rate=tuple(np.full(layer.neurons, network.rate_target, dtype=np.int32) for layer in hidden),
    )


def starting_from(network: IntegerNetwork, state: LearnedState) -> IntegerNetwork:
    """The same network with `state` built in: what it, and every device of it, starts from."""
    start = LearnedStart(
        origin_hash=network.origin_hash,
        samples=state.samples,
        rate_scale=state.rate_scale,
        mean_delta=tuple(state.mean_delta),
        mean_rate=tuple(state.mean_rate),
    )
    return replace(network, weights=tuple(state.weights), feedback=tuple(state.feedback), start=start)


def _weight_bytes(weights: IntArray, bits: int) -> bytes:
    if bits == 16:
        return weights.astype("<i2").tobytes()
    if bits == 8:
        return weights.astype("i1").tobytes()
    nibbles = (weights & 0xF).astype(np.uint8)
    if nibbles.shape[1] % 2:
        nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
    return (nibbles[:, 0::2] | nibbles[:, 1::2] << 4).tobytes()


def _weights_from_bytes(data: bytes, layer: IntegerLayer, bits: int) -> IntArray:
    shape = (layer.inputs, layer.neurons)
    if bits != 4:
        return np.frombuffer(data, f"<i{bits // 8}").reshape(shape).astype(np.int32)
    packed = np.frombuffer(data, np.uint8).reshape(layer.inputs, -1)
    nibbles = np.stack((packed & 0xF, packed >> 4), axis=2).reshape(layer.inputs, -1)[:, : layer.neurons]
    if layer.neurons % 2 and (packed[:, -1] >> 4).any():
        raise ValueError("the state has an unused half of a byte of weights that is not 0")
    return ((nibbles.astype(np.int32) ^ 8) - 8).astype(np.int32)


def weight_row_bytes(layer: IntegerLayer, bits: int) -> int:
    """Bytes of one input's row of weights, section 12."""
    return (layer.neurons * bits + 7) // 8


def parameter_bytes(network: IntegerNetwork, state: LearnedState) -> bytes:
    """Weights and feedback in the order of section 12."""
    weights = b"".join(_weight_bytes(w, network.weight_bits) for w in state.weights)
    return weights + b"".join(f.astype("i1").tobytes() for f in state.feedback)


def parameter_crc(network: IntegerNetwork, state: LearnedState) -> int:
    """`state_crc` of section 12."""
    return zlib.crc32(parameter_bytes(network, state))


def state_to_bytes(network: IntegerNetwork, state: LearnedState) -> bytes:
    """The whole state, section 12."""
    head = state.samples.to_bytes(4, "little") + state.rate_scale.to_bytes(2, "little")
    mean_delta = b"".join(q.astype("<i4").tobytes() for q in state.mean_delta)
    mean_rate = b"".join(m.astype("<u2").tobytes() for m in state.mean_rate)
    return head + parameter_bytes(network, state) + mean_delta + mean_rate


def state_size(network: IntegerNetwork) -> int:
    """Length of `state_to_bytes` in bytes."""
    return len(state_to_bytes(network, initial_state(network)))


def state_from_bytes(network: IntegerNetwork, data: bytes) -> LearnedState:
    """The inverse of `state_to_bytes`.

    Raises ValueError for a wrong length or a value outside section 3.
    """
    expected = state_size(network)
    if len(data) != expected:
        raise ValueError(f"the state has {len(data)} bytes, this network needs {expected}")
    state = initial_state(network)
    state.samples, state.rate_scale = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:6], "little")
    if state.rate_scale > 4096:
        raise ValueError(f"the state has rate_scale {state.rate_scale}, at most 4096 is possible")
    position = 6

    def take(count: int) -> bytes:
        nonlocal position
        position += count
        return data[position - count : position]

    for index, layer in enumerate(network.layers):
        row = weight_row_bytes(layer, network.weight_bits)
        state.weights[index] = _weights_from_bytes(take(layer.inputs * row), layer, network.weight_bits)
    for index, feedback in enumerate(state.feedback):
        state.feedback[index] = np.frombuffer(take(feedback.size), "i1").reshape(feedback.shape).astype(np.int32)
    for index, mean_delta in enumerate(state.mean_delta):
        state.mean_delta[index] = np.frombuffer(take(4 * mean_delta.size), "<i4").astype(np.int32)
        if state.mean_delta[index].min() < 0 or state.mean_delta[index].max() >= 1 << 30:
            raise ValueError(f"the state has a mean delta outside 0 to 2^30 in layer {index}")
    for index, mean_rate in enumerate(state.mean_rate):
        state.mean_rate[index] = np.frombuffer(take(2 * mean_rate.size), "<u2").astype(np.int32)
        if state.mean_rate[index].max() > 2048 * network.max_spikes:
            raise ValueError(f"the state has a mean rate over max_spikes in layer {index}")
    return state
