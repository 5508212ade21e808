"""Readings on boards: the device makes the same of them as of the events. What that takes depends on how many events there are and, as a loop ends one way or the
other, on whether the last feature has one; on nothing else."""

import numpy as np
import pytest
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.prepare import load_spec, prepare

LARGEST_SHARE = 0.08
"""Of the cycles of a learned sample, what its encoder may take."""


@pytest.mark.parametrize("target", ["simavr-atmega2560", "pico-sim", "rtl-picorv32"])
def test_cycles_of_the_encoder_follow_from_the_events(target: str) -> None:
    problem = find_target(target).problem()
    if problem is not None:
        pytest.skip(problem)
    prepared = prepare(load_spec("digits"))
    samples = prepared.data.train.head(20)
    emu = EmuDevice(prepared.integer_network)
    counted = []
    with find_target(target).open(prepared.integer_network) as device:
        assert isinstance(device, SerialDevice)
        device.from_readings = True
        for index in range(len(samples)):
            reply = device.exchange_sample(samples[index], True)
            expected = emu.run_sample(samples[index], True)
            assert (reply.prediction, reply.counts) == (expected.prediction, expected.counts)
            readings = samples[index].readings
            assert readings is not None
            ends_in_event = readings[-1] > 0
            counted.append(((1, len(samples[index].ticks), int(ends_in_event)), reply.cycles))
        assert device.state_crc() == emu.state_crc()
    counts, cycles = np.array([count for count, _ in counted]), np.array([taken for _, taken in counted])
    encoding = cycles[:, 2]
    coefficients = np.rint(np.linalg.lstsq(counts, encoding, rcond=None)[0]).astype(np.int64)
    assert (counts @ coefficients).tolist() == encoding.tolist()
    assert (encoding > 0).all() and (encoding <= LARGEST_SHARE * cycles.sum(axis=1)).all()
