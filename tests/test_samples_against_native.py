"""Samples of a sensor become the same readings, predictions and weights in the host, the emulator and the compiled C."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from native_build import quick_native
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.frontend import FrontendKind
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.emulator.frontend import FrontendEmulator
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from signal_networks import KINDS, SignalCase, make_frontend, signal_case, signal_cases


def outcome(device: Device, case: SignalCase, from_samples: bool) -> tuple[object, ...]:
    """Everything that a device tells after learning the recordings of a case, from samples or from events."""
    device.from_samples = from_samples
    device.reset()
    samples = case.samples()
    results = [device.run_sample(samples[index], True) for index in range(len(samples))]
    return results, state_to_bytes(case.network, device.read_state()), device.saturations()


def assert_the_same_everywhere(case: SignalCase, cache: Path) -> None:
    emu = EmuDevice(case.network)
    native = quick_native(case.network, cache, variant="stopped by what C does not define")
    wanted = outcome(emu, case, False)
    assert outcome(emu, case, True) == wanted
    assert outcome(native, case, True) == wanted


@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(signal_cases())
def test_random_front_ends(compile_cache: Path, case: SignalCase) -> None:
    assert_the_same_everywhere(case, compile_cache)


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_readings_at_any_time(compile_cache: Path, kind: FrontendKind, sliding: bool) -> None:
    """The C is given blocks as they come, and asked after each; the emulator likewise. Past all slots, and twice past them."""
    rng = np.random.default_rng(5)
    case = signal_case(make_frontend(kind, rng, axes=2, sliding=sliding), rng, (400,))
    native = quick_native(case.network, compile_cache)
    emulator = FrontendEmulator(case.frontend)
    samples = case.recordings[0]
    for start, end in ((0, 5), (5, 40), (40, 41), (41, 150), (150, 400)):
        emulator.push(samples[start:end])
        assert heard(native, samples[start:end], case.frontend.features).tolist() == emulator.readings().tolist()


def heard(device: NativeDevice, block: NDArray[np.int16], features: int) -> NDArray[np.int16]:
    """What the C hears after one more block."""
    block = np.ascontiguousarray(block)
    readings = np.empty(features, np.int16)
    device.library.sfdfa_samples(device.memory, ctypes.c_void_p(block.ctypes.data), ctypes.c_uint16(len(block)))
    assert device.library.sfdfa_heard(device.memory, ctypes.c_void_p(readings.ctypes.data)) == 0
    return readings


def test_nothing_heard_is_no_reading(compile_cache: Path) -> None:
    rng = np.random.default_rng(0)
    case = signal_case(make_frontend("raw", rng), rng, (40,))
    with pytest.raises(ValueError, match="no sample was heard"):
        FrontendEmulator(case.frontend).readings()
    native = quick_native(case.network, compile_cache)
    assert native.library.sfdfa_heard(native.memory, None) == -4


def test_recordings_with_other_axes_are_refused(compile_cache: Path) -> None:
    rng = np.random.default_rng(0)
    case, other = (signal_case(make_frontend("raw", rng, axes=axes), rng, (40,)) for axes in (1, 2))
    native = quick_native(case.network, compile_cache)
    native.from_samples = True
    with pytest.raises(DataError, match="recordings have 2 axes, the network 1"):
        native.run_samples(other.samples(), False)
