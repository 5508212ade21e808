"""What a front-end makes of sound and movement, against real numbers, and what a network file may say of it."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli
from needs import need
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.frontend import FULL_WEIGHT, LOG_UNIT, WINDOWS, Frontend, Sensor, cosines, hann, sines
from sfdfa_codegen.emulator.frontend import log2_of
from sfdfa_codegen.host.data import kept_readings, recordings
from sfdfa_codegen.host.data.fit_frontend import band_edges, fit_frontend, nearest_window
from sfdfa_codegen.host.data.load import load_raw
from sfdfa_codegen.host.data.raw import Recordings
from sfdfa_codegen.host.data.signals import check_recordings
from sfdfa_codegen.host.experiments.front_end import largest_differences
from sfdfa_codegen.host.floats.frontend import frame_values, parts_of, readings_of
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import FrontendSpec
from sfdfa_codegen.host.prepare import load_spec

FULL_SCALE = 32 * LOG_UNIT
"""Octaves of power from the least to the most that int16 samples can have."""


def integers_and_reals(spec: FrontendSpec, rate_hz: float, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (frames, axes * values) of the integers and of the reference."""
    frontend = fit_frontend(spec, rate_hz, Sensor(), samples.shape[1], "test")
    found = recordings.frame_values_of(frontend, samples)
    return found, frame_values(frontend, samples).reshape(found.shape)


@pytest.mark.parametrize("size", [30, 1000, 32767])
def test_mel_bands_are_those_of_real_numbers(size: int) -> None:
    time = np.arange(8000) / 8000
    sweep = size * np.sin(2 * np.pi * (200 + 1500 * time) * time)
    noise = np.random.default_rng(1).normal(0, size / 20, 8000)
    samples = np.clip(np.rint(sweep + noise), -32768, 32767).astype(np.int16)[:, None]
    found, wanted = integers_and_reals(FrontendSpec("mel"), 8000, samples)
    assert np.abs(found - wanted).max() < 0.02 * FULL_SCALE


def kaldi_values(samples: NDArray[np.int16], floor: int) -> NDArray[np.float64]:
    """(frames, 20): Kaldi's mel bands of sound at 8000 Hz, in octaves of the integers' unit."""
    fbank = pytest.importorskip("kaldi_native_fbank", reason="kaldi-native-fbank is in the extra test")
    options = fbank.FbankOptions()
    frames, mel = options.frame_opts, options.mel_opts
    frames.samp_freq, frames.frame_length_ms, frames.frame_shift_ms = 8000, 32, 20
    frames.dither, frames.preemph_coeff, frames.remove_dc_offset, frames.window_type = 0, 0, False, "hanning"
    mel.num_bins, mel.low_freq, mel.high_freq = 20, 100, 4000
    online = fbank.OnlineFbank(options)
    online.accept_waveform(8000, samples.astype(float).tolist())
    online.input_finished()
    logs = np.array([online.get_frame(frame) for frame in range(online.num_frames_ready)])
    unit = np.log2(FULL_WEIGHT / (256 / 2) ** 2)
    return np.asarray(np.maximum(logs / np.log(2) + unit, floor / LOG_UNIT))


@pytest.mark.parametrize("size", [100, 1000, 10000])
def test_mel_bands_are_those_of_kaldi(size: int) -> None:
    """Whose window is symmetric, and whose triangles are even in mel and not in hertz."""
    time = np.arange(8000) / 8000
    sweep = size * np.sin(2 * np.pi * (200 + 1500 * time) * time)
    samples = np.rint(sweep + np.random.default_rng(1).normal(0, size / 3, 8000)).astype(np.int16)
    frontend = fit_frontend(FrontendSpec("mel"), 8000, Sensor(), 1, "test")
    found = recordings.frame_values_of(frontend, samples[:, None])
    wanted = LOG_UNIT * kaldi_values(samples, frontend.floor)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 0.02 * FULL_SCALE


def test_bands_of_movements_are_those_of_real_numbers() -> None:
    time = np.arange(500) / 50
    noise = np.random.default_rng(2).normal(0, 100, (500, 2))
    samples = (noise + np.outer(4000 * np.sin(2 * np.pi * 3 * time), (1, 0)) + (9000, -300)).astype(np.int16)
    found, wanted = integers_and_reals(FrontendSpec("bands", window_ms=1280), 50, samples)
    assert found.shape == (14, 14)
    assert np.abs(found - wanted).max() < 0.02 * FULL_SCALE


