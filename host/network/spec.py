"""The network file as typed, frozen values. `load_network_spec` in `file` reads and checks it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sfdfa_codegen.codegen.kinds import Eligibility, ErrorKind, Gradient, Readout, Reset, Rule

Source = Literal["digits", "idx", "csv", "npz", "wav", "tonic", "gas-drift"]
FrontendKind = Literal["mel", "bands", "stats", "raw"]
EncodingKind = Literal["auto", "ttfs", "signed-ttfs", "population", "events", "rate", "signed-rate"]
RateSchedule = Literal["epoch", "linear"]

SIGNED_KINDS: Final = ("signed-ttfs", "signed-rate")
"""A feature has a channel for what lies above its mean, and one for what lies below."""


@dataclass(frozen=True)
class DataSpec:
    """`[data]`: where the samples come from."""

    source: Source = "digits"
    path: str | None = None
    """Relative to the network file, else to $SFDFA_DATA, else to the user cache."""
    dataset: str | None = None
    """tonic: the class name, such as "SHD"."""
    channels: int | None = None
    """npz events: how many input channels there are."""
    features: int | None = None
    """How many numbers a sample has; a data set with another number is refused, and where there is none the network can still be built."""
    unit_us: float | None = None
    """npz events: length of one time unit of `t` in microseconds; None means `t` is already in ticks."""
    low: float | None = None
    """npz, float features: the value that is encoded as 0."""
    high: float | None = None
    """npz, float features: the value that is encoded as 255."""
    label: str | None = None
    """csv: the column of the class; None is the last one."""
    part: str | None = None
    """csv: a column whose cells are "train" or "test"."""
    group: str | None = None
    """csv: a column of subjects or devices, each of which is whole in one part."""
    time: str | None = None
    """csv: a column of segments or times; the first stretch trains, the later ones are a stream."""
    leave_out: tuple[str, ...] = ()
    """csv: columns that are no features, such as a number of the row."""
    test: float = 0.25
    """Share of the samples that is kept for the test where the data do not say."""
    validation: float = 0.2
    """Share of the training set on which settings are chosen, where they are to be."""
    scale: Literal["column", "range"] = "column"
    """Features that are no uint8: the range that is encoded is each column's, or the same for all."""
    missing: Literal["refuse", "mean"] = "refuse"
    """csv: what a missing value is."""
    rate_hz: float | None = None
    """Recordings: samples a second. wav: others are resampled to it; None is the rate that most files have."""
    window_s: float | None = None
    """Recordings of a table or archive: seconds of a sample; None is 2."""
    hop_s: float | None = None
    """From the beginning of one sample to the next; None is half a window."""
    crop_ms: float | None = None
    """tonic: events after this time are dropped."""
    downsample: int = 1
    """tonic: this many pixels, or channels of a cochlea, in each direction become one."""
    denoise_ms: float | None = None
    """tonic, cameras: events without a neighbour within this time are dropped."""

    @property
    def is_stream(self) -> bool:
        """Whether the network file says that what comes after the training set is followed as a stream. An npz archive says it itself."""
        return self.source == "gas-drift" or (self.source == "csv" and self.time is not None)


@dataclass(frozen=True)
class FrontendSpec:
    """`[frontend]`: how samples of a sensor become readings, section 14 of docs/ARITHMETIC.md. None: as the kind's default."""

    kind: FrontendKind = "mel"
    """mel: bands of sound. bands: mean, deviation and bands of each axis of a movement. stats: mean, deviation, slope and crossings. raw: means."""
    window_ms: float | None = None
    """Of a frame; the nearest power of two of samples, 8 to 512. mel 32; others the longest that half of the training recordings hold."""
    hop_ms: float | None = None
    """From one frame to the next; mel 20, others half a window."""
    bands: int | None = None
    """mel 20, bands 5."""
    low_hz: float | None = None
    """The lower edge of the lowest band; mel 100, bands the width of a bin."""
    high_hz: float | None = None
    """The upper edge of the highest band; half the rate."""
    segments: int | None = None
    """Parts of a recording that have readings of their own; mel 8, others 1."""
    slots: int = 48
    """Frames that are remembered: of longer recordings, neighbours become one."""
    sliding: bool = False
    """Only the last `slots` frames count, so that there is a decision at any time."""
    centred: bool | None = None
    """The mean of all readings is taken off, so that loudness does not count; mel true, others false."""
    floor_octaves: float = 4.0
    """Logarithms of power are at least this."""
    endpoint: bool = False
    """The device finds by itself where an utterance begins and ends; what is before and after it does not count."""
    rise_octaves: float = 3.0
    """endpoint: a frame whose power is so far above the noise is loud."""
    drift_octaves_s: float = 1.5
    """endpoint: the noise that is assumed grows at most so much in a second; it falls at once."""
    lead_ms: float = 60.0
    """endpoint: so much before the first loud frame belongs to the utterance."""
    hangover_ms: float = 200.0
    """endpoint: so long a silence ends it."""
    shortest_ms: float = 80.0
    """endpoint: what is loud for less is a click."""
    axes: Literal["sensor", "gravity"] = "sensor"
    """gravity: of each three axes two, along gravity and across it, so that a sensor may be held in any orientation."""


