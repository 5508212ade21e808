"""Readings become the same spikes, predictions and weights in the emulator and in the compiled C as the host's events."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from native_build import VARIANTS, quick_native
from reading_networks import KINDS, ReadingCase, reading_case, reading_cases
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.network.spec import EncodingKind
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.lockstep import run_lockstep


def outcome(device: Device, case: ReadingCase, from_readings: bool) -> tuple[object, ...]:
    """Everything that a device tells after learning the samples of a case, from readings or from events."""
    device.from_readings = from_readings
    device.reset()
    samples = case.samples()
    results = [device.run_sample(samples[index], True) for index in range(len(samples))]
    return results, state_to_bytes(case.network, device.read_state()), device.saturations()


def assert_the_same_everywhere(case: ReadingCase, cache: Path, variant: str) -> None:
    emu, native = EmuDevice(case.network), quick_native(case.network, cache, variant=variant)
    wanted = outcome(emu, case, False)
    assert outcome(emu, case, True) == wanted
    assert outcome(native, case, False) == wanted
    assert outcome(native, case, True) == wanted


@settings(max_examples=20, phases=(Phase.explicit, Phase.generate))
@given(reading_cases())
def test_random_encoders(compile_cache: Path, case: ReadingCase) -> None:
    assert_the_same_everywhere(case, compile_cache, "by ticks")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_with_all_kernels(compile_cache: Path, kind: EncodingKind, variant: str) -> None:
    assert_the_same_everywhere(reading_case(kind, 7, left_out=0.3), compile_cache, variant)


@pytest.mark.parametrize("preset", ["digits", "digits-uno"])
def test_all_test_samples_of_a_preset(compile_cache: Path, preset: str) -> None:
    prepared = prepare(load_spec(preset))
    native = quick_native(prepared.integer_network, compile_cache)
    found = []
    for from_readings in (False, True):
        native.from_readings = from_readings
        native.reset()
        results = native.run_samples(prepared.data.test, True)
        found.append((results.predictions.tolist(), results.counts.tolist(), native.state_crc()))
    assert found[0] == found[1]


@pytest.mark.skipif("SFDFA_DATA" not in os.environ, reason="SFDFA_DATA does not name a folder of data sets")
@pytest.mark.parametrize("preset", ["gas-drift", "mnist-128", "fashion-256kb"])
def test_a_few_test_samples_of_presets_on_real_data(compile_cache: Path, preset: str) -> None:
    prepared = prepare(load_spec(preset))
    devices = {
        "emu": EmuDevice(prepared.integer_network),
        "native": quick_native(prepared.integer_network, compile_cache),
    }
    for device in devices.values():
        device.from_readings = True
    outcome = run_lockstep(devices, prepared.data.test.head(20), crc_every=10)
    assert outcome.divergence is None and outcome.samples == 20


def test_readings_of_another_network_are_refused(compile_cache: Path) -> None:
    case = reading_case("ttfs", 7)
    device = quick_native(case.network, compile_cache)
    device.from_readings = True
    samples = case.samples()
    assert samples.readings is not None
    wrong = replace(samples, readings=samples.readings.astype(np.uint8))
    with pytest.raises(DataError, match="6 samples of 7 readings of type int16 are wanted, not 42 of type uint8"):
        device.run_samples(wrong, False)
