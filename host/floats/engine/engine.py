"""Batches in the C of the float engine. `float_engine.h` says what each array is."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.floats.adam import corrected
from sfdfa_codegen.host.floats.batch_engine import PREDICTION_BATCH, BatchOutcome, EngineName
from sfdfa_codegen.host.floats.dynamics import CRITICAL_MARGIN, IntArray
from sfdfa_codegen.host.floats.engine.library import engine_dtype, layer_dtype, load_engine, spike_dtype
from sfdfa_codegen.host.floats.float_network import FloatNetwork, seeded_generator
from sfdfa_codegen.host.floats.learning import (
    DELTA_MAGNITUDE_RATE,
    MEAN_RATE_RATE,
    LearningSetup,
    draw_directions,
)

RULES: Final = {"sfdfa": 0, "dfa": 1, "bp": 2}
"""Of `enum` in float_engine.h."""

AnyArray = NDArray[Any]


class CompiledEngine:
    """A `BatchEngine` of float32 or float64, whichever the weights of the network are."""

    name: EngineName = "c"

    def __init__(
        self,
        network: FloatNetwork,
        setup: LearningSetup,
        seed: int,
        batch: int,
        library: ctypes.CDLL | None = None,
    ) -> None:
        """batch: the most samples of a batch. Raises ToolMissingError without a C compiler, DeviceError if it fails."""
        self._real = network.weights[0].dtype
        self._library = library or load_engine(self._real)
        self._network, self._setup, self._steps = network, setup, 0
        self._capacity = max(batch, PREDICTION_BATCH)
        self._most_spikes = min(setup.dynamics.ticks, setup.dynamics.max_spikes)
        self._arrays: list[AnyArray] = []  # what the structures point to must live as long as they do
        self._layers = np.zeros(len(network.weights), layer_dtype(self._real))
        layers = [self._fill_layer(index) for index in range(len(network.weights))]
        self._gradients = [arrays["gradient"] for arrays in layers]
        self._spike_starts = [arrays["start"] for arrays in layers]
        self._directions = [arrays["directions"] for arrays in layers[:-1]]
        self._generator = seeded_generator(seed, 2)
        self._engine = self._engine_of(layers)
        self._inputs: tuple[AnyArray, AnyArray] | None = None

    def learn(self, samples: SpikeDataset) -> BatchOutcome:
        batch = len(samples)
        if self._setup.rule == "sfdfa":
            drawn = draw_directions(self._network, batch, self._generator)
            for directions, now in zip(self._directions, drawn, strict=True):
                directions[:batch] = now
        predictions = self._forward(samples)
        labels = samples.labels.astype(np.int64)
        norms = np.zeros(len(self._layers), np.float64)
        self._library.float_engine_learn(self._engine.ctypes.data, batch, labels.ctypes.data)
        self._library.float_engine_norms(self._engine.ctypes.data, norms.ctypes.data)
        spikes = [int(start[batch]) for start in self._spike_starts]
        return BatchOutcome(predictions, sum(spikes[:-1]), spikes[-1], self._gradients, norms.tolist())

    def step(self, rate: float, scales: list[float]) -> None:
        self._steps += 1
        factors = np.array(scales, np.float64)
        self._library.float_engine_step(self._engine.ctypes.data, *corrected(rate, self._steps), factors.ctypes.data)

    def predict(self, dataset: SpikeDataset) -> IntArray:
        predictions = [np.zeros(0, np.int64)]
        for start in range(0, len(dataset), self._capacity):
            indices = np.arange(start, min(start + self._capacity, len(dataset)))
            predictions.append(self._forward(dataset.take(indices)))
        return np.concatenate(predictions)

    def _forward(self, samples: SpikeDataset) -> IntArray:
        spikes = np.zeros(len(samples.ticks), spike_dtype(self._real))
        spikes["tick"], spikes["neuron"] = samples.ticks, samples.channels
        starts = samples.offsets.astype(np.uintp)
        self._inputs = spikes, starts  # `learn` reads them again
        self._engine["spikes"], self._engine["start"] = spikes.ctypes.data, starts.ctypes.data
        predictions = np.empty(len(samples), np.int64)
        self._library.float_engine_forward(self._engine.ctypes.data, len(samples), predictions.ctypes.data)
        return predictions

    def _fill_layer(self, index: int) -> dict[str, AnyArray]:
        """Point the structure of one layer to its arrays, and return them by name."""
        network = self._network
        is_output = index == len(network.weights) - 1
        inputs, neurons = network.weights[index].shape
        arrays = {
            "weights": self._in_place(network.weights, index),
            "delta_magnitudes": self._in_place(network.delta_magnitudes, index),
            "gradient": np.zeros((inputs, neurons), self._real),
            "adam_means": np.zeros((inputs, neurons), self._real),
            "adam_squares": np.zeros((inputs, neurons), self._real),
            "row_use": np.zeros(inputs, np.uint8),
            "spikes": np.empty(self._capacity * neurons * self._most_spikes, spike_dtype(self._real)),
            "start": np.zeros(self._capacity + 1, np.uintp),
            "counts": np.zeros((self._capacity, neurons), np.uint8),
            "deltas": np.zeros((self._capacity, neurons), self._real),
            "last_tick": np.zeros(neurons, np.uint32),
            "drive": np.zeros(neurons * self._most_spikes, self._real),
        }
        arrays |= {name: np.zeros(neurons, self._real) for name in ("synaptic", "membrane", "current", "sums")}
        if not is_output:
            arrays["feedback"] = self._in_place(network.feedback, index)
            arrays["mean_rates"] = self._in_place(network.mean_rates, index)
            arrays["directions"] = np.ones((self._capacity, neurons), np.int8)
        layer = self._layers[index : index + 1]
        layer["inputs"], layer["neurons"], layer["threshold"] = inputs, neurons, network.thresholds[index]
        self._point(layer, arrays)
        return arrays

    def _in_place(self, arrays: list[Any], index: int) -> AnyArray:
        """An array of the network that C may change: contiguous, and of the weights' dtype."""
        arrays[index] = np.require(arrays[index], self._real, ["C", "W"])
        array: AnyArray = arrays[index]
        return array

    def _point(self, structure: NDArray[np.void], arrays: dict[str, AnyArray]) -> None:
        for name, array in arrays.items():
            structure[name] = array.ctypes.data
            self._arrays.append(array)

    def _engine_of(self, layers: list[dict[str, AnyArray]]) -> NDArray[np.void]:
        dynamics, learning = self._setup.dynamics, self._setup.learning
        outputs = self._network.weights[-1].shape[1]
        widest = max(weights.shape[1] for weights in self._network.weights)
        engine = np.zeros(1, engine_dtype(self._real))

        def of_outputs(dtype: DTypeLike) -> AnyArray:
            return np.zeros((self._capacity, outputs), dtype)

        arrays = {
            "layers": self._layers,
            "peak_potentials": of_outputs(self._real),
            "peak_currents": of_outputs(self._real),
            "peak_ticks": of_outputs(np.uint32),
            "final_potentials": of_outputs(self._real),
            "extended": np.zeros(outputs * self._most_spikes, spike_dtype(self._real)),
            "sent_grades": np.zeros(2 * widest * self._most_spikes, self._real),
            "decay": (dynamics.alpha ** np.arange(dynamics.ticks)).astype(self._real),
        }
        self._point(engine, arrays)
        values: dict[str, float] = {
            "layer_count": len(layers),
            "rule": RULES[self._setup.rule],
            "exact": dynamics.gradient == "exact",
            "one_sided": learning.error == "one-sided",
            "critical_margin": CRITICAL_MARGIN,
            "mean_rate_rate": MEAN_RATE_RATE,
            "magnitude_rate": DELTA_MAGNITUDE_RATE,
            "magnitude_floor": learning.normaliser_floor,
        }
        values |= {
            name: getattr(dynamics, name) for name in ("ticks", "max_spikes", "alpha_s", "alpha", "tau_s", "tau")
        }
        of_learning = ("normalise", "target_true", "target_false", "regulariser", "rate_target", "step_gain")
        values |= {name: getattr(learning, name) for name in (*of_learning, "feedback_rate")}
        for name, value in values.items():
            engine[name] = value
        return engine
