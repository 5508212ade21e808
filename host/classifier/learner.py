"""What a fitted classifier holds: a coder for its samples, an integer network, and what that has learned."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, starting_from
from sfdfa_codegen.host.build.folder import build
from sfdfa_codegen.host.build.kinds import BUILD_TARGETS
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.classifier.network_of import network_of
from sfdfa_codegen.host.classifier.samples import Values
from sfdfa_codegen.host.cycles.figures import sample_figures
from sfdfa_codegen.host.data.feature_coder import FeatureCoder, fit_coder
from sfdfa_codegen.host.data.load import encode_features
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.data.tables import are_levels, column_limits
from sfdfa_codegen.host.devices.device import BatchResult, Device
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.learning_rate import passes_over, stream_rate_scale
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.report import ram_json
from sfdfa_codegen.host.runs.lockstep import run_lockstep
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

ORIGIN: Final = "X"
"""What messages call the samples."""
KEPT_SAMPLES: Final = 64
"""Of the training set, for the figures of `report`."""
Labels = NDArray[np.int64]


def default_target() -> str:
    """The generated C where there is a compiler, else the emulator: the results are the same."""
    return "native" if find_target("native").problem() is None else "emu"


@dataclass
class Learner:
    """state: changed by learning. data: a few training samples, of which only the events count."""

    spec: NetworkSpec
    coder: FeatureCoder
    network: IntegerNetwork
    state: LearnedState
    data: EncodedData
    target: str

    @classmethod
    def begin(
        cls, parameters: Mapping[str, Any], values: Values, labels: Labels, classes: int, whole: bool
    ) -> tuple["Learner", EncodedData]:
        """A network that has learned nothing yet, and the training set as events.

        whole: whether these samples are all of the training set, so that its folds can say which encoding is best. Raises ParameterError,
        DataError and DoesNotFitError.
        """
        spec = network_of(parameters, classes)
        target = default_target() if parameters["target"] == "auto" else find_target(parameters["target"]).name
        values = values if are_levels(values) else values.astype(np.float32)
        part = Features(values, labels)
        limits = None if values.dtype == np.uint8 else column_limits(values.astype(np.float64), spec.data)
        raw = RawData(ORIGIN, part, part, limits=limits)
        if whole:
            spec, _ = chosen_spec(spec, raw)
        coder = fit_coder(raw, spec.encoding)
        data = encode_features(raw, spec, coder)
        network = quantise(prepare_network(spec, data), data, spec)
        kept = data.train.head(KEPT_SAMPLES)
        few = EncodedData(kept, kept, (), data.channels, data.classes, encoder=data.encoder)
        return cls(spec, coder, network, initial_state(network), few, target), data

    def learn_passes(self, data: EncodedData) -> int:
        """Learn a training set in several passes; returns how many."""
        epochs = passes_over(self.spec.learning, len(data.train))
        with self.device() as device:
            stream(device, self.spec, data, RunPlan(test=0, epochs=epochs))
        return epochs

    def learn(self, values: Values, labels: Labels) -> None:
        """Learn samples once, in their order, at the rate of a stream."""
        with self.device() as device:
            learn_on(device, self, values, labels)

    def predict(self, values: Values) -> BatchResult:
        """What is predicted of samples; nothing is learned."""
        with self.device() as device:
            return device.run_samples(self.events(values), False)

    def events(self, values: Values, labels: Labels | None = None) -> SpikeDataset:
        """Samples as the network takes them; of events that are too many, the first ones."""
        part = Features(values, np.zeros(len(values), dtype=np.int64) if labels is None else labels)
        return self.coder.encode(part).first_events(self.network.max_events)

    @contextmanager
    def device(self, target: str | None = None, port: str | None = None) -> Iterator[Device]:
        """A device with what was learned; what it learns is kept, however it is left."""
        with self._open(target or self.target, port) as device:
            device.write_state(self.state)
            try:
                yield device
            finally:
                self.state = device.read_state()

    def _open(self, target: str, port: str | None) -> Device:
        """The library of the network's shape where it is the C of this machine: a search over rates compiles once."""
        chosen = find_target(target)
        return ShapedDevice(self.network) if chosen.name == "native" else chosen.open(self.network, port)

    def compare(self, values: Values, labels: Labels, targets: tuple[str, ...]) -> dict[str, Any]:
        """Learn samples on several targets in lockstep, from what was learned on; what they learn is not kept."""
        network = starting_from(self.network, self.state)
        samples, scale = self.events(values, labels), stream_rate_scale(self.spec.learning)
        with ExitStack() as stack:
            devices = {name: stack.enter_context(find_target(name).open(network)) for name in targets}
            outcome = run_lockstep(devices, samples, rate=lambda _: scale)
        return {
            "targets": list(targets),
            "samples": outcome.samples,
            "identical": outcome.divergence is None,
            "first_divergence": None if outcome.divergence is None else asdict(outcome.divergence),
            "accuracy": {name: right / outcome.samples for name, right in outcome.right.items()},
            "state_crc32": {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()},
        }

    def report(self, board: str | None) -> dict[str, Any]:
        """Sizes, RAM and events of a sample, and of a board cycles and energy."""
        with self.device() as device:
            ram = device.hello().ram
        network, samples = self.network, self.data.train
        return {
            "neurons": [network.channels, *(layer.neurons for layer in self.spec.layers)],
            "weight_bits": network.weight_bits,
            "encoding": self.coder.encoder.kind,
            "model_hash": network.model_hash,
            "samples_learned": self.state.samples,
            "ram_bytes": ram_json(ram),
            "events_per_sample": float(samples.events_per_sample.mean()),
            "cycles": None if board is None else self._figures(board),
        }

    def _figures(self, board: str) -> dict[str, Any]:
        target = find_target(board)
        if target.board is None:
            raise ConfigError(f"{board} is no board or simulator of one, so it has no cycles; try unicorn-cortex-m4")
        return dict(sample_figures(starting_from(self.network, self.state), self.data.train, target.board).json())

    def export(self, folder: Path, target: str) -> tuple[str, ...]:
        """Write the C with what was learned; returns the names of its files. Raises as `build`."""
        board = None if target in BUILD_TARGETS else find_target(target).board
        return build(starting_from(self.network, self.state), self.data, target, folder, board).files


def learn_on(device: Device, learner: Learner, values: Values, labels: Labels) -> BatchResult:
    """Predict, then learn samples on a device as it stands."""
    device.set_rate_scale(stream_rate_scale(learner.spec.learning))
    return device.run_samples(learner.events(values, labels), True)


def probabilities(result: BatchResult) -> NDArray[np.float64]:
    """(samples, classes), from outputs in 1/256; the rounding goes to the class that is predicted, so that it has the most."""
    counts = result.counts.astype(np.float64)
    counts[np.arange(len(counts)), result.predictions] += 1.0
    shares: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return shares
