"""Readings on boards: the device makes the same of them as of the events, and what that takes is predicted to the cycle, as a phase of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli, write_tiny
from needs import need_target
from reading_networks import ReadingCase, reading_case
from sfdfa_codegen.codegen.toolchain.code_phases import PHASES
from sfdfa_codegen.emulator.counting.encoding_counts import encoding_counts
from sfdfa_codegen.emulator.encoder import encode
from sfdfa_codegen.host.cycles import calibrate
from sfdfa_codegen.host.cycles.encoding_model import calibrate_encoding, predict_encoding
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.network.spec import EncodingKind
from sfdfa_codegen.host.prepare import load_spec, prepare

LARGEST_SHARE = 0.08
"""Of the cycles of a learned sample, what its encoder may take."""
CASES: tuple[tuple[str, EncodingKind, dict[str, Any]], ...] = (
    ("simavr-atmega2560", "ttfs", {"byte_readings": True}),
    ("simavr-atmega2560", "population", {}),
    ("simavr-atmega328p", "rate", {"max_events": 20}),
    ("rtl-picorv32", "signed-ttfs", {"max_events": 4}),
    ("rtl-picorv32", "rate", {"byte_readings": True}),
    ("simavr-atmega328p", "signed-rate", {"max_events": 20}),
    ("rtl-picorv32", "population", {"fields": 3}),
    ("pico-sim", "ttfs", {"max_events": 2}),
    ("pico-sim", "rate", {}),
    ("pico-sim", "population", {"byte_readings": True}),
)


def small_case(kind: EncodingKind, **changes: Any) -> ReadingCase:
    return reading_case(kind, 7, ticks=10, window=7, left_out=0.3, **changes)


@pytest.mark.parametrize(("target", "kind", "changes"), CASES)
def test_cycles_of_the_encoder_are_predicted_exactly(target: str, kind: EncodingKind, changes: dict[str, Any]) -> None:
    need_target(target)
    case, board = small_case(kind, **changes), find_target(target).board
    assert board is not None
    with open_meter(case.network, board, target, source="readings") as meter:
        model = calibrate_encoding(case.network, meter)
        samples, phase = case.samples(), meter.phases.index("encoding")
        measured = [meter.measure(samples[index], learn=False)[phase] for index in range(len(samples))]
    found = predict_encoding(case.network, model, case.readings)
    assert found.cycles[:, 0].tolist() == measured
    assert found.known.all() and min(measured) > 100


@pytest.mark.parametrize("target", ["simavr-atmega2560", "pico-sim", "rtl-picorv32"])
def test_a_preset_learns_readings_on_a_board_at_little_cost(target: str) -> None:
    need_target(target)
    prepared = prepare(load_spec("digits"))
    samples = prepared.data.train.head(20)
    emu = EmuDevice(prepared.integer_network)
    with find_target(target).open(prepared.integer_network) as device:
        assert isinstance(device, SerialDevice)
        device.from_readings = True
        replies = [device.exchange_sample(samples[index], True) for index in range(len(samples))]
        expected = emu.run_samples(samples, True)
        assert [reply.counts for reply in replies] == [tuple(counts) for counts in expected.counts.tolist()]
        assert device.state_crc() == emu.state_crc()
    taken = np.array([reply.cycles for reply in replies])
    assert (taken[:, 2] > 0).all() and (taken[:, 2] <= LARGEST_SHARE * taken.sum(axis=1)).all()


@pytest.mark.parametrize("kind", ["ttfs", "signed-ttfs", "rate", "signed-rate", "population"])
def test_counts_are_those_of_the_events_made(kind: EncodingKind) -> None:
    case = small_case(kind, max_events=300)
    encoder = case.network.encoder
    assert encoder is not None
    counts = encoding_counts(case.network, encoder, list(case.readings))
    made = [len(encode(case.network, readings).ticks) for readings in case.readings]
    assert counts["encoded.events"].tolist() == made
    assert sum(made) > 10
    by_place = [counts[f"encoded.events[{place}]"] for place in range(encoder.channels_per_feature)]
    steady = counts.get("encoded.steady_placed", np.zeros(len(made), np.int64))
    assert sum(by_place, steady).tolist() == made


def test_command(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "STATES", 2)
    words = "--target", "unicorn-cortex-m0", "--samples", "1", "--from", "readings", "--json", "-"
    values = cli("cycles", write_tiny(tmp_path), *words).json
    assert (values["from"], list(values["phases"])) == ("readings", list(PHASES))
    encoding = values["phases"]["encoding"]
    assert encoding["measured_mean"] > 0
    assert encoding["predicted_mean"] == pytest.approx(encoding["measured_mean"], rel=0.02)


def test_what_has_no_readings_is_refused(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("cycles", "digits", "--target", "microbit", "--port", "/dev/null", "--from", "readings")
    assert outcome.message == "--from readings is for simulators and the tables of cores: with --port leave it out"
    outcome = cli("cycles", write_tiny(tmp_path), "--target", "unicorn-cortex-m0", "--from", "readings", "--lines")
    assert outcome.message.startswith("--lines tells the lines of the network, which are the same from events")
