"""Samples of a sensor become the same readings, predictions and weights in the host, the emulator and the compiled C."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from native_build import quick_native
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.frontend import Endpoint, FrontendKind
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.emulator.frontend import FrontendEmulator
from sfdfa_codegen.host.data.recordings import readings_of
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from signal_networks import KINDS, SignalCase, bursts, endpoints, make_frontend, signal_case, signal_cases


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


@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(signal_cases())
def test_random_front_ends(compile_cache: Path, case: SignalCase) -> None:
    assert_the_same_everywhere(case, compile_cache)


@pytest.mark.parametrize("changes", [{"axes": 2}, {"axes": 2, "sliding": True}, {"axes": 6, "gravity": True}])
@pytest.mark.parametrize("kind", KINDS)
def test_readings_at_any_time(compile_cache: Path, kind: FrontendKind, changes: dict[str, Any]) -> None:
    """The C is given blocks as they come, and asked after each; the emulator likewise. Past all slots, and twice past them."""
    rng = np.random.default_rng(5)
    case = signal_case(make_frontend(kind, rng, **changes), rng, (400,))
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


@pytest.mark.parametrize("kind", KINDS)
def test_utterances_as_they_come(compile_cache: Path, kind: FrontendKind) -> None:
    """Two words with a gap, and a click between them. Each word is decided when it has ended, and the third has not."""
    rng = np.random.default_rng(8)
    endpoint = Endpoint(rise=768, drift=8, lead=2, hangover=4, shortest=4)
    case = signal_case(make_frontend(kind, rng, endpoint=endpoint, floor=1700), rng, (400,))
    native = quick_native(case.network, compile_cache)
    emulator = FrontendEmulator(case.frontend)
    samples = bursts(rng, (150, 200, 20, 100, 150, 10, 200, 600, 100, 80))
    ends = []
    for start in range(0, len(samples), 7):
        block = samples[start : start + 7]
        emulator.push(block)
        assert heard(native, block, case.frontend.features).tolist() == emulator.readings().tolist()
        assert native.library.sfdfa_ended(native.memory) == emulator.ended
        if emulator.ended:
            ends.append(start)
            result = ctypes.create_string_buffer(4096)
            assert native.library.sfdfa_decide(native.memory, -1, result) == 0
            emulator.go_on()
    assert len(ends) == 2
    assert 470 < ends[0] < 600 and 1430 < ends[1] < 1530


@settings(max_examples=60)
@given(st.data())
def test_host_finds_the_utterance_of_the_emulator(data: st.DataObject) -> None:
    """Where a recording is given as a whole; of utterances that begin, end, are clicks, are cut off, and overflow the slots."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    slots = 2 * data.draw(st.integers(1, 5))
    frontend = make_frontend("raw", rng, 8, slots=slots, endpoint=data.draw(endpoints(slots)))
    samples = bursts(rng, tuple(data.draw(st.lists(st.integers(1, 150), min_size=1, max_size=6))))
    emulator = FrontendEmulator(frontend)
    emulator.push(samples)
    assert readings_of(frontend, samples, np.array([0, len(samples)]))[0].tolist() == emulator.readings().tolist()


@pytest.mark.parametrize(
    "changes",
    [{}, {"sliding": True}, {"endpoint": Endpoint(768, 8, 2, 4, 4), "floor": 1700}],
    ids=["whole", "slides", "utterances"],
)
def test_after_lost_samples_it_listens_anew(compile_cache: Path, changes: dict[str, Any]) -> None:
    """An overrun amid a frame: what was heard before `sfdfa_listen` leaves no trace."""
    rng = np.random.default_rng(6)
    case = signal_case(make_frontend("stats", rng, axes=2, **changes), rng, (300,))
    native = quick_native(case.network, compile_cache)
    loud, samples = np.tile(bursts(rng, (50, 320)), 2), case.recordings[0]
    heard(native, loud, case.frontend.features)
    native.library.sfdfa_listen(native.memory)
    wanted = readings_of(case.frontend, samples, np.array([0, len(samples)]))[0]
    assert heard(native, samples, case.frontend.features).tolist() == wanted.tolist()


def test_samples_in_a_wrong_order_are_forgotten_with_their_window(compile_cache: Path) -> None:
    """They are other samples, and no error: once a window that slides is past them, nothing of them is left. All blocks are whole hops, so that frames begin where those of the recording do."""
    rng = np.random.default_rng(7)
    case = signal_case(make_frontend("stats", rng, axes=2, sliding=True), rng, (304,))
    native, frontend, samples = quick_native(case.network, compile_cache), case.frontend, case.recordings[0]
    wanted = readings_of(frontend, samples, np.array([0, len(samples)]))[0].tolist()
    for wrong in (samples[::-1][: 2 * frontend.hop], samples[: 2 * frontend.hop, ::-1], samples[:0]):
        heard(native, samples[:96], frontend.features)
        heard(native, wrong, frontend.features)
        assert heard(native, samples, frontend.features).tolist() == wanted


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
