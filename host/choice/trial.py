"""Networks that are tried on folds of a training set: the same C or emulator as a run has, compiled quickly."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.toolchain.compilers import QUICK_FLAGS
from sfdfa_codegen.host.choice.folds import Indices
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream


@contextmanager
def trial_device(network: IntegerNetwork) -> Iterator[Device]:
    """The C where there is a compiler, which takes a third of the time without its slow optimisations; else the emulator, of which the bits are the same."""
    if find_target("native").problem() is not None:
        with EmuDevice(network) as device:
            yield device
        return
    with ShapedDevice(network, QUICK_FLAGS) as device:
        yield device


def right_in_folds(
    spec: NetworkSpec,
    data: EncodedData,
    folds: Indices,
    held_out: Iterable[int],
    epochs: Sequence[int],
    after_fold: Callable[[], None],
) -> list[int]:
    """How many training samples of the folds `held_out` are predicted rightly by a network that has learned the others, for each number of passes.

    All folds start from one network: its encoder and thresholds are those of the whole training set. Raises as `quantise`.
    """
    network = quantise(prepare_network(spec, data), data, spec)
    right = [0] * len(epochs)
    with trial_device(network) as device:
        for fold in held_out:
            learned = replace(data, train=data.train.take(np.flatnonzero(folds != fold)), segments=())
            others = data.train.take(np.flatnonzero(folds == fold))
            for place, passes in enumerate(epochs):
                device.reset()
                stream(device, spec, learned, RunPlan(test=0, epochs=passes))
                right[place] += int((device.run_samples(others, False).predictions == others.labels).sum())
            after_fold()
    return right
