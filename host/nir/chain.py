"""A NIR file as a chain of layers: weights, then neurons. What is no such chain is refused by the name of its node.

Nodes and their equations: Pedersen et al., Neuromorphic Intermediate Representation, Nature Communications 15, 8122 (2024), and the package `nir`.
"""

import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import DataError, ToolMissingError
from sfdfa_codegen.host.floats.dynamics import FloatArray
from sfdfa_codegen.host.regular_file import check_regular

MAX_FILE_BYTES: Final = 1 << 30
"""Of all arrays of a file together, as they are declared."""
NEURONS: Final = ("LIF", "CubaLIF", "IF", "LI", "CubaLI")
READOUTS: Final = ("LI", "CubaLI")
WEIGHTS: Final = ("Linear", "Affine")
PASSED: Final = ("Input", "Output", "Flatten")
"""Nodes that change no number."""
ADVICE: Final = {
    "Conv1d": "unroll the convolution into a Linear node",
    "Conv2d": "unroll the convolution into a Linear node",
    "SumPool2d": "fold the pooling into the weights of a Linear node",
    "AvgPool2d": "fold the pooling into the weights of a Linear node",
    "Delay": "train without delays",
    "Scale": "fold the factors into the weights",
    "Threshold": "use LIF or CubaLIF neurons",
    "I": "use an LI or CubaLI readout",
    "NIRGraph": "export the network without nested or recurrent modules",
}
"""What to do about a node that has no counterpart here."""


@dataclass(frozen=True)
class ChainLayer:
    """Weights and the neurons behind them, as in the file.

    name: of the neurons' node. weights: (inputs, neurons). bias: (neurons,) or None. kind: one of NEURONS. tau_syn_s, tau_s: seconds, (neurons,); None where the
    neuron has none. gain: what a weight is multiplied by before it enters the equation of the current or the membrane, w_in * r, (neurons,).
    threshold: (neurons,), ones where there is none.
    """

    name: str
    kind: str
    weights: FloatArray
    bias: FloatArray | None
    tau_syn_s: FloatArray | None
    tau_s: FloatArray | None
    gain: FloatArray
    threshold: FloatArray

    @property
    def spikes(self) -> bool:
        return self.kind not in READOUTS


def nir_package() -> Any:
    """The package. Raises ToolMissingError where it is not installed."""
    try:
        import nir
    except ImportError as error:
        raise ToolMissingError("NIR files need the package nir: pip install 'sfdfa-codegen[nir]'") from error
    return nir


def read_chain(path: Path) -> tuple[ChainLayer, ...]:
    """The layers of a file, from the inputs to the outputs.

    Raises DataError for a file that cannot be read, and for a graph that is no chain of `Linear` or `Affine` nodes and neurons, with the
    node and what to do; ToolMissingError without the package nir.
    """
    graph = _read_graph(path)
    names = _in_order(path, graph)
    layers: list[ChainLayer] = []
    waiting: str | None = None
    for name in names:
        node = graph.nodes[name]
        kind = type(node).__name__
        if kind in PASSED:
            continue
        if kind in WEIGHTS:
            if waiting is not None:
                raise DataError(
                    f"{path}: node '{name}' ({kind}) follows '{waiting}' without neurons between them: multiply their weights into one node"
                )
            waiting = name
        elif kind in NEURONS:
            if waiting is None:
                raise DataError(
                    f"{path}: node '{name}' ({kind}) has no weights before it: put a Linear node there, of ones on the diagonal if nothing else"
                )
            layers.append(_layer(path, name, kind, node, graph.nodes[waiting]))
            waiting = None
        else:
            raise DataError(
                f"{path}: node '{name}' is a {kind}, which has no counterpart here: {ADVICE.get(kind, 'use LIF or CubaLIF neurons with Linear or Affine nodes')}"
            )
    if waiting is not None:
        raise DataError(
            f"{path}: node '{waiting}' ends the network without neurons: put an LI node behind it, or neurons that spike"
        )
    if not layers:
        raise DataError(f"{path}: there are no neurons in it")
    _check_sizes(path, layers)
    return tuple(layers)


def _read_graph(path: Path) -> Any:
    nir = nir_package()
    try:
        check_regular(path)
        _check_declared(path)
        graph = nir.read(path, type_check=False)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except Exception as error:  # h5py and nir raise a dozen kinds for a file that is damaged or no NIR
        raise DataError(f"{path}: not a readable NIR file: {str(error) or type(error).__name__}") from error
    if not isinstance(graph, nir.NIRGraph):
        raise DataError(f"{path}: holds a single node ({type(graph).__name__}), not a network")
    return graph


