"""The state of a float network, how it starts, and its .npz file."""

import io
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import DTypeLike
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.floats.calibration import with_output_threshold
from sfdfa_codegen.host.floats.dynamics import FloatArray
from sfdfa_codegen.host.kept_file import open_kept
from sfdfa_codegen.host.network.size import check_size
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.outputs import write_whole

INITIAL_DELTA_MAGNITUDE: Final = 4.0
"""q of every neuron before the first sample."""


@dataclass
class FloatNetwork:
    """Everything that learning changes, and the thresholds. Arrays are of one float dtype and are changed in place."""

    weights: list[FloatArray]
    """One (inputs, neurons) array a layer."""
    feedback: list[FloatArray]
    """B: one (neurons, outputs) array a hidden layer."""
    thresholds: tuple[float, ...]
    """c of each layer, in weight units."""
    delta_magnitudes: list[FloatArray]
    """q: running mean of |delta|, (neurons,) a layer."""
    mean_rates: list[FloatArray]
    """m: running mean of the spikes a sample, (neurons,) a hidden layer."""
    samples: int = 0
    """How many have been learned: tells which hidden layer's turn it is where they take turns."""
    biases: tuple[FloatArray | None, ...] = ()
    """What each neuron gets in each tick besides its inputs, (neurons,) a layer, in weight units; empty where no layer has any. Learning leaves them."""


def seeded_generator(seed: int, purpose: int) -> np.random.Generator:
    """One of several independent generators of a run: 0 weights, 1 feedback, 2 perturbations, 3 order of samples."""
    return np.random.default_rng([seed, purpose])


def initial_weights(spec: NetworkSpec, channels: int, seed: int, dtype: DTypeLike = np.float64) -> list[FloatArray]:
    """Uniform in [-1, 1], one (inputs, neurons) array a layer; the same for every learning rule. Outputs that integrate start from 0.

    Raises ConfigError for too many weights.
    """
    check_size(spec, channels)
    rng = seeded_generator(seed, 0)
    shapes = list(itertools.pairwise((channels, *spec.layer_sizes)))
    weights = [rng.uniform(-1.0, 1.0, shape).astype(dtype) for shape in shapes[: spec.spiking_layers]]
    return weights + [np.zeros(shape, dtype) for shape in shapes[spec.spiking_layers :]]


def init_float_network(
    spec: NetworkSpec,
    channels: int,
    seed: int,
    *,
    thresholds: tuple[float, ...] | None = None,
    dtype: DTypeLike = np.float64,
) -> FloatNetwork:
    """A network before its first sample. Feedback is random and uniform in [-1, 1] for rule "dfa", else 0.

    thresholds: None takes those of the spec. Raises ConfigError if they are "auto" there: calibrate them first, with
    the `initial_weights` of the same seed.
    """
    if thresholds is None:
        if spec.neuron.threshold == "auto":
            raise ConfigError('neuron.threshold is "auto": calibrate the thresholds first, or give a number a layer')
        thresholds = with_output_threshold(spec.neuron.threshold, spec)
    if len(thresholds) != len(spec.layers):
        raise ConfigError(f"neuron.threshold has {len(thresholds)} numbers for {len(spec.layers)} layers")
    weights = initial_weights(spec, channels, seed, dtype)
    return fresh_state(spec, weights, _initial_feedback(spec, seed, dtype), thresholds)


def fresh_state(
    spec: NetworkSpec, weights: list[FloatArray], feedback: list[FloatArray], thresholds: tuple[float, ...]
) -> FloatNetwork:
    """A network of these weights whose running means have seen no sample."""
    dtype = weights[0].dtype
    return FloatNetwork(
        weights=weights,
        feedback=feedback,
        thresholds=thresholds,
        delta_magnitudes=[np.full(neurons, INITIAL_DELTA_MAGNITUDE, dtype) for neurons in spec.layer_sizes],
        mean_rates=[np.full(neurons, spec.learning.rate_target, dtype) for neurons in spec.layer_sizes[:-1]],
    )


def _initial_feedback(spec: NetworkSpec, seed: int, dtype: DTypeLike) -> list[FloatArray]:
    rng = seeded_generator(seed, 1)
    shapes = _feedback_shapes(spec)
    if spec.learning.rule == "dfa":
        return [rng.uniform(-1.0, 1.0, shape).astype(dtype) for shape in shapes]
    return [np.zeros(shape, dtype) for shape in shapes]