@dataclass(frozen=True)
class EncodingSpec:
    """`[encoding]`: how a sample becomes input spikes."""

    kind: EncodingKind = "auto"
    """auto: as the data are, DESIGN.md, "Defaults"."""
    ticks: int = 32
    """Ticks per sample."""
    window: int | None = None
    """ttfs, signed-ttfs, signed-rate, population: latest tick of an input spike. None is `last_input_tick`; a population of few features has that of signed-ttfs."""
    fields: int = 6
    """population: overlapping fields a feature, each a channel."""
    sample_ms: float = 200.0
    """What a sample lasts. Sets the tick length (`sample_ms / ticks`), hence the unit of the learning rate."""
    min_channel_use: float = 0.0
    """Channels with an event in a smaller share of the training samples are left out, and get no weights."""
    max_events: int | None = None
    """Capacity of the event buffer, in events per sample; None takes it from the data set."""
    time_slots: int = 1
    """events: parts of a sample, in each of which an input is a channel of its own."""

    @property
    def tick_s(self) -> float:
        """Length of a tick in seconds."""
        return self.sample_ms / 1000.0 / self.ticks

    @property
    def last_input_tick(self) -> int:
        """`window`; where it is open, what suits the kind, DESIGN.md, "Defaults"."""
        if self.window is not None:
            return self.window
        widest, quarters = (24, 3) if self.kind in SIGNED_KINDS else (16, 2)
        return widest if self.ticks > widest else quarters * self.ticks // 4


@dataclass(frozen=True)
class NeuronSpec:
    """`[neuron]`: the LIF constants of every layer that has none of its own."""

    tau_s_ticks: float = 20.8
    """Time constant of the synaptic current; the membrane's is twice that."""
    threshold: Literal["auto"] | tuple[float, ...] = "auto"
    """c = threshold / tau in weight units, one number a layer; "auto" takes it from a calibration batch."""


@dataclass(frozen=True)
class LearningSpec:
    """`[learning]`: the rule and its constants, in the units of docs/ARITHMETIC.md.

    The defaults here are those of the readout "counts"; `readout_defaults` has those of "integrator", which a network file means where it names none.
    """

    readout: Readout = "counts"
    """What the outputs tell: an integral of what reaches them, or how often they spike."""
    rule: Rule = "sfdfa"
    gradient: Gradient = "sfdfa"
    eligibility: Eligibility = "replay"
    error: ErrorKind = "one-sided"
    normalise: bool = True
    step_gain: float = 3.0
    """Numerator of the normalised step: delta <- step_gain * delta / (q + 0.5)."""
    rate: float = 0.05
    """Learning rate, per second of membrane time (E in seconds)."""
    rate_schedule: RateSchedule = "epoch"
    """How the rate falls: by rate_decay after each epoch, or linearly to 0 over the whole run."""
    rate_decay: float = 1.0
    """Multiplies the rate after each epoch."""
    stream_rate: float | None = None
    """Rate while stream segments are followed, at most `rate`; None is `rate`."""
    epochs: int | None = None
    """Passes over the training set when the command line does not say; None is `passes_over` its samples."""
    shuffle: bool = False
    """Each pass in an order of its own, instead of the data set's."""
    max_shift: int = 0
    """Each training image is moved by up to this many pixels each way, anew in each pass."""
    feedback_rate: float = 0.001
    """alpha_f of the learned feedback; integers round it to the nearest power of two."""
    regulariser: float = 0.1
    rate_target: float = 0.2
    target_true: int = 15
    target_false: int = 3
    max_spikes: int = 30
    normaliser_floor: float = 0.5
    """Added to the mean of |delta| that a step is divided by."""
    output_gain: float = 1.0
    """integrator: learning rate of the output weights over `rate`."""
    softmax_beta: float = 0.125
    """integrator: the logit of an output is softmax_beta times the sum of w (1 - t / T) over the spikes that reach it."""
    smoothing: float = 0.05
    """integrator: share of the target's probability that goes to the other outputs."""
    error_gain: int = 32
    """integrator: what errors are multiplied by on their way to hidden neurons."""
    learn_below: float | None = None
    """integrator: samples whose label has at least this probability are not learned; None learns all."""
    decide: float = 0.0
    """integrator: a sample ends early where the best output leads by this many logits; 0 never ends one."""
    rehearsal: int = 0
    """Labelled samples kept on the device and learned again."""
    rehearsal_rate: int = 8
    """How many of them are learned again after each labelled sample; `make_learning` takes more where a stream is followed."""
    ask: float = 0.0
    """integrator: share of the unlabelled samples that a label is asked for; 0 never asks."""