def swings(rng: np.random.Generator, sensors: int) -> NDArray[np.float64]:
    """(300, 3 sensors): of 50 Hz, an accelerometer that feels gravity and swings of 2 and 5 Hz, and others that turn."""
    time = np.arange(300) / 50
    swing = np.stack([np.sin(2 * np.pi * (hertz * time + rng.uniform())) for hertz in (2, 5, 5)], axis=1)
    parts = [3000 * swing + (500, -200, 8000), *(2000 * np.roll(swing, turn, axis=1) for turn in range(1, sensors))]
    return np.hstack(parts)


GRAVITY = FrontendSpec("bands", window_ms=1280, axes="gravity")


def test_axes_of_gravity_are_those_of_real_numbers() -> None:
    samples = swings(np.random.default_rng(1), 2).astype(np.int16)
    found, wanted = integers_and_reals(GRAVITY, 50, samples)
    assert found.shape == (8, 4 * 7)
    assert np.abs(found - wanted).max() < 0.02 * FULL_SCALE


def test_axes_of_gravity_do_not_turn_with_the_sensor() -> None:
    """Upside down, and about each axis."""
    rng = np.random.default_rng(2)
    samples = swings(rng, 2)
    frontend = fit_frontend(GRAVITY, 50, Sensor(), 6, "test")
    upright = recordings.frame_values_of(frontend, np.rint(samples).astype(np.int16))
    for _ in range(4):
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        turned = np.hstack((samples[:, :3] @ turn, samples[:, 3:] @ turn))
        found = recordings.frame_values_of(frontend, np.rint(turned).astype(np.int16))
        assert np.abs(found - upright).max() < 0.004 * FULL_SCALE


def test_axes_of_gravity_are_of_vectors() -> None:
    with pytest.raises(
        ConfigError,
        match=r"clips: \[frontend\] axes = \"gravity\" takes three axes of an accelerometer, .* there are 4",
    ):
        fit_frontend(GRAVITY, 50, Sensor(), 4, "clips")