def save_float_network(path: Path, network: FloatNetwork) -> None:
    """Write `weights_0`.., `feedback_0`.., `thresholds`, and `bias_0`.. of the layers that have one, as .npz, whole or not at all.

    Raises OutputError if the file cannot be written.
    """
    arrays = {f"weights_{layer}": weights for layer, weights in enumerate(network.weights)}
    arrays |= {f"feedback_{layer}": feedback for layer, feedback in enumerate(network.feedback)}
    arrays |= {f"bias_{layer}": bias for layer, bias in enumerate(network.biases) if bias is not None}
    arrays["thresholds"] = np.array(network.thresholds)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_whole(path, buffer.getvalue(), durable=True)


def load_float_network(path: Path, spec: NetworkSpec, channels: int) -> FloatNetwork:
    """Read what `save_float_network` wrote, as float64, checked against the network.

    Raises ConfigError naming the file and the key for whatever is missing, unreadable, misshapen or not finite.
    """
    check_size(spec, channels)
    shapes = [*itertools.pairwise((channels, *spec.layer_sizes)), *_feedback_shapes(spec)]
    most = sum(16 * (rows + 1) * columns for rows, columns in shapes)  # the widest floats
    try:
        file = open_kept(path, "a weights file (.npz)", "train writes one", most)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such weights file. Has the network been trained?") from error
    return _network_of(file, path, spec, channels)


def _feedback_shapes(spec: NetworkSpec) -> list[tuple[int, int]]:
    return [(neurons, spec.layer_sizes[-1]) for neurons in spec.layer_sizes[:-1]]


def _network_of(file: NumpyArchive, path: Path, spec: NetworkSpec, channels: int) -> FloatNetwork:
    layers, shapes = len(spec.layers), itertools.pairwise((channels, *spec.layer_sizes))
    if f"weights_{layers}" in file.keys:
        raise ConfigError(f"{path}: weights_{layers}: the network has only {layers} layers")
    weights = [_read(file, path, f"weights_{k}", shape) for k, shape in enumerate(shapes)]
    feedback = [_read(file, path, f"feedback_{k}", shape) for k, shape in enumerate(_feedback_shapes(spec))]
    thresholds = _read(file, path, "thresholds", (layers,))
    if not (thresholds > 0.0).all():
        raise ConfigError(f"{path}: thresholds: must be above 0")
    network = fresh_state(spec, weights, feedback, tuple(thresholds.tolist()))
    network.biases = _biases(file, path, spec)
    return network


def _biases(file: NumpyArchive, path: Path, spec: NetworkSpec) -> tuple[FloatArray | None, ...]:
    """Those of the file. Raises ConfigError where the network's neurons cannot have any."""
    keys = [key for key in (f"bias_{layer}" for layer in range(len(spec.layers))) if key in file.keys]
    if keys and spec.learning.rule != "none":
        raise ConfigError(
            f'{path}: {keys[0]}: only a network that does not learn has a bias; use the rule "none", or weights without one'
        )
    if f"bias_{spec.spiking_layers}" in keys:
        raise ConfigError(
            f'{path}: {keys[-1]}: outputs of the readout "integrator" have no bias; use the readout "counts"'
        )
    if not keys:
        return ()
    return tuple(
        _read(file, path, f"bias_{layer}", (neurons,)) if f"bias_{layer}" in keys else None
        for layer, neurons in enumerate(spec.layer_sizes)
    )


def _read(file: NumpyArchive, path: Path, key: str, shape: tuple[int, ...]) -> FloatArray:
    if key not in file.keys:
        raise ConfigError(f"{path}: {key}: missing. Was the file written for another network?")
    try:
        array = file.load(key)
    except DataError as error:
        raise ConfigError(f"{path}: {key}: cannot be read: {error}") from error
    if array.dtype.kind != "f":
        raise ConfigError(f"{path}: {key}: must be an array of floating-point numbers")
    if array.shape != shape:
        raise ConfigError(f"{path}: {key}: shape {array.shape}, but the network needs {shape}")
    if not np.isfinite(array).all():
        raise ConfigError(f"{path}: {key}: holds NaN or infinite values")
    return array.astype(np.float64)
