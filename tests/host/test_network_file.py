"""The network file: presets, defaults, and one message for every mistake."""

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.network.file import load_network_spec, parse_network, preset_names, preset_text
from sfdfa_codegen.host.network.learning_rate import passes_over
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.rules import find_limit
from sfdfa_codegen.host.network.spec import (
    DataSpec,
    EncodingSpec,
    FixedPointSpec,
    LayerSpec,
    LearningSpec,
    NetworkSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.network.toml_lines import KeyLines

MINIMAL = 'name = "net"\n[[layer]]\nneurons = 10\n'


def read(text: str) -> NetworkSpec:
    return parse_network(text, "net.toml", Path("folder"))


def message(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_a_file_of_name_and_layers_has_every_default() -> None:
    assert read(MINIMAL) == NetworkSpec("net", (LayerSpec(10),), learning=make_learning((10,)), folder=Path("folder"))


def test_a_key_of_spike_counts_means_them() -> None:
    for key in ('error = "count"', "target_true = 12", "target_false = 2"):
        assert read(table("learning", key)).learning.readout == "counts"
    assert read(MINIMAL).learning.readout == "integrator"


def test_every_key_is_read() -> None:
    spec = read(
        """
        name = "all.keys_1-x"
        seed = 4294967295
        [data]
        source = "tonic"
        path = "x"
        dataset = "SHD"
        channels = 70
        features = 9
        unit_us = 100
        low = -1
        high = 2.5
        label = "y"
        part = "p"
        group = "g"
        time = "t"
        leave_out = ["u"]
        test = 0.3
        validation = 0.1
        scale = "range"
        missing = "mean"
        rate_hz = 50
        window_s = 3
        hop_s = 1.5
        crop_ms = 900
        downsample = 2
        denoise_ms = 10
        [encoding]
        kind = "events"
        ticks = 20
        window = 19
        fields = 3
        sample_ms = 100
        min_channel_use = 0.5
        max_events = 99
        [neuron]
        tau_s_ticks = 9
        threshold = [1, 0.5]
        [[layer]]
        neurons = 4096
        [[layer]]
        neurons = 1
        [learning]
        rule = "dfa"
        gradient = "exact"
        eligibility = "trace"
        error = "count"
        normalise = false
        step_gain = 1
        rate = 0.2
        rate_schedule = "epoch"
        rate_decay = 0.5
        stream_rate = 0.1
        epochs = 7
        shuffle = true
        max_shift = 2
        feedback_rate = 0.01
        regulariser = 0
        rate_target = 0.4
        target_true = 20
        target_false = 0
        max_spikes = 31
        [fixed_point]
        weight_bits = 4
        state_bits = 16
        """
    )
    assert spec == NetworkSpec(
        "all.keys_1-x",
        (LayerSpec(4096), LayerSpec(1)),
        4294967295,
        DataSpec(
            "tonic",
            "x",
            "SHD",
            70,
            9,
            100.0,
            -1.0,
            2.5,
            "y",
            "p",
            "g",
            "t",
            ("u",),
            0.3,
            0.1,
            "range",
            "mean",
            50.0,
            3.0,
            1.5,
            900.0,
            2,
            10.0,
        ),
        EncodingSpec("events", 20, 19, 3, 100.0, 0.5, 99),
        NeuronSpec(9.0, (1.0, 0.5)),
        LearningSpec(
            "counts",
            "dfa",
            "exact",
            "trace",
            "count",
            False,
            1.0,
            0.2,
            "epoch",
            0.5,
            0.1,
            7,
            True,
            2,
            0.01,
            0.0,
            0.4,
            20,
            0,
            31,
        ),
        FixedPointSpec(4, 16),
        Path("folder"),
    )
    assert type(spec.data.unit_us) is float


INTEGRATOR = """
name = "net"
[[layer]]
neurons = 100
[[layer]]
neurons = 10
[learning]
readout = "integrator"
"""


def test_every_key_of_the_integrator_is_read() -> None:
    keys = """
        normaliser_floor = 2
        output_gain = 0.5
        softmax_beta = 0.25
        smoothing = 0.1
        error_gain = 64
        learn_below = 0.95
        decide = 3
        rehearsal = 32
        rehearsal_rate = 8
        ask = 0.1
        """
    learning = read(INTEGRATOR + keys).learning
    assert learning.readout == "integrator"
    found = [getattr(learning, field.name) for field in dataclasses.fields(LearningSpec)[-10:]]
    assert found == [2.0, 0.5, 0.25, 0.1, 64, 0.95, 3.0, 32, 8, 0.1]


def test_the_integrator_has_defaults_of_its_own() -> None:
    learning = read(INTEGRATOR).learning
    assert (learning.rate, learning.rate_schedule, learning.stream_rate, learning.shuffle) == (
        0.1,
        "linear",
        0.06,
        True,
    )
    assert (learning.regulariser, learning.rate_target, learning.normaliser_floor) == (1.0, 1.2, 1.0)
    assert learning.feedback_rate == 2.0**-8


@pytest.mark.parametrize(("hidden", "shift"), [(1, 7), (64, 7), (65, 8), (128, 8), (129, 9), (1024, 11)])
def test_feedback_of_the_integrator_is_stable_for_the_widest_hidden_layer(hidden: int, shift: int) -> None:
    text = INTEGRATOR.replace("neurons = 100", f"neurons = {hidden}")
    assert read(text).learning.feedback_rate == 2.0**-shift


@pytest.mark.parametrize(
    ("hidden", "rate"),
    [
        ((), 0.1),
        ((8,), 0.1),
        ((128,), 0.1),
        ((64, 64), 0.1),
        ((512,), 0.05),
        ((128, 128, 128, 128), 0.05),
        ((400, 400), 0.04),
    ],
)
def test_the_more_hidden_neurons_the_lower_the_rate_of_the_integrator(hidden: tuple[int, ...], rate: float) -> None:
    layers = "".join(f"[[layer]]\nneurons = {neurons}\n" for neurons in (*hidden, 10))
    learning = read(f'name = "net"\n{layers}').learning
    assert learning.rate == pytest.approx(rate, rel=1e-12)
    assert learning.stream_rate == min(0.06, learning.rate)
    assert read(f'name = "net"\n[learning]\nrate = 0.3\n{layers}').learning.rate == 0.3
    assert read(f'name = "net"\n[learning]\nreadout = "counts"\n{layers}').learning.rate == 0.05


@pytest.mark.parametrize(
    ("keys", "passes"),
    [("", 68), ("rehearsal = 32", 8), ("rehearsal = 32\nrehearsal_rate = 16", 4), ("rehearsal = 32\nepochs = 5", 5)],
)
def test_what_is_rehearsed_counts_as_shown(keys: str, passes: int) -> None:
    assert passes_over(read(INTEGRATOR + keys).learning, 445) == passes


@pytest.mark.parametrize(
    ("data", "keys", "rate"),
    [
        ('source = "digits"', "", 8),
        ('source = "csv"\npath = "a.csv"', "", 8),
        ('source = "csv"\npath = "a.csv"\ntime = "day"', "", 64),
        ('source = "gas-drift"\npath = "gas"', "", 64),
        ('source = "gas-drift"\npath = "gas"', "rehearsal_rate = 8", 8),
    ],
)
def test_more_is_rehearsed_where_a_stream_is_followed(data: str, keys: str, rate: int) -> None:
    text = INTEGRATOR + f"rehearsal = 32\n{keys}\n[data]\n{data}\n"
    assert read(text).learning.rehearsal_rate == rate


@pytest.mark.parametrize(
    ("learning", "bound"),
    [("", 0.95), ("learn_below = 1.0", 1.0), ("rehearsal = 32", None), ('readout = "counts"', None)],
)
def test_a_stream_without_a_ring_learns_only_what_is_not_known(learning: str, bound: float | None) -> None:
    text = (
        f'name = "n"\n[data]\nsource = "gas-drift"\npath = "gas"\n[learning]\n{learning}\n'
        "[[layer]]\nneurons = 4\n[[layer]]\nneurons = 2\n"
    )
    assert read(text).learning.learn_below == bound
    assert read(text.replace("gas-drift", "idx")).learning.learn_below == (1.0 if bound == 1.0 else None)


def test_network_that_learns_nothing_sees_its_samples_once() -> None:
    learning = read(INTEGRATOR).learning
    assert passes_over(dataclasses.replace(learning, rule="none"), 445) == 1
    assert passes_over(dataclasses.replace(learning, rule="none", epochs=3), 445) == 3


def test_a_low_rate_lowers_the_default_rate_of_streams() -> None:
    assert read(INTEGRATOR + "rate = 0.02").learning.stream_rate == 0.02


def test_a_decay_of_the_rate_chooses_its_schedule() -> None:
    assert read(INTEGRATOR + "rate_decay = 0.5").learning.rate_schedule == "epoch"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('readout = "counts"\nask = 0.1', 'ask: is for readout = "integrator"; this network\'s readout is "counts"'),
        ('readout = "counts"\nlearn_below = 0.9', 'learn_below: is for readout = "integrator"; this network\'s readout is "counts"'),
        ('readout = "integrator"\ntarget_true = 9', 'target_true: is for readout = "counts"; this network\'s readout is "integrator"'),
        ('readout = "counts"\nnormaliser_floor = 1', 'normaliser_floor: 1 is not allowed; with readout = "counts" it is 0.5'),
        ('readout = "counts"\nrule = "weights"', 'rule: "weights" is not allowed; it is for readout = "integrator" and one hidden layer: use "sfdfa"'),
        ("rehearsal_rate = 0", "rehearsal_rate: 0 is not allowed; must be a whole number from 1 to 255"),
        ("ask = 1", "ask: 1 is not allowed; must be a number of at least 0 and at most 0.99"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_readout_has_its_message(keys: str, message: str) -> None:
    text = INTEGRATOR.replace('readout = "integrator"\n', keys + "\n")
    with pytest.raises(ConfigError, match=re.escape(message)):
        read(text)


def test_outputs_that_integrate_have_no_threshold() -> None:
    read(INTEGRATOR + "[neuron]\nthreshold = [0.5]")
    message = 'has 2 numbers for 1 hidden layers; the outputs of the readout "integrator" have no threshold'
    with pytest.raises(ConfigError, match=re.escape(message)):
        read(INTEGRATOR + "[neuron]\nthreshold = [0.5, 0.5]")


EVENTS = MINIMAL + '[data]\nsource = "npz"\npath = "a.npz"\nchannels = 3\n[encoding]\ntime_slots = 8\n'


def test_time_slots_are_for_events() -> None:
    assert read(EVENTS).encoding.time_slots == 8
    assert "at most ticks, which is 7" in message(EVENTS + "ticks = 7\n")
    assert "min_channel_use: is not allowed with time_slots" in message(EVENTS + "min_channel_use = 0.1\n")
    assert "time_slots: is for data that are events" in message(EVENTS + 'kind = "ttfs"\n')
    assert "time_slots: is for data that are events" in message(MINIMAL + "[encoding]\ntime_slots = 2\n")


def test_every_field_of_the_spec_was_tried_above() -> None:
    kinds = (DataSpec, EncodingSpec, NeuronSpec, LearningSpec, FixedPointSpec)
    assert sum(len(dataclasses.fields(kind)) for kind in kinds) == 65


@pytest.mark.parametrize(
    ("kind", "ticks", "window"),
    [
        *(("ttfs", *pair) for pair in ((1, 0), (8, 4), (16, 8), (17, 16), (32, 16), (255, 16))),
        *(("signed-ttfs", *pair) for pair in ((1, 0), (8, 6), (16, 12), (24, 18), (25, 24), (32, 24), (255, 24))),
    ],
)
def test_default_window_suits_the_kind_and_fits_the_ticks(kind: str, ticks: int, window: int) -> None:
    encoding = read(f'{MINIMAL}[encoding]\nkind = "{kind}"\nticks = {ticks}\n').encoding
    assert encoding.window is None
    assert encoding.last_input_tick == window


def table(name: str, line: str) -> str:
    """MINIMAL (3 lines), then a header on line 4 and the text on line 5."""
    return f"{MINIMAL}[{name}]\n{line}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            table("encoding", "tick = 3"),
            'line 5, [encoding] tick: unknown key (did you mean "ticks"?). Known here: kind, ticks, window, fields, sample_',
        ),
        (
            table("encodings", ""),
            'net.toml, line 4, encodings: unknown key (did you mean "encoding"?). Known here: name, seed, compact, data, fro',
        ),
        ('zzz = 1\nname = "a"', "net.toml, line 1, zzz: unknown key. Known here: name, seed, compact, data"),
        ('folder = "x"\n' + MINIMAL, "net.toml, line 1, folder: unknown key"),
        ("layers = [3]\n" + MINIMAL, 'net.toml, line 1, layers: unknown key (did you mean "layer"?)'),
        ("[[layer]]\nneurons = 3", "net.toml, line 1, top level: the key name is missing"),
        ('name = "a"', "net.toml, line 1, top level: no [[layer]]: write one [[layer]] with `neurons = N` a layer"),
        ('name = "a"\n[layer]\nneurons = 3', "line 2, [[layer]]: must be written [[layer]], with two brackets"),
        ('name = "a"\nlayer = []', "line 2, [[layer]]: must be written [[layer]], with two brackets"),
        (MINIMAL + "[[layer]]\n", "line 4, [[layer]] 2: the key neurons is missing"),
        (MINIMAL + "[[layer]]\nneurons = 0", "line 5, [[layer]] 2 neurons: 0 is not allowed; must be a whole number"),
        (
            MINIMAL + "[[layer]]\nneurons = 4097",
            "line 5, [[layer]] 2 neurons: 4097 is not allowed; must be a whole number",
        ),
        (
            MINIMAL + "[[layer]]\nneurons = true",
            "line 5, [[layer]] 2 neurons: true is not allowed; must be a whole number",
        ),
        (MINIMAL + "[[layer]]\nneuron = 3", 'line 5, [[layer]] 2 neuron: unknown key (did you mean "neurons"?)'),
        ('name = "a"\nlayer = [3]', "line 2, [[layer]] 1: must be a table, not 3"),
        ('name = "A"\n', 'line 1, name: "A" is not allowed; must be 1 to 64 of a-z, 0-9, dot, underscore and hyphen'),
        (f'name = "{"a" * 65}"\n', "is not allowed; must be 1 to 64 of a-z"),
        ('name = "a\\n"\n', "line 1, name: "),
        ("name = 3\n", "line 1, name: 3 is not allowed; must be 1 to 64 of a-z"),
        ("seed = -1\n" + MINIMAL, "line 1, seed: -1 is not allowed; must be a whole number from 0 to 4294967295"),
        ("seed = 4294967296\n" + MINIMAL, "line 1, seed: 4294967296 is not allowed"),
        ("seed = 1.0\n" + MINIMAL, "line 1, seed: 1.0 is not allowed; must be a whole number from 0"),
        ("data = 3\n" + MINIMAL, "line 1, [data]: must be a table, not 3"),
        (
            table("data", 'source = "mnist"'),
            'line 5, [data] source: "mnist" is not allowed; must be one of "digits", "idx", "csv", "npz", "wav", "tonic", "gas-drift"',
        ),
        (table("data", 'path = ""'), 'line 5, [data] path: "" is not allowed; must be the path of a file or folder'),
        (table("data", "path = 1"), "line 5, [data] path: 1 is not allowed; must be the path of a file or folder"),
        (table("data", 'dataset = "a.b"'), '"a.b" is not allowed; must be the name of a class of tonic.datasets'),
        (table("data", "channels = 0"), "[data] channels: 0 is not allowed; must be a whole number from 1 to 65535"),
        (table("data", "unit_us = 0"), "[data] unit_us: 0 is not allowed; must be a number above 0"),
        (
            table("data", 'source = "idx"'),
            'line 4, [data]: the key path is missing; source "idx" reads a file or folder',
        ),
        (table("data", 'source = "npz"'), 'line 4, [data]: the key path is missing; source "npz"'),
        (table("data", 'source = "gas-drift"'), 'line 4, [data]: the key path is missing; source "gas-drift"'),
        (table("data", 'source = "tonic"'), 'line 4, [data]: the key dataset is missing; source "tonic" needs a class'),
        (
            table("data", "downsample = 2"),
            'line 5, [data] downsample: downsample is for source "tonic"; source "digits" has no such transform',
        ),
        (table("data", "downsample = 0"), "downsample: 0 is not allowed; must be a whole number from 1 to 1024"),
        (table("data", "crop_ms = 0"), "crop_ms: 0 is not allowed; must be a number above 0"),
        (table("data", "low = 1"), "line 5, [data] low: low and high must be given together"),
        (table("data", "high = 1"), "line 5, [data] high: low and high must be given together"),
        (table("data", "low = 1\nhigh = 1"), "line 6, [data] high: 1 is not allowed; must be above low, which is 1"),
        (table("data", "low = nan\nhigh = 1"), "line 5, [data] low: nan is not allowed; must be a finite number"),
        (table("data", "low = true\nhigh = 1"), "line 5, [data] low: true is not allowed; must be a number"),
        (
            table("encoding", 'kind = "latency"'),
            '"latency" is not allowed; must be one of "auto", "ttfs", "signed-ttfs", "population"',
        ),
        (
            table("encoding", 'kind = "events"'),
            'line 5, [encoding] kind: "events" is not allowed; source "digits" has features: use "ttfs", "signed-ttfs", "population", "rate" or',
        ),
        (
            table("data", 'source = "tonic"\ndataset = "SHD"') + '[encoding]\nkind = "ttfs"\n',
            'line 8, [encoding] kind: "ttfs" is not allowed; source "tonic" has events: use "events"',
        ),
        (table("encoding", "ticks = 0"), "[encoding] ticks: 0 is not allowed; must be a whole number from 1 to 255"),
        (
            table("encoding", "ticks = 256"),
            "[encoding] ticks: 256 is not allowed; must be a whole number from 1 to 255",
        ),
        (table("encoding", 'ticks = "32"'), '[encoding] ticks: "32" is not allowed; must be a whole number from 1'),
        (
            table("encoding", "window = -1"),
            "[encoding] window: -1 is not allowed; must be a whole number from 0 to 254",
        ),
        (
            table("encoding", "window = 32"),
            "line 5, [encoding] window: 32 is not allowed; must be at most ticks - 1, which is 31",
        ),
        (table("encoding", "sample_ms = 0"), "[encoding] sample_ms: 0 is not allowed; must be a number above 0"),
        (table("encoding", "sample_ms = inf"), "[encoding] sample_ms: inf is not allowed; must be a number above 0"),
        (table("encoding", "max_events = 0"), "max_events: 0 is not allowed; must be a whole number from 1 to 65535"),
        (table("neuron", "tau_s_ticks = 0.12"), "0.12 is not allowed; must be a number above 0.12 and at most 4095"),
        (table("neuron", "tau_s_ticks = 4097"), "4097 is not allowed; must be a number above 0.12 and at most 4095"),
        (table("neuron", "tau_s_ticks = nan"), "nan is not allowed; must be a number above 0.12 and at most 4095"),
        (
            table("neuron", f"tau_s_ticks = 1{'0' * 400}"),
            "is not allowed; must be a number above 0.12 and at most 4095",
        ),
        (
            table("neuron", "threshold = [1.0, 2.0]") + '[learning]\nreadout = "counts"\n',
            "line 5, [neuron] threshold: has 2 numbers for 1 layers; must have one a layer",
        ),
        (
            table("neuron", "threshold = [0]"),
            '[0] is not allowed; must be "auto" or a list of positive numbers, one a layer',
        ),
        (table("neuron", 'threshold = "car"'), '"car" is not allowed; must be "auto" or a list of positive numbers'),
        (table("neuron", "threshold = [inf]"), '[inf] is not allowed; must be "auto" or a list of positive numbers'),
        (table("neuron", "threshold = 1.0"), '1.0 is not allowed; must be "auto" or a list of positive numbers'),
        (table("learning", 'rule = "bp"'), '"bp" is not allowed; must be one of "sfdfa", "dfa", "weights", "none"'),
        (table("learning", 'gradient = ""'), '"" is not allowed; must be one of "sfdfa", "exact"'),
        (table("learning", 'eligibility = "x"'), '"x" is not allowed; must be one of "replay", "trace"'),
        (table("learning", "error = 1"), '1 is not allowed; must be one of "one-sided", "count"'),
        (table("learning", "normalise = 1"), "line 5, [learning] normalise: 1 is not allowed; must be true or false"),
        (table("learning", "step_gain = 0"), "step_gain: 0 is not allowed; must be a number above 0"),
        (table("learning", "rate = -0.1"), "rate: -0.1 is not allowed; must be a number of at least 0"),
        (
            table("learning", "rate = nan"),
            "line 5, [learning] rate: nan is not allowed; must be a number of at least 0",
        ),
        (table("learning", "rate_decay = 1.1"), "1.1 is not allowed; must be a number above 0 and at most 1"),
        (table("learning", "epochs = 0"), "epochs: 0 is not allowed; must be a whole number from 1 to 100000"),
        (table("learning", "feedback_rate = 0"), "0 is not allowed; must be a number above 0 and at most 1"),
        (table("learning", "regulariser = -1"), "regulariser: -1 is not allowed; must be a number of at least 0"),
        (table("learning", "rate_target = -1"), "rate_target: -1 is not allowed; must be a number of at least 0"),
        (
            table("learning", "target_true = 3"),
            "line 5, [learning] target_true: 3 is not allowed; must be above target_false, which is 3",
        ),
        (table("learning", "target_true = 32"), "32 is not allowed; must be a whole number from 1 to 31"),
        (table("learning", "target_false = -1"), "-1 is not allowed; must be a whole number from 0 to 30"),
        (
            table("learning", "max_spikes = 14"),
            "line 5, [learning] max_spikes: 14 is not allowed; must be at least target_true, which is 15",
        ),
        (
            table("learning", "max_spikes = 32"),
            '32 is not allowed; must be at most 31, or up to 255 with rule = "none"',
        ),
        (table("learning", "max_spikes = 256"), "256 is not allowed; must be a whole number from 1 to 255"),
        (
            table("fixed_point", "weight_bits = 5"),
            "line 5, [fixed_point] weight_bits: 5 is not allowed; must be one of 4, 8, 16",
        ),
        (table("fixed_point", "weight_bits = 8.0"), "8.0 is not allowed; must be one of 4, 8, 16"),
        (table("fixed_point", "state_bits = 8"), "8 is not allowed; must be one of 16, 32"),
        (MINIMAL + "a = = 3", "net.toml, line 4: not valid TOML: "),
        ('name = "a\n', "net.toml, line 1: not valid TOML: "),
        ("name = [", "net.toml, line 1: not valid TOML: "),
        ("name = " + "[" * 5000, "net.toml, line 1: not valid TOML: values are nested too deeply"),
        ("name = " + "9" * 5000, "net.toml, line 1: not valid TOML: Exceeds the limit (4300 digits)"),
        ("seed = 1\n" * 2, "net.toml, line 2: not valid TOML: Cannot overwrite a value"),
        (MINIMAL + MINIMAL, "net.toml, line 4, [[layer]] 1 name: unknown key. Known here: neurons"),
    ],
)
def test_each_mistake_has_its_message(text: str, expected: str) -> None:
    assert expected in message(text)