def _check_declared(path: Path) -> None:
    """Raise DataError for arrays that would take more memory than any network here has."""
    import h5py

    declared = 0

    def add(_: str, item: Any) -> None:
        nonlocal declared
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            declared += math.prod(item.shape) * item.dtype.itemsize

    with h5py.File(path, "r") as file:
        file.visititems(add)
    if declared > MAX_FILE_BYTES:
        raise DataError(f"{path}: its arrays would take {declared:,} bytes; at most {MAX_FILE_BYTES:,} are read")


def _in_order(path: Path, graph: Any) -> list[str]:
    """The names of all nodes from the input to the output. Raises DataError where the graph branches, joins or returns."""
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in dict.fromkeys(tuple(edge) for edge in graph.edges):
        if source not in after or target not in after:
            raise DataError(f"{path}: an edge goes from '{source}' to '{target}', of which one is no node of the file")
        after[source].append(target)
        before[target].append(source)
    for name in graph.nodes:
        for others, what in ((after[name], "sends its output to"), (before[name], "takes its input from")):
            if len(others) > 1:
                listed = ", ".join(f"'{other}'" for other in others)
                raise DataError(
                    f"{path}: node '{name}' {what} {listed}: only a chain of layers is held here, without branches and recurrence"
                )
    starts = [name for name in graph.nodes if not before[name]]
    if len(starts) != 1:
        raise DataError(
            f"{path}: the network has {len(starts)} beginnings ({', '.join(starts) or 'it runs in a circle'}): only a chain of layers is held here"
        )
    order = [starts[0]]
    while after[order[-1]]:
        order.append(after[order[-1]][0])
    if len(order) != len(graph.nodes):
        lost = next(name for name in graph.nodes if name not in order)
        raise DataError(
            f"{path}: node '{lost}' is in a circle: only a chain of layers is held here, without recurrence"
        )
    return order


def _layer(path: Path, name: str, kind: str, node: Any, weights: Any) -> ChainLayer:
    matrix = _array(path, name, "weight", weights.weight)
    if matrix.ndim != 2:
        raise DataError(
            f"{path}: the weights before node '{name}' have the shape {matrix.shape}; they must have two dimensions"
        )
    neurons = matrix.shape[0]

    def values(key: str, default: float | None = None) -> FloatArray:
        value = getattr(node, key, None)
        array = _array(path, name, key, default if value is None else value).reshape(-1)
        if array.size not in (1, neurons):
            raise DataError(f"{path}: {key} of node '{name}' has {array.size} values for {neurons} neurons")
        return np.broadcast_to(array, (neurons,)).copy()

    for key in ("v_leak", "v_reset"):
        if np.any(values(key, 0.0) != 0.0):
            raise DataError(
                f"{path}: {key} of node '{name}' is not 0: only neurons that rest at 0 are held here; move thresholds and biases by it"
            )
    threshold = values("v_threshold", 1.0)
    if np.any(threshold <= 0.0):
        raise DataError(f"{path}: v_threshold of node '{name}' is not above 0")
    cuba = kind.startswith("Cuba")
    tau_s = None if kind == "IF" else values("tau_mem" if cuba else "tau")
    tau_syn_s = values("tau_syn") if cuba else None
    for key, taus in (("tau_syn", tau_syn_s), ("tau_mem" if cuba else "tau", tau_s)):
        if taus is not None and np.any(taus <= 0.0):
            raise DataError(f"{path}: {key} of node '{name}' is not above 0")
    bias = _array(path, name, "bias", weights.bias).reshape(-1) if type(weights).__name__ == "Affine" else None
    if bias is not None and bias.size != neurons:
        raise DataError(f"{path}: the bias before node '{name}' has {bias.size} values for {neurons} neurons")
    gain = values("r") * (values("w_in", 1.0) if cuba else 1.0)
    return ChainLayer(
        name,
        kind,
        matrix.T.copy(),
        bias if bias is not None and bias.any() else None,
        tau_syn_s,
        tau_s,
        gain,
        threshold,
    )


def _array(path: Path, name: str, key: str, value: Any) -> FloatArray:
    """Raises DataError for what is no finite number."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {key} of node '{name}' is no number: {error}") from error
    if not np.isfinite(array).all():
        raise DataError(f"{path}: {key} of node '{name}' holds NaN or infinite values")
    return array


def _check_sizes(path: Path, layers: list[ChainLayer]) -> None:
    for before, layer in itertools.pairwise(layers):
        if not before.spikes:
            raise DataError(
                f"{path}: node '{before.name}' is a {before.kind}, which does not spike, and is not the last: only a readout can be one"
            )
        if before.weights.shape[1] != layer.weights.shape[0]:
            raise DataError(
                f"{path}: node '{before.name}' has {before.weights.shape[1]} neurons, the weights before '{layer.name}' have {layer.weights.shape[0]} inputs"
            )
