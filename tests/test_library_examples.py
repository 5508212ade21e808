"""The library's examples, run as their reader would: the sketch with stubs for Arduino, the program for a computer by `make example`."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from networks import make_integrator, make_network
from reading_networks import KINDS, reading_case
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import render_network
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.encoding import in_time_slots
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.network.spec import EncodingKind
from sfdfa_codegen.host.prepare import load_spec, prepare
from sketches import CHECKED, DARK, DENSE, HALF, library, said, sketch

PACKAGED = ("digits", "digits-uno")
WITH_DATA = ("fsdd-spikes", "gas-drift", "mnist-128", "mnist-256", "mnist-256kb", "fashion-256kb")
WITH_DATA_AND_SIZE = ("fashion-400-400", "emnist47-800")
NEEDS_DATA = pytest.mark.skipif("SFDFA_DATA" not in os.environ, reason="SFDFA_DATA does not name a folder of data sets")
EXAMPLE = re.compile(r"right: (\d+) of the first 100, (\d+) of the last 100\nchecksum: ([0-9a-f]{8})\n")
EVERY_PRESET = (
    *PACKAGED,
    *(pytest.param(name, marks=NEEDS_DATA) for name in (*WITH_DATA, *WITH_DATA_AND_SIZE)),
)


def assert_answers(network: IntegerNetwork, folder: Path) -> None:
    library(network, folder)
    classes = {str(label) for label in range(network.outputs)}
    for steady in (DARK, HALF, DENSE):
        lines = said(sketch(folder, steady), *([""] * 3), "1\n", "1\r\n", "")
        assert len(lines) == 6
        assert set(lines) <= classes


@cache
def network_of(preset: str) -> IntegerNetwork:
    """For some, tens of thousands of samples are encoded."""
    return prepare(load_spec(preset)).integer_network


@pytest.mark.parametrize("preset", EVERY_PRESET)
def test_sketch_of_a_preset_answers_with_a_class(preset: str, tmp_path: Path) -> None:
    assert_answers(network_of(preset), tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("byte_readings", [False, True])
def test_sketch_of_each_encoding_answers_with_a_class(kind: EncodingKind, byte_readings: bool, tmp_path: Path) -> None:
    case = reading_case(kind, 7, byte_readings=byte_readings, max_events=5, left_out=0.3)
    assert_answers(case.network, tmp_path)


def test_sketch_of_outputs_that_integrate_answers_with_a_class(tmp_path: Path) -> None:
    assert_answers(make_integrator(40, 6, 3, max_events=9), tmp_path)


def test_sketch_of_time_slots_answers_with_a_class(tmp_path: Path) -> None:
    assert_answers(make_network(40, 6, 3, time_slots=5), tmp_path)


@pytest.mark.parametrize(("ticks", "slots", "sources"), [(16, 5, 8), (255, 255, 3), (64, 8, 70), (250, 3, 21_845)])
def test_header_numbers_channels_of_time_slots_as_the_host_does(
    ticks: int, slots: int, sources: int, tmp_path: Path
) -> None:
    network = make_network(slots * sources, 1, ticks=ticks, time_slots=slots, rule="none", max_events=8)
    write_sources(render_network(network), tmp_path)
    (tmp_path / "all.c").write_text(
        """
        #include <stdint.h>
        #include <stdio.h>
        #include "sfdfa_network.h"
        int main(void)
        {
            for (uint16_t tick = 0; tick < SFDFA_TICKS; tick++) {
                for (uint16_t source = 0; source < SFDFA_SOURCES; source += 7) {
                    printf("%u\\n", SFDFA_CHANNEL_OF(tick, source));
                }
            }
            return 0;
        }
        """
    )
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    subprocess.run(["cc", *strict, "all.c", "-o", "all"], cwd=tmp_path, check=True)
    told = subprocess.run([tmp_path / "all"], capture_output=True, text=True, check=True).stdout
    asked = np.arange(0, sources, 7, dtype=np.uint16)
    when = np.repeat(np.arange(ticks, dtype=np.uint16), len(asked))
    events = SpikeDataset(when, np.tile(asked, ticks), np.array([0, len(when)]), np.zeros(1, np.uint16))
    assert list(map(int, told.split())) == in_time_slots(events, sources, slots, ticks).channels.tolist()


def test_sketch_learns_what_is_typed(tmp_path: Path) -> None:
    image = sketch(library(network_of("digits"), tmp_path), HALF)
    for label in ("3", "7"):
        assert said(image, *([f"{label}\n"] * 150), "")[-1] == label


@pytest.mark.parametrize("typed", ["3\n", "10", "99999999999999999999\n"])
def test_number_that_is_no_class_is_explained(typed: str, tmp_path: Path) -> None:
    image = sketch(library(make_network(9, 6, 3), tmp_path), DENSE)
    told, answer = said(image, typed)
    assert told == "not learned: type a class from 0 to 2"
    assert answer in "012"


def test_the_last_number_typed_is_the_label(tmp_path: Path) -> None:
    image = sketch(library(make_network(9, 6, 3), tmp_path), DENSE)
    assert said(image, *(["9\n0\n2\n"] * 9)) == said(image, *(["2"] * 9))


def test_sketch_and_library_of_other_options_stop_with_words(tmp_path: Path) -> None:
    folder = library(make_network(9, 6, 3), tmp_path)
    header = folder / "examples" / "SensorLoop" / "SensorLoop.h"
    header.write_text(header.read_text().replace('#include "sfdfa.h"', '#pragma pack(1)\n#include "sfdfa.h"'))
    stopped = subprocess.run([sketch(folder, DENSE)], capture_output=True, text=True, check=False)
    assert stopped.returncode == 3
    assert stopped.stdout.startswith(
        "stopped: sketch and library were compiled with options that give sfdfa_t two sizes"
    )


@pytest.mark.parametrize(("compiler", "standard"), [("g++", "c++20"), ("clang++", "c++11"), ("clang++", "c++17")])
def test_sketch_by_other_compilers(compiler: str, standard: str, tmp_path: Path) -> None:
    image = sketch(library(make_network(9, 6, 3), tmp_path), DENSE, compiler, standard)
    assert said(image, "")[0] in "012"


def test_sketch_with_a_prefix(tmp_path: Path) -> None:
    case = reading_case("ttfs", 7)
    image = sketch(library(case.network, tmp_path, "door_"), DENSE, prefix="door_")
    assert said(image, "", "1\n")[1] in "012"


@pytest.mark.parametrize("preset", EVERY_PRESET)
def test_example_for_a_computer_learns(preset: str, tmp_path: Path) -> None:
    network = network_of(preset)
    folder = library(network, tmp_path)
    subprocess.run(["make", "-s", "example", CHECKED], cwd=folder, check=True)
    text = subprocess.run([folder / "example"], capture_output=True, text=True, check=True).stdout
    found = EXAMPLE.fullmatch(text)
    assert found
    first, last = map(int, found.groups()[:2])
    wanted = 60 if network.outputs <= 10 else 40  # a thousand samples are 21 of each of 47 classes
    assert last >= wanted and last > first + min(20, (100 - first) // 2)


def after_example(network: IntegerNetwork) -> int:
    """What the emulator says of the samples of the example for a computer."""
    emulator = Emulator(network)
    for sample in range(1000):
        label = sample * 7 % network.outputs
        if network.encoder:
            lit = np.arange(network.encoder.features) % network.outputs == label
            emulator.classify(np.where(lit, network.encoder.reading_limits[1], 0), label, learn=True)
            continue
        lit = np.arange(network.channels) % network.outputs == label
        ticks, channels = np.nonzero(np.outer(np.arange(network.ticks) % 2 == 0, lit))
        emulator.run_sample(ticks[: network.max_events], channels[: network.max_events], label, learn=True)
    return emulator.state_crc()


@pytest.mark.parametrize(
    "network", [reading_case("ttfs", 7).network, make_network(9, 6, 3)], ids=["readings", "events"]
)
def test_example_for_a_computer_ends_where_the_emulator_does(network: IntegerNetwork, tmp_path: Path) -> None:
    subprocess.run(["make", "-s", "example"], cwd=library(network, tmp_path), check=True)
    found = EXAMPLE.fullmatch(subprocess.run([tmp_path / "example"], capture_output=True, text=True, check=True).stdout)
    assert found and int(found[3], 16) == after_example(network)
