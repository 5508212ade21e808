"""The sketches that take samples, of a microphone and of an accelerometer: compiled, and run on a computer and a simulated board with samples from a file. They decide and learn
what the emulator does, to the bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import Endpoint, Frontend, Sensor
from sfdfa_codegen.emulator.frontend import FrontendEmulator
from sfdfa_codegen.emulator.network_emulator import Emulator
from signal_networks import SignalCase, make_frontend, signal_case
from sketches import board_of_samples, library, said_of_samples, sketch_of_samples

Typed = list[tuple[int, int]]
WORDS = Endpoint(rise=768, drift=8, lead=2, hangover=4, shortest=3)
TYPED: Typed = [(0, 2), (1100, 0), (2300, 1)]
RECORDING = 250


def words(rng: np.random.Generator) -> NDArray[np.int16]:
    """Loud noise with silence between, (samples, 1); the microphone gives blocks of 32."""
    parts = [rng.normal(0, size, length) for size, length in ((8, 300), (2000, 500)) * 5] + [np.zeros(32 * 12)]
    return np.rint(np.concatenate(parts))[: 32 * 130].astype(np.int16)[:, None]


def of_emulator(case: SignalCase, samples: NDArray[np.int16], typed: Typed) -> list[str]:
    """What the sketch is to print."""
    emulator, frontend, labels, lines, heard = (
        Emulator(case.network),
        FrontendEmulator(case.frontend),
        dict(typed),
        [],
        0,
    )
    label: int | None = None
    for index, row in enumerate(samples):
        label = labels.get(index, label)
        frontend.push(row[None])
        heard += 1
        if not (frontend.ended if case.frontend.endpoint else heard == case.frontend.sensor.recording_samples):
            continue
        heard = 0
        found = emulator.classify(frontend.readings(), label, learn=True)
        frontend.go_on()
        lines.append(f"class {found.prediction}" + ("" if label is None else f", learned as {label}"))
        label = None
    return [*lines, f"{emulator.state_crc():08x}"]


def keywords(rate_hz: float) -> SignalCase:
    rng = np.random.default_rng(4)
    frontend = make_frontend("mel", rng, endpoint=WORDS, floor=1700, rate_hz=rate_hz, centred=True)
    return signal_case(frontend, rng, (400, 300, 500))


def motion(axes: int) -> SignalCase:
    """Of an accelerometer alone, along gravity and across it."""
    rng = np.random.default_rng(5)
    sensor = Sensor(tuple("xyzabc"[:axes]), tuple(0.001 * (1 + axis) for axis in range(axes)), RECORDING)
    frontend = make_frontend("bands", rng, axes=axes, rate_hz=50.0, sensor=sensor, gravity=axes == 3)
    return signal_case(frontend, rng, (RECORDING,) * 3)


@pytest.mark.parametrize("rate_hz", [8000.0, 11025.0])
def test_keyword_sketch_learns_what_the_emulator_does(rate_hz: float, tmp_path: Path) -> None:
    """At half the rate of the microphone, and at one of its own."""
    case = keywords(rate_hz)
    samples = words(np.random.default_rng(6))
    image = sketch_of_samples(library(case.network, tmp_path), "Keywords")
    found = said_of_samples(image, samples, TYPED)
    assert found == of_emulator(case, samples, TYPED)
    assert len(found) == 6 and found[0].endswith(", learned as 2")


@pytest.mark.parametrize("axes", [1, 3, 6])
def test_motion_sketch_learns_what_the_emulator_does(axes: int, tmp_path: Path) -> None:
    """From analogue inputs, an accelerometer, and one with a gyroscope."""
    case = motion(axes)
    samples = np.random.default_rng(7).integers(0, 1000, (1100, axes)).astype(np.int16)
    image = sketch_of_samples(library(case.network, tmp_path), "Motion")
    found = said_of_samples(image, samples, TYPED[:1])
    if axes > 1:
        assert found == of_emulator(case, samples, TYPED[:1])
    assert len(found) == 5


def test_sketch_knows_its_classes_by_name(tmp_path: Path) -> None:
    case, names = keywords(16000.0), ("no", 'say "yes"', "Tür")
    samples = words(np.random.default_rng(6))
    named = replace(case.network, class_names=names)
    found = said_of_samples(sketch_of_samples(library(named, tmp_path), "Keywords"), samples, TYPED)
    assert found[:4] == ["to teach a class, type its number before:", *(f"{k} {name}" for k, name in enumerate(names))]
    plain = of_emulator(case, samples, TYPED)
    assert found[-1] == plain[-1], "what was learned"
    assert found[4].startswith(f"class {plain[0][6]} {names[int(plain[0][6])]}, learned as 2 Tür")


def test_sketch_says_what_a_unit_is(tmp_path: Path) -> None:
    text = (library(motion(3).network, tmp_path) / "examples" / "Motion" / "Motion.ino").read_text(encoding="utf-8")
    assert "unit[SFDFA_AXES] = {0.001f, 0.002f, 0.003f};" in text
    assert "One sample of each axis: x, y, z." in text
    assert "#define PERIOD_US 20000UL" in text


@pytest.mark.parametrize("name", ["Keywords", "Motion"])
def test_sketches_on_a_simulated_board(name: str, tmp_path: Path) -> None:
    """A Cortex-M4 with its own kernels."""
    case, rng = (keywords(8000.0) if name == "Keywords" else motion(3)), np.random.default_rng(8)
    samples = words(rng) if name == "Keywords" else rng.integers(-1000, 1000, (1100, 3)).astype(np.int16)
    image = board_of_samples(library(case.network, tmp_path), name)
    assert said_of_samples(image, samples, TYPED) == of_emulator(case, samples, TYPED)


def test_a_sketch_that_slides_decides_every_half_second(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    frontend: Frontend = make_frontend("bands", rng, axes=3, rate_hz=50.0, sliding=True, hop=8)
    case = signal_case(frontend, rng, (RECORDING,) * 3)
    samples = rng.integers(-1000, 1000, (1100, 3)).astype(np.int16)
    every = replace(frontend, sensor=Sensor(recording_samples=24))
    wanted = of_emulator(replace(case, network=replace(case.network, frontend=every)), samples, TYPED)
    assert said_of_samples(sketch_of_samples(library(case.network, tmp_path), "Motion"), samples, TYPED) == wanted
