"""One integer network: everything that the C, the emulator and the devices need to know. docs/ARITHMETIC.md gives the meaning."""

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.frontend import TRANSFORM, Frontend
from sfdfa_codegen.codegen.kinds import Eligibility, ErrorKind, Gradient, Readout, Reset, Rule

ARITHMETIC_VERSION = 3
"""Version of docs/ARITHMETIC.md; part of the hash, of every manifest and of the generated header."""

UPDATE_FRACTION_BITS = 14
"""A weight update D is in 2^-14."""

LEARN_ALWAYS = 257
"""A learn_below that no probability reaches: every labelled sample is learned."""

ASK_BOUND = 4096
"""ask_bound at the start, in 2^-softmax_shift of a unit of Y."""

ASK_BOUND_LIMIT = 32767

NO_LABEL = 0xFFFF
"""In the state, the label of a sample of the ring that has none."""

RING_EVENT_BYTES = 3
"""Of an event in the ring: tick and channel."""

_RING_EVENT = np.dtype([("tick", "u1"), ("channel", "<u2")])

RATE_SCALE_ONE = 4096
"""The rate scale at which a network learns at the rate that was built in."""

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
    reset: Reset = "subtract"
    """What a spike does to B: takes something away, or makes it A."""
    reset_amount: int | None = None
    """r, in 2^-state_fraction_bits; None: the threshold."""
    bias: tuple[int, ...] | None = None
    """What each neuron gets in each tick besides its inputs, in the larger of the units of weights and states; None: nothing."""

    @property
    def reset_step(self) -> int:
        """r of section 2."""
        return self.threshold if self.reset_amount is None else self.reset_amount

    @property
    def resets_by_threshold(self) -> bool:
        """Whether the reset is the one that learning knows."""
        return self.reset == "subtract" and self.reset_step == self.threshold

    @property
    def largest_bias(self) -> int:
        """The largest |bias|, 0 without one."""
        return max(map(abs, self.bias or ()), default=0)

    @property
    def dither_bits(self) -> int:
        """Bits of an update below the weight's last one, dithered away."""
        return UPDATE_FRACTION_BITS - self.weight_fraction_bits

    @property
    def input_shift(self) -> int:
        """`rshift` amount from summed weights to the state's unit; negative shifts left."""
        return self.weight_fraction_bits - self.state_fraction_bits


@dataclass(frozen=True, eq=False)
class RingSlot:
    """A sample of the ring, section 8a: its events, both (events,), and its label, None while it has none."""

    label: int | None
    ticks: IntArray
    channels: IntArray


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
    ask_bound: int = ASK_BOUND
    stored: int = 0
    ring: tuple[RingSlot, ...] = ()


