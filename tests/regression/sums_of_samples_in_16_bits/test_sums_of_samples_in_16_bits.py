"""Loud samples gave other readings on an AVR than in the emulator. There an int has 16 bits, in which two samples, or one less a mean, were added."""

import numpy as np
import pytest
from needs import need_target
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import FrontendKind
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.targets import find_target
from signal_networks import KINDS, make_frontend, signal_case

TARGET, SAMPLES = "simavr-atmega2560", 100


def loud() -> dict[str, NDArray[np.int16]]:
    steps = np.arange(SAMPLES)
    return {
        "lowest": np.full(SAMPLES, -32768, np.int16),
        "highest": np.full(SAMPLES, 32767, np.int16),
        "both in turn": np.where(steps % 2, 32767, -32768).astype(np.int16),
        "a step": np.where(steps < 20, -32768, 32767).astype(np.int16),
        "one peak": np.where(steps == 5, 32767, -32768).astype(np.int16),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_loud_samples_are_the_same_on_an_avr(kind: FrontendKind) -> None:
    need_target(TARGET)
    rng = np.random.default_rng(1)
    case = signal_case(make_frontend(kind, rng, centred=True), rng, (SAMPLES, SAMPLES))
    sample, emu = case.samples()[0], EmuDevice(case.network)
    emu.take("samples")
    with find_target(TARGET).open(case.network) as device:
        device.take("samples")
        for name, recording in loud().items():
            given = sample._replace(recording=recording[:, None])
            assert device.run_sample(given, True) == emu.run_sample(given, True), name
        assert device.state_crc() == emu.state_crc()
