"""The Python emulator as a device."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.randomness import WeightDither, weight_dither
from sfdfa_codegen.emulator.readout import shown_probabilities, target_errors
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import BatchResult, DeviceInfo, SampleResult, TickRecord
from sfdfa_codegen.host.devices.emulated import EmulatedDevice


class EmuDevice(EmulatedDevice):
    """An `Emulator` of the network, in this process."""

    machine_name = "the emulator"

    def __init__(self, network: IntegerNetwork, dither: WeightDither = weight_dither) -> None:
        self.network = network
        self._emulator = Emulator(network, dither)

    @property
    def _machine(self) -> Emulator:
        return self._emulator

    @property
    def takes_samples(self) -> bool:
        return self.network.frontend is not None

    def hello(self) -> DeviceInfo:
        return DeviceInfo(target="emu", model_hash=self.network.model_hash)

    def _run(self, sample: SpikeSample, learn: bool, record: bool = False) -> EmulatedSample:
        try:
            if self.from_samples and sample.recording is not None:
                return self._emulator.decide(sample.recording, sample.label, learn, record)
            if self.from_readings and sample.readings is not None:
                return self._emulator.classify(sample.readings, sample.label, learn, record)
            return self._emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, record)
        except ValueError as error:
            raise DataError(f"the emulator refused a sample: {error}") from error

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        return self._result(self._run(sample, learn))

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        encodes = (self.from_readings and samples.readings is not None) or (
            self.from_samples and samples.recordings is not None
        )
        # where samples are decided, each may end in a tick of its own, which a batch does not tell
        if learn or encodes or self.network.decide_margin:
            return super().run_samples(samples, learn)
        try:
            predictions, counts = self._emulator.run_samples_inference(samples.ticks, samples.channels, samples.offsets)
        except ValueError as error:
            raise DataError(f"the emulator refused a sample: {error}") from error
        if len(samples) and int(samples.labels.max()) >= self.network.outputs:
            raise DataError(
                f"the emulator refused a sample: label {samples.labels.max()}, possible are 0 to {self.network.outputs - 1}"
            )
        return self._batch_result(
            predictions.astype(np.int64), counts.astype(np.int64), samples.labels.astype(np.int64)
        )

    def _batch_result(
        self, predictions: NDArray[np.int64], counts: NDArray[np.int64], labels: NDArray[np.int64]
    ) -> BatchResult:
        if self.network.integrates:
            errors = target_errors(self.network, counts, labels)
            return BatchResult(predictions, shown_probabilities(counts), np.square(errors).sum(axis=1))
        targets = np.full(counts.shape, self.network.target_false, dtype=np.int64)
        targets[np.arange(len(labels)), labels] = self.network.target_true
        return BatchResult(predictions, counts, ((targets - counts) ** 2).sum(axis=1))

    def record_sample(self, sample: SpikeSample, learn: bool) -> TickRecord:
        records = self._run(sample, learn, record=True).records
        return TickRecord(
            a=tuple(record.a.astype(np.int64) for record in records),
            b=tuple(record.b.astype(np.int64) for record in records),
            spikes=tuple(record.spikes for record in records),
        )