@dataclass(frozen=True)
class FixedPointSpec:
    """`[fixed_point]`: widths of what is stored on the device."""

    weight_bits: Literal[4, 8, 16] | None = None
    """None: `NetworkSpec.weight_bits`."""
    state_bits: Literal[16, 32] = 32


@dataclass(frozen=True)
class LayerSpec:
    """`[[layer]]`: one layer, from the first hidden one to the output."""

    neurons: int
    tau_s_ticks: float | None = None
    """None: that of `[neuron]`."""
    tau_ticks: float | None = None
    """Time constant of the membrane, at least tau_s_ticks; None: twice tau_s_ticks."""
    reset: Reset = "subtract"
    """What a spike does to its neuron: its potential loses something, or becomes 0. Only rule = "none" has another than the default."""
    reset_amount: float = 1.0
    """subtract: what it loses, as a share of the threshold."""

    @property
    def resets_by_threshold(self) -> bool:
        """Whether the reset is the one that learning knows."""
        return self.reset == "subtract" and self.reset_amount == 1.0


@dataclass(frozen=True)
class NetworkSpec:
    """One network file. The last one of `layers` is the output layer."""

    name: str
    layers: tuple[LayerSpec, ...]
    seed: int = 1
    data: DataSpec = DataSpec()
    encoding: EncodingSpec = EncodingSpec()
    neuron: NeuronSpec = NeuronSpec()
    learning: LearningSpec = LearningSpec()
    fixed_point: FixedPointSpec = FixedPointSpec()
    folder: Path = Path()
    """Folder of the file, from which `data.path` is searched first."""
    compact: bool = False
    """Whether the C of the library is the one that needs the least RAM, for an Arduino Uno and the like; boards say so themselves."""
    frontend: FrontendSpec | None = None
    """None where the data are features or events."""

    @property
    def weight_bits(self) -> Literal[4, 8, 16]:
        """Of a weight: 8 where the file does not say, and 16 behind signed-rate, which is for many samples and small steps."""
        if self.fixed_point.weight_bits is not None:
            return self.fixed_point.weight_bits
        return 16 if self.encoding.kind == "signed-rate" else 8

    def rate_share(self, layer: int) -> float:
        """Of the learning rate, what one layer has: hidden ones behind signed-rate half, as 16 bits have room for smaller steps."""
        return 0.5 if self.encoding.kind == "signed-rate" and layer < len(self.layers) - 1 else 1.0

    def tau_s_ticks(self, layer: int) -> float:
        """Time constant of the synaptic current of one layer."""
        own = self.layers[layer].tau_s_ticks
        return self.neuron.tau_s_ticks if own is None else own

    def tau_ticks(self, layer: int) -> float:
        """Time constant of the membranes of one layer."""
        own = self.layers[layer].tau_ticks
        return 2.0 * self.tau_s_ticks(layer) if own is None else own

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Neurons of each layer."""
        return tuple(layer.neurons for layer in self.layers)

    @property
    def spiking_layers(self) -> int:
        """How many layers have neurons that spike: all, or all but outputs that integrate."""
        return len(self.layers) - (self.learning.readout == "integrator")