@pytest.mark.parametrize("window", WINDOWS)
def test_transform_of_the_loudest_windows_fits_16_bits(window: int) -> None:
    """Square waves of every frequency and some phases, whose parts are as large as samples can be."""
    time = np.arange(window)
    turns = np.outer(np.arange(window // 2 + 1), time)[:, None] / window + np.arange(8)[:, None] / 8
    loud = np.where(np.cos(2 * np.pi * turns) >= 0, 32767, -32768).reshape(-1, window)
    y = (loud * np.array(hann(window)) + (1 << 15)) >> 16
    parts = recordings._transform(y, np.array(cosines(window)), np.array(sines(window)))
    assert max(int(np.abs(part).max()) for part in parts) <= 32767


@pytest.mark.parametrize("oracle", ["real numbers", "kaldi"])
def test_readings_of_spoken_digits_are_those_of(oracle: str) -> None:
    """Of recordings that are shorter than all slots; the others have segments of other frames."""
    spec = load_spec("fsdd-mel")
    raw = need(lambda: load_raw(spec))
    clips = raw.test.recordings
    assert clips is not None and raw.frontend is not None
    whole = np.flatnonzero([raw.frontend.frames_of(len(clips[k])) < raw.frontend.slots for k in range(len(clips))])
    wanted = readings_of(raw.frontend, clips.take(whole))
    if oracle == "kaldi":
        values = [LOG_UNIT * kaldi_values(clips[index][:, 0], raw.frontend.floor) for index in whole.tolist()]
        wanted = np.stack([parts_of(raw.frontend, one) for one in values])
    differences = largest_differences(raw.test.values[whole], wanted)
    assert len(differences) == 298
    assert differences.max() < 0.02


def test_logarithms_are_within_a_half_of_their_unit() -> None:
    values = [1, 2, 3, 5, 100, 12345, 10**9, 2**46 - 1]
    found = np.array([log2_of(value) for value in values])
    assert np.abs(found - LOG_UNIT * np.log2(values)).max() < 0.6
    assert recordings.log2_of(np.array(values)).tolist() == found.tolist()


def test_a_window_is_the_nearest_power_of_two() -> None:
    assert [nearest_window(samples) for samples in (1.0, 50.0, 256.0, 300.0, 9000.0)] == [8, 64, 256, 256, 512]


@pytest.mark.parametrize(("samples", "window"), [(5, 8), (100, 64), (128, 128), (3000, 512)])
def test_frame_of_a_movement_is_as_long_as_recordings_allow(samples: int, window: int) -> None:
    """At 50 Hz the 32 ms of sound are two samples."""
    frontend = fit_frontend(FrontendSpec("bands"), 50, Sensor(recording_samples=samples), 3, "test")
    assert (frontend.window, frontend.hop) == (window, window // 2)


def test_mel_bands_are_even_in_mel() -> None:
    """HTK's scale: 1000 mel are 1000 Hz."""
    edges = band_edges("mel", 100, 4000, 20)
    mel = 2595 * np.log10(1 + edges / 700)
    assert np.diff(mel) == pytest.approx(np.full(21, (mel[-1] - mel[0]) / 21))


def test_every_band_has_a_bin() -> None:
    frontend: Frontend = fit_frontend(FrontendSpec("mel", bands=40), 8000, Sensor(), 1, "test")
    assert frontend.bands == 40
    assert all(any(weights) for weights in frontend.band_weights)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (FrontendSpec("mel", high_hz=5000), "8000 samples a second hold nothing above 4000 Hz; lower it"),
        (FrontendSpec("mel", low_hz=4500), "low_hz is 4500, at or above 4000 Hz"),
    ],
)
def test_bands_that_the_rate_does_not_hold(spec: FrontendSpec, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fit_frontend(spec, 8000, Sensor(), 1, "clips")


def test_empty_recordings_are_refused() -> None:
    recordings_ = Recordings(np.zeros((3, 1), np.int16), np.array([0, 2, 2, 3]), np.zeros(3, int))
    with pytest.raises(DataError, match="clips: recording 1 has no sample"):
        check_recordings(recordings_, "clips")


def test_hours_need_little_room() -> None:
    """Five hours at 800 samples a second, 29 MB: frames are made some at a time."""
    hours = np.zeros((5 * 3600 * 800, 1), np.int16)
    hours[-1000:] = 5000
    frontend = fit_frontend(FrontendSpec("raw", window_ms=640, segments=2), 800, Sensor(), 1, "test")
    tracemalloc.start()
    readings = recordings.readings_of(frontend, hours, np.array([0, len(hours)]))[0]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert readings[0] == 0
    assert 0 < peak < hours.nbytes


def test_readings_of_many_samples_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of other samples, or of another front-end, are others."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kept_readings, "LEAST_SAMPLES", 1000)
    samples = np.random.default_rng(3).integers(-900, 900, (1200, 1)).astype(np.int16)
    frontend = fit_frontend(FrontendSpec("raw", window_ms=20, segments=2), 800, Sensor(), 1, "test")
    made: list[int] = []

    def kept(frontend: Frontend, samples: NDArray[np.int16]) -> list[int]:
        part = Recordings(samples, np.array([0, len(samples)]), np.zeros(1, int))
        found: list[int] = kept_readings.kept_readings(frontend, part, made.append)[0].tolist()
        assert found == recordings.readings_of(frontend, samples, part.offsets)[0].tolist()
        return found

    first = kept(frontend, samples)
    assert kept(frontend, samples) == first
    assert len(made) == 1
    assert kept(frontend, samples[::-1]) != first
    assert kept(replace(frontend, hop=1), samples) != first
    assert len(made) == 3
    kept(frontend, samples[:999])
    kept(frontend, samples[:999])
    assert len(made) == 5, "fewer are not kept"


def test_every_key_is_read() -> None:
    """Written with no default, so that a key which is not read would show."""
    text = """
name = "x"
[frontend]
kind = "bands"
window_ms = 40
hop_ms = 10
bands = 7
low_hz = 20
high_hz = 900
segments = 3
slots = 12
sliding = true
centred = true
floor_octaves = -1.5
axes = "gravity"
[[layer]]
neurons = 8
[[layer]]
neurons = 10
"""
    wanted = FrontendSpec("bands", 40, 10, 7, 20, 900, 3, 12, True, True, -1.5, axes="gravity")
    assert parse_network(text, "x", Path()).frontend == wanted


HEAD = 'name = "x"\n[data]\nsource = "digits"\n'
LAYERS = "[[layer]]\nneurons = 8\n[[layer]]\nneurons = 10\n"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[frontend]\nkind = 'chirp'\n", '[frontend] kind: "chirp" is not allowed'),
        (
            "[frontend]\nkind = 'raw'\nbands = 4\n",
            '[frontend] bands: is for the kinds "mel" and "bands"; this one is "raw"',
        ),
        ("[frontend]\nslots = 7\n", "[frontend] slots: 7 is not allowed; must be an even number from 2 to 254"),
        ("[frontend]\nsegments = 60\n", "[frontend] segments: 60 is not allowed; must be at most slots, 48"),
        ("[frontend]\nlow_hz = 500\nhigh_hz = 400\n", "[frontend] high_hz: 400 is not allowed; must be above low_hz"),
        (
            "[frontend]\nkind = 'mel'\n",
            "holds no recordings of samples, so that [frontend] has nothing to do; leave it out",
        ),
        ("[frontend]\n[encoding]\nkind = 'events'\n", '"events" is not allowed'),
    ],
)
def test_network_files_that_are_wrong(cli: Cli, tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + table + LAYERS, encoding="utf-8")
    outcome = cli("run", path, "--target", "emu")
    assert outcome.status == 2
    assert message in outcome.message