@dataclass(frozen=True)
class IntegerNetwork:
    """One frozen description of a fixed-point network; section numbers are those of docs/ARITHMETIC.md.

    weights: per layer (inputs, neurons) int32 within `weight_bits`.
    feedback: per hidden layer (neurons, outputs) int32 within int8, unit 1/64; empty for the rules "weights" and "none".
    readout and what follows it: section 2; the values here are those of the readout "counts" without rehearsal.
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
    encoder: Encoder | None = None
    """How readings become events; None for a network that takes events."""
    time_slots: int = 1
    """Of networks that take events, section 13."""
    frontend: Frontend | None = None
    """How samples of a sensor become readings; None for a network that takes readings or events."""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    """Names for people: part of neither constants nor hash."""
    start: LearnedStart | None = None
    """None for the start of section 3."""
    readout: Readout = "counts"
    softmax_shift: int = 0
    softmax_factor: int = 1
    """Section 5a: from the distance of two outputs to the exponent, in 2^-15."""
    target_other: int = 0
    """f, the target of every output but the label's, in 1/256."""
    output_rate: int = 0
    """r of the output weights, in 2^-16."""
    error_gain: int = 32
    """Section 5a, in 1/256."""
    pass_shift: int = 0
    """Bits that a grade of section 7a loses in each hidden layer that passes it on."""
    normaliser_floor: int = 32
    """h_0 of section 6, in 1/64."""
    learn_below: int = LEARN_ALWAYS
    """Probability of the label from which on a sample is known, in 1/256."""
    decide_margin: int = 0
    """Lead, in the unit of Y, that decides a sample early; 0: none does."""
    ring_slots: int = 0
    ring_rate: int = 0
    """Samples of the ring that are learned again after each labelled one."""
    ask_up: int = 0
    ask_down: int = 0
    """Steps of ask_bound; 0: labels are never asked for."""

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
    def has_feedback(self) -> bool:
        """Whether there are feedback weights B."""
        return self.rule in ("sfdfa", "dfa")

    @property
    def integrates(self) -> bool:
        """Whether the output layer integrates, section 5a, and has no neurons that spike."""
        return self.readout == "integrator"

    @property
    def spiking_layers(self) -> tuple[IntegerLayer, ...]:
        """The layers whose neurons spike, which are those with q: all, or all but an output layer that integrates."""
        return self.hidden_layers if self.integrates else self.layers

    @property
    def is_biased(self) -> bool:
        """Whether some layer has a bias."""
        return any(layer.bias is not None for layer in self.layers)

    @property
    def output_fraction_bits(self) -> int:
        """F_y of section 2."""
        return min(self.layers[-1].weight_fraction_bits, 6)

    @property
    def asks(self) -> bool:
        """Whether labels are asked for, section 8a."""
        return self.ask_down > 0

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
        for name in ("weights", "feedback", "start", "feature_names", "class_names"):
            del fields[name]
        # networks without a front-end, an endpoint, axes by gravity, time slots, levels by number on two sides, a bias or grades that are passed on keep the hashes that they had
        if self.frontend is None:
            del fields["frontend"]
        else:
            del fields["frontend"]["sensor"]
            if self.frontend.endpoint is None:
                del fields["frontend"]["endpoint"]
            if not self.frontend.gravity:
                del fields["frontend"]["gravity"]
            if self.frontend.has_bands:
                fields["frontend"]["transform"] = TRANSFORM
        if self.encoder is not None and self.encoder.kind != "signed-rate":
            del fields["encoder"]["most"]
        if self.time_slots == 1:
            del fields["time_slots"]
        if self.pass_shift == 0:
            del fields["pass_shift"]
        for layer in fields["layers"]:
            if layer["bias"] is None:
                del layer["bias"]
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

    mean_delta: per spiking layer (neurons,) int32, unit 2^-16. mean_rate: per hidden layer (neurons,) int32 within uint16, unit 1/2048. Both are
    empty for the rule "none". ask_bound: as at the start where nothing is asked. stored, ring: section 8a, one RingSlot a slot; one that was
    never filled has the label 0 and no events.
    """

    samples: int
    rate_scale: int
    weights: list[IntArray]
    feedback: list[IntArray]
    mean_delta: list[IntArray]
    mean_rate: list[IntArray]
    ask_bound: int = ASK_BOUND
    stored: int = 0
    ring: list[RingSlot] = field(default_factory=list)


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
        ask_bound=start.ask_bound,
        stored=start.stored,
        ring=list(start.ring),
    )


def _unlearned_start(network: IntegerNetwork) -> LearnedStart:
    learning_layers = network.spiking_layers if network.learns else ()
    no_events = np.empty(0, dtype=np.int32)
    hidden = network.hidden_layers if network.learns else ()
    return LearnedStart(
        origin_hash="",
        samples=0,
        rate_scale=RATE_SCALE_ONE,
        mean_delta=tuple(np.full(layer.neurons, 4 << 16, dtype=np.int32) for layer in learning_layers),
        mean_rate=tuple(np.full(layer.neurons, network.rate_target, dtype=np.int32) for layer in hidden),
        ring=(RingSlot(0, no_events, no_events),) * network.ring_slots,
    )


def starting_from(network: IntegerNetwork, state: LearnedState) -> IntegerNetwork:
    """The same network with `state` built in: what it, and every device of it, starts from."""
    start = LearnedStart(
        origin_hash=network.origin_hash,
        samples=state.samples,
        rate_scale=state.rate_scale,
        mean_delta=tuple(state.mean_delta),
        mean_rate=tuple(state.mean_rate),
        ask_bound=state.ask_bound,
        stored=state.stored,
        ring=tuple(state.ring),
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


def _slot_bytes(network: IntegerNetwork, slot: RingSlot) -> bytes:
    label = NO_LABEL if slot.label is None else slot.label
    head = label.to_bytes(2, "little") + len(slot.ticks).to_bytes(2, "little")
    events = np.zeros(network.max_events, dtype=_RING_EVENT)
    events["tick"][: len(slot.ticks)] = slot.ticks
    events["channel"][: len(slot.ticks)] = slot.channels
    return head + events.tobytes()


def _rehearsal_bytes(network: IntegerNetwork, state: LearnedState) -> bytes:
    """ask_bound and the ring, where there are any."""
    bound = state.ask_bound.to_bytes(2, "little") if network.asks else b""
    stored = state.stored.to_bytes(4, "little") if network.ring_slots else b""
    return bound + stored + b"".join(_slot_bytes(network, slot) for slot in state.ring)


def state_to_bytes(network: IntegerNetwork, state: LearnedState) -> bytes:
    """The whole state, section 12."""
    head = state.samples.to_bytes(4, "little") + state.rate_scale.to_bytes(2, "little")
    mean_delta = b"".join(q.astype("<i4").tobytes() for q in state.mean_delta)
    mean_rate = b"".join(m.astype("<u2").tobytes() for m in state.mean_rate)
    return head + parameter_bytes(network, state) + mean_delta + mean_rate + _rehearsal_bytes(network, state)


def rehearsal_bytes(network: IntegerNetwork) -> int:
    """Bytes that ask_bound and the ring take in the state."""
    slot = 4 + RING_EVENT_BYTES * network.max_events
    ring = 4 + network.ring_slots * slot if network.ring_slots else 0
    return ring + (2 if network.asks else 0)


def state_size(network: IntegerNetwork) -> int:
    """Length of `state_to_bytes` in bytes."""
    weights = sum(layer.inputs * weight_row_bytes(layer, network.weight_bits) for layer in network.layers)
    feedback = sum(array.size for array in network.feedback)
    means = 0
    if network.learns:
        means = sum(4 * layer.neurons for layer in network.spiking_layers)
        means += sum(2 * layer.neurons for layer in network.hidden_layers)
    return 6 + weights + feedback + means + rehearsal_bytes(network)


def state_from_bytes(network: IntegerNetwork, data: bytes) -> LearnedState:
    """The inverse of `state_to_bytes`.

    Raises ValueError for a wrong length or a value outside section 3.
    """
    expected = state_size(network)
    if len(data) != expected:
        raise ValueError(f"the state has {len(data)} bytes, this network needs {expected}")
    return _StateReader(network, data).read()


class _StateReader:
    """Takes the parts of a state, of the right length, one after the other."""

    def __init__(self, network: IntegerNetwork, data: bytes) -> None:
        self._network, self._data, self._position = network, data, 0

    def _take(self, count: int) -> bytes:
        self._position += count
        return self._data[self._position - count : self._position]

    def _number(self, count: int) -> int:
        return int.from_bytes(self._take(count), "little")

    def read(self) -> LearnedState:
        network, state = self._network, initial_state(self._network)
        state.samples, state.rate_scale = self._number(4), self._number(2)
        if state.rate_scale > RATE_SCALE_ONE:
            raise ValueError(f"the state has rate_scale {state.rate_scale}, at most {RATE_SCALE_ONE} is possible")
        for index, layer in enumerate(network.layers):
            row = weight_row_bytes(layer, network.weight_bits)
            state.weights[index] = _weights_from_bytes(self._take(layer.inputs * row), layer, network.weight_bits)
        for index, feedback in enumerate(state.feedback):
            state.feedback[index] = (
                np.frombuffer(self._take(feedback.size), "i1").reshape(feedback.shape).astype(np.int32)
            )
        self._read_means(state)
        if network.asks:
            state.ask_bound = self._number(2)
            if state.ask_bound > ASK_BOUND_LIMIT:
                raise ValueError(f"the state has ask_bound {state.ask_bound}, at most {ASK_BOUND_LIMIT} is possible")
        if network.ring_slots:
            state.stored = self._number(4)
            state.ring = [self._slot(number) for number in range(network.ring_slots)]
        return state

    def _read_means(self, state: LearnedState) -> None:
        for index, mean_delta in enumerate(state.mean_delta):
            state.mean_delta[index] = np.frombuffer(self._take(4 * mean_delta.size), "<i4").astype(np.int32)
            if state.mean_delta[index].min() < 0 or state.mean_delta[index].max() >= 1 << 30:
                raise ValueError(f"the state has a mean delta outside 0 to 2^30 in layer {index}")
        for index, mean_rate in enumerate(state.mean_rate):
            state.mean_rate[index] = np.frombuffer(self._take(2 * mean_rate.size), "<u2").astype(np.int32)
            if state.mean_rate[index].max() > 2048 * self._network.max_spikes:
                raise ValueError(f"the state has a mean rate over max_spikes in layer {index}")

    def _slot(self, number: int) -> RingSlot:
        network = self._network
        label, count = self._number(2), self._number(2)
        events = np.frombuffer(self._take(RING_EVENT_BYTES * network.max_events), _RING_EVENT)
        if label != NO_LABEL and label >= network.outputs:
            raise ValueError(
                f"slot {number} of the ring has the label {label}, possible are 0 to {network.outputs - 1}"
            )
        if count > network.max_events or events[count:].tobytes().strip(b"\0"):
            raise ValueError(f"slot {number} of the ring has more than {min(count, network.max_events)} events")
        ticks, channels = events["tick"][:count].astype(np.int32), events["channel"][:count].astype(np.int32)
        keys = ticks.astype(np.int64) << 16 | channels
        if (ticks >= network.ticks).any() or (channels >= network.channels).any() or (keys[1:] <= keys[:-1]).any():
            raise ValueError(f"slot {number} of the ring has events that are out of range or order")
        return RingSlot(None if label == NO_LABEL else label, ticks, channels)