def test_every_limit_has_a_field() -> None:
    for kind in (DataSpec, EncodingSpec, NeuronSpec, LearningSpec):
        assert any(find_limit(kind, field.name) for field in dataclasses.fields(kind))


def test_a_long_value_is_cut() -> None:
    assert len(message(f'name = "{"A" * 1000}"')) < 250


@given(st.text())
def test_any_text_is_a_network_or_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^net\.toml, line \d+"):
        read(text)


VALUES = st.recursive(
    st.one_of(
        st.booleans().map(lambda v: str(v).lower()), st.integers().map(str), st.floats().map(repr), st.just('"x"')
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
)
TABLES = {
    "data": DataSpec,
    "neuron": NeuronSpec,
    "learning": LearningSpec,
    "encoding": EncodingSpec,
    "fixed_point": FixedPointSpec,
}
KEYS = st.sampled_from([(name, field.name) for name, kind in TABLES.items() for field in dataclasses.fields(kind)])


@given(KEYS, VALUES)
def test_any_value_of_any_key_is_accepted_or_refused_by_name(key: tuple[str, str], value: str) -> None:
    try:
        read(table(key[0], f"{key[1]} = {value}"))
    except ConfigError as error:
        assert str(error).startswith("net.toml, line ")
        assert f"[{key[0]}]" in str(error) or "TOML" in str(error)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(MINIMAL)
    assert load_network_spec(str(path)) == NetworkSpec(
        "net", (LayerSpec(10),), learning=make_learning((10,)), folder=tmp_path
    )
    path.write_text("seed = true\n" + MINIMAL)
    with pytest.raises(ConfigError, match=r"net\.toml, line 1, seed: true is not allowed"):
        load_network_spec(str(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot read the network file: No such file"):
        load_network_spec(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.toml: cannot read the network file: Is a directory"):
        load_network_spec(str(tmp_path / "folder.toml"))
    (tmp_path / "latin.toml").write_bytes(b'name = "a"\n# \xe9\n')
    with pytest.raises(ConfigError, match=r"latin\.toml, line 2: the text is not UTF-8, which TOML must be"):
        load_network_spec(str(tmp_path / "latin.toml"))
    (tmp_path / "huge.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match=r"huge\.toml: not a network file, it is larger than 1048576 bytes"):
        load_network_spec(str(tmp_path / "huge.toml"))


def test_presets() -> None:
    names = (
        "digits",
        "digits-counts",
        "digits-uno",
        "emnist47-800",
        "fashion-256kb",
        "fashion-400-400",
        "fsdd-mel",
        "fsdd-spikes",
        "gas-drift",
        "mnist-128",
        "mnist-256",
        "mnist-256kb",
        "watch",
    )
    assert preset_names() == names
    for name in names:
        assert load_network_spec(name).name == name
        assert preset_text(name).startswith("# ")
    assert load_network_spec(None) == load_network_spec("digits")


def test_unknown_preset() -> None:
    with pytest.raises(ConfigError) as caught:
        load_network_spec("minst-128")
    assert 'minst-128: there is neither a preset nor a file of this name (did you mean "mnist-128"?)' in str(
        caught.value
    )
    assert "Presets: digits, digits-counts, digits-uno" in str(caught.value)
    with pytest.raises(ConfigError, match=r"qqq: no such preset\. Presets: digits"):
        preset_text("qqq")


def test_lines_of_keys() -> None:
    lines = KeyLines('a = 1\n[t] # x\nb.c = 2\n"d" = 3\n[[l]]\n[[ l ]]\nn = 1\n["q".r]\ni = {z = 1}\n')
    found = {
        path: lines.line(path) for path in [("a",), ("t",), ("t", "b", "c"), ("t", "d"), ("l", 1, "n"), ("q", "r")]
    }
    assert found == {("a",): 1, ("t",): 2, ("t", "b", "c"): 3, ("t", "d"): 4, ("l", 1, "n"): 7, ("q", "r"): 8}
    assert lines.line(("q", "r", "i", "z")) == 9
    assert lines.line(("q",)) == 8
    assert lines.line(("none",)) == 1
